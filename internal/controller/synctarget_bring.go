// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replicas"
	"github.com/tenantry/tenantry/internal/replication"
	"github.com/tenantry/tenantry/internal/standing"
)

// bring brings the tenant what one sync carries, as far as that may be now, and returns what is to be taken away for it.
func (r *SyncTargetReconciler) bring(ctx context.Context, v *visit, posted *post) (removal, error) {
	sync := posted.sync
	v.withdraw(posted)
	entry, named := v.entries[sync.Name]
	none := removal{name: sync.Name}
	seeded := sync.Spec.Trigger == v1alpha1.TriggerOnCreate && entry.Reached
	switch {
	case posted.mode == syncStill:
		if named && posted.reaches(v.tenant) && !seeded {
			v.entries[sync.Name] = standing.OfStillTarget(entry, sync)
		}
		return none, nil
	case posted.mode == syncUnread:
		return none, nil
	case !posted.reaches(v.tenant):
		return r.leave(v, posted), nil
	case !named && posted.mode == syncWrite && len(v.entries) >= maxSyncs:
		r.tell(v, posted, finding{attempt: posted.attempt, state: replication.Failed, whole: true, message: tooManySyncs})
		return none, nil
	case seeded: // it gets nothing more, and sets no brand that it has not set
		seed := replication.Place{Brought: replication.Brings(&sync.Spec)}
		if slices.Contains(entry.Categories, v1alpha1.SyncWhiteLabel) {
			seed.Brands = v.brandsWith(sync)
		}
		left := replication.Actions(sync, seed)
		r.settle(v, posted, left, entry.Categories)
		return none, nil
	case v.namespace == "": // it is not there to be admitted: others go first
		v.say(posted, standing.TargetSeen{Placeless: true})
		r.tell(v, posted, finding{attempt: posted.attempt, state: replication.Unknown, whole: true})
		return none, nil
	}
	actions, err := r.actions(ctx, v, posted)
	if err != nil || !r.may(v, posted, actions) {
		return none, err
	}
	room := secretRemovals(actions)
	if noted, err := r.note(ctx, v, posted, room); err != nil {
		return none, err
	} else if !noted {
		return removal{name: sync.Name, actions: room}, nil
	}
	done, err := r.perform(ctx, v, actions)
	may := true
	if err == nil && len(done.own) > 0 {
		may, err = r.performAround(ctx, v, posted, &done)
	}
	if err != nil || !may {
		return none, err
	}
	r.settle(v, posted, done.left, replication.Brings(&sync.Spec))
	return removal{name: sync.Name, actions: done.removals}, nil
}

// performAround decides anew about the tenant's own objects that were found where copies were to be made, and carries that out, if it
// may: it may be more than was approved.
func (r *SyncTargetReconciler) performAround(ctx context.Context, v *visit, posted *post, done *performed) (may bool, err error) {
	actions, err := r.actions(ctx, v, posted)
	if err != nil {
		return false, err
	}
	actions = slices.DeleteFunc(actions, func(action replication.Action) bool { return !done.own[action.Key] })
	if !r.may(v, posted, actions) {
		return false, nil
	}
	more, err := r.perform(ctx, v, actions)
	done.left = append(done.left, more.left...)
	return true, err
}

// may says whether all that is to be done for a sync may be done now, and tells what was found where it may not.
func (r *SyncTargetReconciler) may(v *visit, posted *post, actions []replication.Action) bool {
	admitted := r.board.admits(client.ObjectKeyFromObject(posted.sync), posted.attempt, v.tenant.UID)
	stale := admitted && posted.pins != nil && !posted.pins.Allow(v.tenant.UID, actions)
	if admitted && !stale {
		return true
	}
	found := looked(posted, actions, stale)
	if posted.mode == syncWrite && found.state == replication.Current && !v.entries[posted.sync.Name].Reached {
		found.state = replication.Pending // it is told that with its turn
	}
	v.say(posted, standing.TargetSeen{Actions: actions, Stale: stale})
	r.tell(v, posted, found)
	return false
}

// leave is what is to be taken away of a sync that does not copy to the tenant, once that is its turn.
func (r *SyncTargetReconciler) leave(v *visit, posted *post) removal {
	name := client.ObjectKeyFromObject(posted.sync)
	actions := replication.Leaving(posted.sync.Name, posted.sync.Spec.OnLeave, v.place)
	_, concerned := v.entries[posted.sync.Name]
	switch {
	case posted.mode == syncLook && concerned:
		r.tell(v, posted, looked(posted, actions, false))
	case posted.mode == syncLeave, posted.leavers && (posted.pins == nil || posted.pins.Allow(v.tenant.UID, actions)):
		r.board.forget(name, v.tenant.UID)
		return removal{name: name.Name, actions: actions, gone: true}
	}
	r.board.unadmit(posted, v.tenant.UID)
	return removal{name: name.Name}
}

// looked is the finding of a look by which nothing was written. What is to be done is kept where a plan is asked for alone: it is
// more than all else that is known of a tenant.
func looked(posted *post, actions []replication.Action, stale bool) finding {
	found := finding{attempt: posted.attempt, state: replication.Pending, stale: stale}
	switch {
	case stale:
		found.state = replication.Failed
	case onlyWaits(actions):
		found.state = replication.Unknown
	}
	if state, reason, _ := replication.Judge(actions); state == v1alpha1.SyncSynced {
		found.state, found.kept = replication.Current, reason == v1alpha1.ReasonKept
	}
	if posted.mode == syncLook || found.state == replication.Current {
		found.actions, found.whole = actions, true
	}
	return found
}

// onlyWaits says that nothing can be done yet.
func onlyWaits(actions []replication.Action) bool {
	return len(actions) > 0 && !slices.ContainsFunc(actions, func(action replication.Action) bool { return action.Verb != replication.Wait })
}

// actions are what is to be done for a sync, by what is in the place.
func (r *SyncTargetReconciler) actions(ctx context.Context, v *visit, posted *post) ([]replication.Action, error) {
	place := v.place
	place.Refused, place.Brands, place.Brought = posted.selection.Refused, v.brandsWith(posted.sync), v.entries[posted.sync.Name].Categories
	for _, source := range posted.selection.Sources {
		place.Wanted = append(place.Wanted, replication.Wanted(source, posted.sync, v.tenant, v.namespace, place.Labels))
	}
	fresh := slices.DeleteFunc(secretNames(posted.selection.Sources), func(name string) bool {
		return slices.ContainsFunc(place.Held, func(held replication.Held) bool { return held.Key == replicas.SecretKey(name) })
	})
	secrets, err := r.secrets.held(ctx, r.Stores, v, fresh)
	if err != nil {
		return nil, err
	}
	place.Held = slices.Concat(place.Held, secrets)
	actions := replication.Actions(posted.sync, place)
	if posted.mode == syncWrite && posted.pins == nil && v.entries[posted.sync.Name].Reason != v1alpha1.ReasonKept {
		return actions, nil
	}
	// What is in the way is found out by a write, where one may be that nobody has to approve; here by a look, as where something
	// was in the way before.
	for _, action := range actions {
		if action.Verb != replication.Create {
			continue
		}
		there, err := r.Stores.Look(ctx, action.Key, v.namespace)
		if err != nil {
			return nil, err
		}
		if there != nil && !there.IsCopy() {
			place.Foreign[action.Key] = there.Fingerprint()
		}
	}
	return replication.Actions(posted.sync, place), nil
}

// secretNames are those of the Secrets among what is carried.
func secretNames(sources []*replication.Source) []string {
	var names []string
	for _, source := range sources {
		if source.Key.IsSecret() {
			names = append(names, source.Key.Name)
		}
	}
	return names
}

// performed is what came of carrying actions out.
type performed struct {
	// left is what is in the way, removals what is to be taken away when all else is written.
	left, removals []replication.Action
	// own are the tenant's own objects that were found where copies were to be made.
	own map[replication.Key]bool
}

// perform carries out what writes and removes nothing.
func (r *SyncTargetReconciler) perform(ctx context.Context, v *visit, actions []replication.Action) (performed, error) {
	done := performed{own: map[replication.Key]bool{}}
	for _, action := range actions {
		switch {
		case action.Verb.Removes():
			done.removals = append(done.removals, action)
			continue
		case !action.Verb.Writes():
			done.left = append(done.left, action)
			continue
		case action.Verb == replication.Bring: // with all else: see settle
			continue
		}
		_, known := v.place.Foreign[action.Key]
		err := r.do(ctx, v, action)
		switch why := refusal(err); {
		case errors.Is(err, replicas.ErrOwn) && !known:
			v.place.Foreign[action.Key], done.own[action.Key] = "", true
		case why != "":
			done.left = append(done.left, action.Refused(why))
		case err != nil:
			return done, err
		}
	}
	for _, action := range done.left {
		v.again = sooner(v.again, pauseOf(action))
	}
	return done, nil
}

func (r *SyncTargetReconciler) do(ctx context.Context, v *visit, action replication.Action) error {
	r.secrets.forget(v.tenant.UID, action.Key)
	return r.Stores.Do(ctx, v.namespace, action)
}
