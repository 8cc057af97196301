// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package scan decides what ScanSchedules start in tenants' places, when, and on what, and counts each run that
// finishes once (docs/adr/0018-runs-counted-in-a-ledger.md). It is pure: no client, no clock, no logger.
package scan
