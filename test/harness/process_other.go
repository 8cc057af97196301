// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package harness

import "syscall"

func dieWithParent() *syscall.SysProcAttr { return nil }
