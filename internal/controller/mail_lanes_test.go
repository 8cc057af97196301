// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"testing"
)

func TestASlowMailServerHoldsUpItsOwnPartnerAlone(t *testing.T) {
	var l lanes
	var leaves []func()
	for range lanesOfPartner {
		leave, entered := l.enter(t.Context(), "acme")
		if !entered {
			t.Fatal("a free lane is refused")
		}
		leaves = append(leaves, leave)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, entered := l.enter(ended, "acme"); entered {
		t.Error("there are more lanes than there should be")
	}
	if leave, entered := l.enter(t.Context(), "globex"); entered {
		leave()
	} else {
		t.Error("another partner waits too")
	}
	for _, leave := range leaves {
		leave()
	}
	if leave, entered := l.enter(t.Context(), "acme"); entered {
		leave()
	} else {
		t.Error("a lane that was left is not free")
	}
	if len(l.of) != 0 {
		t.Errorf("%d lanes are remembered that nobody is in", len(l.of))
	}
}
