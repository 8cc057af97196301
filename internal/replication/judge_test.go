// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

func TestHowASyncFaresInATenant(t *testing.T) {
	t.Parallel()
	action := func(verb replication.Verb, note string) replication.Action {
		return replication.Action{Verb: verb, Key: replication.Key{Version: "v1", Kind: "ConfigMap", Name: "a"}, Note: note}
	}
	for name, tc := range map[string]struct {
		actions []replication.Action
		state   v1alpha1.SyncState
		reason  string
		message string
	}{
		"nothing is left to do":                   {state: v1alpha1.SyncSynced, reason: v1alpha1.ReasonSynced},
		"something is to be written":              {[]replication.Action{action(replication.Create, "")}, v1alpha1.SyncPending, v1alpha1.ReasonSyncing, ""},
		"something is in the way, and to be done": {[]replication.Action{action(replication.Keep, "own"), action(replication.Update, "")}, v1alpha1.SyncPending, v1alpha1.ReasonSyncing, ""},
		"something is kept":                       {[]replication.Action{action(replication.Keep, "own")}, v1alpha1.SyncSynced, v1alpha1.ReasonKept, "ConfigMap/a: own"},
		"more is kept":                            {[]replication.Action{action(replication.Keep, "own"), action(replication.Keep, "x")}, v1alpha1.SyncSynced, v1alpha1.ReasonKept, "ConfigMap/a: own (and 1 more)"},
		"the gravest is told":                     {[]replication.Action{action(replication.Report, "drift"), action(replication.Contest, "two")}, v1alpha1.SyncFailed, v1alpha1.ReasonConflict, "ConfigMap/a: two"},
		"somebody changed it":                     {[]replication.Action{action(replication.Report, "drift")}, v1alpha1.SyncFailed, v1alpha1.ReasonDrifted, "ConfigMap/a: drift"},
		"it can't be written":                     {[]replication.Action{action(replication.Refuse, "large")}, v1alpha1.SyncFailed, v1alpha1.ReasonContentRefused, "ConfigMap/a: large"},
		"something is waited for":                 {[]replication.Action{action(replication.Wait, "host")}, v1alpha1.SyncPending, v1alpha1.ReasonWaiting, "ConfigMap/a: host"},
	} {
		state, reason, message := replication.Judge(tc.actions)
		if state != tc.state || reason != tc.reason || message != tc.message {
			t.Errorf("%s: %s, %s, %q", name, state, reason, message)
		}
	}
	_, _, long := replication.Judge([]replication.Action{action(replication.Keep, strings.Repeat("ä", 400)), action(replication.Keep, "")})
	if len(long) > replication.MaxMessage || !utf8.ValidString(long) || !strings.HasSuffix(long, "… (and 1 more)") {
		t.Errorf("%d bytes: %s", len(long), long)
	}
}
