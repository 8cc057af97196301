// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package domain_test

import (
	"bytes"
	"crypto/elliptic"
	"crypto/x509"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/domain"
)

func check(s *scene) domain.Verdict {
	return domain.CheckCertificate(s.secret, s.host, s.roots, s.now)
}

func TestACertificateIsSecure(t *testing.T) {
	for _, test := range []struct {
		name     string
		in       []change
		notAfter time.Time
	}{
		{"with its intermediate", nil, tomorrow},
		{"with its intermediate and the root", []change{
			holding(func(s *scene) []byte { return bundle(s.leaf, s.intermediate, s.root) }),
		}, tomorrow},
		{"with its issuers in disorder, and one twice", []change{
			holding(func(s *scene) []byte { return bundle(s.leaf, s.root, s.leaf, s.intermediate, s.intermediate) }),
		}, tomorrow},
		{"with text around the blocks", []change{
			holding(func(s *scene) []byte {
				return slices.Concat([]byte("subject=CN=a\n"), bundle(s.leaf), []byte("\r\nissuer=CN=b\n\n"), bundle(s.intermediate), []byte("end"))
			}),
		}, tomorrow},
		{"until the first of its issuers ends", []change{
			func(_ testing.TB, s *scene) { s.leaf.NotAfter, s.intermediate.NotAfter = inAYear, tomorrow },
		}, tomorrow},
		{"until the root ends", []change{
			func(_ testing.TB, s *scene) {
				s.leaf.NotAfter, s.intermediate.NotAfter, s.root.NotAfter = inAYear, inAYear, inAMonth
			},
		}, inAMonth},
		{"until the better of two ways ends", []change{
			func(_ testing.TB, s *scene) { s.leaf.NotAfter, s.intermediate.NotAfter = inAYear, tomorrow },
			func(t testing.TB, s *scene) {
				s.after = append(s.after, func(s *scene) {
					renewed := sign(t, authority("Intermediate", yesterday, inAMonth), s.root, s.intermediateKey.Public(), s.rootKey)
					s.secret.Data[corev1.TLSCertKey] = bundle(s.leaf, s.intermediate, renewed)
				})
			},
		}, inAMonth},
		{"at its first moment", []change{later(func(s *scene) { s.now = yesterday })}, tomorrow},
		{"at its last moment", []change{later(func(s *scene) { s.now = tomorrow })}, tomorrow},
		{"with a wildcard for the host's label", []change{withNames("*.cybercorp.example")}, tomorrow},
		{"with names in upper case", []change{withNames("SUPPORT.CyberCorp.example")}, tomorrow},
		{"among other names", []change{withNames("a.example", "b.example", aHost)}, tomorrow},
		{"with RSA of 2048 bits", []change{withRSA(2048)}, tomorrow},
		{"with ECDSA on P-384", []change{withCurve(elliptic.P384())}, tomorrow},
		{"with ECDSA on P-521", []change{withCurve(elliptic.P521())}, tomorrow},
		{"with Ed25519", []change{withEd25519}, tomorrow},
		{"if it is itself a root", []change{
			func(_ testing.TB, s *scene) { s.selfSigned = true },
			holding(func(s *scene) []byte { return bundle(s.leaf) }),
			later(func(s *scene) { s.roots = pool(s.leaf) }),
		}, tomorrow},
		{"of an issuer that may sign for the domain alone", []change{
			func(_ testing.TB, s *scene) { s.intermediate.PermittedDNSDomains = []string{"cybercorp.example"} },
		}, tomorrow},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t, test.in...)
			verdict := check(s)
			if !verdict.Secure() || verdict.Reason != v1alpha1.ReasonDomainSecure {
				t.Fatalf("%+v", verdict)
			}
			if !verdict.NotAfter.Equal(test.notAfter) {
				t.Errorf("ends %s, want %s", verdict.NotAfter, test.notAfter)
			}
			if !strings.Contains(verdict.Message, test.notAfter.Format(time.RFC3339)) {
				t.Errorf("%q does not say when it ends", verdict.Message)
			}
			expectNoKey(t, s, verdict)
		})
	}
}

func TestACertificateIsNotSecure(t *testing.T) {
	for _, test := range []struct {
		name   string
		in     []change
		reason string
		says   []string
	}{
		{"where there is no Secret", []change{later(func(s *scene) { s.secret = nil })},
			v1alpha1.ReasonNoCertificate, []string{"there is no Secret", aHost, "make one of type kubernetes.io/tls"}},
		{"in a Secret of another type", []change{later(func(s *scene) { s.secret.Type = corev1.SecretTypeOpaque })},
			v1alpha1.ReasonNoCertificate, []string{"kubernetes.io/tls", "make it anew"}},
		{"in a Secret without data", []change{later(func(s *scene) { s.secret.Data = nil })},
			v1alpha1.ReasonNoCertificate, []string{"tls.crt or tls.key is missing", "put"}},
		{"that is empty", []change{holding(func(*scene) []byte { return nil })},
			v1alpha1.ReasonNoCertificate, []string{"is missing"}},
		{"whose private key is empty", []change{withKeyBytes(nil)},
			v1alpha1.ReasonNoCertificate, []string{"is missing"}},
		{"that is garbage", []change{holding(func(*scene) []byte { return []byte("\x00\xffgarbage") })},
			v1alpha1.ReasonNoCertificate, []string{"holds no PEM certificate", "put the host's there"}},
		{"whose PEM is cut", []change{holding(func(s *scene) []byte { return bundle(s.leaf)[:300] })},
			v1alpha1.ReasonNoCertificate, []string{"block 1", "nothing else"}},
		{"whose intermediate's PEM is cut", []change{holding(func(s *scene) []byte { return bundle(s.leaf, s.intermediate)[:len(bundle(s.leaf))+200] })},
			v1alpha1.ReasonNoCertificate, []string{"block 2", "nothing else"}},
		{"whose PEM is broken before it is whole", []change{holding(func(s *scene) []byte { return append(bundle(s.leaf)[:300], bundle(s.leaf)...) })},
			v1alpha1.ReasonNoCertificate, []string{"is not a PEM certificate"}},
		{"whose PEM holds no DER", []change{holding(func(*scene) []byte {
			return []byte("-----BEGIN CERTIFICATE-----\nZ2FyYmFnZQ==\n-----END CERTIFICATE-----\n")
		})},
			v1alpha1.ReasonNoCertificate, []string{"certificate 1 can't be parsed"}},
		{"with the private key beside it", []change{holding(func(s *scene) []byte { return append(bundle(s.leaf), s.secret.Data[corev1.TLSPrivateKeyKey]...) })},
			v1alpha1.ReasonNoCertificate, []string{"block 2", "nothing else"}},
		{"in the private key's place", []change{later(func(s *scene) {
			s.secret.Data[corev1.TLSCertKey], s.secret.Data[corev1.TLSPrivateKeyKey] = s.secret.Data[corev1.TLSPrivateKeyKey], s.secret.Data[corev1.TLSCertKey]
		})}, v1alpha1.ReasonNoCertificate, []string{"block 1"}},
		{"that is huge", []change{holding(func(s *scene) []byte {
			return append(bundle(s.leaf), bytes.Repeat([]byte("\n"), domain.MaxCertificatesSize)...)
		})},
			v1alpha1.ReasonNoCertificate, []string{"too large", "at most 65536 bytes"}},
		{"with a huge private key", []change{withKeyBytes(bytes.Repeat([]byte("\n"), domain.MaxKeySize+1))},
			v1alpha1.ReasonNoCertificate, []string{"too large", "at most 16384"}},
		{"with too many others", []change{holding(func(s *scene) []byte { return bytes.Repeat(bundle(s.leaf), domain.MaxCertificates+1) })},
			v1alpha1.ReasonNoCertificate, []string{"holds 11 certificates", "at most 10"}},

		{"with the key of another", []change{func(t testing.TB, s *scene) { withKeyBytes(keyPEM(t, newKey(t)))(t, s) }},
			v1alpha1.ReasonBadKey, []string{"is not the private key of the first certificate", "put the host's certificate first"}},
		{"with a key of another kind", []change{func(t testing.TB, s *scene) { withKeyBytes(keyPEM(t, newEd25519(t)))(t, s) }},
			v1alpha1.ReasonBadKey, []string{"is not the private key"}},
		{"behind its intermediate", []change{holding(func(s *scene) []byte { return bundle(s.intermediate, s.leaf) })},
			v1alpha1.ReasonBadKey, []string{"put the host's certificate first"}},
		{"with a key that is garbage", []change{withKeyBytes([]byte("garbage"))},
			v1alpha1.ReasonBadKey, []string{"can't be read"}},
		{"with a key that holds no DER", []change{withKeyBytes([]byte("-----BEGIN PRIVATE KEY-----\nZ2FyYmFnZQ==\n-----END PRIVATE KEY-----\n"))},
			v1alpha1.ReasonBadKey, []string{"can't be read"}},
		{"with RSA of 1024 bits", []change{withRSA(1024)},
			v1alpha1.ReasonBadKey, []string{"too weak", "RSA with 2048 to 8192 bits"}},
		{"with RSA of more bits than clients take", []change{withPublicRSA(8193)},
			v1alpha1.ReasonBadKey, []string{"wrong kind", "RSA with 2048 to 8192 bits"}},
		{"with ECDSA on P-224", []change{withCurve(elliptic.P224())},
			v1alpha1.ReasonBadKey, []string{"too weak", "P-256"}},

		{"for another host", []change{withNames("shop.cybercorp.example")},
			v1alpha1.ReasonWrongHost, []string{`is for "shop.cybercorp.example"`, `get one that names "support.cybercorp.example"`}},
		{"for many other hosts", []change{withNames("a.example", "b.example", "c.example", "d.example", "e.example")},
			v1alpha1.ReasonWrongHost, []string{`is for "a.example", "b.example", "c.example" and 2 more`}},
		{"for a name that gives orders to a terminal", []change{withNames("\x1b[2J.example")},
			v1alpha1.ReasonWrongHost, []string{`"\x1b[2J.example"`}},
		{"with a wildcard for two labels", []change{withNames("*.example")},
			v1alpha1.ReasonWrongHost, []string{`is for "*.example"`}},
		{"with a wildcard for a part of a label", []change{withNames("sup*.cybercorp.example")},
			v1alpha1.ReasonWrongHost, nil},
		{"with a wildcard beneath the host", []change{withNames("*." + aHost)},
			v1alpha1.ReasonWrongHost, nil},
		{"with the host as common name alone", []change{withNames(), func(_ testing.TB, s *scene) { s.leaf.Subject.CommonName = aHost }},
			v1alpha1.ReasonWrongHost, []string{"is for no DNS name", "among its DNS names"}},
		{"for an IP address", []change{withNames(), withAddress, later(func(s *scene) { s.host = "192.0.2.1" })},
			v1alpha1.ReasonWrongHost, nil},
		{"for an IP address in brackets", []change{withNames(), withAddress, later(func(s *scene) { s.host = "[192.0.2.1]" })},
			v1alpha1.ReasonWrongHost, nil},
		{"for a wildcard that is asked for as a host", []change{withNames("*.example"), later(func(s *scene) { s.host = "*.example" })},
			v1alpha1.ReasonWrongHost, nil},
		{"for no host", []change{later(func(s *scene) { s.host = "" })},
			v1alpha1.ReasonWrongHost, nil},

		{"that is self-signed", []change{func(_ testing.TB, s *scene) { s.selfSigned = true }, holding(func(s *scene) []byte { return bundle(s.leaf) })},
			v1alpha1.ReasonUntrusted, []string{"is self-signed", "get one of an issuer that the operator of this cluster trusts"}},
		{"without its intermediate", []change{holding(func(s *scene) []byte { return bundle(s.leaf) })},
			v1alpha1.ReasonUntrusted, []string{"add its issuers' certificates to tls.crt"}},
		{"that leads to another root", []change{func(t testing.TB, s *scene) {
			stranger := newScene(t)
			later(func(s *scene) { s.roots = stranger.roots })(t, s)
		}}, v1alpha1.ReasonUntrusted, []string{"does not lead to a root"}},
		{"that brings its own root", []change{
			holding(func(s *scene) []byte { return bundle(s.leaf, s.intermediate, s.root) }),
			later(func(s *scene) { s.roots = x509.NewCertPool() }),
		}, v1alpha1.ReasonUntrusted, []string{"does not lead to a root"}},
		{"of an issuer that is none", []change{func(_ testing.TB, s *scene) { s.intermediate.IsCA = false }},
			v1alpha1.ReasonUntrusted, nil},
		{"of an issuer that may have no issuer below it", []change{
			func(_ testing.TB, s *scene) { s.intermediate.MaxPathLenZero = true },
			func(t testing.TB, s *scene) { s.after = append(s.after, belowAnother(t)) },
		}, v1alpha1.ReasonUntrusted, nil},
		{"for clients only", []change{func(_ testing.TB, s *scene) { s.leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }},
			v1alpha1.ReasonUntrusted, []string{"is not for servers", "extended key usage"}},
		{"of an issuer for clients only", []change{func(_ testing.TB, s *scene) {
			s.intermediate.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		}},
			v1alpha1.ReasonUntrusted, []string{"is not for servers"}},
		{"of an issuer that may sign for another domain", []change{func(_ testing.TB, s *scene) { s.intermediate.PermittedDNSDomains = []string{"globex.example"} }},
			v1alpha1.ReasonUntrusted, []string{"may not sign for this host"}},
		{"of an issuer that may not sign for the domain", []change{func(_ testing.TB, s *scene) { s.intermediate.ExcludedDNSDomains = []string{"cybercorp.example"} }},
			v1alpha1.ReasonUntrusted, []string{"may not sign for this host"}},
		{"of an issuer with RSA of 1024 bits", []change{func(t testing.TB, s *scene) { s.intermediateKey = newRSA(t, 1024) }},
			v1alpha1.ReasonUntrusted, []string{"key of certificate 2 in tls.crt is too weak"}},
		{"signed with SHA-1", []change{func(_ testing.TB, s *scene) { s.leaf.SignatureAlgorithm = x509.ECDSAWithSHA1 }},
			v1alpha1.ReasonUntrusted, []string{"certificate 1 in tls.crt is signed with ECDSA-SHA1", "SHA-256"}},
		{"of an issuer signed with SHA-1", []change{func(_ testing.TB, s *scene) { s.intermediate.SignatureAlgorithm = x509.ECDSAWithSHA1 }},
			v1alpha1.ReasonUntrusted, []string{"certificate 2 in tls.crt is signed with ECDSA-SHA1"}},
		{"signed with MD5", []change{withMD5},
			v1alpha1.ReasonUntrusted, []string{"certificate 1 in tls.crt is signed with MD5-RSA"}},
		{"signed with SHA-1 by itself, a root though it is", []change{
			func(_ testing.TB, s *scene) { s.selfSigned, s.leaf.SignatureAlgorithm = true, x509.ECDSAWithSHA1 },
			holding(func(s *scene) []byte { return bundle(s.leaf) }),
			later(func(s *scene) { s.roots = pool(s.leaf) }),
		}, v1alpha1.ReasonUntrusted, []string{"signed with ECDSA-SHA1"}},
		{"that leads to a root that has ended", []change{func(_ testing.TB, s *scene) { s.root.NotAfter = yesterday }},
			v1alpha1.ReasonUntrusted, []string{"the root that it leads to is not valid", "domains.certificateRoots"}},

		{"that has ended", []change{func(_ testing.TB, s *scene) { s.leaf.NotBefore, s.leaf.NotAfter = aYearAgo, yesterday }},
			v1alpha1.ReasonExpired, []string{"the host's certificate ended on 2026-05-31T12:00:00Z", "renew it"}},
		{"right after its last moment", []change{later(func(s *scene) { s.now = tomorrow.Add(1) })},
			v1alpha1.ReasonExpired, []string{"ended on 2026-06-02T12:00:00Z"}},
		{"that is not valid yet", []change{func(_ testing.TB, s *scene) { s.leaf.NotBefore, s.leaf.NotAfter = tomorrow, inAMonth }},
			v1alpha1.ReasonExpired, []string{"the host's certificate is valid from 2026-06-02T12:00:00Z on", "wait until then"}},
		{"right before its first moment", []change{later(func(s *scene) { s.now = yesterday.Add(-1) })},
			v1alpha1.ReasonExpired, []string{"valid from 2026-05-31T12:00:00Z on"}},
		{"of an issuer that has ended", []change{func(_ testing.TB, s *scene) { s.intermediate.NotAfter = yesterday }},
			v1alpha1.ReasonExpired, []string{"an issuer's certificate ended on 2026-05-31T12:00:00Z", "with its issuers' present certificates"}},
		{"of an issuer that is not valid yet", []change{func(_ testing.TB, s *scene) { s.intermediate.NotBefore = tomorrow }},
			v1alpha1.ReasonExpired, []string{"an issuer's certificate is valid from 2026-06-02T12:00:00Z on"}},

		{"with a bad key before a wrong host", []change{withNames("a.example"), withRSA(1024)}, v1alpha1.ReasonBadKey, nil},
		{"for a wrong host before an unknown issuer", []change{withNames("a.example"), holding(func(s *scene) []byte { return bundle(s.leaf) })}, v1alpha1.ReasonWrongHost, nil},
		{"of an unknown issuer before its end", []change{
			func(_ testing.TB, s *scene) { s.leaf.NotBefore, s.leaf.NotAfter = aYearAgo, yesterday },
			holding(func(s *scene) []byte { return bundle(s.leaf) }),
		}, v1alpha1.ReasonUntrusted, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t, test.in...)
			verdict := check(s)
			if verdict.Secure() || verdict.Reason != test.reason {
				t.Errorf("%+v, want reason %s", verdict, test.reason)
			}
			for _, part := range test.says {
				if !strings.Contains(verdict.Message, part) {
					t.Errorf("%q does not say %q", verdict.Message, part)
				}
			}
			if !strings.Contains(verdict.Message, "; ") {
				t.Errorf("%q does not say what to do", verdict.Message)
			}
			expectNoKey(t, s, verdict)
		})
	}
}

// Nil roots are the system's, which a test's certificate does not lead to.
func TestWithoutRootsTheSystemsCount(t *testing.T) {
	verdict := check(newScene(t, later(func(s *scene) { s.roots = nil })))
	if verdict.Reason != v1alpha1.ReasonUntrusted {
		t.Errorf("%+v", verdict)
	}
}

func expectNoKey(t testing.TB, s *scene, verdict domain.Verdict) {
	t.Helper()
	if s.secret == nil {
		return
	}
	for line := range bytes.Lines(s.secret.Data[corev1.TLSPrivateKeyKey]) {
		if line = bytes.TrimSpace(line); len(line) > 0 && strings.Contains(verdict.Message, string(line)) {
			t.Errorf("%q holds a line of the private key", verdict.Message)
		}
	}
}
