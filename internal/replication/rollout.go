// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Waves of a rollout.
const (
	// WaveCanary is the first.
	WaveCanary int32 = 0
	// WaveRest is all others.
	WaveRest int32 = 1
)

// defaultParallel is the API's default of spec.rollout.maxParallel.
const defaultParallel = 50

// Memory is what a rollout remembers over restarts: what the sync's status holds.
type Memory struct {
	// Revision that the rollout is about.
	Revision string
	// Number of the present attempt: it grows with each change of the revision, and with each resume.
	Number int64
	// Wave that it is in.
	Wave int32
	// WaveSince is since when all of the canary hold the revision, in wave 0, in whole seconds; zero while they do not. In
	// wave 1, when that began.
	WaveSince time.Time
	// ObservedResume is the value of spec.rollout.resume that was served last.
	ObservedResume v1alpha1.RequestID
	// HaltedAt is when so many tenants had failed that nothing goes on; zero while it does.
	HaltedAt time.Time
}

// Attempt names the present attempt: a tenant that fails records it (status.syncs[].revision), and has failed at this
// attempt alone. Neither a content nor a value of resume that comes back brings former failures back.
func (m Memory) Attempt() string { return m.Revision + "/" + strconv.FormatInt(m.Number, 10) }

// Begin is the memory at the present revision and resume, as Step begins with it too. The states of targets are those at
// its Attempt.
func (m Memory) Begin(rollout *v1alpha1.Rollout, revision string) Memory {
	resume := v1alpha1.RequestID("")
	if rollout != nil {
		resume = rollout.Resume
	}
	switch {
	case m.Revision != revision:
		return Memory{Revision: revision, Number: m.Number + 1, ObservedResume: resume}
	case m.ObservedResume != resume:
		m.Number++
		m.ObservedResume, m.HaltedAt = resume, time.Time{}
	}
	return m
}

// TargetState is what is known of a target.
type TargetState int

// What is known of a target.
const (
	// Unknown: not looked at yet, and its status does not say that it failed at this attempt; or it waits for something that
	// comes by itself, such as its place or its host. It takes nobody's turn.
	Unknown TargetState = iota
	// Pending: it is not as the master, and waits to be admitted.
	Pending
	// InFlight: it was admitted, and is neither Current nor Failed yet.
	InFlight
	// Current: it holds this revision.
	Current
	// Failed at this attempt. It is Pending again when what it failed at has changed.
	Failed
)

// Target is one tenant of a rollout.
type Target struct {
	Name   string
	UID    types.UID
	Canary bool
	State  TargetState
	// What there is to tell of it beside, of which Step takes no account.

	// Kept says that objects of the tenant's own stand in the place of copies, and stay.
	Kept bool
	// Stale says that it Failed since it is no longer as in the approved plan.
	Stale bool
	// Message says why it Failed; empty if nothing is known.
	Message string
}

// Decision is the next step of a rollout.
type Decision struct {
	// Admit are the names of the tenants that may be written to from now on, beside those in flight.
	Admit []string
	// Memory to be kept, before any of Admit is written to.
	Memory Memory
	// Halted says that too many failed; nothing is admitted until resume changes.
	Halted bool
	// NoCanary says that the canary picks none of the targets: nothing is admitted, since nobody would go first.
	NoCanary bool
	// CanaryFailed says that the second wave does not begin because some of the first failed.
	CanaryFailed bool
	// Soaking says that the canary is as the master, and the second wave begins by the clock.
	Soaking bool
	// Done says that every target, and there is one, holds the revision.
	Done bool
	// Ended says that nothing goes on by itself: all targets are Current or Failed, or the rest has to wait for a
	// person.
	Ended bool
	// Again is how long until the next step is due by the clock alone; zero if it is not.
	Again time.Duration
	// Failed is the number of targets that failed at this attempt.
	Failed int
}

// Step decides whom a rollout reaches next. Revision is the present one (see Revision). It is not for syncs with trigger
// OnCreate: a new tenant is never kept waiting for others.
func Step(rollout *v1alpha1.Rollout, revision string, memory Memory, targets []Target, now time.Time) Decision {
	if rollout == nil {
		rollout = &v1alpha1.Rollout{}
	}
	d := Decision{Memory: memory.Begin(rollout, revision)}
	all, canary := tally(targets), tally(slices.DeleteFunc(slices.Clone(targets), func(target Target) bool { return !target.Canary }))
	if d.Memory.Attempt() != memory.Attempt() { // who failed did so at another
		all.turn(Failed, Pending)
		canary.turn(Failed, Pending)
	}
	d.Failed = all.of[Failed]
	d.Done = all.total > 0 && all.of[Current] == all.total
	d.halt(rollout, now)
	d.advance(rollout, canary, now)
	if d.Memory.Wave == WaveRest {
		canary = all
	}
	if !d.Halted && !d.NoCanary {
		d.admit(rollout, targets, all.of[InFlight], memory.Attempt() != d.Memory.Attempt())
	}
	waits := canary.of[Pending] + canary.of[Unknown]
	if d.Halted || d.NoCanary {
		waits = 0
	}
	d.Ended = all.of[InFlight] == 0 && waits == 0 && d.Again == 0
	return d
}

// counts are how many targets are in each state.
type counts struct {
	of    [Failed + 1]int
	total int
}

func tally(targets []Target) counts {
	c := counts{total: len(targets)}
	for _, target := range targets {
		c.of[target.State]++
	}
	return c
}

func (c *counts) turn(from, to TargetState) {
	c.of[to] += c.of[from]
	c.of[from] = 0
}

// halt stops the rollout when too many failed.
func (d *Decision) halt(rollout *v1alpha1.Rollout, now time.Time) {
	limit := rollout.StopAfterFailures
	if d.Memory.HaltedAt.IsZero() && limit != nil && d.Failed >= int(*limit) {
		d.Memory.HaltedAt = now
	}
	d.Halted = !d.Memory.HaltedAt.IsZero()
}

// advance begins the second wave when the first was well for long enough.
func (d *Decision) advance(rollout *v1alpha1.Rollout, canary counts, now time.Time) {
	m := &d.Memory
	switch {
	case m.Wave == WaveRest:
		return
	case rollout.Canary == nil:
		m.Wave, m.WaveSince = WaveRest, wholeSecond(now)
		return
	case canary.total == 0:
		d.NoCanary = !d.Done
		m.WaveSince = time.Time{}
		return
	}
	d.CanaryFailed = canary.of[Failed] > 0
	if canary.of[Pending]+canary.of[InFlight]+canary.of[Failed] > 0 {
		m.WaveSince = time.Time{}
	}
	if canary.of[Current] < canary.total || d.Halted {
		return
	}
	var soak time.Duration
	if rollout.Canary.Soak != nil {
		soak = rollout.Canary.Soak.Duration
	}
	if m.WaveSince.IsZero() || m.WaveSince.After(now.Add(time.Second)) { // or the clock was put back
		m.WaveSince = wholeSecond(now)
	}
	if left := m.WaveSince.Add(soak).Sub(now); soak > 0 && left > 0 {
		d.Soaking, d.Again = true, left
		return
	}
	m.Wave, m.WaveSince = WaveRest, wholeSecond(now)
}

// wholeSecond is the next whole second: a status holds no fractions, and must not shorten a soak.
func wholeSecond(now time.Time) time.Time {
	if whole := now.Truncate(time.Second); !whole.Equal(now) {
		return whole.Add(time.Second)
	}
	return now
}

// admit lets in as many as may be written to at a time, in the order of their names.
func (d *Decision) admit(rollout *v1alpha1.Rollout, targets []Target, inFlight int, failedAnew bool) {
	free := defaultParallel
	if rollout.MaxParallel != nil {
		free = int(*rollout.MaxParallel)
	}
	free -= inFlight
	var waiting []string
	for _, target := range targets {
		pending := target.State == Pending || failedAnew && target.State == Failed
		if pending && (target.Canary || d.Memory.Wave == WaveRest) {
			waiting = append(waiting, target.Name)
		}
	}
	slices.SortFunc(waiting, cmp.Compare[string])
	if free > 0 {
		d.Admit = waiting[:min(free, len(waiting))]
	}
}
