// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package domain

import (
	"crypto/x509"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Verdict is what was found out about the certificate of a host.
type Verdict struct {
	// Reason of condition DomainSecure: ReasonDomainSecure, or why the host must not be served.
	Reason string
	// Message says what is wrong and what to do. It holds nothing of the private key.
	Message string
	// NotBefore and NotAfter are the first and the last moment at which every certificate from the
	// host's own to the root is valid. Zero unless the Reason is ReasonDomainSecure or ReasonExpired.
	NotBefore, NotAfter time.Time
}

// Secure says whether the host may be served with the certificate.
func (v Verdict) Secure() bool {
	return v.Reason == v1alpha1.ReasonDomainSecure
}

// LookAgain is when the certificate must be looked at next: after recheck, or sooner if time alone
// changes the verdict before. It is always later than now if recheck is more than 0.
func (v Verdict) LookAgain(now time.Time, recheck time.Duration) time.Time {
	next := now.Add(recheck)
	// At NotAfter itself a certificate is still valid.
	for _, change := range []time.Time{v.NotBefore, v.NotAfter.Add(1)} {
		if change.After(now) && change.Before(next) {
			next = change
		}
	}
	return next
}

// offer is a host's certificate as it is offered by a Secret.
type offer struct {
	secret *corev1.Secret
	host   string
	// certificates of the Secret, the host's own first.
	certificates []*x509.Certificate
}

func (o *offer) leaf() *x509.Certificate {
	return o.certificates[0]
}

// refuse makes the verdict on an offer that is not secure.
func (o *offer) refuse(reason, format string, arguments ...any) *Verdict {
	return &Verdict{
		Reason:  reason,
		Message: fmt.Sprintf("Secret %q, with the certificate of %q: ", o.secret.Name, o.host) + fmt.Sprintf(format, arguments...),
	}
}

// objections are heard in order; the first counts.
var objections = []func(*offer) *Verdict{
	objectToSecret,
	objectToCertificates,
	objectToKey,
	objectToHost,
	objectToIssuers,
}

// CheckCertificate says whether a Secret of type kubernetes.io/tls holds a certificate with which the
// host may be served now: readable, with its private key, strong, the host's, for servers, and leading
// to one of the roots through the Secret's other certificates, all of them valid now. Nil roots are
// the system's; a nil Secret is one that is not there.
//
// What a renewal alone does not mend is said first: NoCertificate, BadKey, WrongHost, Untrusted, and
// only then Expired, which is said of certificates that are not valid yet too.
func CheckCertificate(secret *corev1.Secret, host string, roots *x509.CertPool, now time.Time) Verdict {
	if secret == nil {
		return Verdict{
			Reason: v1alpha1.ReasonNoCertificate,
			Message: fmt.Sprintf("there is no Secret with a certificate of %q; make one of type %s, with %s and %s, or wait for the issuer to make it",
				host, corev1.SecretTypeTLS, corev1.TLSCertKey, corev1.TLSPrivateKeyKey),
		}
	}
	o := &offer{secret: secret, host: host}
	for _, object := range objections {
		if objection := object(o); objection != nil {
			return *objection
		}
	}
	return *judgeChains(o, roots, now)
}
