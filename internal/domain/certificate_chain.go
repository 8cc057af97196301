// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package domain

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// maxNamesTold of a certificate for other hosts.
const maxNamesTold = 3

func objectToHost(o *offer) *Verdict {
	if isName(o.host) && o.leaf().VerifyHostname(o.host) == nil {
		return nil
	}
	names := o.leaf().DNSNames
	told := "no DNS name"
	if len(names) > 0 {
		told = strings.Join(quoted(names[:min(len(names), maxNamesTold)]), ", ")
	}
	if more := len(names) - maxNamesTold; more > 0 {
		told += fmt.Sprintf(" and %d more", more)
	}
	return o.refuse(v1alpha1.ReasonWrongHost, "it is for %s; get one that names %q among its DNS names, and put it first in %s", told, o.host, corev1.TLSCertKey)
}

// quoted makes names harmless: whoever made the certificate chose them.
func quoted(names []string) []string {
	safe := make([]string, 0, len(names))
	for _, name := range names {
		safe = append(safe, fmt.Sprintf("%.253q", name))
	}
	return safe
}

// judgeChains looks for a way from the host's certificate to a root.
func judgeChains(o *offer, roots *x509.CertPool, now time.Time) *Verdict {
	chains, err := verify(o.certificates, roots, now)
	if err == nil {
		notBefore, notAfter := longest(chains)
		return &Verdict{
			Reason:    v1alpha1.ReasonDomainSecure,
			Message:   fmt.Sprintf("the certificate of %q is good until %s", o.host, stamp(notAfter)),
			NotBefore: notBefore,
			NotAfter:  notAfter,
		}
	}
	// Were it not for the dates, would there be a way?
	undated := make([]*x509.Certificate, 0, len(o.certificates))
	for _, certificate := range o.certificates {
		always := *certificate
		always.NotBefore, always.NotAfter = now, now
		undated = append(undated, &always)
	}
	chains, err = verify(undated, roots, now)
	if err != nil {
		return o.distrust(err)
	}
	for _, chain := range chains {
		for i := range chain {
			if at := slices.Index(undated, chain[i]); at >= 0 {
				chain[i] = o.certificates[at]
			}
		}
	}
	return o.expired(chains, now)
}

// verify finds the chains from the first certificate over the others to a root.
func verify(certificates []*x509.Certificate, roots *x509.CertPool, now time.Time) ([][]*x509.Certificate, error) {
	intermediates := x509.NewCertPool()
	for _, certificate := range certificates[1:] {
		intermediates.AddCert(certificate)
	}
	return certificates[0].Verify(x509.VerifyOptions{
		Roots:         roots,
		Intermediates: intermediates,
		CurrentTime:   now,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
}

// longest is the time of the chain that ends last: a client may take any.
func longest(chains [][]*x509.Certificate) (notBefore, notAfter time.Time) {
	for _, chain := range chains {
		from, to := window(chain)
		if to.After(notAfter) {
			notBefore, notAfter = from, to
		}
	}
	return notBefore, notAfter
}

// window is the time in which all certificates of a chain are valid.
func window(chain []*x509.Certificate) (notBefore, notAfter time.Time) {
	notBefore, notAfter = chain[0].NotBefore, chain[0].NotAfter
	for _, certificate := range chain[1:] {
		if certificate.NotBefore.After(notBefore) {
			notBefore = certificate.NotBefore
		}
		if certificate.NotAfter.Before(notAfter) {
			notAfter = certificate.NotAfter
		}
	}
	return notBefore, notAfter
}

func (o *offer) expired(chains [][]*x509.Certificate, now time.Time) *Verdict {
	notBefore, notAfter := longest(chains)
	what := "the host's certificate"
	if !now.Before(o.leaf().NotBefore) && !now.After(o.leaf().NotAfter) {
		what = "an issuer's certificate"
	}
	verdict := o.refuse(v1alpha1.ReasonExpired, "%s ended on %s; renew it, and put it with its issuers' present certificates into %s", what, stamp(notAfter), corev1.TLSCertKey)
	if !now.After(notAfter) {
		verdict = o.refuse(v1alpha1.ReasonExpired, "%s is valid from %s on; wait until then, or put one that is valid now into %s", what, stamp(notBefore), corev1.TLSCertKey)
	}
	verdict.NotBefore, verdict.NotAfter = notBefore, notAfter
	return verdict
}

// distrust says why there is no way to a root. The error itself is not told: whoever made the
// certificates wrote parts of it.
func (o *offer) distrust(err error) *Verdict {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		switch invalid.Reason {
		case x509.Expired: // The root: the Secret's certificates have no dates here.
			return o.refuse(v1alpha1.ReasonUntrusted, "the root that it leads to is not valid at this time; get one of another issuer, or ask the operator of this cluster to renew domains.certificateRoots")
		case x509.IncompatibleUsage:
			return o.refuse(v1alpha1.ReasonUntrusted, "it is not for servers; get one with the extended key usage of TLS servers")
		case x509.CANotAuthorizedForThisName:
			return o.refuse(v1alpha1.ReasonUntrusted, "its issuer may not sign for this host, or for another of its names; get one of an issuer that may")
		}
	}
	if len(o.certificates) == 1 && isSelfIssued(o.leaf()) {
		return o.refuse(v1alpha1.ReasonUntrusted, "it is self-signed; get one of an issuer that the operator of this cluster trusts")
	}
	return o.refuse(v1alpha1.ReasonUntrusted, "it does not lead to a root that the operator of this cluster trusts; add its issuers' certificates to %s, or get one of another issuer", corev1.TLSCertKey)
}

func stamp(t time.Time) string {
	return t.UTC().Format(time.RFC3339)
}
