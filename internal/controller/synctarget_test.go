// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replicas"
	"github.com/tenantry/tenantry/internal/replication"
	"github.com/tenantry/tenantry/internal/standing"
)

func ofAcme(name string, syncs ...v1alpha1.TenantSync) *v1alpha1.Tenant {
	tenant := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: "acme", Name: name, UID: types.UID("uid-of-" + name)}}
	tenant.Status.Syncs = syncs
	return tenant
}

func TestATenantWaitsUntilEachSyncThatReachesItHasSaidWhatItIsAbout(t *testing.T) {
	tenant := ofAcme("cybercorp")
	for name, test := range map[string]struct {
		sync  func(*v1alpha1.MasterTenantSync)
		posts []post
		want  bool
	}{
		"it has not":                   {want: true},
		"it has":                       {posts: []post{{sync: syncOfAcme("other")}, {sync: syncOfAcme("baseline")}}},
		"a former one of its name has": {posts: []post{{sync: syncOfAcme("baseline")}}, sync: func(s *v1alpha1.MasterTenantSync) { s.UID = "new" }, want: true},
		"it goes":                      {sync: func(s *v1alpha1.MasterTenantSync) { s.DeletionTimestamp = &metav1.Time{} }},
		"it reaches others": {sync: func(s *v1alpha1.MasterTenantSync) {
			s.Spec.Targets = &v1alpha1.SyncTargets{Names: []v1alpha1.TenantName{"initech"}}
		}},
		"it is suspended, but holds its own on": {sync: func(s *v1alpha1.MasterTenantSync) { s.Spec.Suspend = true }, want: true},
	} {
		sync := syncOfAcme("baseline")
		if test.sync != nil {
			test.sync(sync)
		}
		if got := awaited(sync, tenant, test.posts); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAPlanIsToldWhenAllAreLookedAtForIt(t *testing.T) {
	tenants := []*v1alpha1.Tenant{ofAcme("cybercorp"), ofAcme("initech")}
	seen := &standing.SyncSeen{Targets: tenants, Decision: replication.Decision{Memory: replication.Memory{Revision: "r1", Number: 1}}}
	writes := []replication.Action{{Verb: replication.Create, Key: replicas.SecretKey("feed")}}
	looks, brings := &post{mode: syncLook, attempt: "r1/1"}, &post{mode: syncWrite, attempt: "r1/1"}
	for name, test := range map[string]struct {
		second finding
		told   bool
	}{
		"both were": {looked(looks, writes, false), true},
		"one was before, when all was brought at once": {looked(brings, writes, false), false},
		"one was before, and there was nothing to do":  {looked(brings, nil, false), true},
		"one could not be":           {finding{attempt: "r1/1", state: replication.Pending}, false},
		"one was at another attempt": {finding{attempt: "r1/2", whole: true}, false},
	} {
		found := map[types.UID]finding{"uid-of-cybercorp": looked(looks, writes, false), "uid-of-initech": test.second}
		if got := plan(syncOfAcme("baseline"), seen, found, tenants); (got != nil) != test.told {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if found := looked(brings, writes, false); found.actions != nil {
		t.Errorf("what nobody asks for is kept of every tenant: %v", found.actions)
	}
}

func TestASyncKeepsNoMoreSecretsInATenantThanItsStatusNames(t *testing.T) {
	entry := v1alpha1.TenantSync{Name: "baseline"}
	for i := range replication.MaxSecrets {
		entry.Secrets = append(entry.Secrets, fmt.Sprintf("secret-%02d", i))
	}
	carrying := func(name string) *post {
		return &post{sync: syncOfAcme("baseline"), selection: replication.Selection{Sources: []*replication.Source{{Key: replicas.SecretKey(name)}}}}
	}
	v := &visit{tenant: ofAcme("cybercorp", entry), entries: map[string]v1alpha1.TenantSync{"baseline": entry}}
	r := &SyncTargetReconciler{board: newBoard(), found: pokesAfter(0)}
	if noted, err := r.note(t.Context(), v, carrying("secret-07"), nil); err != nil || !noted {
		t.Errorf("one that is there: %v, %v", noted, err)
	}
	seeds := carrying("another")
	seeds.sync.Spec.Trigger = v1alpha1.TriggerOnCreate
	if noted, err := r.note(t.Context(), v, seeds, nil); err != nil || !noted {
		t.Errorf("the tenant's own: %v, %v", noted, err)
	}
	room := secretRemovals([]replication.Action{{Verb: replication.Create, Key: replicas.SecretKey("another")}, {Verb: replication.Delete, Key: replicas.SecretKey("secret-00")}})
	if noted, err := r.note(t.Context(), v, carrying("another"), room); err != nil || noted || len(room) != 1 || v.again == 0 || v.entries["baseline"].State != "" {
		t.Errorf("one more, when one is to go: %v, %v, %v, %+v", noted, err, room, v.entries["baseline"])
	}
	noted, err := r.note(t.Context(), v, carrying("another"), nil)
	got := v.entries["baseline"]
	if err != nil || noted || got.State != v1alpha1.SyncFailed || !strings.Contains(got.Message, "64") || len(got.Secrets) != replication.MaxSecrets {
		t.Errorf("one more: %v, %v, %+v", noted, err, got)
	}
}

func TestWhatIsNoObjectIsWithdrawnAtOnceAndTakesAnotherTurn(t *testing.T) {
	both := []v1alpha1.SyncCategory{v1alpha1.SyncUsers, v1alpha1.SyncWhiteLabel}
	for name, test := range map[string]struct {
		carries []v1alpha1.SyncCategory
		reaches bool
		mode    syncMode
		want    []v1alpha1.SyncCategory
	}{
		"it goes on":                     {both, true, syncWrite, both},
		"it carries one no more":         {both[1:], true, syncWrite, both[1:]},
		"so while it is suspended":       {nil, true, syncStill, nil},
		"the tenant is a target no more": {both, false, syncLook, nil},
		"the sync goes":                  {both, true, syncLeave, nil},
	} {
		posted := &post{sync: syncOfAcme("baseline"), mode: test.mode, picks: func(*v1alpha1.Tenant) bool { return test.reaches }}
		posted.sync.Spec.Categories = test.carries
		entry := v1alpha1.TenantSync{Name: "baseline", Reached: true, Categories: both}
		v := &visit{tenant: ofAcme("cybercorp", entry), entries: map[string]v1alpha1.TenantSync{"baseline": entry}}
		v.withdraw(posted)
		if got := v.entries["baseline"]; !slices.Equal(got.Categories, test.want) || !got.Reached {
			t.Errorf("%s: %v", name, got)
		}
		if !slices.Equal(v.tenant.Status.Syncs[0].Categories, both) {
			t.Errorf("%s: what was read is changed", name)
		}
	}
}

func TestWhileAPlaceIsNotThereTheSecretsInItAreNotForgotten(t *testing.T) {
	for name, test := range map[string]struct {
		namespace string
		secrets   []string
		forgotten bool
	}{
		"it is being restored":               {"", []string{"feed"}, false},
		"nothing else has to be found again": {"", nil, true},
		"it is there, and they are not":      {"acme-cybercorp", []string{"feed"}, true},
	} {
		v := &visit{tenant: ofAcme("cybercorp"), namespace: test.namespace, entries: map[string]v1alpha1.TenantSync{"gone": {Name: "gone", Secrets: test.secrets}}}
		r := &SyncTargetReconciler{board: newBoard(), found: pokesAfter(0)}
		if err := r.remove(t.Context(), v, []removal{{name: "gone", gone: true}}); err != nil {
			t.Fatal(err)
		}
		if _, kept := v.entries["gone"]; kept == test.forgotten || kept != (v.again > 0) {
			t.Errorf("%s: kept %v, looked at again after %s", name, kept, v.again)
		}
	}
}

func TestNoSyncIsCutOffWhatATenantsStatusNames(t *testing.T) {
	v := &visit{tenant: ofAcme("cybercorp"), namespace: "acme-cybercorp", entries: map[string]v1alpha1.TenantSync{}}
	for i := range maxSyncs {
		name := fmt.Sprintf("sync-%02d", i)
		v.entries[name] = v1alpha1.TenantSync{Name: name}
	}
	r := &SyncTargetReconciler{board: newBoard(), found: pokesAfter(0)}
	// Its name comes before all others in the status.
	first := post{sync: syncOfAcme("a-first"), picks: func(*v1alpha1.Tenant) bool { return true }, mode: syncWrite, open: true, attempt: "r1/1"}
	name := types.NamespacedName{Namespace: "acme", Name: "a-first"}
	r.board.put(name, first, nil)
	if removals, err := r.bring(t.Context(), v, &first); err != nil || len(removals.actions) > 0 || len(v.entries) != maxSyncs {
		t.Errorf("brought: %+v, %v, %d entries", removals, err, len(v.entries))
	}
	if found, _ := r.board.findings(name); found[v.tenant.UID].state != replication.Failed {
		t.Errorf("found: %+v", found)
	}
}

func TestWhichSyncsSetATenantsBrand(t *testing.T) {
	everybody, nobody := func(*v1alpha1.Tenant) bool { return true }, func(*v1alpha1.Tenant) bool { return false }
	brand := []v1alpha1.SyncCategory{v1alpha1.SyncWhiteLabel}
	branding := func(name string, change func(*post)) post {
		posted := post{sync: syncOfAcme(name), picks: everybody, mode: syncWrite, open: true, attempt: "r1/1"}
		posted.sync.Spec.Categories = brand
		change(&posted)
		return posted
	}
	asIs := func(*post) {}
	own := &v1alpha1.WhiteLabel{None: &v1alpha1.NoWhiteLabel{}}
	for name, test := range map[string]struct {
		other   func(*post)
		reached bool
		sets    []v1alpha1.SyncCategory
		own     *v1alpha1.WhiteLabel
		want    string
	}{
		"both":                                          {other: asIs, want: "baseline other"},
		"the other carries no brand":                    {other: func(p *post) { p.sync.Spec.Categories = nil }, want: "baseline"},
		"the other reaches others":                      {other: func(p *post) { p.picks = nobody }, want: "baseline"},
		"the other goes":                                {other: func(p *post) { p.mode = syncLeave }, sets: brand, want: "baseline"},
		"the other only plans":                          {other: func(p *post) { p.mode = syncLook }, want: "baseline"},
		"the other's turn is to come":                   {other: func(p *post) { p.open = false }, want: "baseline"},
		"the other is suspended, and was on":            {other: func(p *post) { p.mode = syncStill }, sets: brand, want: "baseline other"},
		"the other set it at the start":                 {other: func(p *post) { p.sync.Spec.Trigger = v1alpha1.TriggerOnCreate }, reached: true, sets: brand, want: "baseline other"},
		"the other was there before it carried a brand": {other: func(p *post) { p.sync.Spec.Trigger = v1alpha1.TriggerOnCreate }, reached: true, want: "baseline"},
		"the tenant decides itself":                     {other: asIs, own: own, want: "baseline"},
	} {
		v := &visit{tenant: ofAcme("cybercorp"), entries: map[string]v1alpha1.TenantSync{"other": {Name: "other", Reached: test.reached, Categories: test.sets}}}
		v.tenant.Spec.WhiteLabel = test.own
		r := &SyncTargetReconciler{board: newBoard()}
		posts := []post{branding("baseline", asIs), branding("other", test.other)}
		for _, posted := range posts {
			r.board.put(types.NamespacedName{Namespace: "acme", Name: posted.sync.Name}, posted, nil)
		}
		v.branding = r.branding(v, posts)
		if got := strings.Join(v.brandsWith(posts[0].sync), " "); got != test.want {
			t.Errorf("%s: %q, not %q", name, got, test.want)
		}
	}
}

func TestASyncHearsOfATenantThatItHasLeft(t *testing.T) {
	first, second := v1alpha1.TenantSync{Name: "first"}, v1alpha1.TenantSync{Name: "second"}
	for name, test := range map[string]struct {
		before, after []v1alpha1.TenantSync
		want          bool
	}{
		"one is named no more": {[]v1alpha1.TenantSync{first, second}, []v1alpha1.TenantSync{second}, true},
		"one is named anew":    {[]v1alpha1.TenantSync{first}, []v1alpha1.TenantSync{first, second}, false},
		"one fares otherwise":  {[]v1alpha1.TenantSync{first}, []v1alpha1.TenantSync{{Name: "first", State: v1alpha1.SyncFailed}}, false},
	} {
		if got := leftSync().Update(event.UpdateEvent{ObjectOld: ofAcme("cybercorp", test.before...), ObjectNew: ofAcme("cybercorp", test.after...)}); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWhereNotAllCouldBeWrittenNothingIsTakenAwayThatASyncCarries(t *testing.T) {
	everybody := func(*v1alpha1.Tenant) bool { return true }
	posts := []post{
		{sync: syncOfAcme("baseline"), picks: everybody, mode: syncWrite, selection: replication.Selection{Sources: []*replication.Source{{Key: replicas.SecretKey("feed")}}}},
		{sync: syncOfAcme("going"), mode: syncLeave, selection: replication.Selection{Sources: []*replication.Source{{Key: replicas.SecretKey("other")}}}},
	}
	takes := func(sync, name string) removal {
		return removal{name: sync, gone: true, actions: []replication.Action{{Verb: replication.Delete, Key: replicas.SecretKey(name)}}}
	}
	got := apart([]removal{takes("former", "feed"), takes("going", "other"), {name: "empty", gone: true}}, &visit{tenant: ofAcme("cybercorp")}, posts)
	if len(got) != 2 || got[0].name != "going" || got[1].name != "empty" {
		t.Errorf("%+v", got)
	}
}
