// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication_test

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/replication"
)

// verbs are actions as text.
func verbs(actions []replication.Action) string {
	var texts []string
	for _, action := range actions {
		texts = append(texts, action.String())
	}
	return strings.Join(texts, ", ")
}

// settle applies the actions until none writes any more.
func settle(t testing.TB, site *site, sync *v1alpha1.MasterTenantSync, selection replication.Selection) []replication.Action {
	t.Helper()
	for range 4 {
		actions := replication.Actions(sync, site.place(sync, selection.Sources))
		writes := 0
		for _, action := range actions {
			if !action.Verb.Writes() {
				continue
			}
			writes++
			if err := site.apply(action); err != nil {
				t.Fatal(err)
			}
		}
		if writes == 0 {
			return actions
		}
	}
	t.Fatal("it does not come to rest")
	return nil
}

var (
	overwrite = func(s *v1alpha1.MasterTenantSync) { s.Spec.Conflict = v1alpha1.ConflictOverwrite }
	report    = func(s *v1alpha1.MasterTenantSync) { s.Spec.OnDrift = v1alpha1.DriftReport }
	noPrune   = func(s *v1alpha1.MasterTenantSync) { s.Spec.Prune = new(false) }
	onCreate  = func(s *v1alpha1.MasterTenantSync) { s.Spec.Trigger = v1alpha1.TriggerOnCreate }
)

// A row begins with a tenant that holds ConfigMap/welcome as the sync had it.
func TestWhatBecomesOfACopy(t *testing.T) {
	t.Parallel()
	welcome := configMap("welcome", map[string]any{"text": "hello"})
	welcome.SetLabels(map[string]string{v1alpha1.LabelSync: v1alpha1.MarkContent, "team": "soc"})
	changed := with(welcome, func(o *unstructured.Unstructured) { o.Object["data"] = map[string]any{"text": "good day"} })
	edit := func(change func(*unstructured.Unstructured)) func(*site) {
		return func(s *site) {
			for _, object := range s.objects {
				s.put(with(object, change))
			}
		}
	}
	text := func(text string) func(*unstructured.Unstructured) {
		return func(o *unstructured.Unstructured) { o.Object["data"] = map[string]any{"text": text} }
	}
	for name, tc := range map[string]struct {
		sync    func(*v1alpha1.MasterTenantSync)
		source  *unstructured.Unstructured // nil: as it was
		gone    bool
		happens func(*site)
		want    string
	}{
		"nothing happened":                           {},
		"the master changed":                         {source: changed, want: "update ConfigMap/welcome"},
		"the master lost a label":                    {source: with(welcome, func(o *unstructured.Unstructured) { o.SetLabels(map[string]string{v1alpha1.LabelSync: "content"}) }), want: "update ConfigMap/welcome"},
		"the master got a label that is not carried": {source: with(welcome, labelled("other.example/x", "y"))},
		"the master got another mark":                {source: with(welcome, labelled(v1alpha1.LabelSync, "resource")), want: "delete ConfigMap/welcome"},
		"the source left the master":                 {gone: true, want: "delete ConfigMap/welcome"},
		"the source left, and nothing is pruned":     {gone: true, sync: noPrune},
		"the source left, and the copy is going": {gone: true, happens: edit(func(o *unstructured.Unstructured) {
			o.SetDeletionTimestamp(&metav1.Time{Time: made})
		})},
		"somebody changed the copy":                                  {happens: edit(text("hi")), want: "update ConfigMap/welcome"},
		"somebody changed the copy, which is told":                   {sync: report, happens: edit(text("hi")), want: "report ConfigMap/welcome"},
		"somebody changed the copy as the master":                    {sync: report, source: changed, happens: edit(text("good day")), want: "update ConfigMap/welcome"},
		"somebody changed the copy, and then the master":             {source: changed, happens: edit(text("hi")), want: "update ConfigMap/welcome"},
		"somebody changed the copy, and then the master, it is told": {sync: report, source: changed, happens: edit(text("hi")), want: "report ConfigMap/welcome"},
		"somebody took a carried label": {happens: edit(func(o *unstructured.Unstructured) {
			labels := o.GetLabels()
			delete(labels, "team")
			o.SetLabels(labels)
		}), want: "update ConfigMap/welcome"},
		"somebody took a carried label, which is told":   {sync: report, happens: edit(labelled("team", "sales")), want: "report ConfigMap/welcome"},
		"somebody added a label":                         {happens: edit(labelled("seen", "yes"))},
		"a controller added an annotation":               {happens: edit(noted("controller.example/seen", "yes"))},
		"somebody marked the copy to be carried on":      {happens: edit(labelled(v1alpha1.LabelSync, "content")), want: "update ConfigMap/welcome"},
		"somebody added a label of ours":                 {happens: edit(labelled("tenantry.io/forged", "true")), want: "update ConfigMap/welcome"},
		"somebody marked the copy, with nothing":         {happens: edit(labelled(v1alpha1.LabelSync, "")), want: "update ConfigMap/welcome"},
		"somebody added an annotation of ours":           {happens: edit(noted("tenantry.io/forged", "true")), want: "update ConfigMap/welcome"},
		"somebody forged what was written last":          {happens: edit(noted(v1alpha1.AnnotationSyncedDigest, "x.y")), want: "update ConfigMap/welcome"},
		"somebody says it came from elsewhere":           {happens: edit(noted(v1alpha1.AnnotationSyncedFrom, "other/welcome")), want: "update ConfigMap/welcome"},
		"the copy is going":                              {happens: edit(func(o *unstructured.Unstructured) { o.SetDeletionTimestamp(&metav1.Time{Time: made}) }), want: "wait ConfigMap/welcome"},
		"the copy is gone":                               {happens: func(s *site) { clear(s.objects) }, want: "create ConfigMap/welcome"},
		"the copy is gone, and drift is told":            {sync: report, happens: func(s *site) { clear(s.objects) }, want: "create ConfigMap/welcome"},
		"the copy was another sync's":                    {happens: edit(labelled(v1alpha1.LabelSyncedBy, "former")), want: "update ConfigMap/welcome"},
		"the copy is another sync's, and wanted no more": {gone: true, happens: edit(labelled(v1alpha1.LabelSyncedBy, "former"))},
		"it bears another tenant's label":                {happens: edit(labelled(v1alpha1.LabelTenant, "cybercorp")), want: "keep ConfigMap/welcome"},
		"it is not managed":                              {happens: edit(labelled(v1alpha1.LabelManaged, "false")), want: "keep ConfigMap/welcome"},
		"it is not managed, and wanted no more":          {gone: true, happens: edit(labelled(v1alpha1.LabelManaged, "false"))},
		"it is not managed, and overwritten":             {sync: overwrite, happens: edit(labelled(v1alpha1.LabelManaged, "false")), want: "take over ConfigMap/welcome"},
		"it can't be changed any more":                   {source: changed, happens: edit(func(o *unstructured.Unstructured) { o.Object["immutable"] = true }), want: "replace ConfigMap/welcome"},
		"it was the tenant's own, and can't be changed any more": {source: changed, happens: edit(func(o *unstructured.Unstructured) {
			o.Object["immutable"] = true
			noted(v1alpha1.AnnotationTakenOver, "true")(o)
		}), want: "refuse ConfigMap/welcome"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := newSite("initech")
			settle(t, site, newSync(), sourcesOf(newSync(), welcome))
			if tc.happens != nil {
				tc.happens(site)
			}
			sync := newSync()
			if tc.sync != nil {
				tc.sync(sync)
			}
			var sources []*replication.Source
			switch {
			case tc.gone:
			case tc.source != nil:
				sources = sourcesOf(sync, tc.source).Sources
			default:
				sources = sourcesOf(sync, welcome).Sources
			}
			if got := verbs(replication.Actions(sync, site.place(sync, sources))); got != tc.want {
				t.Errorf("%q, not %q", got, tc.want)
			}
		})
	}
}

// own is an object of the tenant's own.
func own(name string) *unstructured.Unstructured {
	return with(configMap(name, map[string]any{"text": "mine"}), func(o *unstructured.Unstructured) { o.SetLabels(nil) })
}

func TestWhatIsTheTenantsOwnStays(t *testing.T) {
	t.Parallel()
	sync, site := newSync(), newSite("initech")
	site.put(own("welcome"))
	selection := sourcesOf(sync, configMap("welcome", map[string]any{"text": "hello"}))
	if actions := settle(t, site, sync, selection); verbs(actions) != "keep ConfigMap/welcome" {
		t.Errorf("%v", actions)
	}
	if actions := replication.Leaving("baseline", v1alpha1.LeavePrune, site.place(sync, nil)); len(actions) > 0 {
		t.Errorf("on leaving: %v", actions)
	}
}

func TestWhatWasTakenOverIsReleased(t *testing.T) {
	t.Parallel()
	sync, site := newSync(overwrite), newSite("initech")
	site.put(own("welcome"))
	object := configMap("welcome", map[string]any{"text": "hello"})
	selection := sourcesOf(sync, object)
	if actions := settle(t, site, sync, selection); len(actions) > 0 {
		t.Fatalf("%v", actions)
	}
	// The next change of the master does not make it any less the tenant's own.
	object.Object["data"] = map[string]any{"text": "good day"}
	settle(t, site, sync, sourcesOf(sync, object))
	place := site.place(sync, nil)
	for name, actions := range map[string][]replication.Action{
		"the source left":                    replication.Actions(sync, place),
		"the tenant left":                    replication.Leaving("baseline", v1alpha1.LeavePrune, place),
		"the tenant left, and copies remain": replication.Leaving("baseline", v1alpha1.LeaveKeep, place),
	} {
		if verbs(actions) != "release ConfigMap/welcome" {
			t.Errorf("%s: %v", name, actions)
		}
	}
	settle(t, site, sync, replication.Selection{})
	for _, left := range site.objects {
		if len(left.GetLabels()) > 0 || len(left.GetAnnotations()) > 0 || left.Object["data"].(map[string]any)["text"] != "good day" {
			t.Errorf("released as %v", left)
		}
	}
}

func TestATenantThatLeaves(t *testing.T) {
	t.Parallel()
	for leave, want := range map[v1alpha1.SyncLeave]string{
		v1alpha1.LeavePrune: "delete ConfigMap/a, delete ConfigMap/b",
		v1alpha1.LeaveKeep:  "release ConfigMap/a, release ConfigMap/b",
	} {
		sync, site := newSync(), newSite("initech")
		settle(t, site, sync, sourcesOf(sync, configMap("b", nil), configMap("a", nil)))
		site.put(with(own("own"), labelled(v1alpha1.LabelSyncedBy, "baseline")))
		place := site.place(sync, nil)
		if got := verbs(replication.Leaving("baseline", leave, place)); got != want {
			t.Errorf("%s: %q, not %q", leave, got, want)
		}
		if got := replication.Leaving("other", leave, place); len(got) > 0 {
			t.Errorf("%s: another sync's leaving: %v", leave, got)
		}
	}
}

func TestASeedIsSownOnceAndIsTheTenantsOwn(t *testing.T) {
	t.Parallel()
	sync, site := newSync(onCreate), newSite("initech")
	site.put(own("b"))
	selection := sourcesOf(sync, configMap("a", map[string]any{"text": "hello"}), configMap("b", nil))
	if actions := settle(t, site, sync, selection); len(actions) > 0 {
		t.Errorf("%v", actions)
	}
	if len(site.held()) > 0 {
		t.Errorf("seeds are held: %v", site.held())
	}
	for key, object := range site.objects {
		labels, notes := object.GetLabels(), object.GetAnnotations()
		if len(labels) > 0 || len(notes) > 1 || key.Name == "a" && notes[v1alpha1.AnnotationSyncedFrom] != "acme/a" {
			t.Errorf("%s has %v, %v", key, labels, notes)
		}
	}
}

func TestSeveralSyncsWithOneObjectAreBothHeard(t *testing.T) {
	t.Parallel()
	sync, site := newSync(), newSite("initech")
	selection := sourcesOf(sync, configMap("a", nil), configMap("b", nil))
	settle(t, site, sync, selection)
	key := selection.Sources[0].Key
	contested := replication.Contested([]replication.Claim{
		{Sync: "zeta", Keys: []replication.Key{key, key}},
		{Sync: "baseline", Keys: []replication.Key{selection.Sources[1].Key, key, key}},
		{Sync: "extra", Keys: []replication.Key{key}},
	})
	place := site.place(sync, selection.Sources)
	place.Contested = contested
	actions := replication.Actions(sync, place)
	if verbs(actions) != "contest ConfigMap/a" {
		t.Fatalf("%v", actions)
	}
	state, reason, message := replication.Judge(actions)
	if state != v1alpha1.SyncFailed || reason != v1alpha1.ReasonConflict || !strings.Contains(message, "baseline and extra and zeta") {
		t.Error(state, reason, message)
	}
}

func TestSeveralSyncsThatSetTheBrandAreBothHeard(t *testing.T) {
	t.Parallel()
	sync, site := newSync(), newSite("initech")
	for _, test := range []struct {
		syncs []string
		want  string
	}{{nil, ""}, {[]string{"baseline"}, ""}, {[]string{"baseline", "zeta"}, "contest ConfigMap/brand"}} {
		place := site.place(sync, nil)
		place.Brands = test.syncs
		actions := replication.Actions(sync, place)
		if verbs(actions) != test.want {
			t.Errorf("%v: %v", test.syncs, actions)
		}
		if _, _, message := replication.Judge(actions); len(actions) > 0 && !strings.Contains(message, "syncs baseline and zeta each would set the tenant's brand") {
			t.Error(message)
		}
	}
}

func TestWhatASyncBroughtStaysWhileItIsNotKnownWhatThatCarries(t *testing.T) {
	t.Parallel()
	former, sync, site := newSync(func(s *v1alpha1.MasterTenantSync) { s.Name = "former" }), newSync(), newSite("initech")
	settle(t, site, former, sourcesOf(former, configMap("a", nil)))
	place := site.place(sync, sourcesOf(sync, configMap("a", nil), configMap("b", nil)).Sources)
	place.Unread = map[string]bool{"former": true}
	if got := verbs(replication.Actions(sync, place)); got != "wait ConfigMap/a, create ConfigMap/b" {
		t.Errorf("while it is not: %s", got)
	}
	place.Unread = map[string]bool{"other": true}
	if got := verbs(replication.Actions(sync, place)); got != "update ConfigMap/a, create ConfigMap/b" {
		t.Errorf("when it is: %s", got)
	}
}

func TestWithoutOwnerLabelsNothingIsACopy(t *testing.T) {
	t.Parallel()
	sync, site := newSync(), newSite("initech")
	settle(t, site, sync, sourcesOf(sync, configMap("a", nil)))
	place := site.place(sync, nil)
	place.Labels = nil
	if actions := replication.Actions(sync, place); len(actions) > 0 {
		t.Errorf("%v", actions)
	}
	place.Labels = desired.OwnerLabels(newTenant("cybercorp"))
	if actions := replication.Leaving("baseline", v1alpha1.LeavePrune, place); len(actions) > 0 {
		t.Errorf("another tenant's: %v", actions)
	}
}
