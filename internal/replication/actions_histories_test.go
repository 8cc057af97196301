// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

// TestAPlaceComesToRestAsTheMasterIs plays random histories of one tenant's place and two syncs: sources change, come and go;
// the tenant makes objects of its own, changes and deletes copies; the syncs change their minds; a manager is killed between any two
// writes. Afterwards the place is as it should be, nothing is left to do, and what was the tenant's own is still there.
func TestAPlaceComesToRestAsTheMasterIs(t *testing.T) {
	t.Parallel()
	writes, kept := 0, 0
	for seed := range uint64(1000) {
		h := &placeHistory{random: rand.New(rand.NewPCG(seed, 9)), site: newSite("initech"), sources: map[string]*unstructured.Unstructured{}, own: map[replication.Key]string{}}
		for range 2 {
			h.syncs = append(h.syncs, newSync())
		}
		h.syncs[1].Name, h.syncs[1].Spec.Categories = "second", []v1alpha1.SyncCategory{v1alpha1.SyncEmailNotifications}
		for range 40 {
			h.happen()
			h.work(h.random.IntN(4)) // and no more: it is killed
		}
		h.rest()
		if h.fault != "" {
			t.Fatalf("history %d: %s\n%s", seed, h.fault, h.log)
		}
		writes, kept = writes+h.writes, kept+len(h.own)
	}
	if writes < 5_000 || kept < 500 {
		t.Errorf("%d writes, %d objects of the tenant's own: nothing is proven", writes, kept)
	}
}

type placeHistory struct {
	random  *rand.Rand
	site    *site
	syncs   []*v1alpha1.MasterTenantSync
	sources map[string]*unstructured.Unstructured
	// own is the text of each object of the tenant's own, as the tenant wrote it.
	own    map[replication.Key]string
	writes int
	fault  string
	log    string
}

func (h *placeHistory) note(format string, args ...any) { h.log += fmt.Sprintf(format+"\n", args...) }

func (h *placeHistory) say(format string, args ...any) {
	if h.fault == "" {
		h.fault = fmt.Sprintf(format, args...)
	}
}

func (h *placeHistory) text() map[string]any {
	return map[string]any{"text": fmt.Sprintf("%d for $(TENANT_NAME)", h.random.IntN(1000))}
}

// happen changes the master, the syncs or the tenant's place.
func (h *placeHistory) happen() {
	name := string(rune('a' + h.random.IntN(4)))
	key := replication.Key{Version: "v1", Kind: "ConfigMap", Name: name}
	sync := h.syncs[h.random.IntN(2)]
	switch h.random.IntN(10) {
	case 0, 1, 2:
		source := configMap(name, h.text())
		source.SetLabels(map[string]string{v1alpha1.LabelSync: []string{v1alpha1.MarkContent, v1alpha1.MarkEmailNotifications}[h.random.IntN(2)]})
		if h.random.IntN(3) == 0 {
			noted(v1alpha1.AnnotationSubstitute, "true")(source)
		}
		if h.random.IntN(4) == 0 {
			source.Object["immutable"] = true
		}
		h.sources[name] = source
		h.note("the master has %s as %s", name, source.GetLabels()[v1alpha1.LabelSync])
	case 3:
		delete(h.sources, name)
		h.note("the master has %s no more", name)
	case 4:
		sync.Spec.Conflict = []v1alpha1.SyncConflict{v1alpha1.ConflictKeep, v1alpha1.ConflictOverwrite}[h.random.IntN(2)]
	case 5:
		sync.Spec.OnDrift = []v1alpha1.SyncDrift{v1alpha1.DriftRepair, v1alpha1.DriftReport}[h.random.IntN(2)]
	case 6, 7:
		h.tenantWrites(key)
	case 8:
		delete(h.site.objects, key)
		delete(h.site.foreign, key)
		delete(h.own, key)
		h.note("the tenant deletes %s", key)
	case 9:
		sync.Spec.Prune = new(h.random.IntN(2) == 0)
	}
}

// tenantWrites makes an object of the tenant's own, or changes what is there.
func (h *placeHistory) tenantWrites(key replication.Key) {
	object, there := h.site.objects[key]
	text := h.text()
	if !there {
		object = own(key.Name)
	}
	object = with(object, func(o *unstructured.Unstructured) { o.Object["data"] = text })
	if _, copied := object.GetLabels()[v1alpha1.LabelSyncedBy]; !copied {
		h.own[key] = text["text"].(string)
	}
	h.site.put(object)
	h.note("the tenant writes %s", key)
}

// selections are what the syncs carry, and what is contested.
func (h *placeHistory) selections() ([]replication.Selection, map[replication.Key][]string) {
	objects := slices.Collect(maps.Values(h.sources))
	var selections []replication.Selection
	var claims []replication.Claim
	for _, sync := range h.syncs {
		selection := sourcesOf(sync, objects...)
		claim := replication.Claim{Sync: sync.Name}
		for _, source := range selection.Sources {
			claim.Keys = append(claim.Keys, source.Key)
		}
		selections, claims = append(selections, selection), append(claims, claim)
	}
	return selections, replication.Contested(claims)
}

// todo are all actions of both syncs, those that remove last.
func (h *placeHistory) todo() []replication.Action {
	selections, contested := h.selections()
	var actions []replication.Action
	for i, sync := range h.syncs {
		place := h.site.place(sync, selections[i].Sources)
		place.Contested, place.Refused = contested, selections[i].Refused
		actions = append(actions, replication.Actions(sync, place)...)
	}
	slices.SortStableFunc(actions, func(a, b replication.Action) int {
		switch {
		case a.Verb.Removes() == b.Verb.Removes():
			return 0
		case a.Verb.Removes():
			return 1
		}
		return -1
	})
	return actions
}

// work does the first of the writes that are to be done, and says whether there were any.
func (h *placeHistory) work(most int) bool {
	done := 0
	for _, action := range h.todo() {
		if !action.Verb.Writes() {
			continue
		}
		if done++; done > most {
			return true
		}
		h.judge(action)
		if err := h.site.apply(action); err != nil {
			h.note("refused: %v", err) // of another version, since another sync was first
		}
		h.note("%s", action)
		h.writes++
	}
	return done > 0
}

// judge says what is wrong with a write.
func (h *placeHistory) judge(action replication.Action) {
	_, isOwn := h.own[action.Key]
	stored := h.site.objects[action.Key]
	switch action.Verb {
	case replication.Delete:
		if isOwn {
			h.say("%s, which is the tenant's own", action)
		}
	case replication.TakeOver:
		if !isOwn {
			h.say("%s, which is not the tenant's own", action)
		}
	case replication.Update, replication.Replace:
		if isOwn && stored.GetAnnotations()[v1alpha1.AnnotationTakenOver] != "true" {
			h.say("%s, which was not taken over", action)
		}
	case replication.Release:
		if !isOwn {
			h.say("%s, which was not taken over", action)
		}
	case replication.Create, replication.Keep, replication.Contest, replication.Report, replication.Refuse, replication.Wait:
	}
}

// rest lets the syncs finish, and looks at what they leave.
func (h *placeHistory) rest() {
	for rounds := 0; h.work(1000); rounds++ {
		if rounds > 8 {
			h.say("it does not come to rest: %v", h.todo())
			return
		}
	}
	selections, contested := h.selections()
	blocked := map[replication.Key]bool{}
	for _, action := range h.todo() {
		blocked[action.Key] = true
	}
	wanted := map[replication.Key]bool{}
	for i, sync := range h.syncs {
		for _, copied := range h.site.wanted(sync, selections[i].Sources) {
			wanted[copied.Key] = true
			if !blocked[copied.Key] {
				h.compare(sync, copied)
			}
		}
	}
	for key, object := range h.site.objects {
		by := object.GetLabels()[v1alpha1.LabelSyncedBy]
		prunes := slices.ContainsFunc(h.syncs, func(s *v1alpha1.MasterTenantSync) bool {
			return s.Name == by && (s.Spec.Prune == nil || *s.Spec.Prune)
		})
		if prunes && !wanted[key] && len(contested[key]) == 0 {
			h.say("%s is left over", key)
		}
	}
	for key := range h.own {
		if _, there := h.site.objects[key]; !there {
			h.say("%s was the tenant's own, and is gone", key)
		}
	}
}

// compare says how a copy that is there differs from what is wanted.
func (h *placeHistory) compare(sync *v1alpha1.MasterTenantSync, copied replication.Copy) {
	stored := h.site.objects[copied.Key]
	if stored == nil {
		h.say("%s is not there", copied)
		return
	}
	object, err := copied.Object(false)
	if err != nil || replication.Digest(object) != replication.Digest(stored) || stored.GetLabels()[v1alpha1.LabelSyncedBy] != sync.Name {
		h.say("%s is %v, not %v (%v)", copied, stored, object, err)
	}
}
