// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// setup watches profiles, who bears them, and how mails to their mail servers went.
func (r *WhiteLabelProfileReconciler) setup(mgr ctrl.Manager, cfg *configv1alpha1.Configuration, mails <-chan event.GenericEvent) error {
	related := mapper{reader: mgr.GetClient()}
	return ctrl.NewControllerManagedBy(mgr).
		Named("whitelabelprofile").
		For(&v1alpha1.WhiteLabelProfile{}, builder.WithPredicates(changesProfile())).
		Watches(&v1alpha1.WhiteLabelProfile{}, after(brandBatch, related.profileToDefaults), builder.WithPredicates(changesDefault())).
		Watches(&v1alpha1.Tenant{}, after(brandBatch, tenantToProfiles), builder.WithPredicates(changesWorn())).
		Watches(&v1alpha1.Tenant{}, handler.EnqueueRequestsFromMapFunc(related.profilesInPlace), builder.WithPredicates(becomesPartner())).
		WatchesRawSource(source.Channel(mails, &handler.EnqueueRequestForObject{})).
		WithOptions(options(cfg.Workers)).
		Complete(r)
}

// changesProfile lets events of profiles through that change what they say.
func changesProfile() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld.(*v1alpha1.WhiteLabelProfile), e.ObjectNew.(*v1alpha1.WhiteLabelProfile)
		return before.Generation != after.Generation || before.UID != after.UID || before.IsDefault() != after.IsDefault() ||
			(before.DeletionTimestamp == nil) != (after.DeletionTimestamp == nil)
	}}
}

// changesDefault lets events of profiles through that may change which one is its namespace's default.
func changesDefault() predicate.Predicate {
	isDefault := func(object client.Object) bool { return object.(*v1alpha1.WhiteLabelProfile).IsDefault() }
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return !e.IsInInitialList && isDefault(e.Object) },
		UpdateFunc: func(e event.UpdateEvent) bool {
			return isDefault(e.ObjectOld) != isDefault(e.ObjectNew) || isDefault(e.ObjectNew) && changesProfile().Update(e)
		},
		DeleteFunc: func(e event.DeleteEvent) bool { return isDefault(e.Object) },
	}
}

// changesLook lets events of profiles through that change what the tenants that bear them have: what they say, and
// their pictures, which their status tells of.
func changesLook() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return !e.IsInInitialList }, // all Tenants are looked at then
		UpdateFunc: func(e event.UpdateEvent) bool {
			before, after := e.ObjectOld.(*v1alpha1.WhiteLabelProfile), e.ObjectNew.(*v1alpha1.WhiteLabelProfile)
			return changesProfile().Update(e) || !equality.Semantic.DeepEqual(before.Status.Images, after.Status.Images)
		},
	}
}

// changesWorn lets a Tenant's events through that change how many bear a profile.
func changesWorn() predicate.Predicate {
	none := types.NamespacedName{}
	worn := func(object client.Object) types.NamespacedName { return tenancy.WornBy(object.(*v1alpha1.Tenant)) }
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return !e.IsInInitialList && worn(e.Object) != none },
		UpdateFunc: func(e event.UpdateEvent) bool { return worn(e.ObjectOld) != worn(e.ObjectNew) },
		DeleteFunc: func(e event.DeleteEvent) bool { return worn(e.Object) != none },
	}
}

// becomesPartner lets a Tenant's events through after which profiles in its place have an effect, or have none any more.
func becomesPartner() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: never[event.CreateEvent],
		UpdateFunc: func(e event.UpdateEvent) bool {
			return (e.ObjectOld.(*v1alpha1.Tenant).Spec.Partner == nil) != (e.ObjectNew.(*v1alpha1.Tenant).Spec.Partner == nil)
		},
		DeleteFunc:  never[event.DeleteEvent],
		GenericFunc: never[event.GenericEvent],
	}
}

// changesBrand lets a Tenant's events through that change what those have that copy their brand from it.
func changesBrand() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return !e.IsInInitialList },
		UpdateFunc: func(e event.UpdateEvent) bool {
			before, after := e.ObjectOld.(*v1alpha1.Tenant), e.ObjectNew.(*v1alpha1.Tenant)
			return before.UID != after.UID || before.Status.WhiteLabelProfile != after.Status.WhiteLabelProfile ||
				!equality.Semantic.DeepEqual(before.Spec.WhiteLabel, after.Spec.WhiteLabel)
		},
	}
}

// tenantToProfiles maps a Tenant to the profiles that it bears, and bore.
func tenantToProfiles(_ context.Context, before, after client.Object) []reconcile.Request {
	var requests []reconcile.Request
	for _, object := range []client.Object{before, after} {
		if object == nil {
			continue
		}
		if worn := tenancy.WornBy(object.(*v1alpha1.Tenant)); worn.Name != "" {
			requests = append(requests, reconcile.Request{NamespacedName: worn})
		}
	}
	return requests
}

// profileToDefaults maps a profile to those beside it that are marked as the default too.
func (m mapper) profileToDefaults(ctx context.Context, before, after client.Object) []reconcile.Request {
	return m.profiles(ctx, client.InNamespace(either(before, after).GetNamespace()), client.MatchingFields{tenancy.IndexDefaultBrand: tenancy.DefaultBrands})
}

// profilesInPlace maps a Tenant to the profiles in its place.
func (m mapper) profilesInPlace(ctx context.Context, object client.Object) []reconcile.Request {
	place := object.(*v1alpha1.Tenant).Status.Namespace
	if place == "" {
		return nil
	}
	return m.profiles(ctx, client.InNamespace(place))
}

// profiles are requests for those that are listed.
func (m mapper) profiles(ctx context.Context, options ...client.ListOption) []reconcile.Request {
	list := &v1alpha1.WhiteLabelProfileList{}
	if err := m.reader.List(ctx, list, append(options, client.UnsafeDisableDeepCopy)...); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Listing profiles to look at again")
		return nil
	}
	var requests []reconcile.Request
	for i := range list.Items {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
	}
	return requests
}

// profileToTenants maps a profile to the Tenants that it concerns: those that name or bear it and, of one that is, or
// was, its namespace's default, all that say nothing else.
func (m mapper) profileToTenants(ctx context.Context, before, after client.Object) []reconcile.Request {
	profile := either(before, after)
	key := client.ObjectKeyFromObject(profile)
	concerned := m.tenants(ctx, client.MatchingFields{tenancy.IndexBrand: key.String()})
	for _, version := range []client.Object{before, after} {
		if version != nil && version.(*v1alpha1.WhiteLabelProfile).IsDefault() {
			concerned = append(concerned, m.tenants(ctx, client.InNamespace(key.Namespace))...)
			break
		}
	}
	requests, known := []reconcile.Request{}, map[types.NamespacedName]bool{}
	for _, tenant := range concerned {
		own := client.ObjectKeyFromObject(tenant)
		if !known[own] {
			known[own] = true
			requests = append(requests, reconcile.Request{NamespacedName: own})
		}
	}
	return requests
}

// toCopiers maps a Tenant to those that copy their brand from it, and to those that copy it from these.
func (m mapper) toCopiers(ctx context.Context, object client.Object) []reconcile.Request {
	var requests []reconcile.Request
	known := map[string]bool{object.GetName(): true}
	for asked := []string{object.GetName()}; len(asked) > 0; asked = asked[1:] {
		for _, copier := range m.tenants(ctx, client.InNamespace(object.GetNamespace()), client.MatchingFields{tenancy.IndexCopies: asked[0]}) {
			if known[copier.Name] {
				continue
			}
			known[copier.Name] = true
			asked = append(asked, copier.Name)
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(copier)})
		}
	}
	return requests
}
