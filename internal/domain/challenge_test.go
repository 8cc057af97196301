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
	const want = "tenantry-domain-verification=3b78d6229ce3a5e4fb48483d028e3435ac9560e190e93995c0799ac926b8359a"
	if got := domain.Challenge(aUID, aHost); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAChallengeFitsTheStatus(t *testing.T) {
	if got := domain.Challenge(strings.Repeat("u", 1000), strings.Repeat("h", 1000)); len(got) > 128 {
		t.Errorf("%d characters", len(got))
	}
}

func TestEveryPairHasAChallengeOfItsOwn(t *testing.T) {
	seen := map[string][2]string{}
	for _, pair := range [][2]string{
		{aUID, aHost},
		{aUID, "cybercorp.example"},
		{aUID, "x" + aHost},
		{aUID + "x", aHost},
		{aUID[1:], aHost},
		{aHost, aUID},
		{aUID + aHost, ""},
		{"", aUID + aHost},
		{"", ""},
		{"\x00", ""},
	} {
		challenge := domain.Challenge(pair[0], pair[1])
		if other, found := seen[challenge]; found {
			t.Errorf("%q and %q have the same", pair, other)
		}
		seen[challenge] = pair
	}
}

func TestRecordName(t *testing.T) {
	if got := domain.RecordName(aHost); got != "_tenantry.support.cybercorp.example" {
		t.Errorf("got %s", got)
	}
}

func TestProves(t *testing.T) {
	challenge := domain.Challenge(aUID, aHost)
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
		{"another place's challenge does not prove", []string{domain.Challenge("another", aHost)}, challenge, false},
		{"another host's challenge does not prove", []string{domain.Challenge(aUID, "cybercorp.example")}, challenge, false},
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
