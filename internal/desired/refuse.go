// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Refusal is why nothing is made for a tenant.
type Refusal struct {
	// Reason is one of the reasons of the Ready condition.
	Reason string
	// Message says what is wrong and what to do.
	Message string
	// Stalled says that nothing will go on until a person acts.
	Stalled bool
}

// refusals are asked in order; the first that objects is heard.
var refusals = []func(Inputs) *Refusal{
	refuseGoneParent,
	refuseTooDeep,
	refuseNoPartner,
	refuseInvalidName,
	refuseTrustedName,
	refuseUnknownRegion,
	refuseRetained,
	refuseMissingPlan,
	refuseWithoutCapacity,
}

// Refuse says why nothing may be made for the tenant; nil if nothing is against it.
func Refuse(in Inputs) *Refusal {
	for _, refuse := range refusals {
		if refusal := refuse(in); refusal != nil {
			return refusal
		}
	}
	return nil
}

func refuseGoneParent(in Inputs) *Refusal {
	if in.Parent != ParentGone {
		return nil
	}
	orphan := in.Tenant
	if above := len(in.Ancestors); above > 0 {
		orphan = in.Ancestors[above-1]
	}
	return &Refusal{
		Reason: v1alpha1.ReasonParentNotPartner,
		Message: fmt.Sprintf("namespace %q was made for a tenant that is there no more; make tenant %q in its new parent's namespace",
			orphan.Namespace, orphan.Name),
		Stalled: true,
	}
}

func refuseTooDeep(in Inputs) *Refusal {
	if in.Parent != ParentTooDeep {
		return nil
	}
	return &Refusal{
		Reason:  v1alpha1.ReasonParentNotPartner,
		Message: fmt.Sprintf("more than %d partners are above this tenant; make it in the place of one further up", MaxDepth),
		Stalled: true,
	}
}

func refuseNoPartner(in Inputs) *Refusal {
	if in.Parent != ParentKnown || in.Ancestors[0].Spec.Partner != nil {
		return nil
	}
	return &Refusal{
		Reason: v1alpha1.ReasonParentNotPartner,
		Message: fmt.Sprintf("namespace %q is the place of tenant %q, which is no partner; set spec.partner on it, or make this tenant in a partner's namespace",
			in.Tenant.Namespace, in.Ancestors[0].Name),
		Stalled: true,
	}
}

// refuseInvalidName repeats what admission says: the policy may have come after the Tenant.
func refuseInvalidName(in Inputs) *Refusal {
	name := in.Tenant.Name
	dashed := strings.Contains(name, "-") && (in.Parent == ParentNone || in.Tenant.Spec.Partner != nil)
	if !dashed && len(validation.IsDNS1123Label(name)) == 0 {
		return nil
	}
	return &Refusal{
		Reason:  v1alpha1.ReasonInvalidName,
		Message: fmt.Sprintf("%q can't be a tenant's name: it must be a DNS label, and without '-' for a root or a partner; make the tenant under another name", name),
		Stalled: true,
	}
}

// refuseTrustedName: pods of some namespaces are let into every place, or are the cluster's own. One of
// those would be a tenant's where it is not there yet, be it by the name of a partner's child.
func refuseTrustedName(in Inputs) *Refusal {
	name := NamespaceName(in)
	// The places of kube's children would begin with kube-.
	if !strings.HasPrefix(name+"-", "kube-") && !strings.HasPrefix(name, "tenantry") && !slices.Contains(trustedNamespaces(in), name) {
		return nil
	}
	return &Refusal{
		Reason: v1alpha1.ReasonInvalidName,
		Message: fmt.Sprintf("%q can't be a tenant's name here: namespace %q, which would be its place, is kept for the cluster's own parts; make the tenant under another name",
			in.Tenant.Name, name),
		Stalled: true,
	}
}

// trustedNamespaces are those beside Kubernetes' and the operator's own that what is made for tenants
// relies on.
func trustedNamespaces(in Inputs) []string {
	config := in.Config
	trusted := []string{metav1.NamespaceDefault, config.Edge.Namespace, config.Network.DNS.Namespace, config.LeaderElection.Namespace}
	if config.Edge.Gateway != nil {
		trusted = append(trusted, config.Edge.Gateway.Namespace)
	}
	return trusted
}

func refuseUnknownRegion(in Inputs) *Refusal {
	region := in.Tenant.Spec.Region
	if _, known := in.Config.Regions[region]; known || region == "" {
		return nil
	}
	known := strings.Join(slices.Sorted(maps.Keys(in.Config.Regions)), ", ")
	if known == "" {
		known = "none"
	}
	return &Refusal{
		Reason:  v1alpha1.ReasonUnresolved,
		Message: fmt.Sprintf("region %q is not configured (configured: %s); make the tenant anew in one that is, or ask the operator of this cluster to configure it", region, known),
	}
}

// Reserved says why nobody gets the tenant's host; empty if somebody may.
func Reserved(in Inputs) string {
	host := Host(in)
	switch {
	case slices.Contains(in.Config.ReservedNames, strings.TrimSuffix(host, "."+in.Config.BaseDomain)):
		return fmt.Sprintf("host %q is reserved; set another spec.domain.subdomain", host)
	case slices.Contains(in.Config.ReservedHosts, host):
		return fmt.Sprintf("host %q is the operator's own; set another spec.domain.subdomain", host)
	}
	return ""
}
