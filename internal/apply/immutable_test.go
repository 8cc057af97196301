// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestWhatCantBeChangedIsMadeAnew(t *testing.T) {
	intent := Intent{Object: &corev1.Secret{}, Immutable: [][]string{{"type"}, {"spec", "subject"}}}
	for _, test := range []struct {
		name, patch string
		intent      Intent
		want        bool
	}{
		{"a field of the root differs", `{"type":"Opaque"}`, intent, true},
		{"a field is gone", `{"type":null}`, intent, true},
		{"a nested field differs", `{"spec":{"subject":"jo"}}`, intent, true},
		{"a part of a nested field differs", `{"spec":{"subject":{"name":"jo"}}}`, intent, true},
		{"others differ", `{"metadata":{"resourceVersion":"7"},"spec":{"role":"Admin"}}`, intent, false},
		{"all can be changed", `{"type":"Opaque"}`, Intent{Object: &corev1.Secret{}}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.intent.changesImmutable([]byte(test.patch))
			if err != nil || got != test.want {
				t.Errorf("made anew: %t, %v", got, err)
			}
		})
	}
}
