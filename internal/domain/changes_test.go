// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package domain_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"math/big"
	"net"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func withNames(names ...string) change {
	return func(_ testing.TB, s *scene) { s.leaf.DNSNames = names }
}

func withKeyBytes(key []byte) change {
	return later(func(s *scene) { s.secret.Data[corev1.TLSPrivateKeyKey] = key })
}

func withRSA(bits int) change {
	return func(t testing.TB, s *scene) { s.leafKey = newRSA(t, bits) }
}

func withCurve(curve elliptic.Curve) change {
	return func(t testing.TB, s *scene) { s.leafKey = newECDSA(t, curve) }
}

func withEd25519(t testing.TB, s *scene) { s.leafKey = newEd25519(t) }

func newRSA(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newEd25519(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// withAddress certifies an IP address too.
func withAddress(_ testing.TB, s *scene) {
	s.leaf.IPAddresses = []net.IP{net.IPv4(192, 0, 2, 1)}
}

// withPublicRSA certifies a public key of that many bits, whose private key nobody has: to make one
// of more than 8192 bits takes minutes.
func withPublicRSA(bits int) change {
	return func(t testing.TB, s *scene) {
		modulus, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), uint(bits)))
		if err != nil {
			t.Fatal(err)
		}
		modulus.SetBit(modulus, bits-1, 1).SetBit(modulus, 0, 1)
		s.leafPublicKey = &rsa.PublicKey{N: modulus, E: 65537}
	}
}

// withMD5 has the certificate say that it is signed with MD5, which nobody signs with any more.
func withMD5(t testing.TB, s *scene) {
	s.intermediateKey = newRSA(t, 2048)
	sha256WithRSA := []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b}
	md5WithRSA := []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04}
	holding(func(s *scene) []byte {
		leaf := bytes.ReplaceAll(s.leaf.Raw, sha256WithRSA, md5WithRSA)
		return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf}), bundle(s.intermediate)...)
	})(t, s)
}

// belowAnother puts one more issuer between the intermediate and the leaf.
func belowAnother(t testing.TB) func(*scene) {
	return func(s *scene) {
		key := newKey(t)
		lower := sign(t, authority("Lower", aYearAgo, inAYear), s.intermediate, key.Public(), s.intermediateKey)
		leaf := sign(t, server(aHost), lower, s.leafKey.Public(), key)
		s.secret.Data[corev1.TLSCertKey] = bundle(leaf, lower, s.intermediate)
	}
}
