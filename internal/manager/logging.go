// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"context"
	"io"
	"log/slog"
	"strings"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
)

// NewLogger returns a logger that writes lines to w as the configuration asks.
func NewLogger(w io.Writer, logging configv1alpha1.Logging) logr.Logger {
	options := &slog.HandlerOptions{Level: logLevel(logging.Level), ReplaceAttr: nameLevel}
	if logging.Format == configv1alpha1.LogText {
		return logr.FromSlogHandler(slog.NewTextHandler(w, options))
	}
	return logr.FromSlogHandler(slog.NewJSONHandler(w, options))
}

func logLevel(level string) slog.Level {
	switch level {
	case configv1alpha1.LogDebug:
		return slog.LevelDebug
	case configv1alpha1.LogWarn:
		return slog.LevelWarn
	case configv1alpha1.LogError:
		return slog.LevelError
	default:
		return slog.LevelInfo
	}
}

// nameLevel writes logr's V(1) to V(4), which slog calls DEBUG+3 to DEBUG, as the level that the
// configuration calls debug.
func nameLevel(groups []string, attr slog.Attr) slog.Attr {
	if attr.Key != slog.LevelKey || len(groups) > 0 {
		return attr
	}
	level := attr.Value.Any().(slog.Level)
	if level < slog.LevelInfo {
		level = slog.LevelDebug
	}
	return slog.String(slog.LevelKey, strings.ToLower(level.String()))
}

// debugWarnings logs the API server's warnings at the level debug. They speak to whoever wrote an
// object, and what the operator writes is the same at every warning.
type debugWarnings struct{}

// HandleWarningHeaderWithContext implements rest.WarningHandlerWithContext.
func (debugWarnings) HandleWarningHeaderWithContext(ctx context.Context, code int, _ string, text string) {
	const miscellaneous = 299 // the one code that Kubernetes sends
	if code == miscellaneous && text != "" {
		log.FromContext(ctx).V(1).Info("The API server warns", "warning", text)
	}
}
