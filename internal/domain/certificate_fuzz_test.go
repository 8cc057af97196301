// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package domain_test

import (
	"bytes"
	"encoding/pem"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenantry/tenantry/internal/domain"
)

// Whatever a Secret holds, it is looked at without harm, and secure only with a certificate that a
// trusted issuer made for that host.
func FuzzNothingIsSecureThatNoIssuerMade(f *testing.F) {
	s := newScene(f)
	good, key := s.secret.Data[corev1.TLSCertKey], s.secret.Data[corev1.TLSPrivateKeyKey]
	stranger := newScene(f)
	f.Add(good, key, aHost)
	f.Add(bundle(s.leaf), key, aHost)
	f.Add(bundle(s.intermediate, s.leaf), key, aHost)
	f.Add(stranger.secret.Data[corev1.TLSCertKey], stranger.secret.Data[corev1.TLSPrivateKeyKey], aHost)
	f.Add(good, key, "cybercorp.example")
	f.Add(good, key, "")
	f.Add(good[:len(good)/2], key, aHost)
	f.Add(key, good, aHost)
	f.Add([]byte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"), key, aHost)
	f.Add([]byte{}, []byte{}, aHost)
	f.Fuzz(func(t *testing.T, certificates, key []byte, host string) {
		secret := s.secret.DeepCopy()
		secret.Data = map[string][]byte{corev1.TLSCertKey: certificates, corev1.TLSPrivateKeyKey: key}
		verdict := domain.CheckCertificate(secret, host, s.roots, s.now)
		if verdict.Reason == "" || verdict.Message == "" {
			t.Errorf("%+v says nothing", verdict)
		}
		if !verdict.Secure() {
			return
		}
		first, _ := pem.Decode(certificates)
		if host != aHost || first == nil || !bytes.Equal(first.Bytes, s.leaf.Raw) {
			t.Errorf("%+v of %q for %q", verdict, certificates, host)
		}
	})
}

func TestNoByteOfACertificateMayDiffer(t *testing.T) {
	s := newScene(t)
	for i := range s.leaf.Raw {
		for bit := range 8 {
			changed := bytes.Clone(s.leaf.Raw)
			changed[i] ^= 1 << bit
			block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: changed})
			s.secret.Data[corev1.TLSCertKey] = append(block, bundle(s.intermediate)...)
			if verdict := check(s); verdict.Secure() {
				t.Fatalf("bit %d of byte %d: %+v", bit, i, verdict)
			}
		}
	}
}

// FuzzRefuse finds names that are let through though they belong to the operator.
func FuzzRefuse(f *testing.F) {
	for _, host := range []string{aHost, "tenantry.test", "a.tenantry.test", "test", "", ".", "a..b", "127.0.0.1", "xn--a.example"} {
		f.Add(host)
	}
	f.Fuzz(expectNoNameOfTheOperators)
}
