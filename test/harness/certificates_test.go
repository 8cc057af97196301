// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenantry/tenantry/internal/domain"
	"github.com/tenantry/tenantry/test/harness"
)

func TestAnAuthoritysCertificatesAreSecure(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	from, to := now.Add(-time.Hour), now.Add(time.Hour)
	root, err := harness.NewAuthority("Root", from, to)
	if err != nil {
		t.Fatal(err)
	}
	upper, err := root.Intermediate("Upper", from, to)
	if err != nil {
		t.Fatal(err)
	}
	lower, err := upper.Intermediate("Lower", from, to)
	if err != nil {
		t.Fatal(err)
	}
	for name, authority := range map[string]*harness.Authority{"a root's": root, "an intermediate's": upper, "its intermediate's": lower} {
		t.Run(name, func(t *testing.T) {
			end := now.Add(time.Minute)
			data, err := authority.TLS(from, end, "a.example", "*.b.example")
			if err != nil {
				t.Fatal(err)
			}
			roots, err := domain.Roots(authority.Roots())
			if err != nil {
				t.Fatal(err)
			}
			secret := &corev1.Secret{Type: corev1.SecretTypeTLS, Data: data}
			for _, host := range []string{"a.example", "support.b.example"} {
				if verdict := domain.CheckCertificate(secret, host, roots, now); !verdict.Secure() || !verdict.NotAfter.Equal(end) {
					t.Errorf("%s: %+v", host, verdict)
				}
			}
		})
	}
}
