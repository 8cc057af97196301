// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"cmp"
	"slices"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("A host that several Tenants ask for", func() {
	host := func(subdomain string) v1alpha1.Host { return v1alpha1.Host(subdomain + ".tenantry.example") }

	// routes are the namespaces from which a host is routed.
	routes := func(ctx SpecContext, host v1alpha1.Host) []string {
		GinkgoHelper()
		list := &networkingv1.IngressList{}
		Expect(admin.List(ctx, list)).To(Succeed())
		var found []string
		for _, ingress := range list.Items {
			for _, rule := range ingress.Spec.Rules {
				if rule.Host == string(host) {
					found = append(found, ingress.Namespace)
				}
			}
		}
		return found
	}

	It("gets one holder when 50 of them race, and the next in line when it goes", func(ctx SpecContext) {
		const racers, workers = 50, 16
		subdomain := harness.UniqueName("race")
		namespace := plainNamespace(ctx)
		queue := make(chan *v1alpha1.Tenant, racers)
		for range racers {
			queue <- tenantIn(ctx, namespace, harness.UniqueName("racer"), withSubdomain(subdomain))
		}
		close(queue)

		fresh := newOperator(ctx)
		var running sync.WaitGroup
		for range workers {
			running.Go(func() {
				defer GinkgoRecover()
				for tenant := range queue {
					fresh.settle(ctx, tenant)
				}
			})
		}
		running.Wait()

		all := &v1alpha1.TenantList{}
		Expect(admin.List(ctx, all, client.InNamespace(namespace))).To(Succeed())
		var holders, losers []v1alpha1.Tenant
		for _, tenant := range all.Items {
			if tenant.IsReady() {
				holders = append(holders, tenant)
				Expect(tenant.Status.Hosts).To(HaveExactElements(host(subdomain)))
				continue
			}
			losers = append(losers, tenant)
			Expect(ready(&tenant)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonHostConflict))
			Expect(tenant.Status.Hosts).To(BeEmpty())
		}
		Expect(holders).To(HaveLen(1))
		Expect(routes(ctx, host(subdomain))).To(HaveExactElements(holders[0].Status.Namespace))

		By("letting the holder ask for another")
		change(ctx, &holders[0], withSubdomain(subdomain+"-other"))
		fresh.settle(ctx, &holders[0])
		next := slices.MinFunc(losers, func(a, b v1alpha1.Tenant) int {
			return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
		})
		Expect(fresh.woken).To(Receive(HaveField("Object.GetName()", next.Name)))
		Expect(fresh.woken).NotTo(Receive(), "nobody else has anything to do")
		fresh.settle(ctx, &next)
		Expect(ready(&next)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
		Expect(routes(ctx, host(subdomain))).To(HaveExactElements(next.Status.Namespace))
	})

	It("stays with its holder over a restart, whoever is looked at first", func(ctx SpecContext) {
		subdomain := harness.UniqueName("held")
		namespace := plainNamespace(ctx)
		older := tenantIn(ctx, namespace, harness.UniqueName("older"), withSubdomain(subdomain))
		holder := tenantIn(ctx, namespace, harness.UniqueName("holder"), withSubdomain(subdomain))
		shared.settle(ctx, holder)
		shared.settle(ctx, older)
		Expect(ready(older)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonHostConflict))
		Expect(ready(older).Message).To(ContainSubstring("held by tenant %q", holder.Name))

		restarted := newOperator(ctx)
		restarted.catchUp(ctx, holder)
		restarted.recorder.take()
		Expect(restarted.look(ctx, older)).To(Succeed())
		Expect(restarted.look(ctx, holder)).To(Succeed())
		Expect(restarted.recorder.take()).To(BeEmpty())
		Expect(routes(ctx, host(subdomain))).To(HaveExactElements(holder.Status.Namespace))
	})

	DescribeTable("stays with its holder, and nobody gets it after a restart either,", func(ctx SpecContext, befall func(SpecContext, *v1alpha1.Tenant)) {
		parent := partner(ctx, withSubdomain(harness.UniqueName("sub")))
		subdomain := "holder-" + parent.Spec.Domain.Subdomain
		holder := tenantIn(ctx, parent.Status.Namespace, "holder")
		shared.settle(ctx, holder)
		held := host(subdomain)
		Expect(holder.Status.Hosts).To(HaveExactElements(held))

		befall(ctx, holder)
		Expect(holder.Status.Hosts).To(ContainElement(held))
		restarted := newOperator(ctx)
		other := root(ctx, withSubdomain(subdomain))
		restarted.settle(ctx, other)
		Expect(ready(other)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonHostConflict))
		Expect(ready(other).Message).To(And(ContainSubstring("another tenant"), Not(ContainSubstring(holder.Namespace))),
			"who else is there is nobody's business")
		Expect(len(routes(ctx, held))).To(BeNumerically("<=", 1))
	},
		Entry("while it is suspended", func(ctx SpecContext, holder *v1alpha1.Tenant) {
			change(ctx, holder, suspended)
			shared.settle(ctx, holder)
		}),
		Entry("while its portal is switched off", func(ctx SpecContext, holder *v1alpha1.Tenant) {
			change(ctx, holder, portalOff)
			shared.settle(ctx, holder)
		}),
		Entry("while its parent is no partner", func(ctx SpecContext, holder *v1alpha1.Tenant) {
			parent := shared.load(ctx, holder).Ancestors[0].DeepCopy()
			change(ctx, parent, func(t *v1alpha1.Tenant) { t.Spec.Partner = nil })
			shared.catchUp(ctx, parent)
			shared.settle(ctx, holder)
			Expect(ready(holder)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonParentNotPartner))
		}),
		Entry("while its place is being taken away", func(ctx SpecContext, holder *v1alpha1.Tenant) {
			place := placeOf(ctx, holder)
			Expect(asKubernetes().Patch(ctx, place, merge(`{"metadata":{"finalizers":["example.com/wait"]}}`))).To(Succeed())
			DeferCleanup(func(ctx SpecContext) {
				Expect(client.IgnoreNotFound(asKubernetes().Patch(ctx, place, merge(`{"metadata":{"finalizers":null}}`)))).To(Succeed())
			})
			Expect(asKubernetes().Delete(ctx, place)).To(Succeed())
			shared.catchUp(ctx, place)
			Expect(shared.look(ctx, holder)).To(Succeed())
			Expect(ready(holder)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonProvisioning))
		}),
		Entry("while it is being deleted", func(ctx SpecContext, holder *v1alpha1.Tenant) {
			Expect(admin.Delete(ctx, holder)).To(Succeed())
			Expect(shared.look(ctx, holder)).To(Succeed())
			Expect(ready(holder)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonPurging))
		}),
		Entry("while it moves to another and the quota is not enforced", func(ctx SpecContext, holder *v1alpha1.Tenant) {
			change(ctx, holder, func(t *v1alpha1.Tenant) {
				withSubdomain("moved")(t)
				suspended(t) // its quota is new
			})
			Expect(shared.look(ctx, holder)).To(Succeed())
			Expect(ready(holder)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonProvisioning))
		}),
	)

	It("goes to nobody when it is reserved", func(ctx SpecContext) {
		for _, reserved := range []string{"www", "api", "admin"} {
			tenant := root(ctx, withSubdomain(reserved))
			shared.settle(ctx, tenant)
			Expect(ready(tenant)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonHostConflict))
			Expect(ready(tenant).Message).To(ContainSubstring("reserved"))
			Expect(routed(ctx, tenant)).To(BeFalse())
		}
	})

	It("is free again when its holder is gone", func(ctx SpecContext) {
		subdomain := harness.UniqueName("free")
		holder := root(ctx, withSubdomain(subdomain))
		shared.settle(ctx, holder)
		next := root(ctx, withSubdomain(subdomain))
		shared.settle(ctx, next)
		Expect(ready(next)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonHostConflict))

		forceAway(ctx, holder)
		for len(shared.woken) > 0 {
			<-shared.woken
		}
		_, err := shared.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(holder)})
		Expect(err).NotTo(HaveOccurred())
		Expect(shared.woken).To(Receive(HaveField("Object.GetName()", next.Name)))
		shared.settle(ctx, next)
		Expect(ready(next)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
	})
})
