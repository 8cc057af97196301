// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Authority makes certificates, as the issuers of the world do.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	// chain leads from this authority, if it is an intermediate, to the last one below the root.
	chain []*x509.Certificate
	root  *x509.Certificate
}

// NewAuthority makes a root, valid from notBefore to notAfter.
func NewAuthority(name string, notBefore, notAfter time.Time) (*Authority, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	template := authorityTemplate(name, notBefore, notAfter)
	certificate, err := sign(template, template, key, key)
	if err != nil {
		return nil, err
	}
	return &Authority{certificate: certificate, key: key, root: certificate}, nil
}

// Intermediate makes an authority below this one.
func (a *Authority) Intermediate(name string, notBefore, notAfter time.Time) (*Authority, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	certificate, err := sign(authorityTemplate(name, notBefore, notAfter), a.certificate, key, a.key)
	if err != nil {
		return nil, err
	}
	return &Authority{certificate: certificate, key: key, chain: append([]*x509.Certificate{certificate}, a.chain...), root: a.root}, nil
}

// Roots is the root above this authority, in PEM: what domains.certificateRoots holds.
func (a *Authority) Roots() []byte {
	return encode(a.root)
}

// TLS makes a server's certificate for the hosts, and returns the data of a Secret of type
// kubernetes.io/tls with it, its issuers below the root, and a private key of its own.
func (a *Authority) TLS(notBefore, notAfter time.Time, hosts ...string) (map[string][]byte, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	certificate, err := sign(&x509.Certificate{
		DNSNames:    hosts,
		NotBefore:   notBefore,
		NotAfter:    notAfter,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a.certificate, key, a.key)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encoding a private key: %w", err)
	}
	return map[string][]byte{
		corev1.TLSCertKey:       encode(slices.Concat([]*x509.Certificate{certificate}, a.chain)...),
		corev1.TLSPrivateKeyKey: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
	}, nil
}

func authorityTemplate(name string, notBefore, notAfter time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             notBefore,
		NotAfter:              notAfter,
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
}

func newKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a private key: %w", err)
	}
	return key, nil
}

func sign(template, issuer *x509.Certificate, key, by *ecdsa.PrivateKey) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return nil, fmt.Errorf("choosing a serial number: %w", err)
	}
	template.SerialNumber = serial
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), by)
	if err != nil {
		return nil, fmt.Errorf("signing a certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}

func encode(certificates ...*x509.Certificate) []byte {
	var bundle []byte
	for _, certificate := range certificates {
		bundle = append(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})...)
	}
	return bundle
}
