// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package scan decides what ScanSchedules start in tenants' places, when, and on what. It is pure: no client, no clock,
// no logger.
package scan
