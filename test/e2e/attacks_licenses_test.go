// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// capacityNamespace is where the operator keeps who holds how much.
const capacityNamespace = "tenantry-capacity"

// licenseAttacks get more than was sold.
func licenseAttacks() []TableEntry {
	seats := changes(ofCustomer, `{"spec":{"limits":{"agents":1000}}}`)
	planned := changes(ofCustomer, `{"spec":{"planRef":{"name":"gold"}}}`)
	features := changes(ofCustomer, `{"spec":{"permissions":{"HelpCenter":true}}}`)
	resold := changes(ofCustomer, `{"spec":{"partner":{"capacity":{"agents":1000}}}}`)
	return []TableEntry{
		Entry("the partner's own capacity, by its Owner", sam, changes(ofPartner, `{"spec":{"partner":{"capacity":{"agents":1000}}}}`), sam, resold),
		Entry("the partner's own capacity, by its super admin", boss, changes(ofPartner, `{"spec":{"partner":{"capacity":null}}}`), boss, resold),
		Entry("the partner's own plan", sam, changes(ofPartner, `{"spec":{"planRef":{"name":"gold"}}}`), sam, planned),
		Entry("a reseller made of a customer, by an Editor", ed, resold, pat, resold),
		Entry("a reseller made of oneself", olga, resold, pat, resold),
		Entry("one's own seats", olga, seats, pat, seats),
		Entry("one's own plan", olga, planned, pat, planned),
		Entry("one's own features", jo, features, pat, features),
		Entry("seats, by a technician", tech, seats, tim, seats),
		Entry("a plan, by a technician", tech, sells(ofPartner), pat, sells(ofPartner)),
		Entry("a plan, by an Editor", ed, sells(ofPartner), pat, sells(ofPartner)),
		Entry("a plan, by the customer", olga, sells(ofPartner), sam, sells(ofPartner)),
		Entry("a plan in one's own place", olga, sells(ofCustomer), sam, sells(ofPartner)),
		Entry("the quota of one's own place", olga, requota, olga, lists(ofCustomer, &corev1.ResourceQuotaList{})),
		Entry("the quota of one's customer's place", sam, requota, sam, lists(ofCustomer, &corev1.ResourceQuotaList{})),
		Entry("what a tenant was given", sam, states(ofCustomer, `{"allocated":{"agents":1000}}`), sam, seats),
		Entry("what a partner was given", boss, states(ofPartner, `{"capacity":{"granted":{"agents":1000}}}`), boss, seats),
		Entry("when a trial ends", sam, states(ofCustomer, `{"trialEndsAt":"2099-01-01T00:00:00Z","trialPlan":"gold"}`), sam, planned),
		Entry("when a trial ended, as the place tells", sam, forgets, sam, planned),
		Entry("how many are on a plan", sam, statesOfPlan, sam, sells(ofPartner)),
		Entry("the books, read", sam, inCapacity(func(ctx SpecContext, as client.Client) error {
			return as.List(ctx, &corev1.ConfigMapList{}, client.InNamespace(capacityNamespace))
		}), sam, lists(ofPartner, &corev1.ConfigMapList{})),
		Entry("the books, planted", sam, inCapacity(func(ctx SpecContext, as client.Client) error { return as.Create(ctx, books(capacityNamespace)) }), sam, keeps),
		Entry("the books, burnt", boss, inCapacity(func(ctx SpecContext, as client.Client) error {
			return as.DeleteAllOf(ctx, &corev1.ConfigMap{}, client.InNamespace(capacityNamespace))
		}), boss, keeps),
	}
}

// sells is making a plan in a place.
func sells(place func(*cast) *v1alpha1.Tenant) attempt {
	return func(ctx SpecContext, c *cast, as client.Client) error {
		return as.Create(ctx, &v1alpha1.LicensePlan{
			ObjectMeta: metav1.ObjectMeta{Namespace: place(c).Status.Namespace, Name: harness.UniqueName("gold")},
			Spec:       v1alpha1.LicensePlanSpec{Model: v1alpha1.LicenseUnlimited, Capacity: &v1alpha1.Capacity{Agents: new(int32(1000))}},
		})
	}
}

// requota is raising the quota of the customer's place.
func requota(ctx SpecContext, c *cast, as client.Client) error {
	quota := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Namespace: c.customer.Status.Namespace, Name: "tenantry"}}
	return as.Patch(ctx, quota, merge(`{"spec":{"hard":{"count/tenantaccessgrants.tenantry.io":"1000"}}}`))
}

// states is writing part of a Tenant's status.
func states(tenant func(*cast) *v1alpha1.Tenant, status string) attempt {
	return func(ctx SpecContext, c *cast, as client.Client) error {
		return as.Status().Patch(ctx, tenantOf(tenant(c)), merge(`{"status":`+status+`}`))
	}
}

// statesOfPlan is writing a plan's status.
func statesOfPlan(ctx SpecContext, c *cast, as client.Client) error {
	plan := &v1alpha1.LicensePlan{ObjectMeta: metav1.ObjectMeta{Namespace: c.partner.Status.Namespace, Name: "gold"}}
	return as.Status().Patch(ctx, plan, merge(`{"status":{"allocated":{"agents":0}}}`))
}

// forgets is taking from the customer's place which trial it has had.
func forgets(ctx SpecContext, c *cast, as client.Client) error {
	place := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: c.customer.Status.Namespace}}
	return as.Patch(ctx, place, merge(`{"metadata":{"annotations":{"tenantry.io/trial":null}}}`))
}

// inCapacity is an attempt at the operator's books.
func inCapacity(try func(SpecContext, client.Client) error) attempt {
	return func(ctx SpecContext, _ *cast, as client.Client) error { return try(ctx, as) }
}

// keeps is making a ConfigMap in the partner's own place.
func keeps(ctx SpecContext, c *cast, as client.Client) error {
	return as.Create(ctx, books(c.partner.Status.Namespace))
}

func books(namespace string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: harness.UniqueName("books")}, Data: map[string]string{"books.json": "{}"}}
}
