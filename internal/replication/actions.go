// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication

import (
	"cmp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Verb is what becomes of one object.
type Verb string

// What becomes of an object.
const (
	// Create makes the copy.
	Create Verb = "create"
	// Update writes the copy over what is held, in the version that was read.
	Update Verb = "update"
	// Replace deletes a copy that can't be changed, in the version that was read, and makes it anew.
	Replace Verb = "replace"
	// TakeOver writes the copy over an object of the tenant's own, which has to be read first: see Action.Object.
	TakeOver Verb = "take over"
	// Bring has a category come that is no object: see Brings. Nothing is written for it but the tenant's status, when all else is there.
	Bring Verb = "bring"
	// Delete deletes a copy, in the version that was read.
	Delete Verb = "delete"
	// Release makes a copy the tenant's own: see ReleasePatch.
	Release Verb = "release"
)

// What nothing is written for, and why.
const (
	// Keep leaves an object of the tenant's own where the copy belongs.
	Keep Verb = "keep"
	// Contest leaves what is there, because several syncs carry an object of that key to the tenant.
	Contest Verb = "contest"
	// Report leaves a copy that somebody changed.
	Report Verb = "report"
	// Refuse writes nothing that the API server would not take.
	Refuse Verb = "refuse"
	// Wait writes nothing yet: something that it needs is not there, and comes by itself.
	Wait Verb = "wait"
)

// writing are the verbs that write, in the order in which they do.
var writing = []Verb{Create, Update, Replace, TakeOver, Bring, Delete, Release}

// Writes says whether the verb writes anything.
func (v Verb) Writes() bool { return slices.Contains(writing, v) }

// Removes says whether the verb takes a copy away: that comes after all other writes in a place.
func (v Verb) Removes() bool { return v == Delete || v == Release }

// Action is what becomes of one object in a tenant's place.
type Action struct {
	Verb Verb
	Key  Key
	// Version of what is written: see Copy. Empty where nothing is.
	Version string
	// UID and ResourceVersion of what was read and is written over, deleted or released; empty for Create and TakeOver.
	UID             types.UID
	ResourceVersion string
	// Note says more, for people: who else claims the object, what is waited for.
	Note string

	wanted    Copy
	takenOver bool
	// over is the fingerprint of the tenant's own object that is taken over; empty where it is not known.
	over string
}

// Object is the copy to be written, an object of its own. For Update it bears UID and resource version that were
// read; for TakeOver whoever writes it sets those of the tenant's object. An error says why there is none, and
// nothing of the content.
func (a Action) Object() (*unstructured.Unstructured, error) {
	if !a.Verb.Writes() || a.Verb.Removes() {
		return nil, errNotWritable
	}
	object, err := a.wanted.Object(a.takenOver)
	if err == nil && a.Verb == Update {
		object.SetUID(a.UID)
		object.SetResourceVersion(a.ResourceVersion)
	}
	return object, err
}

// Fixed says whether the API server lets nobody change an object into what the action writes.
func (a Action) Fixed(held Held) bool { return a.wanted.source != nil && a.wanted.fixed(held) }

// Unchanged says whether an object of the tenant's own that is to be taken over is as it was when that was decided: who approved it
// approved the loss of that content, and of no other.
func (a Action) Unchanged(own Held) bool { return a.over == "" || a.over == own.Fingerprint() }

// Equal says whether two actions do the same to the same version of the same object, and say the same.
func (a Action) Equal(b Action) bool {
	return a.identity(a.Version) == b.identity(b.Version) && a.ResourceVersion == b.ResourceVersion && a.Note == b.Note
}

// String is the verb and the key.
func (a Action) String() string { return string(a.Verb) + " " + a.Key.String() }

// GoString is the verb and the key.
func (a Action) GoString() string { return a.String() }

// Place is one tenant's, as one sync looks at it.
type Place struct {
	// Labels are those of all that the operator makes for the tenant (desired.OwnerLabels): what does not bear them is
	// the tenant's own.
	Labels map[string]string
	// Wanted are the copies that the tenant is to have.
	Wanted []Copy
	// Held are all that bear label tenantry.io/synced-by there, of whichever sync.
	Held []Held
	// Foreign are the objects of the tenant's own that are known to stand where copies belong, by their fingerprints, which are empty
	// where nobody looked at them.
	Foreign map[Key]string
	// Contested are the objects that several syncs carry here, with the names of those: see Contested.
	Contested map[Key][]string
	// Brands are the names, sorted, of the syncs that each would set the tenant's brand, if this is one of several.
	Brands []string
	// Refused are those of Selection: copies of them stay.
	Refused map[Key]bool
	// Unread are the names of syncs that reach the place too, and of which is not known what they carry: their copies stay.
	Unread map[string]bool
	// Brought are the categories of the sync's that are no objects and have come here already.
	Brought []v1alpha1.SyncCategory
}

// Actions are what is to be done, or in the way, until the place is as the sync wants it; none if it is. Those that
// remove come last; each part is sorted by key. Of several syncs with the same tenant, all other writes come before
// those that remove: one may take up what another gives up.
func Actions(sync *v1alpha1.MasterTenantSync, place Place) []Action {
	held := place.ours()
	var actions []Action
	wanted := make(map[Key]bool, len(place.Wanted))
	for _, one := range place.Wanted {
		wanted[one.Key] = true
		if action := place.action(&sync.Spec, one, held); action.Verb != "" {
			actions = append(actions, action)
		}
	}
	for _, category := range Brings(&sync.Spec) {
		if !slices.Contains(place.Brought, category) {
			actions = append(actions, Action{Verb: Bring, Key: Key{Kind: "Category", Name: string(category)}})
		}
	}
	if sync.Spec.Prune == nil || *sync.Spec.Prune {
		for key, one := range held {
			if one.SyncedBy() == sync.Name && !wanted[key] && !place.Refused[key] && !one.Going {
				actions = append(actions, removal(one, one.TakenOver()))
			}
		}
	}
	if len(place.Brands) > 1 {
		actions = append(actions, contestedBrand(place.Brands))
	}
	slices.SortFunc(actions, compareActions)
	return actions
}

// contestedBrand leaves the brand to none of the syncs that would set it.
func contestedBrand(syncs []string) Action {
	return Action{Verb: Contest, Key: BrandKey, Note: "syncs " + strings.Join(syncs, " and ") +
		" each would set the tenant's brand, and none does: take category WhiteLabel, or the tenant, out of all but one"}
}

// Leaving are the actions where a tenant is no target any more, or the sync is going: its copies are deleted, and
// released if they were taken over, or with LeaveKeep. Of the place, Labels and Held are looked at.
func Leaving(sync string, leave v1alpha1.SyncLeave, place Place) []Action {
	var actions []Action
	for _, one := range place.ours() {
		if one.SyncedBy() == sync && !one.Going {
			actions = append(actions, removal(one, leave == v1alpha1.LeaveKeep || one.TakenOver()))
		}
	}
	slices.SortFunc(actions, compareActions)
	return actions
}

// ours are the copies that are held. What does not bear the tenant's labels is the tenant's own.
func (p Place) ours() map[Key]Held {
	copies := make(map[Key]Held, len(p.Held))
	for _, held := range p.Held {
		if held.ours(p.Labels) {
			copies[held.Key] = held
		}
	}
	return copies
}

// foreign says whether an object of the tenant's own is known to stand where a copy belongs, and returns its fingerprint.
func (p Place) foreign(key Key) (over string, stands bool) {
	if over, stands = p.Foreign[key]; stands {
		return over, true
	}
	for _, held := range p.Held {
		if held.Key == key && !held.ours(p.Labels) {
			return held.Fingerprint(), true
		}
	}
	return "", false
}

// action is what becomes of the object where a copy belongs; without a verb if nothing does.
func (p Place) action(spec *v1alpha1.MasterTenantSyncSpec, wanted Copy, copies map[Key]Held) Action {
	action := Action{Key: wanted.Key, Version: wanted.Version, wanted: wanted}
	held, isHeld := copies[wanted.Key]
	over, isForeign := p.foreign(wanted.Key)
	switch names := p.Contested[wanted.Key]; {
	case len(names) > 0:
		return action.without(Contest, "syncs "+strings.Join(names, " and ")+" carry it here: leave it out of all but one")
	case wanted.seed && (isHeld || isForeign):
		return Action{} // it is the tenant's own, and there already
	case wanted.waits != "":
		return action.without(Wait, wanted.waits)
	case wanted.refusal != "":
		return action.without(Refuse, wanted.refusal)
	case isHeld && held.SyncedBy() != wanted.sync && p.Unread[held.SyncedBy()]:
		return action.without(Wait, "it is there from sync "+held.SyncedBy()+", of which is not known just now whether it goes on to carry it")
	case isHeld:
		return p.changed(spec, action, held)
	case isForeign && spec.Conflict != v1alpha1.ConflictOverwrite:
		return action.without(Keep, "an object of the tenant's own stands in its place: rename or delete that, or set conflict to Overwrite")
	case isForeign:
		action.Verb, action.takenOver, action.over = TakeOver, true, over
	default:
		action.Verb = Create
	}
	return action
}

// changed is what becomes of a copy that is held.
func (p Place) changed(spec *v1alpha1.MasterTenantSyncSpec, action Action, held Held) Action {
	if held.Going {
		return action.without(Wait, "the former object is being deleted: it is made again when that is gone")
	}
	differs := action.wanted.compare(held)
	if differs == same {
		return Action{}
	}
	if differs == drifted && spec.OnDrift == v1alpha1.DriftReport {
		return action.without(Report, "somebody changed it: delete it to have it made anew, or set onDrift to Repair")
	}
	action.Verb = Update
	if action.wanted.fixed(held) {
		if held.TakenOver() { // what the operator did not make it never deletes
			return action.without(Refuse, "it was the tenant's own, and can't be changed: delete it to have the copy made in its place")
		}
		action.Verb = Replace
	}
	action.UID, action.ResourceVersion, action.takenOver = held.UID, held.ResourceVersion, held.TakenOver()
	return action
}

// without is the action that writes nothing, and says why.
func (a Action) without(verb Verb, note string) Action {
	return Action{Verb: verb, Key: a.Key, Note: note}
}

// removal is what becomes of a copy that is wanted no more.
func removal(held Held, release bool) Action {
	action := Action{Verb: Delete, Key: held.Key, UID: held.UID, ResourceVersion: held.ResourceVersion}
	if release {
		action.Verb = Release
	}
	return action
}

func compareActions(a, b Action) int {
	last := func(verb Verb) int {
		if verb.Removes() {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(last(a.Verb), last(b.Verb)), a.Key.Compare(b.Key))
}
