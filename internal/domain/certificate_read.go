// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package domain

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Bounds of what is read: a tenant fills the Secret, and checking costs the operator's time.
const (
	// MaxCertificates is how many certificates a Secret may hold, the host's own and its issuers'.
	MaxCertificates = 10
	// MaxCertificatesSize is the most bytes of tls.crt.
	MaxCertificatesSize = 64 << 10
	// MaxKeySize is the most bytes of tls.key: twice what RSA keys of 8192 bits need.
	MaxKeySize = 16 << 10
)

// beginBlock is how every PEM block begins.
var beginBlock = []byte("-----BEGIN ")

func objectToSecret(o *offer) *Verdict {
	certificates, key := o.secret.Data[corev1.TLSCertKey], o.secret.Data[corev1.TLSPrivateKeyKey]
	switch {
	case o.secret.Type != corev1.SecretTypeTLS:
		return o.refuse(v1alpha1.ReasonNoCertificate, "it is not of type %s; make it anew with that type", corev1.SecretTypeTLS)
	case len(certificates) == 0 || len(key) == 0:
		return o.refuse(v1alpha1.ReasonNoCertificate, "%s or %s is missing; put the certificate, followed by its issuers', and the private key there",
			corev1.TLSCertKey, corev1.TLSPrivateKeyKey)
	case len(certificates) > MaxCertificatesSize || len(key) > MaxKeySize:
		return o.refuse(v1alpha1.ReasonNoCertificate, "it is too large; keep the host's certificate and its issuers', at most %d bytes, and one private key, at most %d",
			MaxCertificatesSize, MaxKeySize)
	}
	return nil
}

func objectToCertificates(o *offer) *Verdict {
	bundle := o.secret.Data[corev1.TLSCertKey]
	if count := bytes.Count(bundle, beginBlock); count > MaxCertificates {
		return o.refuse(v1alpha1.ReasonNoCertificate, "%s holds %d certificates; keep the host's and its issuers', at most %d",
			corev1.TLSCertKey, count, MaxCertificates)
	}
	var err error
	o.certificates, err = decodeCertificates(bundle)
	if err != nil {
		return o.refuse(v1alpha1.ReasonNoCertificate, "%s: %v; put the host's certificate there, followed by its issuers', and nothing else",
			corev1.TLSCertKey, err)
	}
	if len(o.certificates) == 0 {
		return o.refuse(v1alpha1.ReasonNoCertificate, "%s holds no PEM certificate; put the host's there, followed by its issuers'", corev1.TLSCertKey)
	}
	return nil
}

// decodeCertificates reads all certificates of a PEM bundle, or none: where a part can't be read,
// others make of the rest what they like. Text between the blocks is passed over. The error holds
// nothing of the bundle.
func decodeCertificates(bundle []byte) ([]*x509.Certificate, error) {
	count := bytes.Count(bundle, beginBlock)
	certificates := make([]*x509.Certificate, 0, count)
	for i := range count {
		var block *pem.Block
		block, bundle = pem.Decode(bundle)
		if block == nil || block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("block %d or one after it is not a PEM certificate", i+1)
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d can't be parsed", i+1)
		}
		certificates = append(certificates, certificate)
	}
	return certificates, nil
}
