// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/log"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
)

func TestLogLinesAreJSONWithTheConfiguredLevels(t *testing.T) {
	var out bytes.Buffer
	logger := NewLogger(&out, configv1alpha1.Logging{Level: configv1alpha1.LogDebug, Format: configv1alpha1.LogJSON})
	logger.WithName("tenant").Error(errors.New("refused"), "Writing", "namespace", "acme")
	logger.Info("Starting")
	logger.V(1).Info("Looking")
	logger.V(4).Info("Looking closer")
	logger.V(5).Info("Too close")

	var levels []string
	for line := range strings.Lines(out.String()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		levels = append(levels, entry["level"].(string))
		if entry["msg"] == "Writing" && (entry["logger"] != "tenant" || entry["err"] != "refused" || entry["namespace"] != "acme") {
			t.Errorf("incomplete: %v", entry)
		}
	}
	want := []string{"error", "info", configv1alpha1.LogDebug, configv1alpha1.LogDebug}
	if !slices.Equal(levels, want) {
		t.Errorf("levels are %q, want %q", levels, want)
	}
}

func TestLogLevelHidesWhatIsBelow(t *testing.T) {
	for level, want := range map[string]int{
		configv1alpha1.LogDebug: 3,
		configv1alpha1.LogInfo:  2,
		configv1alpha1.LogWarn:  1,
		configv1alpha1.LogError: 1,
	} {
		var out bytes.Buffer
		logger := NewLogger(&out, configv1alpha1.Logging{Level: level, Format: configv1alpha1.LogText})
		logger.V(1).Info("a")
		logger.Info("b")
		logger.Error(nil, "c")
		if got := strings.Count(out.String(), "\n"); got != want {
			t.Errorf("%s wrote %d lines, want %d:\n%s", level, got, want, out.String())
		}
	}
}

func TestLogTextIsForPeople(t *testing.T) {
	var out bytes.Buffer
	NewLogger(&out, configv1alpha1.Logging{Level: configv1alpha1.LogInfo, Format: configv1alpha1.LogText}).Info("Starting")
	if !strings.Contains(out.String(), "level=info msg=Starting") {
		t.Errorf("got %q", out.String())
	}
}

func TestOrderlyStopLogsNoError(t *testing.T) {
	var out bytes.Buffer
	logger := NewLogger(&out, configv1alpha1.Logging{}).WithName("manager").WithValues("a", "b")
	logger.Error(errors.New("leader election lost"), "error received after stop sequence was engaged")
	logger.Error(fmt.Errorf("reading the lease: %w", context.Canceled), "Error retrieving lease lock")
	if out.Len() > 0 {
		t.Errorf("logged: %s", out.String())
	}
	logger.Error(errors.New("the disk is full"), "error received after stop sequence was engaged")
	if !strings.Contains(out.String(), "the disk is full") {
		t.Error("another error is lost")
	}
}

func TestWarningsOfTheAPIServerAreForDebugging(t *testing.T) {
	for level, want := range map[string]int{configv1alpha1.LogDebug: 1, configv1alpha1.LogInfo: 0} {
		var out bytes.Buffer
		ctx := log.IntoContext(t.Context(), NewLogger(&out, configv1alpha1.Logging{Level: level}))
		debugWarnings{}.HandleWarningHeaderWithContext(ctx, 299, "", "would violate PodSecurity")
		debugWarnings{}.HandleWarningHeaderWithContext(ctx, 199, "", "somebody else's")
		debugWarnings{}.HandleWarningHeaderWithContext(ctx, 299, "", "")
		if got := strings.Count(out.String(), "\n"); got != want {
			t.Errorf("%s wrote %d lines, want %d:\n%s", level, got, want, out.String())
		}
	}
}
