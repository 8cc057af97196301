// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import "time"

// span is a while in which a time zone does not change its offset. What clocks show is written as a time in UTC.
type span struct {
	// begins and ends are zero where the zone has known no other offset, or will know none.
	begins, ends time.Time
	offset       time.Duration
	// skipped is how far the clocks jumped forward when the span began, and repeated how far back.
	skipped, repeated time.Duration
}

// spanAt is the span that a moment lies in.
func spanAt(moment time.Time, zone *time.Location) span {
	begins, ends := moment.In(zone).ZoneBounds()
	found := span{begins: begins, ends: ends, offset: offsetAt(moment, zone)}
	if !begins.IsZero() {
		change := found.offset - offsetAt(begins.Add(-time.Second), zone)
		found.skipped, found.repeated = max(0, change), max(0, -change)
	}
	return found
}

func offsetAt(moment time.Time, zone *time.Location) time.Duration {
	_, seconds := moment.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}

// shown is what clocks show at a moment of the span.
func (s span) shown(moment time.Time) time.Time { return moment.UTC().Add(s.offset) }

// when is the moment at which clocks of the span show a time.
func (s span) when(shown time.Time) time.Time { return shown.Add(-s.offset) }
