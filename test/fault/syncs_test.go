// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"errors"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// What families that sync have: a sync, and two objects in the partner's place that it carries to two customers.
const (
	syncName = "baseline"
	motd     = "motd"
	terms    = "terms"

	formerText = "one"
	newText    = "two"
)

// receivers are the customers that the sync carries to: the first of them is the canary where there is one.
func (f family) receivers() []client.ObjectKey { return []client.ObjectKey{f.child, f.siblings()[0]} }

func placeOf(key client.ObjectKey) string { return key.Namespace + "-" + key.Name }

// publisher is a family with two customers and what is to be carried to them.
func publisher(ctx context.Context, f family) error {
	sibling := f.siblings()[0]
	return first(active(ctx, f), client.IgnoreAlreadyExists(f.Client.Create(ctx, customerTenant(sibling))), f.inPhase(ctx, sibling, v1alpha1.PhaseActive),
		f.publish(ctx, motd), f.publish(ctx, terms))
}

// inSync is a family whose customers have it.
func inSync(change ...func(*v1alpha1.MasterTenantSyncSpec)) func(context.Context, family) error {
	return func(ctx context.Context, f family) error {
		if err := publisher(ctx, f); err != nil {
			return err
		}
		return first(f.sync(ctx, change...), f.allSynced(ctx, formerText, formerText))
	}
}

// allSynced returns an error until all customers have copies that say that, and the sync says so.
func (f family) allSynced(ctx context.Context, ofMotd, ofTerms string) error {
	return first(f.hold(ctx, motd, ofMotd, f.receivers()...), f.hold(ctx, terms, ofTerms, f.receivers()...),
		f.fares(ctx, v1alpha1.SyncSynced, f.receivers()...), f.synced(ctx, v1alpha1.ReasonSynced))
}

// withCanary has the first customer go first, and stop the rest where it fails.
func withCanary(spec *v1alpha1.MasterTenantSyncSpec) {
	spec.OnDrift = v1alpha1.DriftReport
	spec.Rollout = &v1alpha1.Rollout{Canary: &v1alpha1.Canary{Names: []v1alpha1.TenantName{"customer"}}, StopAfterFailures: new(int32(1))}
}

// poisonedCanary is a family of whose first customer somebody changed a copy.
func poisonedCanary(ctx context.Context, f family) error {
	if f.hold(ctx, motd, "forged", f.child) == nil {
		return first(f.fares(ctx, v1alpha1.SyncFailed, f.child), f.fares(ctx, v1alpha1.SyncSynced, f.siblings()[0]), f.synced(ctx, v1alpha1.ReasonHalted))
	}
	if err := inSync(withCanary)(ctx, f); err != nil {
		return err
	}
	return errors.Join(f.write(ctx, f.place(), motd, "forged"), errors.New("that was not noticed yet"))
}

// attempts that there were at families' rollouts before their masters said something else, by token.
var attempts = map[string]int64{}

// halt has a rollout halt that was well before: its canary can't be written to.
func halt(ctx context.Context, f family) error {
	sync, err := f.getSync(ctx)
	if err != nil {
		return err
	}
	attempts[f.token] = sync.Status.Attempt
	return rewrite(ctx, f)
}

// halted returns an error unless the canary failed at what the master says now, and nobody else was written to.
func halted(ctx context.Context, f family) error {
	sync, err := f.getSync(ctx)
	if err != nil {
		return err
	}
	if progress := sync.Status.Progress; sync.Status.Attempt <= attempts[f.token] || progress == nil || progress.Failed != 1 {
		return fmt.Errorf("the sync says %+v", sync.Status)
	}
	return first(f.synced(ctx, v1alpha1.ReasonHalted), f.fares(ctx, v1alpha1.SyncFailed, f.child), f.hold(ctx, motd, formerText, f.siblings()[0]))
}

// planning is a family whose sync says what it would do, and waits for approval.
func planning(ctx context.Context, f family) error {
	if err := publisher(ctx, f); err != nil {
		return err
	}
	return first(f.sync(ctx, func(spec *v1alpha1.MasterTenantSyncSpec) { spec.Mode = v1alpha1.SyncPlan }), f.synced(ctx, v1alpha1.ReasonPlanned))
}

// approve the plan that there is.
func approve(ctx context.Context, f family) error {
	return f.resync(ctx, func(sync *v1alpha1.MasterTenantSync) { sync.Spec.ApprovedPlan = sync.Status.Plan.Hash })
}

// carriedOut returns an error until an approved plan is.
func carriedOut(ctx context.Context, f family) error {
	sync, err := f.getSync(ctx)
	if err != nil {
		return err
	}
	if approved := sync.Status.Approved; approved == nil || approved.CompletedAt == nil || approved.Stale != 0 {
		return fmt.Errorf("the sync says %+v", sync.Status)
	}
	return f.allSynced(ctx, formerText, formerText)
}

// exclude takes a customer out of the targets.
func exclude(ctx context.Context, f family) error {
	return f.resync(ctx, func(sync *v1alpha1.MasterTenantSync) {
		sync.Spec.Targets = &v1alpha1.SyncTargets{Exclude: &v1alpha1.Selection{Names: []v1alpha1.TenantName{"customer"}}}
	})
}

// excluded returns an error until it has no copies any more, and the other has them.
func excluded(ctx context.Context, f family) error {
	return first(f.hold(ctx, motd, "", f.child), f.hold(ctx, terms, "", f.child), f.fares(ctx, "", f.child),
		f.hold(ctx, motd, formerText, f.siblings()[0]), f.synced(ctx, v1alpha1.ReasonSynced))
}

// rewrite has the master say something else.
func rewrite(ctx context.Context, f family) error { return f.write(ctx, f.partner.Name, motd, newText) }

// syncings are what users ask of a sync.
func syncings() []operation {
	rewritten := func(ctx context.Context, f family) error { return f.allSynced(ctx, newText, formerText) }
	return []operation{
		{
			name:  "copies to customers for the first time",
			given: publisher,
			when:  func(ctx context.Context, f family) error { return f.sync(ctx) },
			then:  func(ctx context.Context, f family) error { return f.allSynced(ctx, formerText, formerText) },
			keeps: true,
		},
		{name: "carries a change of the master's to customers", given: inSync(), when: rewrite, then: rewritten, keeps: true},
		{
			name:  "prunes what left the master",
			given: inSync(),
			when:  func(ctx context.Context, f family) error { return f.withdraw(ctx, motd) },
			then:  func(ctx context.Context, f family) error { return f.allSynced(ctx, "", formerText) },
			keeps: true,
		},
		{name: "takes leave of a customer that is no target any more", given: inSync(), when: exclude, then: excluded, keeps: true},
		{
			name:  "takes all copies away with their sync",
			given: inSync(),
			when:  func(ctx context.Context, f family) error { return f.unsync(ctx) },
			then: func(ctx context.Context, f family) error {
				return first(f.unsynced(ctx), f.hold(ctx, motd, "", f.receivers()...), f.hold(ctx, terms, "", f.receivers()...), f.fares(ctx, "", f.receivers()...))
			},
			keeps: true,
		},
		{name: "carries out an approved plan", given: planning, when: approve, then: carriedOut, keeps: true},
		{
			name:  "halts a rollout whose canary fails",
			given: poisonedCanary,
			when:  halt,
			then:  halted,
			keeps: true,
		},
	}
}

// changesOfSyncs are those about what is copied.
func changesOfSyncs() []changeOfMind {
	all := syncings()
	begun, carried, pruned, left, removed, approved := all[0], all[1], all[2], all[3], all[4], all[5]
	carried.name = "copies to customers"
	former := func(ctx context.Context, f family) error { return f.allSynced(ctx, formerText, formerText) }
	return []changeOfMind{
		{begun, step{when: removed.when, then: removed.then}, 1},
		{carried, step{
			when: exclude,
			then: func(ctx context.Context, f family) error {
				return first(f.hold(ctx, motd, "", f.child), f.hold(ctx, terms, "", f.child), f.fares(ctx, "", f.child),
					f.hold(ctx, motd, newText, f.siblings()[0]), f.synced(ctx, v1alpha1.ReasonSynced))
			},
		}, 1},
		{pruned, step{when: func(ctx context.Context, f family) error { return f.publish(ctx, motd) }, then: former}, 1},
		{left, step{
			when: func(ctx context.Context, f family) error {
				return f.resync(ctx, func(sync *v1alpha1.MasterTenantSync) { sync.Spec.Targets = nil })
			},
			then: former,
		}, 1},
		{removed, step{when: func(ctx context.Context, f family) error { return f.sync(ctx) }, then: former}, 1},
		{approved, step{
			when: rewrite,
			// Nobody approved that.
			then: func(ctx context.Context, f family) error {
				return first(f.synced(ctx, v1alpha1.ReasonPlanned), f.hold(ctx, motd, formerText, f.receivers()...))
			},
		}, 1},
	}
}

// absencesOfSyncs are what happens to syncs while the operator is away.
func absencesOfSyncs() []absence {
	all := syncings()
	left, removed := all[3], all[4]
	return []absence{
		{
			name:  "a master changes, and something leaves it",
			given: inSync(),
			meanwhile: func(ctx context.Context, f family) error {
				return first(rewrite(ctx, f), f.withdraw(ctx, terms))
			},
			then: func(ctx context.Context, f family) error { return f.allSynced(ctx, newText, "") },
		},
		{name: "a customer leaves the targets", given: left.given, meanwhile: left.when, then: left.then},
		{name: "a sync is deleted", given: removed.given, meanwhile: removed.when, then: removed.then},
	}
}
