// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// schedule starts a run of a schedule if there is cause. A schedule has one run in a place at a time: what becomes due
// meanwhile is caught up when it ends, by one run.
func (l *look) schedule(schedule Schedule) {
	s := turn{Schedule: schedule, now: l.Now.UTC().Truncate(time.Second)}
	s.offset = s.jitter(l.Tenant)
	if s.waitsForAssets() {
		s.prints = s.Targets.fingerprints()
	}
	s.enter(l, l.Closed || schedule.Object.Spec.Suspend)
	if s.unread {
		l.decision.Unread = true
	}
	defer func() {
		l.after.Schedules[schedule.Object.UID] = s.entry
		l.decision.AssetsLeft = l.decision.AssetsLeft || s.entry.Assets != nil && !s.Unread && adds(s.prints, *s.entry.Assets)
	}()
	if s.entry.Halted {
		return
	}
	if _, running := l.after.running(schedule.Object.UID); running {
		return
	}
	due := s.Calendar.Between(s.entry.Passed, s.nominal())
	if cause, when, found := s.cause(due); found {
		l.start(&s, cause, when, due)
	}
	if next := s.Calendar.Next(s.entry.Passed); !next.IsZero() {
		l.lookAgain(next.Add(s.offset))
	}
	if s.feedIsNew() {
		l.lookAgain(s.Feed.Since.Add(s.offset))
	}
}

// turn is a schedule whose turn it is.
type turn struct {
	Schedule
	now    time.Time
	offset time.Duration
	entry  Entry
	// prints are the fingerprints of the targets, where the schedule waits for new ones.
	prints string
	// unread says that the targets are to be written down, and were not read.
	unread bool
}

// nominal is the time up to which what was due has come, jitter and all.
func (s *turn) nominal() time.Time { return s.now.Add(-s.offset) }

// jitter is the tenant's.
func (s Schedule) jitter(tenant types.UID) time.Duration {
	if s.Object.Spec.Jitter == nil {
		return 0
	}
	return Jitter(s.Object.UID, tenant, s.Object.Spec.Jitter.Duration)
}

// enter brings what is known of the schedule up to date. What was due before the schedule was made, before it was changed or
// while it was halted is passed over; so is a request or an event from before it reached the tenant or waited for events.
// A run that was recalled answered to what was due, and the schedule itself says which request was served, unless the ledger knows it. Which
// assets and feed the run looked at, nobody knows any more.
func (s *turn) enter(l *look, halted bool) {
	entry, known := l.after.Schedules[s.Object.UID]
	calendar := s.Calendar.String() + " +" + s.offset.String()
	if !known {
		entry = Entry{Passed: s.Object.CreationTimestamp.UTC(), Request: s.Object.Status.ObservedRun}
	}
	if latest, recalled := l.recalled[s.Object.UID]; recalled {
		if !known {
			entry.Calendar = calendar
		}
		if passed := latest.Made.UTC().Add(-s.offset); passed.After(entry.Passed) {
			entry.Passed = passed
		}
		if entry.Request != s.Object.Spec.Run { // what this ledger knows to be served is
			entry.Request = s.Object.Status.ObservedRun
		}
	}
	// Until somebody has looked at a schedule for the first time, what was due since it was made was missed.
	looked := known || s.Object.Status.ObservedGeneration > 0
	if (looked && entry.Calendar != calendar || entry.Halted && !halted) && s.nominal().After(entry.Passed) {
		entry.Passed = s.nominal()
	}
	entry.Calendar, entry.Halted = calendar, halted
	switch waits := slices.Contains(s.Object.Spec.Events, v1alpha1.ScanOnFeedUpdated); {
	case !waits:
		entry.Feed = ""
	case entry.Feed == "":
		entry.Feed = s.Feed.Version
	}
	switch aim := aimOf(s.Object.Spec.Targets); {
	case !s.waitsForAssets():
		entry.Assets, entry.Aim = nil, ""
	case entry.Assets == nil || entry.Aim != aim: // what the schedule has come to look at has not come to be
		entry.Assets, entry.Aim, s.unread = new(s.prints), aim, s.Unread
	}
	s.entry = entry
}

func (s *turn) waitsForAssets() bool {
	return slices.Contains(s.Object.Spec.Events, v1alpha1.ScanOnAssetAdded)
}

func (s *turn) feedIsNew() bool {
	return s.entry.Feed != "" && s.Feed.Version != "" && s.Feed.Version != s.entry.Feed
}

// cause is why a run is to be started, and when it was to start.
func (s *turn) cause(due Due) (cause Cause, when time.Time, found bool) {
	switch request := s.Object.Spec.Run; {
	case request != "" && request != s.entry.Request:
		return CauseRequested, s.now, true
	case s.entry.Assets != nil && !s.Unread && adds(s.prints, *s.entry.Assets):
		return CauseAssetAdded, s.now, true
	case s.feedIsNew() && !s.now.Before(s.Feed.Since.Add(s.offset)):
		return CauseFeedUpdated, s.Feed.Since.UTC().Add(s.offset).Truncate(time.Second), true
	case due.Times > 0:
		return CauseDue, due.Latest.UTC().Add(s.offset), true
	}
	return "", time.Time{}, false
}

// start claims a run, unless there is nothing to scan. One run answers to all that there is cause for, and what has been
// missed is not made up for otherwise.
func (l *look) start(s *turn, cause Cause, when time.Time, due Due) {
	if s.Unread {
		l.decision.Unread = true
		return
	}
	if due.Times > 0 {
		s.entry.Passed = due.Latest.UTC()
	}
	s.entry.Request = s.Object.Spec.Run
	if s.entry.Feed != "" && s.Feed.Version != "" && !s.now.Before(s.Feed.Since.Add(s.offset)) {
		s.entry.Feed = s.Feed.Version
	}
	if s.entry.Assets != nil {
		s.entry.Assets = new(s.prints)
	}
	notice := s.aim()
	if due.Times > 1 {
		notice.Missed = due
		notice.Missed.Times--
	}
	if notice.startsNothing() || notice.Missed.Times > 0 {
		l.decision.Notices = append(l.decision.Notices, notice)
	}
	if notice.startsNothing() {
		return
	}
	l.after.Serial++
	l.claim(l.after.Serial, Run{Schedule: s.Object.UID, Cause: cause, Due: when, Report: l.reportOf(s.Schedule, l.after.Serial)})
	l.decision.Start = append(l.decision.Start, l.after.Serial)
}
