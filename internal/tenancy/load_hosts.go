// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/domain"
)

// host asks for the tenant's host under the base domain or a partner's.
func (l *Loader) host(ctx context.Context, in *desired.Inputs) error {
	if desired.Refuse(*in) != nil || desired.Reserved(*in) != "" {
		return nil
	}
	host, claim := desired.Host(*in), ClaimOf(in.Tenant)
	holder, held := l.Hosts.Ask(host, claim)
	if !held {
		recorded, err := l.recorded(ctx, host)
		if err != nil {
			return err
		}
		holder = l.Hosts.Claim(host, claim, recorded)
	}
	in.Host = desired.HostClaim{Held: holder == claim.Tenant || holder == formerOf(*in), HolderNamespace: holder.Namespace, HolderName: holder.Name}
	return nil
}

// formerOf is the Tenant whose place, and hosts, a Tenant is to take back.
func formerOf(in desired.Inputs) Holder {
	if in.Kept == nil {
		return Holder{}
	}
	return Holder{NamespacedName: client.ObjectKeyFromObject(in.Tenant), UID: types.UID(in.Kept.UID)}
}

// recorded is for whom a host is claimed. A claim that seems abandoned is nobody's: whoever makes
// theirs has that looked at by the API server's own word.
func (l *Loader) recorded(ctx context.Context, host string) ([]Claim, error) {
	claim, err := l.claim(ctx, host)
	if claim == nil || err != nil {
		return nil, err
	}
	abandoned, err := Abandoned(ctx, l.Reader, claim)
	if abandoned || err != nil {
		return nil, err
	}
	return []Claim{{Tenant: HolderOf(claim), Since: claim.CreationTimestamp.Time}}, nil
}

// Abandoned says that neither the tenant of a claim nor a record nor the place of that tenant is there.
func Abandoned(ctx context.Context, reader client.Reader, claim *corev1.ConfigMap) (bool, error) {
	holder := HolderOf(claim)
	key, uid := holder.NamespacedName, string(holder.UID)
	namespace, tenant, record := &corev1.Namespace{}, &v1alpha1.Tenant{}, &v1alpha1.RetainedTenant{}
	for _, there := range []struct {
		key    client.ObjectKey
		object client.Object
		is     func() bool
	}{
		{key, tenant, func() bool { return string(tenant.UID) == uid }},
		{key, record, func() bool { return record.Spec.UID == uid }},
		{client.ObjectKey{Name: claim.Data[desired.ClaimPlace]}, namespace, func() bool { return namespace.Annotations[v1alpha1.AnnotationTenantUID] == uid }},
	} {
		err := reader.Get(ctx, there.key, there.object)
		if client.IgnoreNotFound(err) != nil {
			return false, fmt.Errorf("looking for whom host %q is claimed: %w", claim.Name, err)
		}
		if err == nil && there.is() {
			return false, nil
		}
	}
	return true, nil
}

// custom looks at who holds the tenant's custom host. Nobody waits in line for it: it goes
// to who proves it first (DomainReconciler).
func (l *Loader) custom(ctx context.Context, in *desired.Inputs) error {
	if in.Tenant.Spec.Domain == nil || in.Tenant.Spec.Domain.Custom == nil {
		return nil
	}
	custom := in.Tenant.Spec.Domain.Custom
	held, err := l.heldBy(ctx, string(custom.Host), in.Tenant, desired.ClaimCustom)
	if err != nil {
		return err
	}
	in.Custom = &desired.CustomHost{Claim: held}
	return nil
}

// certificate looks at that of a custom host. It is read afresh each time: nothing tells when it is
// replaced, and no private key stays in memory.
func (l *Loader) certificate(ctx context.Context, in *desired.Inputs) error {
	if in.Custom == nil || !in.Custom.Claim.Held || in.PlaceUID == "" {
		return nil
	}
	custom, now := in.Tenant.Spec.Domain.Custom, l.Clock.Now()
	in.Custom.LookAgain = now.Add(l.Config.Domains.RetryPeriod.Duration)
	secret := &corev1.Secret{}
	key := client.ObjectKey{Namespace: desired.NamespaceName(*in), Name: desired.CertificateSecret(custom)}
	switch err := l.Secrets.Get(ctx, key, secret); {
	case apierrors.IsNotFound(err):
		in.Custom.Insecure = missingCertificate(key)
		return nil
	case apierrors.IsForbidden(err):
		in.Custom.Insecure = unreadableCertificate(key)
		return nil
	case err != nil:
		return fmt.Errorf("reading the certificate in Secret %q in namespace %q: %w", key.Name, key.Namespace, err)
	}
	verdict := domain.CheckCertificate(secret, string(custom.Host), l.Roots, now)
	if verdict.Secure() {
		in.Custom.LookAgain = verdict.LookAgain(now, l.Config.Domains.RecheckPeriod.Duration)
		return nil
	}
	in.Custom.Insecure = &desired.Insecurity{Reason: verdict.Reason, Message: verdict.Message}
	return nil
}

func missingCertificate(key client.ObjectKey) *desired.Insecurity {
	return &desired.Insecurity{
		Reason:  v1alpha1.ReasonNoCertificate,
		Message: fmt.Sprintf("there is no Secret %q in namespace %q; make it, of type kubernetes.io/tls, or have cert-manager make it", key.Name, key.Namespace),
	}
}

func unreadableCertificate(key client.ObjectKey) *desired.Insecurity {
	return &desired.Insecurity{
		Reason:  v1alpha1.ReasonNoCertificate,
		Message: fmt.Sprintf("the operator may not read Secret %q in namespace %q; ask the operator of this cluster to bind ClusterRole tenantry-manager-certificates to it", key.Name, key.Namespace),
	}
}

// domain looks at the domain that the tenant asks for as a partner.
func (l *Loader) domain(ctx context.Context, in *desired.Inputs) error {
	if in.Tenant.Spec.Partner == nil || in.Tenant.Spec.Partner.Domain == "" {
		return nil
	}
	held, err := l.heldBy(ctx, string(in.Tenant.Spec.Partner.Domain), in.Tenant, desired.ClaimPartner)
	in.Domain = &held
	return err
}

// partnerDomains are the domains that the ancestors hold.
func (l *Loader) partnerDomains(ctx context.Context, in *desired.Inputs) error {
	for _, ancestor := range in.Ancestors {
		held := ""
		if partner := ancestor.Spec.Partner; partner != nil && partner.Domain != "" {
			claim, err := l.heldBy(ctx, string(partner.Domain), ancestor, desired.ClaimPartner)
			if err != nil {
				return err
			}
			if claim.Held {
				held = string(partner.Domain)
			}
		}
		in.PartnerDomains = append(in.PartnerDomains, held)
	}
	return nil
}

// heldBy says whether a tenant, in this very incarnation, holds a proven domain, and else who does.
func (l *Loader) heldBy(ctx context.Context, host string, tenant *v1alpha1.Tenant, kind string) (desired.HostClaim, error) {
	claim, err := l.claim(ctx, host)
	if claim == nil || err != nil {
		return desired.HostClaim{}, err
	}
	holder := HolderOf(claim)
	return desired.HostClaim{
		Held:            holder == HolderFor(tenant) && claim.Data[desired.ClaimKind] == kind,
		HolderNamespace: holder.Namespace,
		HolderName:      holder.Name,
	}, nil
}

// claim of a host; nil if nobody holds it.
func (l *Loader) claim(ctx context.Context, host string) (*corev1.ConfigMap, error) {
	claim := &corev1.ConfigMap{}
	err := l.Reader.Get(ctx, client.ObjectKey{Namespace: desired.ClaimNamespace, Name: host}, claim)
	if apierrors.IsNotFound(err) {
		return nil, nil //nolint:nilnil // its absence is no error
	}
	if err != nil {
		return nil, fmt.Errorf("looking up who holds host %q: %w", host, err)
	}
	return claim, nil
}

// PartnerAbove is the partner's domain that a host lies in or under; empty if it lies in none. Hosts
// there are given out by the partner alone.
func (l *Loader) PartnerAbove(ctx context.Context, host string) (string, error) {
	for above := host; above != ""; _, above, _ = strings.Cut(above, ".") {
		claim, err := l.claim(ctx, above)
		if err != nil {
			return "", err
		}
		if claim != nil && claim.Data[desired.ClaimKind] == desired.ClaimPartner {
			return above, nil
		}
	}
	return "", nil
}
