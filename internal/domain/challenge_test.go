// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package domain_test

import (
	"strings"
	"testing"

	"github.com/tenantry/tenantry/internal/domain"
)

const (
	aUID  = "2f9f2a1e-7a52-4f0e-9c43-0d6d3b1c9a10"
	aHost = "support.cybercorp.example"
)

// Records that people have made must prove their domains after every upgrade.
func TestAChallengeStaysWhatItIs(t *testing.T) {
	const want = "tenantry-domain-verification=13e55319cecedd69dde3eb8b6161bb13678492e15caf8880f2c4e1a8fe36e6f2"
	if got := domain.Challenge(aUID); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAChallengeFitsTheStatus(t *testing.T) {
	if got := domain.Challenge(strings.Repeat("u", 1000)); len(got) > 128 {
		t.Errorf("%d characters", len(got))
	}
}

func TestEveryPlaceHasAChallengeOfItsOwn(t *testing.T) {
	seen := map[string]string{}
	for _, uid := range []string{aUID, aUID + "x", aUID[1:], "", "\x00"} {
		challenge := domain.Challenge(uid)
		if other, found := seen[challenge]; found {
			t.Errorf("%q and %q have the same", uid, other)
		}
		seen[challenge] = uid
	}
}

func TestRecordName(t *testing.T) {
	if got := domain.RecordName(aHost); got != "_tenantry.support.cybercorp.example" {
		t.Errorf("got %s", got)
	}
}

func TestProves(t *testing.T) {
	challenge := domain.Challenge(aUID)
	for _, test := range []struct {
		name      string
		records   []string
		challenge string
		want      bool
	}{
		{"no record proves nothing", nil, challenge, false},
		{"the challenge proves", []string{challenge}, challenge, true},
		{"white space around it does not matter", []string{" \t" + challenge + "\r\n"}, challenge, true},
		{"records beside it don't matter", []string{"v=spf1 -all", challenge, ""}, challenge, true},
		{"another place's challenge does not prove", []string{domain.Challenge("another")}, challenge, false},
		{"a part does not prove", []string{challenge[:len(challenge)-1]}, challenge, false},
		{"more than it does not prove", []string{challenge + "0"}, challenge, false},
		{"two parts in two records don't prove", []string{challenge[:40], challenge[40:]}, challenge, false},
		{"upper case does not prove", []string{strings.ToUpper(challenge)}, challenge, false},
		{"quotes around it don't prove", []string{`"` + challenge + `"`}, challenge, false},
		{"an empty challenge is not proven by an empty record", []string{""}, "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := domain.Proves(test.records, test.challenge); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
