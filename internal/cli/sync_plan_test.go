// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

func TestAPlanThatIsNotKnownIsNoneToCarryOut(t *testing.T) {
	pending := func() map[string]any {
		return map[string]any{
			"metadata": map[string]any{"name": "baseline", "namespace": "acme", "generation": int64(3)},
			"spec":     map[string]any{"mode": "Plan"},
			"status":   map[string]any{"observedGeneration": int64(3), "plan": map[string]any{"hash": "sha256:1", "create": int64(1)}},
		}
	}
	set := func(value any, path ...string) map[string]any {
		object := pending()
		if err := unstructured.SetNestedField(object, value, path...); err != nil {
			t.Fatal(err)
		}
		return object
	}
	for name, test := range map[string]struct {
		object map[string]any
		code   int
		hint   bool
		says   string
	}{
		"something to do":        {object: pending(), code: exitPending, hint: true, says: "sha256:1"},
		"nothing to do":          {object: set(int64(0), "status", "plan", "create"), code: exitOK, says: "nothing to do"},
		"edited since":           {object: set(int64(4), "metadata", "generation"), code: exitFailure, says: "the operator has not looked at it yet"},
		"never looked at":        {object: set(int64(-1), "status", "observedGeneration"), code: exitFailure, says: "the operator has not looked at it yet"},
		"what can't be read":     {object: set("many", "status", "plan", "create"), code: exitFailure, says: "this version of the plugin does not understand it"},
		"what can't be read, in": {object: set("Plan", "spec"), code: exitFailure, says: "acme/baseline"},
	} {
		t.Run(name, func(t *testing.T) {
			o, shown := browsing(t, "", false)
			o.cluster = cluster{flags: genericclioptions.NewConfigFlags(false)}
			err := o.showPlans(known[v1alpha1.MasterTenantSync](o, []*unstructured.Unstructured{{Object: test.object}}))
			if code := report(&strings.Builder{}, err); code != test.code {
				t.Errorf("exit code %d, want %d: %v", code, test.code, err)
			}
			if hint := strings.Contains(shown(), "carry it out"); hint != test.hint || !strings.Contains(shown(), test.says) {
				t.Errorf("it says %s", shown())
			}
		})
	}
}
