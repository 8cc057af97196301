// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package domain_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var (
	now       = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	yesterday = now.AddDate(0, 0, -1)
	tomorrow  = now.AddDate(0, 0, 1)
	inAMonth  = now.AddDate(0, 1, 0)
	inAYear   = now.AddDate(1, 0, 0)
	aYearAgo  = now.AddDate(-1, 0, 0)
)

// scene is a Secret with a host's certificate below an intermediate, and the root that is trusted.
// Changes are made to the templates before the certificates, and to the Secret after it.
type scene struct {
	root, intermediate, leaf          *x509.Certificate
	rootKey, intermediateKey, leafKey crypto.Signer
	// leafPublicKey is certified instead of the leafKey's; nil: the leafKey's.
	leafPublicKey crypto.PublicKey
	// selfSigned has the leaf sign itself.
	selfSigned bool

	host   string
	secret *corev1.Secret
	roots  *x509.CertPool
	now    time.Time
	after  []func(*scene)
}

// change is what a test case does to a scene.
type change func(testing.TB, *scene)

func newScene(t testing.TB, changes ...change) *scene {
	t.Helper()
	s := &scene{
		root:            authority("Root", aYearAgo, inAYear),
		intermediate:    authority("Intermediate", aYearAgo, inAMonth),
		leaf:            server(aHost),
		rootKey:         newKey(t),
		intermediateKey: newKey(t),
		leafKey:         newKey(t),
		host:            aHost,
		now:             now,
	}
	for _, change := range changes {
		change(t, s)
	}
	s.make(t)
	for _, change := range s.after {
		change(s)
	}
	return s
}

func (s *scene) make(t testing.TB) {
	t.Helper()
	if s.leafPublicKey == nil {
		s.leafPublicKey = s.leafKey.Public()
	}
	s.root = sign(t, s.root, s.root, s.rootKey.Public(), s.rootKey)
	s.intermediate = sign(t, s.intermediate, s.root, s.intermediateKey.Public(), s.rootKey)
	if s.selfSigned {
		s.leaf = sign(t, s.leaf, s.leaf, s.leafPublicKey, s.leafKey)
	} else {
		s.leaf = sign(t, s.leaf, s.intermediate, s.leafPublicKey, s.intermediateKey)
	}
	s.roots = pool(s.root)
	s.secret = &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "support-tls"},
		Type:       corev1.SecretTypeTLS,
		Data: map[string][]byte{
			corev1.TLSCertKey:       bundle(s.leaf, s.intermediate),
			corev1.TLSPrivateKeyKey: keyPEM(t, s.leafKey),
		},
	}
}

// later makes a change to the Secret, or to what it is checked against.
func later(f func(*scene)) change {
	return func(_ testing.TB, s *scene) { s.after = append(s.after, f) }
}

// holding puts certificates into tls.crt.
func holding(certificates func(*scene) []byte) change {
	return later(func(s *scene) { s.secret.Data[corev1.TLSCertKey] = certificates(s) })
}

func authority(name string, notBefore, notAfter time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             notBefore,
		NotAfter:              notAfter,
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
}

// server is a template that is valid from yesterday to tomorrow.
func server(hosts ...string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: "Server"},
		DNSNames:     hosts,
		NotBefore:    yesterday,
		NotAfter:     tomorrow,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
}

func sign(t testing.TB, template, issuer *x509.Certificate, key crypto.PublicKey, by crypto.Signer) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, key, by)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func newKey(t testing.TB) crypto.Signer {
	t.Helper()
	return newECDSA(t, elliptic.P256())
}

func newECDSA(t testing.TB, curve elliptic.Curve) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func keyPEM(t testing.TB, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func bundle(certificates ...*x509.Certificate) []byte {
	var made []byte
	for _, certificate := range certificates {
		made = append(made, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})...)
	}
	return made
}

func pool(certificates ...*x509.Certificate) *x509.CertPool {
	made := x509.NewCertPool()
	for _, certificate := range certificates {
		made.AddCert(certificate)
	}
	return made
}
