// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestAnIntentIsBehindAnObjectWithALargerNumber(t *testing.T) {
	t.Parallel()
	bearing := func(number string) *corev1.ResourceQuota {
		return &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{"example.com/serial": number}}}
	}
	for name, test := range map[string]struct {
		fence, wants, has string
		behind            bool
	}{
		"without a fence":           {"", "1", "2", false},
		"with a larger number":      {"example.com/serial", "9", "10", true},
		"with the same":             {"example.com/serial", "10", "10", false},
		"with a smaller one":        {"example.com/serial", "10", "9", false},
		"with none":                 {"example.com/serial", "10", "", false},
		"with what is no number":    {"example.com/serial", "10", "much", false},
		"and the intent bears none": {"example.com/serial", "", "1", true},
	} {
		if got := (Intent{Object: bearing(test.wants), Fence: test.fence}).behind(bearing(test.has)); got != test.behind {
			t.Errorf("an object %s: behind is %t, want %t", name, got, test.behind)
		}
	}
}
