// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"testing"

	"k8s.io/apimachinery/pkg/types"
)

func TestATenantLetsOthersGoFirstOnce(t *testing.T) {
	var c courtesy
	for i, step := range []struct {
		tenant  string
		revoked bool
		due     bool
	}{
		{"a", false, false},
		{"a", true, true},
		{"b", true, true},
		{"a", true, false}, // somebody lets people in again and again
		{"a", true, true},
		{"a", false, false},
		{"a", true, true},
		{"b", false, false},
	} {
		if due := c.due("uid-of-"+types.UID(step.tenant), step.revoked); due != step.due {
			t.Errorf("step %d: %v", i, due)
		}
	}
}
