// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package edge

import "syscall"

// dieWithParent ends a process when the test process goes without a word.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
