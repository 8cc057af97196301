// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import "testing"

func TestOnePartyTakesNoMoreTurnsThanItsShare(t *testing.T) {
	shared := turns{most: 2}
	for turn := range 2 {
		if !shared.take("acme") {
			t.Fatalf("acme does not get turn %d", turn+1)
		}
	}
	if shared.take("acme") {
		t.Error("acme gets more than its share")
	}
	if !shared.take("globex") {
		t.Error("globex has to wait for acme")
	}
	shared.done("acme")
	if !shared.take("acme") {
		t.Error("acme gets no turn after one is done")
	}
	for _, party := range []string{"acme", "acme", "globex"} {
		shared.done(party)
	}
	if len(shared.taken) != 0 {
		t.Errorf("parties that wait for nothing are remembered: %v", shared.taken)
	}
}
