// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package log is where the client's messages go: it has none.
package log

import "log/slog"

// SetDefault does nothing.
func SetDefault(*slog.Logger) {}
