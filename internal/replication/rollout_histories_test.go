// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

// TestNoRolloutGoesFurtherThanItMay plays random rollouts: tenants take their time, fail, recover, drift, come and go; the
// content changes; the manager restarts and knows no more than the status; somebody resumes.
func TestNoRolloutGoesFurtherThanItMay(t *testing.T) {
	t.Parallel()
	var ended, haltings, soaks int
	for seed := range uint64(1500) {
		r := newRollouts(seed)
		for range 120 {
			r.happen()
			r.step()
		}
		r.calm()
		if r.fault != "" {
			t.Fatalf("history %d: %s\n%s", seed, r.fault, r.log)
		}
		ended, haltings, soaks = ended+r.ended, haltings+r.haltings, soaks+r.soaks
	}
	if ended < 500 || haltings < 500 || soaks < 500 {
		t.Errorf("%d rollouts ended, %d halted, %d soaked: nothing is proven", ended, haltings, soaks)
	}
}

// follower is a tenant, as it really is.
type follower struct {
	revision string // that it holds
	failedAt string // attempt that it failed at, in its status
	canary   bool
	poison   bool
	admitted bool      // by this manager
	since    time.Time // when it came to hold the present revision; zero while it does not
}

type rollouts struct {
	random   *rand.Rand
	now      time.Time
	rollout  *v1alpha1.Rollout
	revision int
	tenants  map[string]*follower
	status   replication.Memory // as it was persisted
	looked   map[string]bool    // since the restart
	fault    string
	log      string

	ended, haltings, soaks int
}

func newRollouts(seed uint64) *rollouts {
	random := rand.New(rand.NewPCG(seed, 6))
	r := &rollouts{
		random: random, now: made, revision: 1, tenants: map[string]*follower{}, looked: map[string]bool{},
		rollout: &v1alpha1.Rollout{MaxParallel: new(1 + random.Int32N(4))},
	}
	if random.IntN(3) > 0 {
		r.rollout.Canary = &v1alpha1.Canary{Soak: &metav1.Duration{Duration: time.Duration(random.IntN(4)) * time.Minute}}
	}
	if random.IntN(3) > 0 {
		r.rollout.StopAfterFailures = new(1 + random.Int32N(3))
	}
	for i := range 3 + random.IntN(8) {
		r.tenants[fmt.Sprintf("t%02d", i)] = &follower{canary: random.IntN(4) == 0}
	}
	return r
}

func (r *rollouts) note(format string, args ...any) {
	r.log += fmt.Sprintf("%s "+format+"\n", append([]any{r.now.Format("15:04:05.0")}, args...)...)
}

func (r *rollouts) revisionName() string { return fmt.Sprintf("r%d", r.revision) }

// names are sorted, so that a seed always plays the same history.
func (r *rollouts) names() []string { return slices.Sorted(maps.Keys(r.tenants)) }

func (r *rollouts) pick() *follower {
	names := r.names()
	return r.tenants[names[r.random.IntN(len(names))]]
}

// happen is what goes on in the world between two steps.
func (r *rollouts) happen() {
	r.now = r.now.Add(time.Duration(r.random.IntN(20_000)) * time.Millisecond)
	switch r.random.IntN(14) {
	case 0:
		r.revision++
		r.note("the content changes to %s", r.revisionName())
	case 1:
		r.rollout.Resume = v1alpha1.RequestID(fmt.Sprint(r.random.IntN(5)))
	case 2:
		r.looked = map[string]bool{}
		for _, tenant := range r.tenants {
			tenant.admitted = false
		}
		r.note("the manager restarts")
	case 3:
		tenant := r.pick()
		tenant.poison = !tenant.poison
	case 4:
		r.pick().revision = "drift"
	case 5:
		r.tenants[fmt.Sprintf("n%02d", r.random.IntN(5))] = &follower{canary: r.random.IntN(5) == 0}
	}
	r.work()
}

// work lets what was admitted go on.
func (r *rollouts) work() {
	for _, name := range r.names() {
		tenant := r.tenants[name]
		r.looked[name] = r.looked[name] || r.random.IntN(2) == 0
		if tenant.admitted && r.random.IntN(2) == 0 {
			r.finish(name, tenant)
		}
	}
}

// finish ends a tenant's work, well or not.
func (r *rollouts) finish(name string, tenant *follower) {
	tenant.admitted = false
	if tenant.poison {
		tenant.failedAt = r.status.Attempt()
		r.note("%s fails at %s", name, tenant.failedAt)
		return
	}
	tenant.revision, tenant.failedAt = r.revisionName(), ""
}

// state is what the manager knows of a tenant.
func (r *rollouts) state(name string, attempt string) replication.TargetState {
	tenant := r.tenants[name]
	switch {
	case tenant.admitted:
		return replication.InFlight
	case tenant.revision != r.revisionName() && tenant.failedAt == attempt:
		return replication.Failed
	case !r.looked[name]:
		return replication.Unknown
	case tenant.revision == r.revisionName():
		return replication.Current
	}
	return replication.Pending
}

// step takes a step of the rollout, and judges it by what the world is really like.
func (r *rollouts) step() replication.Decision {
	attempt := r.status.Begin(r.rollout, r.revisionName()).Attempt()
	var targets []replication.Target
	for name, tenant := range r.tenants {
		targets = append(targets, replication.Target{Name: name, Canary: tenant.canary, State: r.state(name, attempt)})
	}
	before := r.status
	d := replication.Step(r.rollout, r.revisionName(), before, targets, r.now)
	r.judge(before, d)
	r.status = d.Memory
	r.status.WaveSince, r.status.HaltedAt = r.status.WaveSince.Truncate(time.Second), r.status.HaltedAt.Truncate(time.Second)
	for _, name := range d.Admit {
		r.tenants[name].admitted = true
	}
	if d.Ended {
		r.ended++
	}
	if d.Halted && before.HaltedAt.IsZero() {
		r.haltings++
	}
	if d.Soaking {
		r.soaks++
	}
	return d
}

// judge compares a decision with the rules.
func (r *rollouts) judge(before replication.Memory, d replication.Decision) {
	var canaries, soaked, flying, failed int
	for _, tenant := range r.tenants {
		if tenant.revision != r.revisionName() {
			tenant.since = time.Time{}
		} else if tenant.since.IsZero() {
			tenant.since = r.now
		}
		if tenant.admitted {
			flying++
		} else if tenant.failedAt == d.Memory.Attempt() && tenant.revision != r.revisionName() {
			failed++
		}
		if tenant.canary {
			canaries++
			if !tenant.since.IsZero() && (r.rollout.Canary == nil || r.now.Sub(tenant.since) >= r.rollout.Canary.Soak.Duration) {
				soaked++
			}
		}
	}
	begins := d.Memory.Wave == replication.WaveRest && (before.Wave == replication.WaveCanary || before.Revision != d.Memory.Revision)
	if r.rollout.Canary != nil && begins && (canaries == 0 || soaked < canaries) {
		r.say("the rest begins when %d of %d canaries have soaked", soaked, canaries)
	}
	if len(d.Admit) > 0 && flying+len(d.Admit) > int(*r.rollout.MaxParallel) {
		r.say("%d are in flight, and %d more are admitted", flying, len(d.Admit))
	}
	limit := r.rollout.StopAfterFailures
	if len(d.Admit) > 0 && limit != nil && failed >= int(*limit) {
		r.say("%d failed, and %v are admitted", failed, d.Admit)
	}
	same := before.Attempt() == d.Memory.Attempt()
	if same && !before.HaltedAt.IsZero() && (!d.Halted || len(d.Admit) > 0) {
		r.say("it was halted, and goes on with %v", d.Admit)
	}
	for _, name := range d.Admit {
		tenant := r.tenants[name]
		if d.Memory.Wave == replication.WaveCanary && !tenant.canary {
			r.say("%s is no canary", name)
		}
		if tenant.revision == r.revisionName() || tenant.admitted {
			r.say("%s has nothing to do", name)
		}
	}
}

func (r *rollouts) say(format string, args ...any) {
	if r.fault == "" {
		r.fault = fmt.Sprintf(format, args...)
	}
}

// calm lets nothing more happen: the rollout must end, and be done where nothing is in the way.
func (r *rollouts) calm() {
	canaries := 0
	for _, tenant := range r.tenants {
		tenant.poison = false
		if tenant.canary {
			canaries++
		}
	}
	if canaries == 0 {
		r.pick().canary = true
	}
	r.rollout.Resume = "at last"
	for range 400 {
		r.now = r.now.Add(10 * time.Second)
		r.work()
		if d := r.step(); d.Done && d.Ended {
			return
		}
	}
	r.say("it never ends: %+v", r.status)
}
