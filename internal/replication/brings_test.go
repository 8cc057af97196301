// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication_test

import (
	"testing"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

// brings has a sync carry categories that are no objects.
func brings(categories ...v1alpha1.SyncCategory) func(*v1alpha1.MasterTenantSync) {
	return func(s *v1alpha1.MasterTenantSync) { s.Spec.Categories = append(s.Spec.Categories, categories...) }
}

func TestWhatIsNoObjectIsBroughtOnceAndPlannedAsAllElse(t *testing.T) {
	t.Parallel()
	sync, site := newSync(brings(v1alpha1.SyncWhiteLabel, v1alpha1.SyncUsers)), newSite("initech")
	sources := sourcesOf(sync, configMap("welcome", nil)).Sources
	for name, test := range map[string]struct {
		brought []v1alpha1.SyncCategory
		want    string
	}{
		"at first":            {nil, "bring Category/Users, bring Category/WhiteLabel, create ConfigMap/welcome"},
		"when one was before": {[]v1alpha1.SyncCategory{v1alpha1.SyncUsers}, "bring Category/WhiteLabel, create ConfigMap/welcome"},
		"when both were":      {replication.Brings(&sync.Spec), "create ConfigMap/welcome"},
	} {
		place := site.place(sync, sources)
		place.Brought = test.brought
		if got := verbs(replication.Actions(sync, place)); got != test.want {
			t.Errorf("%s: %s", name, got)
		}
	}
	all := planned(sync, sources, site)
	plan := replication.Summarize("r1", all)
	if plan.Summary.Create != 3 || plan.Summary.Names[0] != "bring initech Category Users" {
		t.Errorf("the plan says %+v", plan.Summary)
	}
	plain := newSync()
	approved := replication.Summarize("r1", planned(plain, sources, site))
	if !plan.Pins.Allow(site.tenant.UID, all[0].Actions) || approved.Pins.Allow(site.tenant.UID, all[0].Actions) {
		t.Error("people are let in by a plan that did not say so, or not by the one that did")
	}
	state, reason, _ := replication.Judge(replication.Actions(sync, replication.Place{}))
	if state != v1alpha1.SyncPending || reason != v1alpha1.ReasonSyncing {
		t.Errorf("before they are brought: %s, %s", state, reason)
	}
	if _, err := all[0].Actions[0].Object(); err == nil {
		t.Error("there is an object to be written")
	}
}
