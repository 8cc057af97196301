// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package rights_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tenantry/tenantry/config"
	"github.com/tenantry/tenantry/internal/rights"
)

func TestPiecesAreGathered(t *testing.T) {
	roles, err := rights.Read(config.Manifests, "rbac/roles")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := rights.Aggregate(roles)
	if err != nil {
		t.Fatal(err)
	}
	secrets, logs, assign := rights.Question{Verb: "get", Resource: "secrets"}, rights.Question{Verb: "get", Resource: "pods/log"},
		rights.Question{Verb: "assign", Group: "tenantry.io", Resource: "tenantaccessgrants", Name: "Owner"}
	for role, want := range map[string][]bool{
		"owner": {true, true, true}, "limited-owner": {true, true, false}, "admin": {true, true, false}, "editor": {false, true, false}, "reporter": {false, false, false},
	} {
		for i, question := range []rights.Question{secrets, logs, assign} {
			if got := question.AllowedBy(rules["tenantry:"+role]); got != want[i] {
				t.Errorf("%s: %v: %v", role, question, got)
			}
		}
	}
}

func TestWhatAreNoRoles(t *testing.T) {
	for file, refusal := range map[string]string{
		"{kind: Role}":             "no ClusterRoles in roles",
		"{kind: ClusterRole":       "roles/all.yaml",
		"{kind: ClusterRole, x: [": "roles/all.yaml",
	} {
		_, err := rights.Read(fstest.MapFS{"roles/all.yaml": {Data: []byte(file)}}, "roles")
		if err == nil || !strings.Contains(err.Error(), refusal) {
			t.Errorf("%s: %v", file, err)
		}
	}
}
