// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package config holds the operator's manifests: the plugin prints those of its own version.
package config

import "embed"

// Manifests are what default, a kustomization, is built from.
//
//go:embed crd default install manager policy rbac
var Manifests embed.FS
