// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// releaseDelay is how long a host is kept after the namespace has been told that it is the tenant's no
// more: every API server must have heard of it, so that none lets in another route of the tenant's.
const releaseDelay = 2 * time.Second

// claim makes the claims of the tenant's hosts and says whether it made all of them just now. An
// object of that name is a claim that another manager made: of two, one has the host.
func (r *TenantReconciler) claim(ctx context.Context, in desired.Inputs, place desired.Place) (bool, error) {
	if !in.Host.Held && (client.ObjectKey{Namespace: in.Host.HolderNamespace, Name: in.Host.HolderName}) == client.ObjectKeyFromObject(in.Tenant) {
		return false, r.succeedFormer(ctx, in, place)
	}
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

// succeedFormer gives up what a former Tenant of the same name left behind, whose place is gone, and
// returns an error: the tenant is tried again.
func (r *TenantReconciler) succeedFormer(ctx context.Context, in desired.Inputs, place desired.Place) error {
	if err := r.forget(ctx, client.ObjectKeyFromObject(in.Tenant)); err != nil {
		return err
	}
	return &apply.ConflictError{Kind: "Namespace", Name: place.Namespace.Object.GetName(), Terminating: true}
}

// lostClaim learns who has a host that this manager believed free. A claim whose tenant and place are
// gone is removed: somebody took the finalizer away that remembered it.
func (r *TenantReconciler) lostClaim(ctx context.Context, in desired.Inputs, intent apply.Intent) error {
	host, claim := intent.Object.GetName(), &corev1.ConfigMap{}
	if err := r.Live.Get(ctx, client.ObjectKeyFromObject(intent.Object), claim); err != nil {
		return fmt.Errorf("reading the claim of host %q: %w", host, err)
	}
	removed, err := removeAbandoned(ctx, r.Client, r.Live, claim)
	if err != nil {
		return err
	}
	if removed {
		return fmt.Errorf("the claim of host %q was abandoned, and is made anew", host)
	}
	holder := tenancy.HolderOf(claim)
	if holder.NamespacedName == client.ObjectKeyFromObject(in.Tenant) {
		return formerClaim(in, claim)
	}
	r.Loader.Hosts.Lose(host, tenancy.ClaimOf(in.Tenant), tenancy.Claim{Tenant: holder, Since: claim.CreationTimestamp.Time})
	r.wake(ctx, holder.NamespacedName)
	return fmt.Errorf("host %q was claimed by another manager meanwhile", host)
}

// removeAbandoned removes a claim whose tenant, record and place are gone, by the word of live, and says
// whether it did.
func removeAbandoned(ctx context.Context, writer client.Writer, live client.Reader, claim *corev1.ConfigMap) (bool, error) {
	abandoned, err := tenancy.Abandoned(ctx, live, claim)
	if err != nil || !abandoned {
		return false, err
	}
	return true, deleteClaim(ctx, writer, claim)
}

// deleteClaim removes a claim that is still as it was looked at: it may have passed to who took the
// place back.
func deleteClaim(ctx context.Context, writer client.Writer, claim *corev1.ConfigMap) error {
	err := writer.Delete(ctx, &corev1.ConfigMap{ObjectMeta: *claim.ObjectMeta.DeepCopy()},
		client.Preconditions{UID: &claim.UID, ResourceVersion: &claim.ResourceVersion})
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("giving up host %q: %w", claim.Name, err)
	}
	return nil
}

// formerClaim is the error of a claim that bears the tenant's own name: of its own, which the cache does
// not have yet, or of a former tenant whose place is going and takes the claim with it.
func formerClaim(in desired.Inputs, claim *corev1.ConfigMap) error {
	if tenancy.HolderOf(claim) == tenancy.HolderFor(in.Tenant) {
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

// giveUp releases the hosts that a tenant does not keep, once its namespace has said so for a while. The
// routes of such a host in its place go first, the tenant's own too. Told says that the namespace has
// only just been told; the host is given up later then.
func (r *TenantReconciler) giveUp(ctx context.Context, in desired.Inputs, place desired.Place, keep []string, told bool) (again time.Duration, err error) {
	holder := tenancy.HolderFor(in.Tenant)
	claims, err := r.claimsOf(ctx, holder)
	if err != nil {
		return 0, err
	}
	var hosts []string
	for i := range claims {
		if !slices.Contains(keep, claims[i].Name) {
			hosts = append(hosts, claims[i].Name)
		}
	}
	if len(hosts) > 0 {
		if told {
			return releaseDelay, nil
		}
		if err := r.dropRoutes(ctx, in, place.Namespace.Object.GetName(), hosts); err != nil {
			return 0, err
		}
	}
	return 0, r.releaseClaims(ctx, holder, claims, keep)
}

// release gives up what a tenant holds and waits for beside the hosts that it keeps, and wakes who
// gets it. It comes after no route leads there any more.
func (r *TenantReconciler) release(ctx context.Context, tenant tenancy.Holder, keep ...string) error {
	claims, err := r.claimsOf(ctx, tenant)
	if err != nil {
		return err
	}
	return r.releaseClaims(ctx, tenant, claims, keep)
}

func (r *TenantReconciler) releaseClaims(ctx context.Context, tenant tenancy.Holder, claims []corev1.ConfigMap, keep []string) error {
	for i := range claims {
		if claim := &claims[i]; !slices.Contains(keep, claim.Name) {
			if err := deleteClaim(ctx, r.Client, claim); err != nil {
				return err
			}
		}
	}
	r.wakeAll(ctx, r.Loader.Hosts.Settle(tenant, keep...))
	return nil
}

// keepHosts gives up nothing that a tenant holds, and its place in every line.
func (r *TenantReconciler) keepHosts(ctx context.Context, tenant tenancy.Holder) error {
	claims, err := r.claimsOf(ctx, tenant)
	if err != nil {
		return err
	}
	held := make([]string, 0, len(claims))
	for i := range claims {
		held = append(held, claims[i].Name)
	}
	r.wakeAll(ctx, r.Loader.Hosts.Settle(tenant, held...))
	return nil
}

// claimsOf are the claims of one Tenant, and not of another of its name, from the cache: they must not
// be changed.
func (r *TenantReconciler) claimsOf(ctx context.Context, tenant tenancy.Holder) ([]corev1.ConfigMap, error) {
	return tenancy.ClaimsOf(ctx, r.Client, tenant)
}

// forget gives up what the Tenants of a name that is nobody's any more waited for, and what they hold,
// where neither a record nor their place is there any more.
func (r *TenantReconciler) forget(ctx context.Context, name client.ObjectKey) error {
	claims, err := tenancy.ClaimsOfName(ctx, r.Client, name)
	if err != nil {
		return err
	}
	var held []string
	for i := range claims {
		abandoned, err := tenancy.Abandoned(ctx, r.Client, &claims[i])
		if err == nil && abandoned {
			abandoned, err = removeAbandoned(ctx, r.Client, r.Live, &claims[i])
		}
		if err != nil {
			return err
		}
		if !abandoned {
			held = append(held, claims[i].Name)
		}
	}
	r.wakeAll(ctx, r.Loader.Hosts.Forget(name, held...))
	return nil
}

// passClaims makes the hosts of one Tenant those of another of its name, with whose place they go.
func (r *TenantReconciler) passClaims(ctx context.Context, from tenancy.Holder, to tenancy.Claim) error {
	claims, err := r.claimsOf(ctx, from)
	if err != nil {
		return err
	}
	for i := range claims {
		changed := claims[i].DeepCopy()
		changed.Annotations[v1alpha1.AnnotationTenantUID] = string(to.Tenant.UID)
		patch := client.MergeFromWithOptions(&claims[i], client.MergeFromWithOptimisticLock{})
		if err := r.Client.Patch(ctx, changed, patch, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
			return fmt.Errorf("passing host %q on: %w", changed.Name, err)
		}
	}
	r.Loader.Hosts.Succeed(from, to)
	return nil
}

func (r *TenantReconciler) wakeAll(ctx context.Context, tenants []tenancy.Holder) {
	for _, tenant := range tenants {
		r.wake(ctx, tenant.NamespacedName)
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
