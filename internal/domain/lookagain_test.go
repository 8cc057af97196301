// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package domain_test

import (
	"testing"
	"time"

	"github.com/tenantry/tenantry/internal/domain"
)

func TestLookAgain(t *testing.T) {
	soon := now.Add(time.Minute)
	for _, test := range []struct {
		name    string
		verdict domain.Verdict
		want    time.Time
	}{
		{"after the usual time where nothing is known of an end", domain.Verdict{}, now.Add(time.Hour)},
		{"after the usual time where the end is far", domain.Verdict{NotBefore: yesterday, NotAfter: inAYear}, now.Add(time.Hour)},
		{"right after the last moment where the end is near", domain.Verdict{NotBefore: yesterday, NotAfter: soon}, soon.Add(1)},
		{"right after this moment where it is the last", domain.Verdict{NotBefore: yesterday, NotAfter: now}, now.Add(1)},
		{"after the usual time where the end has been", domain.Verdict{NotBefore: aYearAgo, NotAfter: yesterday}, now.Add(time.Hour)},
		{"at the first moment where it is near", domain.Verdict{NotBefore: soon, NotAfter: inAYear}, soon},
		{"after the usual time where the first moment is far", domain.Verdict{NotBefore: tomorrow, NotAfter: inAYear}, now.Add(time.Hour)},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.verdict.LookAgain(now, time.Hour); !got.Equal(test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// Whoever looks when told to sees every change of the verdict as it happens.
func TestLookingAgainMissesNoChange(t *testing.T) {
	s := newScene(t, func(_ testing.TB, s *scene) {
		s.intermediate.NotBefore, s.leaf.NotAfter = now.Add(90*time.Minute), now.Add(150*time.Minute)
	})
	var turns []time.Duration
	secure := false
	for looks := 0; s.now.Before(now.Add(4 * time.Hour)); looks++ {
		if looks > 10 {
			t.Fatal("looks without end")
		}
		verdict := check(s)
		if verdict.Secure() != secure {
			secure = verdict.Secure()
			turns = append(turns, s.now.Sub(now))
		}
		s.now = verdict.LookAgain(s.now, time.Hour)
	}
	if len(turns) != 2 || turns[0] != 90*time.Minute || turns[1] != 150*time.Minute+1 {
		t.Errorf("turns at %v", turns)
	}
}
