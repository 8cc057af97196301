// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"context"
	"errors"
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
		return logr.FromSlogHandler(orderly{slog.NewTextHandler(w, options)})
	}
	return logr.FromSlogHandler(orderly{slog.NewJSONHandler(w, options)})
}

// orderly leaves out the errors of a manager that was told to stop: what was cut off in the middle,
// and that it finds its lease lost once it has released it. A lease that is lost at any other time
// ends the manager with that error.
type orderly struct{ slog.Handler }

// Handle implements slog.Handler.
func (o orderly) Handle(ctx context.Context, record slog.Record) error {
	if record.Level >= slog.LevelError && ofStopping(record) {
		return nil
	}
	return o.Handler.Handle(ctx, record)
}

// WithAttrs implements slog.Handler.
func (o orderly) WithAttrs(attrs []slog.Attr) slog.Handler {
	return orderly{o.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (o orderly) WithGroup(name string) slog.Handler {
	return orderly{o.Handler.WithGroup(name)}
}

func ofStopping(record slog.Record) (yes bool) {
	stopped := record.Message == "error received after stop sequence was engaged"
	record.Attrs(func(attr slog.Attr) bool {
		if err, ok := attr.Value.Any().(error); ok {
			yes = errors.Is(err, context.Canceled) || stopped && err.Error() == "leader election lost"
		}
		return !yes
	})
	return yes
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
