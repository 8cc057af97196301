// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

// planned are the actions of a sync in some tenants.
func planned(sync *v1alpha1.MasterTenantSync, sources []*replication.Source, sites ...*site) []replication.TenantActions {
	var all []replication.TenantActions
	for _, site := range sites {
		all = append(all, replication.TenantActions{Name: site.tenant.Name, UID: site.tenant.UID, Actions: replication.Actions(sync, site.place(sync, sources))})
	}
	return all
}

// twenty are as many sources as a usual sync has; one of them is filled in.
func twenty() []*unstructured.Unstructured {
	var objects []*unstructured.Unstructured
	for i := range 20 {
		objects = append(objects, configMap(fmt.Sprintf("c%02d", i), map[string]any{"text": fmt.Sprint(i)}))
	}
	noted(v1alpha1.AnnotationSubstitute, "true")(objects[0])
	objects[0].Object["data"] = map[string]any{"text": "welcome, $(TENANT_DISPLAY_NAME)"}
	return objects
}

func TestAPlanSaysWhatIsToBeDone(t *testing.T) {
	t.Parallel()
	sync, objects := newSync(), twenty()[:4]
	current, behind, conflicting, leaving := newSite("current"), newSite("behind"), newSite("conflicting"), newSite("leaving")
	settle(t, current, sync, sourcesOf(sync, objects...))
	settle(t, behind, sync, sourcesOf(sync, with(objects[1], func(o *unstructured.Unstructured) { o.Object["data"] = map[string]any{"text": "old"} })))
	conflicting.put(own("c01"))
	conflicting.foreign[replication.Key{Version: "v1", Kind: "ConfigMap", Name: "c01"}] = ""
	settle(t, leaving, sync, sourcesOf(sync, append(objects, configMap("gone", nil))...))
	plan := replication.Summarize("r1", planned(sync, sourcesOf(sync, objects...).Sources, leaving, conflicting, current, behind))
	got := fmt.Sprintf("%d %d %d %d", plan.Summary.Create, plan.Summary.Update, plan.Summary.Delete, plan.Summary.Conflicts)
	if got != "6 1 1 1" {
		t.Errorf("create, update, delete, conflicts: %s", got)
	}
	if names := strings.Join(plan.Summary.Names, "\n"); names != strings.Join([]string{
		"create behind ConfigMap c00", "update behind ConfigMap c01", "create behind ConfigMap c02", "create behind ConfigMap c03",
		"create conflicting ConfigMap c00", "keep conflicting ConfigMap c01", "create conflicting ConfigMap c02", "create conflicting ConfigMap c03",
		"delete leaving ConfigMap gone",
	}, "\n") {
		t.Error(names)
	}
}

func TestAPlanNamesNoMoreThanTwenty(t *testing.T) {
	t.Parallel()
	sync := newSync()
	plan := replication.Summarize("r1", planned(sync, sourcesOf(sync, twenty()...).Sources, newSite("a"), newSite("b")))
	if len(plan.Summary.Names) != 20 || plan.Summary.Create != 40 {
		t.Errorf("%d names of %d", len(plan.Summary.Names), plan.Summary.Create)
	}
}

func TestAPlansHashTellsWhatIsDoneAndNothingElse(t *testing.T) {
	t.Parallel()
	sync, objects := newSync(), twenty()[:3]
	a, b := newSite("a"), newSite("b")
	all := planned(sync, sourcesOf(sync, objects...).Sources, a, b)
	first := replication.Summarize("r1", all).Summary.Hash
	if !strings.HasPrefix(string(first), "sha256:") || len(first) != 71 {
		t.Error(first)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for _, tenant := range all {
			random.Shuffle(len(tenant.Actions), func(i, j int) { tenant.Actions[i], tenant.Actions[j] = tenant.Actions[j], tenant.Actions[i] })
		}
		if again := replication.Summarize("r1", all).Summary.Hash; again != first {
			t.Fatal("the order changes the hash")
		}
	}
	done := newSite("done")
	settle(t, done, sync, sourcesOf(sync, objects...))
	if again := replication.Summarize("r1", planned(sync, sourcesOf(sync, objects...).Sources, done, b, a)).Summary.Hash; again != first {
		t.Error("a tenant with nothing to do changes the hash")
	}
	hashes := map[v1alpha1.PlanHash]string{first: "as it was"}
	for name, hash := range map[string]v1alpha1.PlanHash{
		"another revision": replication.Summarize("r2", all).Summary.Hash,
		"a tenant less":    replication.Summarize("r1", all[:1]).Summary.Hash,
		"a tenant of the same name": func() v1alpha1.PlanHash {
			other := newSite("b")
			other.tenant.UID = "another"
			return replication.Summarize("r1", planned(sync, sourcesOf(sync, objects...).Sources, a, other)).Summary.Hash
		}(),
		"another content": replication.Summarize("r1", planned(sync, sourcesOf(sync, append(objects[:2:2], configMap("c02", nil))...).Sources, a, b)).Summary.Hash,
		"an object less":  replication.Summarize("r1", planned(sync, sourcesOf(sync, objects[:2]...).Sources, a, b)).Summary.Hash,
		"another name filled in": func() v1alpha1.PlanHash {
			other := newSite("b")
			other.tenant.Spec.DisplayName = "Mallory"
			return replication.Summarize("r1", planned(sync, sourcesOf(sync, objects...).Sources, a, other)).Summary.Hash
		}(),
		"something in the way": func() v1alpha1.PlanHash {
			other := newSite("b")
			other.foreign[replication.Key{Version: "v1", Kind: "ConfigMap", Name: "c01"}] = ""
			return replication.Summarize("r1", planned(sync, sourcesOf(sync, objects...).Sources, a, other)).Summary.Hash
		}(),
	} {
		if twin, twice := hashes[hash]; twice {
			t.Errorf("%s has the hash of %s", name, twin)
		}
		hashes[hash] = name
	}
}

func TestAnApprovalAllowsWhatWasPlannedAndNothingElse(t *testing.T) {
	t.Parallel()
	sync, objects := newSync(), twenty()[:3]
	site, other := newSite("a"), newSite("b")
	site.tenant.Spec.DisplayName = "Initech"
	sources := sourcesOf(sync, objects...).Sources
	plan := replication.Summarize("r1", planned(sync, sources, site, other))
	text, err := plan.Pins.Encode()
	if err != nil {
		t.Fatal(err)
	}
	pins, err := replication.DecodePins(text)
	if err != nil {
		t.Fatal(err)
	}
	allowed := func(sources []*replication.Source) bool {
		return pins.Allow(site.tenant.UID, replication.Actions(sync, site.place(sync, sources)))
	}
	// Write by write, with a restart before each: what is left stays allowed.
	for {
		actions := replication.Actions(sync, site.place(sync, sources))
		if !pins.Allow(site.tenant.UID, actions) {
			t.Fatalf("not allowed: %v", actions)
		}
		if len(actions) == 0 {
			break
		}
		if len(actions) == 3 {
			site.tenant.Spec.DisplayName = "Mallory"
			if allowed(sources) {
				t.Error("another name is filled in, and it is allowed")
			}
			site.tenant.Spec.DisplayName = "Initech"
			if pins.Allow("another", actions) {
				t.Error("another tenant of that name is allowed")
			}
			if allowed(sourcesOf(sync, append(objects[:2:2], configMap("c02", nil))...).Sources) {
				t.Error("another content is allowed")
			}
			if allowed(sourcesOf(sync, append(objects, configMap("more", nil))...).Sources) {
				t.Error("another object is allowed")
			}
		}
		if err := site.apply(actions[0]); err != nil {
			t.Fatal(err)
		}
	}
	if allowed(nil) {
		t.Error("a deletion that nobody planned is allowed")
	}
	var nothing replication.Pins
	if nothing.Allow("a", planned(sync, sources, other)[0].Actions) || !nothing.Allow("a", nil) {
		t.Error("pins of nothing allow something")
	}
}

func TestAPlanForTenThousandTenantsFitsIntoOneObject(t *testing.T) {
	t.Parallel()
	sync := newSync()
	sources := sourcesOf(sync, twenty()...).Sources
	var all []replication.TenantActions
	one := newSite("a")
	for i := range 10_000 {
		one.tenant.Name, one.tenant.UID = fmt.Sprintf("tenant-%05d", i), types.UID(fmt.Sprintf("uid-%d", i))
		one.tenant.Spec.DisplayName = v1alpha1.DisplayText(fmt.Sprintf("The tenant no. %d", i))
		all = append(all, planned(sync, sources[:1+i%20], one)...)
	}
	text, err := replication.Summarize("r1", all).Pins.Encode()
	if err != nil || len(text) > 900<<10 {
		t.Fatalf("%d bytes, %v", len(text), err)
	}
	t.Logf("%d bytes for 10,000 tenants", len(text))
	pins, err := replication.DecodePins(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, tenant := range all {
		if !pins.Allow(tenant.UID, tenant.Actions) {
			t.Fatalf("%s is not allowed what was planned", tenant.Name)
		}
	}
}

func TestAPlanThatDoesNotFitIntoOneObjectIsSaidToBeTooLarge(t *testing.T) {
	t.Parallel()
	sync := newSync()
	sources := sourcesOf(sync, twenty()...).Sources
	var all []replication.TenantActions
	one := newSite("a")
	for i := range 30_000 {
		one.tenant.Name, one.tenant.UID = fmt.Sprintf("tenant-%05d", i), types.UID(fmt.Sprintf("uid-%d", i))
		all = append(all, planned(sync, sources[:1], one)...)
	}
	if _, err := replication.Summarize("r1", all).Pins.Encode(); !errors.Is(err, replication.ErrPlanTooLarge) {
		t.Errorf("%v", err)
	}
}

func TestPinsThatSomebodyBrokeAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "[]", "{", `{"tenants":{"a":{"s":0}}}`, `{"sets":[[0]],"tenants":{"a":{"s":-1}}}`} {
		if _, err := replication.DecodePins([]byte(text)); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

func TestARevisionIsWhatIsWritten(t *testing.T) {
	t.Parallel()
	sync, objects := newSync(), twenty()[:3]
	sources := sourcesOf(sync, objects...).Sources
	first := replication.Revision(sync, sources)
	same := newSync(func(s *v1alpha1.MasterTenantSync) {
		s.Spec.Run, s.Spec.ApprovedPlan, s.Spec.Suspend, s.Spec.Mode = "1", "sha256:x", true, v1alpha1.SyncPlan
		s.Spec.Rollout = &v1alpha1.Rollout{Resume: "1"}
		s.Spec.Targets = &v1alpha1.SyncTargets{Names: []v1alpha1.TenantName{"a"}}
		s.Spec.Conflict, s.Spec.OnDrift, s.Spec.Prune = v1alpha1.ConflictKeep, v1alpha1.DriftRepair, new(true)
	})
	if again := replication.Revision(same, []*replication.Source{sources[2], sources[0], sources[1]}); again != first {
		t.Error("it tells what does not decide over what is written")
	}
	revisions := map[string]string{first: "as it was"}
	for name, revision := range map[string]string{
		"an object less":                  replication.Revision(sync, sources[:2]),
		"another content":                 replication.Revision(sync, sourcesOf(sync, append(objects[:2:2], configMap("c02", nil))...).Sources),
		"another label":                   replication.Revision(sync, sourcesOf(sync, append(objects[:2:2], with(objects[2], labelled("team", "soc")))...).Sources),
		"another object with its content": replication.Revision(sync, sourcesOf(sync, append(objects[:2:2], configMap("c03", map[string]any{"text": "2"}))...).Sources),
		"another master":                  replication.Revision(sync, sourcesOf(sync, append(objects[:2:2], with(objects[2], func(o *unstructured.Unstructured) { o.SetNamespace("acme-golden") }))...).Sources),
		"what is overwritten":             replication.Revision(newSync(overwrite), sources),
		"what is repaired":                replication.Revision(newSync(report), sources),
		"what is pruned":                  replication.Revision(newSync(noPrune), sources),
		"who is let in":                   replication.Revision(newSync(brings(v1alpha1.SyncUsers)), sources),
		"whose brand is borne":            replication.Revision(newSync(brings(v1alpha1.SyncWhiteLabel)), sources),
	} {
		if twin, twice := revisions[revision]; twice {
			t.Errorf("%s has the revision of %s", name, twin)
		}
		revisions[revision] = name
	}
}
