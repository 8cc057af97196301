// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/domain"
	"github.com/tenantry/tenantry/internal/status"
)

// domainSecure says of the custom host, then of the partner's domain, what is missing.
func domainSecure(in desired.Inputs, seen Seen) metav1.Condition {
	if len(desired.Domains(in.Tenant)) == 0 {
		return status.Condition(v1alpha1.ConditionDomainSecure, true, v1alpha1.ReasonNoCustomDomain, "the tenant asks for no domain of its own")
	}
	for _, insecure := range []*desired.Insecurity{unheld(in), uncertified(in, seen)} {
		if insecure != nil {
			return status.Condition(v1alpha1.ConditionDomainSecure, false, insecure.Reason, insecure.Message)
		}
	}
	message := "the partner's domain is proven"
	if host := desired.SecureHost(in); host != "" {
		message = fmt.Sprintf("host %q is proven and its certificate is good", host)
	}
	return status.Condition(v1alpha1.ConditionDomainSecure, true, v1alpha1.ReasonDomainSecure, message)
}

// unheld says why the tenant has not got a domain yet; nil if it holds all.
func unheld(in desired.Inputs) *desired.Insecurity {
	unclaimed := desired.Unclaimed(in)
	if len(unclaimed) == 0 {
		return nil
	}
	name, use, claim := unclaimed[0].Name, domain.CustomHost, customClaim(in)
	if unclaimed[0].Kind == desired.ClaimPartner {
		use, claim = domain.PartnerDomain, ptr.Deref(in.Domain, desired.HostClaim{})
	}
	if refusal := domain.Refuse(name, use, in.Config); refusal != "" {
		return &desired.Insecurity{Reason: v1alpha1.ReasonHostConflict, Message: refusal}
	}
	if claim.HolderName != "" {
		return &desired.Insecurity{Reason: v1alpha1.ReasonHostConflict, Message: conflict(in, use, name, claim)}
	}
	return &desired.Insecurity{Reason: v1alpha1.ReasonNotProven, Message: unproven(in, use, name)}
}

func customClaim(in desired.Inputs) desired.HostClaim {
	if in.Custom == nil {
		return desired.HostClaim{}
	}
	return in.Custom.Claim
}

// conflict names the holder of a domain to its siblings only: who else is there is nobody's business.
func conflict(in desired.Inputs, use domain.Use, name string, claim desired.HostClaim) string {
	holder := "another tenant"
	if claim.HolderNamespace == in.Tenant.Namespace {
		holder = fmt.Sprintf("tenant %q", claim.HolderName)
	}
	return fmt.Sprintf("%s: %q is held by %s; set another, or wait until it is released", use, name, holder)
}

func unproven(in desired.Inputs, use domain.Use, name string) string {
	if in.Config.Domains.Proof != configv1alpha1.ProofTXT {
		return fmt.Sprintf("%s: %q is taken soon, unless it lies within a partner's domain: what lies within a partner's domain is given by that partner alone", use, name)
	}
	return fmt.Sprintf("%s: make the DNS TXT record %s with %q (status.domainChallenge) in it; it is looked for %s after each change of the Tenant, then less and less often, at least every %s. What lies within a partner's domain is given by that partner alone",
		use, domain.RecordName(name), challenge(in), in.Config.Domains.RetryPeriod.Duration, domain.LongestPause(in.Config.Domains.RetryPeriod.Duration))
}

// uncertified says why the custom host is not served; nil if it is, or there is none.
func uncertified(in desired.Inputs, seen Seen) *desired.Insecurity {
	if in.Custom == nil || in.Custom.Insecure == nil {
		return nil
	}
	if seen.Uncertified != "" {
		return &desired.Insecurity{Reason: v1alpha1.ReasonNoCertificate, Message: seen.Uncertified}
	}
	return in.Custom.Insecure
}
