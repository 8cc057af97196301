// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// claim makes the claims of the tenant's hosts and says whether it made all of them just now. An
// object of that name is a claim that another manager made: of two, one has the host.
func (r *TenantReconciler) claim(ctx context.Context, in desired.Inputs, place desired.Place) (bool, error) {
	claimed := true
	for _, intent := range place.Claims {
		outcome, err := r.Engine.Apply(ctx, intent)
		if conflict := (*apply.ConflictError)(nil); errors.As(err, &conflict) {
			return false, r.lostClaim(ctx, in, intent)
		}
		if err != nil {
			return false, err
		}
		claimed = claimed && outcome == apply.Created
	}
	return claimed, nil
}

// lostClaim learns who has a host that this manager believed free. A claim whose tenant and place are
// gone is removed: somebody took the finalizer away that remembered it.
func (r *TenantReconciler) lostClaim(ctx context.Context, in desired.Inputs, intent apply.Intent) error {
	host, claim := intent.Object.GetName(), &corev1.ConfigMap{}
	if err := r.Live.Get(ctx, client.ObjectKeyFromObject(intent.Object), claim); err != nil {
		return fmt.Errorf("reading the claim of host %q: %w", host, err)
	}
	abandoned, err := tenancy.Abandoned(ctx, r.Live, claim)
	if err != nil {
		return err
	}
	if abandoned {
		if err := client.IgnoreNotFound(r.Client.Delete(ctx, claim, client.Preconditions{UID: &claim.UID})); err != nil {
			return fmt.Errorf("removing the abandoned claim of host %q: %w", host, err)
		}
		return fmt.Errorf("the claim of host %q was abandoned, and is made anew", host)
	}
	holder := tenancy.HolderOf(claim)
	if holder == client.ObjectKeyFromObject(in.Tenant) {
		return formerClaim(in, claim)
	}
	r.Loader.Hosts.Lose(host, tenancy.ClaimOf(in.Tenant), tenancy.Claim{Tenant: holder, Since: claim.CreationTimestamp.Time})
	r.wake(ctx, holder)
	return fmt.Errorf("host %q was claimed by another manager meanwhile", host)
}

// formerClaim is the error of a claim that bears the tenant's own name: of its own, which the cache does
// not have yet, or of a former tenant whose place is going and takes the claim with it.
func formerClaim(in desired.Inputs, claim *corev1.ConfigMap) error {
	if claim.Annotations[v1alpha1.AnnotationTenantUID] == string(in.Tenant.UID) {
		return fmt.Errorf("the cache lacks the claim of host %q that the API server has", claim.Name)
	}
	return &apply.ConflictError{Kind: "Namespace", Name: claim.Data[desired.ClaimPlace], Terminating: true}
}

// confirmClaims asks the API server itself whether the tenant's claims are there.
func (r *TenantReconciler) confirmClaims(ctx context.Context, place desired.Place) error {
	for _, intent := range place.Claims {
		claim, want := &corev1.ConfigMap{}, intent.Object.GetAnnotations()[v1alpha1.AnnotationTenantUID]
		if err := r.Live.Get(ctx, client.ObjectKeyFromObject(intent.Object), claim); err != nil {
			return fmt.Errorf("confirming the claim of host %q: %w", intent.Object.GetName(), err)
		}
		if claim.Annotations[v1alpha1.AnnotationTenantUID] != want {
			return fmt.Errorf("host %q was claimed by another manager meanwhile", claim.Name)
		}
	}
	return nil
}

// release gives up what a tenant holds and waits for beside the hosts that it keeps, and wakes who
// gets it. It comes after no route leads there any more.
func (r *TenantReconciler) release(ctx context.Context, tenant client.ObjectKey, keep ...string) error {
	claims, err := r.claimsOf(ctx, tenant)
	if err != nil {
		return err
	}
	for i := range claims {
		if claim := &claims[i]; !slices.Contains(keep, claim.Name) {
			err := r.Client.Delete(ctx, &corev1.ConfigMap{ObjectMeta: *claim.ObjectMeta.DeepCopy()}, client.Preconditions{UID: &claim.UID})
			if client.IgnoreNotFound(err) != nil {
				return fmt.Errorf("giving up host %q: %w", claim.Name, err)
			}
		}
	}
	r.settleHosts(ctx, tenant, keep)
	return nil
}

// keepHosts gives up nothing that a tenant holds, and its place in every line.
func (r *TenantReconciler) keepHosts(ctx context.Context, tenant client.ObjectKey) error {
	claims, err := r.claimsOf(ctx, tenant)
	if err != nil {
		return err
	}
	held := make([]string, 0, len(claims))
	for i := range claims {
		held = append(held, claims[i].Name)
	}
	r.settleHosts(ctx, tenant, held)
	return nil
}

// claimsOf are the claims of a tenant, from the cache: they must not be changed.
func (r *TenantReconciler) claimsOf(ctx context.Context, tenant client.ObjectKey) ([]corev1.ConfigMap, error) {
	list := &corev1.ConfigMapList{}
	err := r.Client.List(ctx, list, client.InNamespace(desired.ClaimNamespace),
		client.MatchingFields{tenancy.IndexClaims: tenant.String()}, client.UnsafeDisableDeepCopy)
	if err != nil {
		return nil, fmt.Errorf("listing the hosts of tenant %q: %w", tenant.Name, err)
	}
	return list.Items, nil
}

// forget gives up what a Tenant that is gone waited for, and what it holds, where neither a record nor
// its place is there any more.
func (r *TenantReconciler) forget(ctx context.Context, tenant client.ObjectKey) error {
	claims, err := r.claimsOf(ctx, tenant)
	if err != nil {
		return err
	}
	var held []string
	for i := range claims {
		abandoned, err := tenancy.Abandoned(ctx, r.Client, &claims[i])
		if err == nil && abandoned {
			abandoned, err = tenancy.Abandoned(ctx, r.Live, &claims[i])
		}
		if err != nil {
			return err
		}
		if !abandoned {
			held = append(held, claims[i].Name)
		}
	}
	return r.release(ctx, tenant, held...)
}

// settleHosts gives up every host in the table that a tenant holds or waits for but those it keeps.
func (r *TenantReconciler) settleHosts(ctx context.Context, tenant client.ObjectKey, keep []string) {
	for _, next := range r.Loader.Hosts.Settle(tenant, keep...) {
		r.wake(ctx, next)
	}
}

// wake has a tenant looked at that another's change lets go on.
func (r *TenantReconciler) wake(ctx context.Context, tenant types.NamespacedName) {
	if r.Wake == nil {
		return
	}
	woken := &v1alpha1.Tenant{}
	woken.Namespace, woken.Name = tenant.Namespace, tenant.Name
	select {
	case r.Wake <- event.GenericEvent{Object: woken}:
	case <-ctx.Done():
	}
}
