// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package edge

import "syscall"

func dieWithParent() *syscall.SysProcAttr { return nil }
