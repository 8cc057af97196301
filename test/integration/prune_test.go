// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/desired"
)

var _ = Describe("Suspending and resuming", func() {
	It("closes the way in first, and opens it last", func(ctx SpecContext) {
		tenant := root(ctx)
		shared.settle(ctx, tenant)
		before := owned(ctx, tenant)

		change(ctx, tenant, suspended)
		shared.recorder.take()
		Expect(shared.look(ctx, tenant)).To(Succeed())
		Expect(shared.recorder.take()).To(HaveExactElements(
			"delete rolebindings tenantry:owner", "delete ingresses portal", "create resourcequotas", "patch tenants/status "+tenant.Name))
		shared.settle(ctx, tenant)
		Expect(ready(tenant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonSuspended))
		Expect(tenant.Status.Phase).To(Equal(v1alpha1.PhaseSuspended))
		Expect(tenant.Status.Hosts).To(HaveLen(1), "the host stays the tenant's")

		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.Suspend = false })
		shared.recorder.take()
		shared.settle(ctx, tenant)
		Expect(shared.recorder.takeWrites()).To(HaveExactElements(
			"create rolebindings", "create ingresses", "delete resourcequotas suspended", "patch tenants/status "+tenant.Name))
		for resource, object := range owned(ctx, tenant) {
			if resource != "ingresses" {
				Expect(object.GetUID()).To(Equal(before[resource].GetUID()), resource)
			}
			Expect(content(object)).To(Equal(content(before[resource])), resource)
		}
	})

	DescribeTable("closes a place all the same,", func(ctx SpecContext, spoil func(SpecContext, *v1alpha1.Tenant, *v1alpha1.Tenant), reason string) {
		parent := partner(ctx)
		tenant := tenantIn(ctx, parent.Status.Namespace, "child")
		shared.settle(ctx, tenant)
		Expect(routed(ctx, tenant)).To(BeTrue())

		spoil(ctx, parent, tenant)
		Expect(shared.look(ctx, tenant)).To(Succeed())
		Expect(ready(tenant)).To(haveReason(metav1.ConditionFalse, reason))
		Expect(routed(ctx, tenant)).To(BeFalse())
		Expect(admin.Get(ctx, client.ObjectKey{Namespace: tenant.Status.Namespace, Name: desired.SuspendedName}, &corev1.ResourceQuota{})).To(Succeed())
	},
		Entry("when its partner is lost", func(ctx SpecContext, parent, _ *v1alpha1.Tenant) {
			forceAway(ctx, parent)
		}, v1alpha1.ReasonParentNotPartner),
		Entry("when its parent is no partner any more and it is suspended", func(ctx SpecContext, parent, tenant *v1alpha1.Tenant) {
			change(ctx, parent, func(t *v1alpha1.Tenant) { t.Spec.Partner = nil })
			shared.catchUp(ctx, parent)
			change(ctx, tenant, suspended)
		}, v1alpha1.ReasonParentNotPartner),
	)

	It("ends what runs, once nothing new can start", func(ctx SpecContext) {
		tenant := root(ctx)
		shared.settle(ctx, tenant)
		pod := newPod(tenant.Status.Namespace, "web")
		Eventually(admin.Create).WithContext(ctx).WithArguments(pod).Should(Succeed(), "once the account is there that it runs as")

		change(ctx, tenant, suspended)
		shared.recorder.onRequest(func(sent request) {
			if sent.String() != "deletecollection pods" {
				return
			}
			defer GinkgoRecover()
			Expect(admin.Create(ctx, newPod(tenant.Status.Namespace, "late"))).To(MatchError(ContainSubstring("exceeded quota: suspended")))
		})
		defer shared.recorder.onRequest(nil)
		shared.recorder.take()
		shared.settle(ctx, tenant)
		Expect(shared.recorder.take()).To(ContainElement("deletecollection pods"))
		gone(ctx, pod)
	})
})

var _ = Describe("What lies in a place and nobody wants", func() {
	stray := func(ctx SpecContext, namespace, name string, labels map[string]string) *corev1.ConfigMap {
		GinkgoHelper()
		object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: labels}}
		Expect(asKubernetes().Create(ctx, object)).To(Succeed())
		return object
	}

	It("goes when it is the tenant's own, and bears a name that the operator gives", func(ctx SpecContext) {
		tenant := root(ctx)
		shared.settle(ctx, tenant)
		ours := stray(ctx, tenant.Status.Namespace, desired.BrandName, desired.OwnerLabels(tenant))
		shared.catchUp(ctx, ours)

		shared.recorder.take()
		Expect(shared.look(ctx, tenant)).To(Succeed())
		Expect(shared.recorder.take()).To(HaveExactElements("delete configmaps " + desired.BrandName))
		gone(ctx, ours)
	})

	DescribeTable("stays when it is not,", func(ctx SpecContext, plant func(SpecContext, *v1alpha1.Tenant) *corev1.ConfigMap) {
		tenant := root(ctx)
		shared.settle(ctx, tenant)
		left := plant(ctx, tenant)
		if left.Labels[v1alpha1.LabelManaged] != "" {
			shared.catchUp(ctx, left)
		}

		shared.recorder.take()
		Expect(shared.look(ctx, tenant)).To(Succeed())
		Expect(shared.recorder.takeWrites()).To(BeEmpty())
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(left), left)).To(Succeed())
		Expect(left.DeletionTimestamp).To(BeNil())
	},
		Entry("but somebody's who took such a name", func(ctx SpecContext, tenant *v1alpha1.Tenant) *corev1.ConfigMap {
			return stray(ctx, tenant.Status.Namespace, desired.BrandName, nil)
		}),
		Entry("but another tenant's", func(ctx SpecContext, tenant *v1alpha1.Tenant) *corev1.ConfigMap {
			return stray(ctx, tenant.Status.Namespace, desired.BrandName, desired.OwnerLabels(root(ctx)))
		}),
		Entry("but lies elsewhere", func(ctx SpecContext, tenant *v1alpha1.Tenant) *corev1.ConfigMap {
			return stray(ctx, tenant.Namespace, tenant.Name, desired.OwnerLabels(tenant))
		}),
		Entry("since it bears a name that the operator gives to nothing", func(ctx SpecContext, tenant *v1alpha1.Tenant) *corev1.ConfigMap {
			return stray(ctx, tenant.Status.Namespace, "former", desired.OwnerLabels(tenant))
		}),
		Entry("since another controller keeps it", func(ctx SpecContext, tenant *v1alpha1.Tenant) *corev1.ConfigMap {
			owner := stray(ctx, tenant.Status.Namespace, "keeper", nil)
			kept := stray(ctx, tenant.Status.Namespace, desired.BrandName, desired.OwnerLabels(tenant))
			Expect(asKubernetes().Patch(ctx, kept, merge(fmt.Sprintf(`{"metadata":{"ownerReferences":[
				{"apiVersion":"v1","kind":"ConfigMap","name":%q,"uid":%q,"controller":true}]}}`, owner.Name, owner.UID)))).To(Succeed())
			return kept
		}),
	)

	It("goes in the very incarnation that was looked at", func(ctx SpecContext) {
		tenant := root(ctx)
		shared.settle(ctx, tenant)
		former := stray(ctx, tenant.Status.Namespace, desired.BrandName, desired.OwnerLabels(tenant))
		shared.catchUp(ctx, former)
		shared.recorder.onRequest(func(sent request) {
			if sent.String() != "delete configmaps "+desired.BrandName {
				return
			}
			shared.recorder.onRequest(nil)
			defer GinkgoRecover()
			Expect(admin.Delete(ctx, former)).To(Succeed())
			stray(ctx, tenant.Status.Namespace, desired.BrandName, nil)
		})
		Expect(shared.look(ctx, tenant)).NotTo(Succeed())
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(former), &corev1.ConfigMap{})).To(Succeed())
		shared.settle(ctx, tenant)
	})
})

// newPod meets the Pod Security Standards at their strictest.
func newPod(namespace, name string) *corev1.Pod {
	yes, no := true, false
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: corev1.PodSpec{
			SecurityContext: &corev1.PodSecurityContext{
				RunAsNonRoot:   &yes,
				SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
			Containers: []corev1.Container{{
				Name: "main", Image: "registry.example/main",
				SecurityContext: &corev1.SecurityContext{
					AllowPrivilegeEscalation: &no,
					Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
				},
			}},
		},
	}
}

var _ = Describe("What was made a moment ago", func() {
	It("is taken away when it is not wanted, whether or not the cache has it", func(ctx SpecContext) {
		tenant := root(ctx)
		shared.settle(ctx, tenant)
		in := shared.load(ctx, tenant)
		suspension := in
		suspension.Tenant = tenant.DeepCopy()
		suspension.Tenant.Spec.Suspend = true
		// The cache lags behind by chance: many times.
		for range 50 {
			for _, suspended := range desired.For(suspension).Shut {
				// Kubernetes may be counting what is in the place just then.
				Eventually(shared.Engine.Apply).WithContext(ctx).WithArguments(suspended).Should(Equal(apply.Created))
				Expect(shared.Engine.Prune(ctx, desired.For(in).InNamespace(), suspended.Object)).To(Succeed())
				Expect(apierrors.IsNotFound(admin.Get(ctx, client.ObjectKeyFromObject(suspended.Object), &corev1.ResourceQuota{}))).To(BeTrue())
			}
		}
	})
})
