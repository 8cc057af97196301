// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication_test

import (
	"math"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

// targetsOf reads targets from words such as "a:pending b*:current", where the star is the canary's.
func targetsOf(text string) []replication.Target {
	states := map[string]replication.TargetState{"unknown": replication.Unknown, "pending": replication.Pending,
		"flying": replication.InFlight, "current": replication.Current, "failed": replication.Failed}
	var targets []replication.Target
	for word := range strings.FieldsSeq(text) {
		name, state, _ := strings.Cut(word, ":")
		bare := strings.TrimSuffix(name, "*")
		targets = append(targets, replication.Target{Name: bare, Canary: bare != name, State: states[state]})
	}
	return targets
}

// canaried is a rollout with a canary that soaks for ten minutes.
func canaried(change ...func(*v1alpha1.Rollout)) *v1alpha1.Rollout {
	rollout := &v1alpha1.Rollout{Canary: &v1alpha1.Canary{Names: []v1alpha1.TenantName{"x"}, Soak: &metav1.Duration{Duration: 10 * time.Minute}}}
	for _, each := range change {
		each(rollout)
	}
	return rollout
}

func TestTheNextStepOfARollout(t *testing.T) {
	t.Parallel()
	const revision = "r1"
	parallel := func(n int32) func(*v1alpha1.Rollout) { return func(r *v1alpha1.Rollout) { r.MaxParallel = &n } }
	stop := func(n int32) func(*v1alpha1.Rollout) { return func(r *v1alpha1.Rollout) { r.StopAfterFailures = &n } }
	plain := func(change ...func(*v1alpha1.Rollout)) *v1alpha1.Rollout {
		rollout := canaried(change...)
		rollout.Canary = nil
		return rollout
	}
	rest := replication.Memory{Revision: revision, Wave: replication.WaveRest, WaveSince: made}
	soaking := replication.Memory{Revision: revision, WaveSince: made.Add(-4 * time.Minute)}
	soaked := replication.Memory{Revision: revision, WaveSince: made.Add(-10 * time.Minute)}
	halted := replication.Memory{Revision: revision, Wave: replication.WaveRest, HaltedAt: made}
	for name, tc := range map[string]struct {
		rollout *v1alpha1.Rollout
		memory  replication.Memory
		targets string
		admit   string
		flags   string // Halted, NoCanary, ... as they are set
		wave    int32
		again   time.Duration
	}{
		"all at once where nothing is said":       {targets: "a:pending b:pending", admit: "a b", wave: 1},
		"in the order of names":                   {rollout: plain(parallel(2)), targets: "c:pending a:pending b:pending", admit: "a b", wave: 1},
		"as many as are free":                     {rollout: plain(parallel(3)), memory: rest, targets: "a:flying b:pending c:flying d:pending", admit: "b", wave: 1},
		"none while all slots are taken":          {rollout: plain(parallel(1)), memory: rest, targets: "a:flying b:pending", wave: 1},
		"fifty where nothing is said":             {targets: strings.Repeat("a:pending ", 60), admit: strings.TrimSpace(strings.Repeat("a ", 50)), wave: 1},
		"nobody without targets":                  {wave: 1, flags: "Ended"},
		"nobody where all are current":            {memory: rest, targets: "a:current b:current", flags: "Done Ended", wave: 1},
		"nobody who is unknown":                   {memory: rest, targets: "a:unknown b:current", wave: 1},
		"the others where some failed":            {memory: rest, targets: "a:failed b:pending", admit: "b", wave: 1},
		"nobody any more where the rest failed":   {memory: rest, targets: "a:failed b:current", flags: "Ended", wave: 1},
		"the canary first":                        {rollout: canaried(), targets: "a:pending b*:pending c:pending", admit: "b"},
		"nobody but the canary while it flies":    {rollout: canaried(), targets: "a:pending b*:flying"},
		"the rest not while the canary soaks":     {rollout: canaried(), memory: soaking, targets: "a:pending b*:current", flags: "Soaking", again: 6 * time.Minute},
		"the soak from the moment it is well":     {rollout: canaried(), targets: "a:pending b*:current", flags: "Soaking", again: 10 * time.Minute},
		"the rest when the canary has soaked":     {rollout: canaried(), memory: soaked, targets: "a:pending b*:current", admit: "a", wave: 1},
		"the soak anew when the canary was ill":   {rollout: canaried(), memory: soaked, targets: "a:pending b*:pending", admit: "b"},
		"the soak goes on while it is unknown":    {rollout: canaried(), memory: soaked, targets: "a:pending b*:unknown c*:current"},
		"the rest not where the canary failed":    {rollout: canaried(), memory: replication.Memory{Revision: revision}, targets: "a:pending b*:failed c*:current", flags: "CanaryFailed Ended"},
		"nobody where the canary is nobody":       {rollout: canaried(), targets: "a:pending", flags: "NoCanary Ended"},
		"done, though the canary is nobody":       {rollout: canaried(), targets: "a:current", flags: "Done Ended"},
		"the canary too in the second wave":       {rollout: canaried(), memory: rest, targets: "a:pending b*:pending", admit: "a b", wave: 1},
		"the rest when the canary is taken away":  {rollout: plain(), memory: soaking, targets: "a:pending b:current", admit: "a", wave: 1},
		"the canary first at another revision":    {rollout: canaried(), memory: replication.Memory{Revision: "r0", Wave: 1, WaveSince: made}, targets: "a:pending b*:pending", admit: "b"},
		"a soak that the clock put back":          {rollout: canaried(), memory: replication.Memory{Revision: revision, WaveSince: made.Add(time.Hour)}, targets: "a:pending b*:current", flags: "Soaking", again: 10 * time.Minute},
		"on below the limit of failures":          {rollout: plain(stop(2)), memory: rest, targets: "a:failed b:pending", admit: "b", wave: 1},
		"nobody at the limit of failures":         {rollout: plain(stop(2)), memory: rest, targets: "a:failed b:failed c:pending d:flying", flags: "Halted", wave: 1},
		"nobody more though one has recovered":    {rollout: plain(stop(2)), memory: halted, targets: "a:failed b:current c:pending", flags: "Halted Ended", wave: 1},
		"nobody more though the limit was raised": {rollout: plain(stop(9)), memory: halted, targets: "a:failed b:failed c:pending", flags: "Halted Ended", wave: 1},
		"all again when it is resumed": {rollout: plain(stop(2), func(r *v1alpha1.Rollout) { r.Resume = "1" }), memory: halted, targets: "a:failed b:failed c:pending",
			admit: "a b c", wave: 1},
		"all again at another revision": {rollout: plain(stop(1)), memory: replication.Memory{Revision: "r0", Wave: 1, HaltedAt: made}, targets: "a:failed b:pending",
			admit: "a b", wave: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := replication.Step(tc.rollout, revision, tc.memory, targetsOf(tc.targets), made)
			if got := strings.Join(d.Admit, " "); got != tc.admit {
				t.Errorf("admits %q, not %q", got, tc.admit)
			}
			if got := flags(d); got != tc.flags {
				t.Errorf("is %q, not %q", got, tc.flags)
			}
			if d.Memory.Wave != tc.wave || d.Again != tc.again || d.Memory.Revision != revision {
				t.Errorf("wave %d, again in %s, revision %s", d.Memory.Wave, d.Again, d.Memory.Revision)
			}
		})
	}
}

// flags are those of a decision that are set.
func flags(d replication.Decision) string {
	var set []string
	for _, flag := range []struct {
		name string
		set  bool
	}{{"Halted", d.Halted}, {"NoCanary", d.NoCanary}, {"CanaryFailed", d.CanaryFailed}, {"Soaking", d.Soaking}, {"Done", d.Done}, {"Ended", d.Ended}} {
		if flag.set {
			set = append(set, flag.name)
		}
	}
	return strings.Join(set, " ")
}

func TestASoakIsNotShortenedByAStatusWithoutFractions(t *testing.T) {
	t.Parallel()
	now := made.Add(300 * time.Millisecond)
	d := replication.Step(canaried(), "r1", replication.Memory{}, targetsOf("a:pending b*:current"), now)
	stored := metav1.NewTime(d.Memory.WaveSince)
	text, err := stored.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := stored.UnmarshalJSON(text); err != nil {
		t.Fatal(err)
	}
	if stored.Time.Before(now) {
		t.Errorf("it soaks since %s, and was well at %s", stored.Time, now)
	}
}

func TestAnAttemptIsOfOneRevisionAndOneResume(t *testing.T) {
	t.Parallel()
	rollout := &v1alpha1.Rollout{}
	first := replication.Memory{}.Begin(rollout, "r1")
	rollout.Resume = "1"
	resumed := first.Begin(rollout, "r1")
	changed := resumed.Begin(rollout, "r2")
	back := changed.Begin(rollout, "r1")
	rollout.Resume = ""
	again := back.Begin(rollout, "r1")
	attempts := map[string]bool{}
	for _, memory := range []replication.Memory{first, resumed, changed, back, again} {
		attempts[memory.Attempt()] = true
	}
	if len(attempts) != 5 || again.Begin(rollout, "r1") != again {
		t.Error(attempts)
	}
	longest := replication.Memory{Revision: strings.Repeat("x", 64), Number: math.MaxInt64}
	if len(longest.Attempt()) > 128 {
		t.Error("a status can't hold the longest attempt")
	}
}
