// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import "syscall"

// dieWithParent ends the manager when the test process goes without a word, so that it is never left
// with a lease on a shared cluster.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
