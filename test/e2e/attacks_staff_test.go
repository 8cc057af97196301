// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"

	. "github.com/onsi/ginkgo/v2"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// staffAttacks are those of a partner's staff in its own place.
func staffAttacks() []TableEntry {
	rename := changes(ofCustomer, `{"spec":{"displayName":"Other"}}`)
	tier := changes(ofCustomer, `{"metadata":{"labels":{"tier":"gold"}}}`)
	kept := changes(ofCustomer, `{"spec":{"retainFor":"0s"}}`)
	purged := changes(ofCustomer, `{"metadata":{"annotations":{"tenantry.io/purge":"cybercorp"}}}`)
	return []TableEntry{
		Entry("a customer labelled into a technician's selector, by an Editor", ed, tier, pat, tier),
		Entry("how long a place is kept, by an Editor", ed, kept, pat, kept),
		Entry("a purge, by an Editor", ed, purged, pat, purged),
		Entry("seats, by an Editor", ed, changes(ofCustomer, `{"spec":{"limits":{"agents":1000}}}`), ed, rename),
		Entry("the customer's people, by an Editor", ed, changes(ofCustomer, `{"spec":{"customerAccess":"Disabled"}}`), ed, rename),
		Entry("whether a customer is served, by an Editor", ed, changes(ofCustomer, `{"spec":{"portal":{"active":false}}}`), ed, rename),
		Entry("a first administrator, by an Editor", ed, changes(ofCustomer, `{"spec":{"admin":{"username":"eve"}}}`), ed, rename),
		Entry("a new tenant, by an Editor", ed, creates(), pat, creates()),
		Entry("a tenant's end, by an Editor", ed, ends, pat, ends),
		Entry("the super admin, by an Editor", ed, changes(ofCustomer, `{"spec":{"superAdmin":"eve"}}`), ed, rename),
		Entry("the super admin, by an Admin", pat, changes(ofCustomer, `{"spec":{"superAdmin":"eve"}}`), boss, changes(ofCustomer, `{"spec":{"superAdmin":"eve"}}`)),
		Entry("the super admin, by an Owner", sam, changes(ofCustomer, `{"spec":{"superAdmin":"eve"}}`), sam, rename),
		Entry("whose a tenant is", pat, changes(ofCustomer, `{"metadata":{"labels":{"tenantry.io/parent":"other"}}}`), pat, tier),
		Entry("a tenant's status", sam, statusOfTenant(ofCustomer), sam, rename),
		Entry("staff, by an Admin", pat, grants(ofPartner, v1alpha1.RoleReporter), pat, grants(ofPartner, v1alpha1.RoleReporter, delegated)),
		Entry("one's own role, by an Admin", pat, edits(ofPartner, pat, `{"spec":{"role":"Owner"}}`), sam, edits(ofPartner, pat, `{"spec":{"role":"Owner"}}`)),
		Entry("an Owner's end, by an Admin", pat, removes(ofPartner, sam), pat, removes(ofPartner, tech)),
		Entry("a technician made staff", pat, edits(ofPartner, tech, `{"spec":{"tenants":null}}`), pat, edits(ofPartner, tech, `{"spec":{"tenants":{"names":["initech"]}}}`)),
		Entry("staff made a technician", sam, edits(ofPartner, pat, `{"spec":{"tenants":{"names":["initech"]}}}`), sam, edits(ofPartner, pat, `{"spec":{"suspend":true}}`)),
		Entry("an Owner's delegation, by an Admin", pat, grants(ofPartner, v1alpha1.RoleOwner, delegated), sam, grants(ofPartner, v1alpha1.RoleOwner, delegated)),
		Entry("a technician raised to Owner, by an Admin", pat, edits(ofPartner, tech, `{"spec":{"role":"Owner"}}`), sam, edits(ofPartner, tech, `{"spec":{"role":"Owner"}}`)),
		Entry("prices, by an Admin", pat, lists(ofPartner, &v1alpha1.PriceListList{}), pat, lists(ofPartner, &v1alpha1.LicensePlanList{})),
		Entry("prices, by an Owner", sam, lists(ofPartner, &v1alpha1.PriceListList{}), boss, lists(ofPartner, &v1alpha1.PriceListList{})),
	}
}

// outwardAttacks reach beside the place: a sibling's, the partner's, another partner's, the platform's.
func outwardAttacks() []TableEntry {
	tenants, secrets := &v1alpha1.TenantList{}, &corev1.SecretList{}
	return []TableEntry{
		Entry("a sibling's secrets", jo, lists(ofSibling, secrets), jo, lists(ofCustomer, secrets)),
		Entry("the partner's plans", olga, lists(ofPartner, &v1alpha1.LicensePlanList{}), pat, lists(ofPartner, &v1alpha1.LicensePlanList{})),
		Entry("the partner's prices", olga, lists(ofPartner, &v1alpha1.PriceListList{}), boss, lists(ofPartner, &v1alpha1.PriceListList{})),
		Entry("the partner's other customers", olga, lists(ofPartner, tenants), ed, lists(ofPartner, tenants)),
		Entry("the partner's other customers, by a technician", tech, lists(ofPartner, tenants), tech, lists(ofCustomer, secrets)),
		Entry("a customer that is not delegated", tech, lists(ofSibling, secrets), tech, lists(ofCustomer, secrets)),
		Entry("one's own Tenant", olga, changes(ofCustomer, `{"spec":{"displayName":"Mine"}}`), ed, changes(ofCustomer, `{"spec":{"displayName":"Mine"}}`)),
		Entry("all tenants", sam, everywhere(&v1alpha1.TenantList{}), sam, lists(ofPartner, tenants)),
		Entry("the platform's tenants", sam, inHome(&v1alpha1.TenantList{}), sam, lists(ofPartner, tenants)),
		Entry("one's own partner's Tenant", sam, changes(ofPartner, `{"spec":{"limits":{"agents":1000}}}`), sam, changes(ofCustomer, `{"spec":{"limits":{"agents":1000}}}`)),
		Entry("another partner's tenants", sam, lists(ofRival, tenants), sam, lists(ofPartner, tenants)),
		Entry("another partner's customer's secrets", pat, lists(ofRivals, secrets), pat, lists(ofCustomer, secrets)),
		Entry("a Tenant at another partner's", pat, createsAt(ofRival), mallory, createsAt(ofRival)),
		Entry("another partner's customer", boss, changes(ofRivals, `{"spec":{"superAdmin":"eve"}}`), boss, changes(ofCustomer, `{"spec":{"superAdmin":"eve"}}`)),
		Entry("a grant at another partner's", sam, grants(ofRival, v1alpha1.RoleViewer, themselves(sam)), sam, grants(ofPartner, v1alpha1.RoleViewer, themselves(sam))),
		Entry("a grant at another partner's customer's", sam, grants(ofRivals, v1alpha1.RoleViewer, themselves(sam)), sam, grants(ofCustomer, v1alpha1.RoleViewer, themselves(sam))),
		Entry("whoever else is let in", ivan, lists(ofCustomer, &v1alpha1.TenantAccessGrantList{}), kim, lists(ofCustomer, &v1alpha1.TenantAccessGrantList{})),
		Entry("the cluster's nodes", sam, everywhere(&corev1.NodeList{}), sam, lists(ofCustomer, &corev1.PodList{})),
		Entry("all namespaces", sam, everywhere(&corev1.NamespaceList{}), sam, lists(ofCustomer, &corev1.PodList{})),
	}
}

// lists is reading all of a kind in a place.
func lists(place func(*cast) *v1alpha1.Tenant, list client.ObjectList) attempt {
	return func(ctx SpecContext, c *cast, as client.Client) error {
		return as.List(ctx, list, client.InNamespace(place(c).Status.Namespace))
	}
}

// everywhere is reading all of a kind in the whole cluster.
func everywhere(list client.ObjectList) attempt {
	return func(ctx SpecContext, _ *cast, as client.Client) error { return as.List(ctx, list) }
}

// inHome is reading all of a kind where the partners lie.
func inHome(list client.ObjectList) attempt {
	return func(ctx SpecContext, _ *cast, as client.Client) error {
		return as.List(ctx, list, client.InNamespace(home))
	}
}

// ends is deleting the customer.
func ends(ctx SpecContext, c *cast, as client.Client) error {
	return as.Delete(ctx, tenantOf(c.customer))
}

// createsAt is making a Tenant in a partner's place.
func createsAt(place func(*cast) *v1alpha1.Tenant) attempt {
	return func(ctx SpecContext, c *cast, as client.Client) error {
		return as.Create(ctx, named(place(c).Status.Namespace, harness.UniqueName("new")))
	}
}

// statusOfTenant is written by somebody in every way that there is.
func statusOfTenant(tenant func(*cast) *v1alpha1.Tenant) attempt {
	return func(ctx SpecContext, c *cast, as client.Client) error {
		patched := as.Status().Patch(ctx, tenantOf(tenant(c)), merge(`{"status":{"superAdmin":"eve"}}`))
		updated := as.Status().Update(ctx, tenant(c).DeepCopy())
		if !apierrors.IsForbidden(updated) {
			return errors.New("an update of the status is not forbidden")
		}
		return patched
	}
}
