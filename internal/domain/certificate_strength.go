// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package domain

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// RSA keys above the most are refused by TLS clients, and dear to check.
const (
	minRSA = 2048
	maxRSA = 8192
)

var (
	strongKeys   = fmt.Sprintf("RSA with %d to %d bits, ECDSA with P-256, P-384 or P-521, or Ed25519", minRSA, maxRSA)
	strongCurves = []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()}
	brokenHashes = []x509.SignatureAlgorithm{x509.MD5WithRSA, x509.SHA1WithRSA, x509.ECDSAWithSHA1}
)

// objectToKey looks at the public key's size before it touches the private key: what is too large is
// not worth the time.
func objectToKey(o *offer) *Verdict {
	if !isStrong(o.leaf().PublicKey) {
		return o.refuse(v1alpha1.ReasonBadKey, "the certificate's key is too weak or of a wrong kind; get a certificate for a key of %s", strongKeys)
	}
	// The error is not told: it comes from a parser of private keys.
	if _, err := tls.X509KeyPair(o.secret.Data[corev1.TLSCertKey], o.secret.Data[corev1.TLSPrivateKeyKey]); err != nil {
		return o.refuse(v1alpha1.ReasonBadKey, "%s is not the private key of the first certificate in %s, or can't be read; put the host's certificate first, and its key in PEM without a password",
			corev1.TLSPrivateKeyKey, corev1.TLSCertKey)
	}
	return nil
}

// objectToIssuers finds what makes a chain worthless before one is looked for.
func objectToIssuers(o *offer) *Verdict {
	for i, certificate := range o.certificates {
		if i > 0 && !isStrong(certificate.PublicKey) {
			return o.refuse(v1alpha1.ReasonUntrusted, "the key of certificate %d in %s is too weak or of a wrong kind; get a certificate of an issuer with a key of %s",
				i+1, corev1.TLSCertKey, strongKeys)
		}
		// A root vouches for itself by being trusted, not by its signature.
		isRoot := i > 0 && isSelfIssued(certificate)
		if !isRoot && slices.Contains(brokenHashes, certificate.SignatureAlgorithm) {
			return o.refuse(v1alpha1.ReasonUntrusted, "certificate %d in %s is signed with %s, which can be forged; get one that is signed with SHA-256 or better",
				i+1, corev1.TLSCertKey, certificate.SignatureAlgorithm)
		}
	}
	return nil
}

func isStrong(key crypto.PublicKey) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return key.N.BitLen() >= minRSA && key.N.BitLen() <= maxRSA
	case *ecdsa.PublicKey:
		return slices.Contains(strongCurves, key.Curve)
	case ed25519.PublicKey:
		return true
	}
	return false
}

func isSelfIssued(certificate *x509.Certificate) bool {
	return bytes.Equal(certificate.RawSubject, certificate.RawIssuer)
}
