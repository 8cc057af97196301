// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication_test

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

func TestAPlansTermsTellTheSyncAndHowItLeaves(t *testing.T) {
	t.Parallel()
	leaving := func(leave v1alpha1.SyncLeave) func(*v1alpha1.MasterTenantSync) {
		return func(s *v1alpha1.MasterTenantSync) { s.Spec.OnLeave = leave }
	}
	first := replication.Terms(newSync(), "r1")
	if replication.Terms(newSync(leaving(v1alpha1.LeavePrune)), "r1") != first {
		t.Error("the default is another than what it stands for")
	}
	for name, terms := range map[string]string{
		"another revision": replication.Terms(newSync(), "r2"),
		"made anew":        replication.Terms(newSync(func(s *v1alpha1.MasterTenantSync) { s.UID = "anew" }), "r1"),
		"copies are kept":  replication.Terms(newSync(leaving(v1alpha1.LeaveKeep)), "r1"),
	} {
		if terms == first {
			t.Errorf("%s: the terms are the same", name)
		}
	}
}

func TestAnApprovalToTakeOverIsOfWhatWasThere(t *testing.T) {
	t.Parallel()
	sync, site := newSync(overwrite), newSite("a")
	sources := sourcesOf(sync, configMap("welcome", map[string]any{"text": "hello"})).Sources
	key := sources[0].Key
	looked := func(change func(*unstructured.Unstructured)) ([]replication.Action, replication.Held) {
		there := replication.Observe(with(with(own("welcome"), func(o *unstructured.Unstructured) { o.SetUID("own") }), change))
		site.foreign[key] = there.Fingerprint()
		return replication.Actions(sync, site.place(sync, sources)), there
	}
	nothing := func(*unstructured.Unstructured) {}
	actions, as := looked(nothing)
	plan := replication.Summarize("r1", []replication.TenantActions{{Name: "a", UID: "1", Actions: actions}})
	for name, change := range map[string]func(*unstructured.Unstructured){
		"its content":    func(o *unstructured.Unstructured) { o.Object["data"] = map[string]any{"text": "edited"} },
		"a label":        labelled("team", "sales"),
		"an annotation":  noted("owner", "jo"),
		"another object": func(o *unstructured.Unstructured) { o.SetUID("another") },
	} {
		edited, there := looked(change)
		again := replication.Summarize("r1", []replication.TenantActions{{Name: "a", UID: "1", Actions: edited}})
		if again.Summary.Hash == plan.Summary.Hash || plan.Pins.Allow("1", edited) || actions[0].Unchanged(there) || actions[0].Equal(edited[0]) {
			t.Errorf("%s changes, and it is still taken over", name)
		}
	}
	for name, change := range map[string]func(*unstructured.Unstructured){
		"nothing":         nothing,
		"what stays":      noted("controller.example/seen", "yes"),
		"another version": func(o *unstructured.Unstructured) { o.SetResourceVersion("99") },
	} {
		again, there := looked(change)
		if !plan.Pins.Allow("1", again) || !actions[0].Unchanged(there) || !actions[0].Equal(again[0]) {
			t.Errorf("%s changes, and it takes another approval", name)
		}
	}
	site.foreign[key] = ""
	if unlooked := replication.Actions(sync, site.place(sync, sources)); !unlooked[0].Unchanged(as) || plan.Pins.Allow("1", unlooked) {
		t.Error("what nobody looked at")
	}
}

func TestTheFingerprintOfASecretTellsNoContent(t *testing.T) {
	t.Parallel()
	held := replication.Held{Key: replication.Key{Version: "v1", Kind: "Secret", Name: "feed"}, UID: "1", ResourceVersion: "7", Content: "digest"}
	first := held.Fingerprint()
	held.Content = "another"
	if held.Fingerprint() != first {
		t.Error("values can be tried out by it")
	}
	held.ResourceVersion = "8"
	if held.Fingerprint() == first {
		t.Error("it does not tell the version")
	}
}
