// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("A Tenant in a place whose owner is no partner (F01)", func() {
	It("gets nothing until its parent is one", func(ctx SpecContext) {
		parent := root(ctx)
		child := await(ctx, newTenant(ctx, parent.Status.Namespace, "child"), beStalled(v1alpha1.ReasonParentNotPartner))
		Expect(child.Status.Phase).To(Equal(v1alpha1.PhasePending))
		Expect(child.Status.Namespace).To(BeEmpty())
		Expect(message(child)).To(And(ContainSubstring("tenant %q, which is no partner", parent.Name), ContainSubstring("set spec.partner on it")))
		Expect(admin.Get(ctx, client.ObjectKey{Name: parent.Status.Namespace + "-child"}, &corev1.Namespace{})).NotTo(Succeed())

		change(ctx, parent, asPartner, beReady())
		await(ctx, child, beReady())
	})

	It("says so when its parent ceases to be one, and keeps what it has until it is again", func(ctx SpecContext) {
		parent := partner(ctx)
		child := customer(ctx, parent, "child")
		place := child.Status.Namespace
		Expect(admin.Create(ctx, volume(child, "data", "1Gi"))).To(Succeed())

		change(ctx, parent, func(t *v1alpha1.Tenant) { t.Spec.Partner = nil }, beReady())
		await(ctx, child, beStalled(v1alpha1.ReasonParentNotPartner))
		Expect(child.Status.Namespace).To(Equal(place))
		Expect(get(ctx, child, "data", &corev1.PersistentVolumeClaim{}).DeletionTimestamp).To(BeNil())

		change(ctx, parent, asPartner, beReady())
		await(ctx, child, beReady())
		Expect(child.Status.Namespace).To(Equal(place))
	})
})

var _ = Describe("A namespace that somebody else has", func() {
	// contents are the objects of the kinds that the operator makes, with their versions.
	contents := func(ctx SpecContext, namespace string) map[string]string {
		GinkgoHelper()
		found := map[string]string{}
		for _, list := range []client.ObjectList{
			&corev1.SecretList{}, &corev1.ServiceList{}, &corev1.LimitRangeList{}, &corev1.ResourceQuotaList{}, &corev1.ConfigMapList{},
			&networkingv1.IngressList{}, &networkingv1.NetworkPolicyList{}, &rbacv1.RoleBindingList{},
		} {
			Expect(admin.List(ctx, list, client.InNamespace(namespace))).To(Succeed())
			Expect(eachOf(list, func(object client.Object) {
				found[kindOf(object)+"/"+object.GetName()] = object.GetResourceVersion()
			})).To(Succeed())
		}
		return found
	}
	untouched := func(ctx SpecContext, namespace string, do func()) {
		GinkgoHelper()
		before, after := &corev1.Namespace{}, &corev1.Namespace{}
		Expect(admin.Get(ctx, client.ObjectKey{Name: namespace}, before)).To(Succeed())
		had := contents(ctx, namespace)
		do()
		Expect(admin.Get(ctx, client.ObjectKey{Name: namespace}, after)).To(Succeed())
		Expect(after).To(Equal(before))
		Expect(contents(ctx, namespace)).To(Equal(had))
	}
	refused := func(ctx SpecContext, tenant *v1alpha1.Tenant, namespace string) {
		GinkgoHelper()
		await(ctx, tenant, beStalled(v1alpha1.ReasonNamespaceConflict))
		Expect(tenant.Status).To(And(
			HaveField("Phase", v1alpha1.PhasePending),
			HaveField("Namespace", BeEmpty()),
			HaveField("URL", BeEmpty()),
		))
		Expect(message(tenant)).To(And(
			ContainSubstring("namespace %q exists and is not this tenant's", namespace),
			ContainSubstring("make the tenant under another name"),
		))
		Expect(admin.Delete(ctx, tenant)).To(Succeed())
		gone(ctx, tenant)
	}

	DescribeTable("is not touched, there or not, when it is one that the cluster trusts:", func(ctx SpecContext, name string, there bool) {
		look := func(do func()) { do() }
		if there {
			look = func(do func()) { untouched(ctx, name, do) }
		}
		look(func() {
			tenant := await(ctx, newTenant(ctx, platform(ctx), name, asPartner), beStalled(v1alpha1.ReasonInvalidName))
			Expect(tenant.Status).To(And(HaveField("Namespace", BeEmpty()), HaveField("URL", BeEmpty())))
			Expect(message(tenant)).To(And(ContainSubstring("kept for the cluster's own parts"), ContainSubstring("make the tenant under another name")))
			Expect(admin.Delete(ctx, tenant)).To(Succeed())
			gone(ctx, tenant)
		})
		if !there {
			missing(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
		}
	},
		Entry("the parent of kube-system's name, by which a partner would get at that", "kube", false),
		Entry("the parent of tenantry-system's name", "tenantry", false),
		Entry("everybody's", "default", true),
		Entry("the edge's, whose pods are let into every place", "traefik", false),
	)

	It("is not touched when it is another partner's", func(ctx SpecContext) {
		other := partner(ctx)
		untouched(ctx, other.Name, func() {
			refused(ctx, newTenant(ctx, platform(ctx), other.Name, asPartner), other.Name)
		})
		await(ctx, other, beReady())
	})

	It("is not touched when it is another partner's customer's, whose names only happen to add up to it", func(ctx SpecContext) {
		distributor := partner(ctx)
		reseller := customer(ctx, distributor, "a", asPartner)
		theirs := customer(ctx, reseller, "b")
		untouched(ctx, theirs.Status.Namespace, func() {
			refused(ctx, newTenant(ctx, distributor.Status.Namespace, "a-b"), theirs.Status.Namespace)
		})
		await(ctx, theirs, beReady())
	})

	It("becomes a place when it is gone and made anew, without anybody's help", func(ctx SpecContext) {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: harness.UniqueName("taken")}}
		Expect(admin.Create(ctx, namespace)).To(Succeed())
		waiting := await(ctx, newTenant(ctx, platform(ctx), namespace.Name), beStalled(v1alpha1.ReasonNamespaceConflict))
		Expect(admin.Delete(ctx, namespace)).To(Succeed())
		await(ctx, waiting, beReady())
		Expect(waiting.Status.Conditions).NotTo(ContainElement(HaveField("Type", v1alpha1.ConditionStalled)))
	})

	It("goes to the next when its tenant is deleted", func(ctx SpecContext) {
		first := root(ctx)
		second := await(ctx, newTenant(ctx, platform(ctx), first.Name), beStalled(v1alpha1.ReasonNamespaceConflict))
		Expect(admin.Delete(ctx, first)).To(Succeed())
		await(ctx, second, beReady())
		Expect(placeOf(ctx, second).Annotations).To(HaveKeyWithValue("tenantry.io/tenant-uid", string(second.UID)))
	})
})

var _ = Describe("A host that another has", func() {
	It("stays where it is until it is released, and then goes to the next in line", func(ctx SpecContext) {
		namespace, wanted := platform(ctx), harness.UniqueName("wanted")
		host := wanted + ".tenantry.example"
		make := func(tenant string) *v1alpha1.Tenant {
			return newTenant(ctx, namespace, harness.UniqueName(tenant), subdomain(wanted))
		}
		holder := await(ctx, make("holder"), beReady())
		waits := have(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonHostConflict)
		next := await(ctx, make("a"), waits)
		last := await(ctx, make("z"), waits)
		for _, tenant := range []*v1alpha1.Tenant{next, last} {
			Expect(message(tenant)).To(And(
				ContainSubstring("host %q is held by tenant %q", host, holder.Name),
				ContainSubstring("set another spec.domain.subdomain"),
			))
			Expect(tenant.Status.Phase).To(Equal(v1alpha1.PhasePending))
			Expect(condition(tenant, v1alpha1.ConditionStalled)).To(BeZero(), "it goes on by itself")
			Expect(get(ctx, tenant, "tenantry", &corev1.ResourceQuota{})).NotTo(BeNil(), "the place is made all the same")
			Expect(hostsOf(ctx, tenant.Status.Namespace)).To(BeEmpty())
		}
		Expect(hostsOf(ctx, holder.Status.Namespace)).To(HaveExactElements(host))

		By("letting the holder take another")
		change(ctx, holder, subdomain(wanted+"-new"), beReady())
		await(ctx, next, beReady())
		Expect(hostsOf(ctx, next.Status.Namespace)).To(HaveExactElements(host))
		await(ctx, last, waits)

		By("deleting the holder")
		Expect(admin.Delete(ctx, next)).To(Succeed())
		await(ctx, last, beReady())

		By("letting the one that waits take another itself")
		back := await(ctx, make("back"), waits)
		change(ctx, back, subdomain(wanted+"-own"), beReady())
	})

	It("is not named for another partner's tenant", func(ctx SpecContext) {
		holder := root(ctx)
		other := await(ctx, newTenant(ctx, platform(ctx), harness.UniqueName("other"), subdomain(holder.Name)),
			have(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonHostConflict))
		Expect(message(other)).To(And(ContainSubstring("held by another tenant"), Not(ContainSubstring(holder.Namespace))))
		Expect(strings.Count(message(other), holder.Name)).To(Equal(1), "the host itself")
	})

	It("can't be got by a name that is reserved", func(ctx SpecContext) {
		tenant := await(ctx, newRoot(ctx, subdomain("www")),
			have(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonHostConflict))
		Expect(message(tenant)).To(ContainSubstring(`host "www.tenantry.example" is reserved`))
	})
})

var _ = Describe("What a Tenant refers to and nobody serves", func() {
	DescribeTable("is named in a condition of its own, while the place is made all the same:",
		func(ctx SpecContext, ask func(*v1alpha1.Tenant), kind, field string) {
			tenant := await(ctx, newRoot(ctx, ask), And(
				have(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonUnresolved),
				have(kind, metav1.ConditionFalse, v1alpha1.ReasonUnresolved),
			))
			Expect(condition(tenant, kind).Message).To(HavePrefix(field))
			for _, other := range []string{v1alpha1.ConditionAccessReady, v1alpha1.ConditionLicenseReady, v1alpha1.ConditionDomainSecure, v1alpha1.ConditionWhiteLabelReady} {
				if other != kind {
					Expect(condition(tenant, other).Status).To(Equal(metav1.ConditionTrue), other)
				}
			}
			Expect(hostsOf(ctx, tenant.Status.Namespace)).To(HaveExactElements(tenant.Name + ".tenantry.example"))

			change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec = v1alpha1.TenantSpec{} }, beReady())
		},
		Entry("a brand", func(t *v1alpha1.Tenant) {
			t.Spec.WhiteLabel = &v1alpha1.WhiteLabel{ProfileRef: &v1alpha1.LocalReference{Name: "acme-brand"}}
		}, v1alpha1.ConditionWhiteLabelReady, "spec.whiteLabel"),
		Entry("a sibling's brand", func(t *v1alpha1.Tenant) {
			t.Spec.WhiteLabel = &v1alpha1.WhiteLabel{CopyFrom: &v1alpha1.TenantReference{Name: "sibling"}}
		}, v1alpha1.ConditionWhiteLabelReady, "spec.whiteLabel"),
	)

	It("is a region that is not configured, too: there is nowhere to put the data", func(ctx SpecContext) {
		tenant := await(ctx, newRoot(ctx, func(t *v1alpha1.Tenant) { t.Spec.Region = "atlantis" }),
			have(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonUnresolved))
		Expect(message(tenant)).To(And(ContainSubstring(`region "atlantis" is not configured`), ContainSubstring("configured: eu-west, us-east")))
		Expect(tenant.Status.Namespace).To(BeEmpty())
	})
})
