// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"cmp"
	"slices"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/tenancy"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("A host that several Tenants ask for", func() {
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
		Expect(claimedFor(ctx, held)).To(Equal(client.ObjectKeyFromObject(holder)))
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
				t.Spec.Limits = &v1alpha1.Limits{Agents: new(int32(7))} // its quota is new
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
		for len(shared.woken) > 0 {
			<-shared.woken
		}

		Expect(admin.Delete(ctx, holder)).To(Succeed())
		Eventually(func(g Gomega) {
			g.Expect(shared.look(ctx, holder)).To(Succeed())
			g.Expect(shared.woken).To(Receive(HaveField("Object.GetName()", next.Name)))
		}).WithContext(ctx).Should(Succeed())
		shared.settle(ctx, next)
		Expect(ready(next)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
	})

	It("is not free while the place of a Tenant that was forced away is there", func(ctx SpecContext) {
		subdomain := harness.UniqueName("forced")
		holder := root(ctx, withSubdomain(subdomain))
		shared.settle(ctx, holder)
		forceAway(ctx, holder)
		next := root(ctx, withSubdomain(subdomain))
		restarted := newOperator(ctx)
		restarted.settle(ctx, next)
		Expect(ready(next)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonHostConflict))
		Expect(routes(ctx, host(subdomain))).To(HaveExactElements(holder.Status.Namespace))
	})

	It("is free again when its holder and its place were forced away", func(ctx SpecContext) {
		subdomain := harness.UniqueName("forced")
		holder := root(ctx, withSubdomain(subdomain))
		shared.settle(ctx, holder)
		place := placeOf(ctx, holder)
		forceAway(ctx, holder)
		Expect(asKubernetes().Delete(ctx, place)).To(Succeed())
		gone(ctx, place)
		next := root(ctx, withSubdomain(subdomain))
		restarted := newOperator(ctx)
		Eventually(func(g Gomega) {
			_ = restarted.look(ctx, next)
			claim := &corev1.ConfigMap{}
			g.Expect(admin.Get(ctx, client.ObjectKey{Namespace: desired.ClaimNamespace, Name: string(host(subdomain))}, claim)).To(Succeed())
			g.Expect(tenancy.HolderOf(claim)).To(Equal(tenancy.HolderFor(next)))
		}).WithContext(ctx).Should(Succeed())
	})

	It("goes to one of two managers that both believe that they lead", func(ctx SpecContext) {
		subdomain := harness.UniqueName("twice")
		mine, theirs := root(ctx, withSubdomain(subdomain)), root(ctx, withSubdomain(subdomain))
		one, two := newOperator(ctx), newOperator(ctx)
		one.catchUp(ctx, mine, theirs)
		two.catchUp(ctx, mine, theirs)
		var running sync.WaitGroup
		for operator, tenant := range map[*operator]*v1alpha1.Tenant{one: mine, two: theirs} {
			running.Go(func() {
				defer GinkgoRecover()
				Eventually(func(g Gomega) {
					_ = operator.look(ctx, tenant)
					g.Expect(tenant.Status.Conditions).NotTo(ContainElement(HaveField("Type", v1alpha1.ConditionReconciling)))
					g.Expect(tenant.Status.ObservedGeneration).To(Equal(tenant.Generation))
				}).WithContext(ctx).Should(Succeed())
			})
		}
		running.Wait()
		holder, loser := mine, theirs
		if theirs.IsReady() {
			holder, loser = theirs, mine
		}
		Expect(ready(holder)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
		Expect(ready(loser)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonHostConflict))
		Expect(routes(ctx, host(subdomain))).To(HaveExactElements(holder.Status.Namespace))
	})
})

// host of a subdomain under the base domain.
func host(subdomain string) v1alpha1.Host { return v1alpha1.Host(subdomain + ".tenantry.example") }

// claimedFor is the Tenant that a host's claim names.
func claimedFor(ctx SpecContext, host v1alpha1.Host) client.ObjectKey {
	GinkgoHelper()
	claim := &corev1.ConfigMap{}
	Expect(admin.Get(ctx, client.ObjectKey{Namespace: desired.ClaimNamespace, Name: string(host)}, claim)).To(Succeed())
	return tenancy.HolderOf(claim).NamespacedName
}
