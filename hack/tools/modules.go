// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build modules

// Package tools pins the modules that the scripts take files from.
package tools

// The CRDs of the Gateway API (hack/install.sh).
import _ "sigs.k8s.io/gateway-api/apis/v1"
