// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("The first write of an object", func() {
	It("is a create, and it is not read before; the Tenant is, once, and the claim before the route", func(ctx SpecContext) {
		tenant := root(ctx)
		shared.catchUp(ctx, tenant)
		shared.recorder.take()
		shared.settle(ctx, tenant)
		requests := shared.recorder.take()
		Expect(requests[0]).To(Equal("get tenants " + tenant.Name))
		Expect(requests[1:]).To(HaveEach(Or(HavePrefix("create "), Equal("patch tenants/status "+tenant.Name),
			Equal("get configmaps "+tenant.Name+".tenantry.example"))))
		Expect(requests).To(ContainElement("get configmaps " + tenant.Name + ".tenantry.example"))
	})
})

var _ = Describe("A namespace of the place's name", func() {
	// taken makes a namespace, and a Tenant that would have its name.
	taken := func(ctx SpecContext, metadata metav1.ObjectMeta) (*corev1.Namespace, *v1alpha1.Tenant) {
		GinkgoHelper()
		metadata.Name = harness.UniqueName("taken")
		namespace := &corev1.Namespace{ObjectMeta: metadata}
		Expect(asKubernetes().Create(ctx, namespace)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) {
			Expect(client.IgnoreNotFound(asKubernetes().Delete(ctx, namespace))).To(Succeed())
		})
		Eventually(admin.Get).WithContext(ctx).WithArguments(client.ObjectKey{Namespace: namespace.Name, Name: "default"}, &corev1.ServiceAccount{}).
			Should(Succeed(), "Kubernetes has done its part")
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(namespace), namespace)).To(Succeed())
		return namespace, tenantIn(ctx, plainNamespace(ctx), namespace.Name)
	}

	DescribeTable("is left alone, and nothing is made in it,", func(ctx SpecContext, metadata metav1.ObjectMeta) {
		namespace, tenant := taken(ctx, metadata)
		shared.catchUp(ctx, namespace)
		_ = shared.look(ctx, tenant)
		_ = shared.look(ctx, tenant)

		Expect(ready(tenant)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonNamespaceConflict))
		Expect(ready(tenant).Message).To(ContainSubstring("%q", namespace.Name))
		Expect(condition(tenant, v1alpha1.ConditionStalled).Status).To(Equal(metav1.ConditionTrue))
		Expect(tenant.Status.Phase).To(Equal(v1alpha1.PhasePending))
		Expect(tenant.Status.Namespace).To(BeEmpty())

		after := &corev1.Namespace{}
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(namespace), after)).To(Succeed())
		Expect(after).To(Equal(namespace))
		for _, list := range []client.ObjectList{
			&corev1.SecretList{}, &corev1.ServiceList{}, &corev1.LimitRangeList{}, &corev1.ResourceQuotaList{},
			&networkingv1.IngressList{}, &networkingv1.NetworkPolicyList{},
		} {
			Expect(admin.List(ctx, list, client.InNamespace(namespace.Name))).To(Succeed())
			Expect(list).To(HaveField("Items", BeEmpty()))
		}
	},
		Entry("when it is anybody's", metav1.ObjectMeta{}),
		Entry("when it is another tenant's place", metav1.ObjectMeta{
			Labels: map[string]string{v1alpha1.LabelManaged: "true", v1alpha1.LabelTenant: "other", v1alpha1.LabelParent: "elsewhere"},
		}),
	)

	It("is left alone when it was made for somebody else's Tenant of the same name that is no more", func(ctx SpecContext) {
		former := root(ctx)
		Expect(shared.look(ctx, former)).To(Succeed())
		forceAway(ctx, former)
		Expect(asKubernetes().Patch(ctx, placeOf(ctx, former), merge(`{"metadata":{"annotations":{"tenantry.io/created-by":"somebody@else.example"}}}`))).To(Succeed())
		place := &corev1.Namespace{}
		Expect(admin.Get(ctx, client.ObjectKey{Name: former.Name}, place)).To(Succeed())

		tenant := tenantIn(ctx, former.Namespace, former.Name)
		shared.catchUp(ctx, place)
		_ = shared.look(ctx, tenant)
		Expect(ready(tenant)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonRetained))
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(place), place)).To(Succeed())
		Expect(place.Annotations).To(HaveKeyWithValue(v1alpha1.AnnotationTenantUID, string(former.UID)))
	})

	It("is taken back when it was made for a Tenant that the same person had made", func(ctx SpecContext) {
		former := root(ctx)
		shared.settle(ctx, former)
		secret := owned(ctx, former)["secrets"].GetUID()
		forceAway(ctx, former)

		tenant := tenantIn(ctx, former.Namespace, former.Name)
		shared.settle(ctx, tenant)
		Expect(ready(tenant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
		Expect(owned(ctx, tenant)["secrets"].GetUID()).To(Equal(secret))
		Expect(placeOf(ctx, tenant).GetAnnotations()).To(HaveKeyWithValue(v1alpha1.AnnotationTenantUID, string(tenant.UID)))
	})

	It("is waited for while it is going, without anybody's help", func(ctx SpecContext) {
		namespace, tenant := taken(ctx, metav1.ObjectMeta{Finalizers: []string{"example.com/wait"}})
		Expect(admin.Delete(ctx, namespace)).To(Succeed())
		shared.catchUp(ctx, namespace)
		_ = shared.look(ctx, tenant)
		Expect(ready(tenant)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonNamespaceConflict))
		Expect(ready(tenant).Message).To(ContainSubstring("is being deleted"))
		Expect(tenant.Status.Conditions).NotTo(ContainElement(HaveField("Type", v1alpha1.ConditionStalled)))

		Expect(admin.Patch(ctx, namespace, merge(`{"metadata":{"finalizers":null}}`))).To(Succeed())
		gone(ctx, namespace)
		shared.catchUp(ctx, namespace)
		shared.settle(ctx, tenant)
		Expect(ready(tenant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
	})

	It("is refused as well when the cache does not have it yet", func(ctx SpecContext) {
		tenant := root(ctx)
		shared.catchUp(ctx, tenant)
		in, err := shared.Loader.Load(ctx, tenant)
		Expect(err).NotTo(HaveOccurred())
		// Made in the very moment between the look into the cache and the create.
		shared.recorder.onRequest(func(sent request) {
			if sent.String() == "create namespaces" {
				shared.recorder.onRequest(nil)
				defer GinkgoRecover()
				namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: tenant.Name}}
				Expect(admin.Create(ctx, namespace)).To(Succeed())
				DeferCleanup(func(ctx SpecContext) { Expect(admin.Delete(ctx, namespace)).To(Succeed()) })
			}
		})
		_, err = shared.Engine.Apply(ctx, desired.For(in).Namespace)
		Expect(err).To(MatchError(ContainSubstring("is not managed by Tenantry")))
	})
})

var _ = Describe("An object of somebody else in the place", func() {
	foreign := func(namespace, name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: namespace, Name: name}
	}
	port := []corev1.ServicePort{{Port: 8080}}

	DescribeTable("is left alone, and named in a condition, until it is gone:", func(ctx SpecContext, resource string, make func(namespace string) client.Object) {
		tenant := root(ctx)
		shared.settle(ctx, tenant)
		ours := owned(ctx, tenant)[resource]
		Expect(admin.Delete(ctx, ours)).To(Succeed())
		theirs := make(tenant.Status.Namespace)
		Expect(admin.Create(ctx, theirs)).To(Succeed())
		Eventually(func() error { // the cache has only what is ours
			return shared.Client.Get(ctx, client.ObjectKeyFromObject(theirs), ours)
		}).WithContext(ctx).ShouldNot(Succeed())

		Expect(shared.look(ctx, tenant)).To(MatchError(ContainSubstring("not managed by Tenantry")))
		Expect(ready(tenant)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonObjectConflict))
		Expect(ready(tenant).Message).To(And(ContainSubstring("%q", theirs.GetName()), ContainSubstring("delete or rename it")))
		Expect(condition(tenant, v1alpha1.ConditionStalled).Status).To(Equal(metav1.ConditionTrue))
		after := theirs.DeepCopyObject().(client.Object)
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(theirs), after)).To(Succeed())
		Expect(after).To(And(
			HaveField("UID", theirs.GetUID()),
			HaveField("Labels", BeEmpty()),
		))

		Expect(admin.Delete(ctx, theirs)).To(Succeed())
		shared.settle(ctx, tenant)
		Expect(ready(tenant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
	},
		Entry("a ConfigMap", "configmaps", func(namespace string) client.Object {
			return &corev1.ConfigMap{ObjectMeta: foreign(namespace, desired.SettingsName), Data: map[string]string{"mine": "1"}}
		}),
		Entry("a Secret", "secrets", func(namespace string) client.Object {
			return &corev1.Secret{ObjectMeta: foreign(namespace, desired.AdminSecretName)}
		}),
		Entry("a LimitRange", "limitranges", func(namespace string) client.Object {
			return &corev1.LimitRange{ObjectMeta: foreign(namespace, desired.LimitRangeName)}
		}),
		Entry("a NetworkPolicy", "networkpolicies", func(namespace string) client.Object {
			return &networkingv1.NetworkPolicy{ObjectMeta: foreign(namespace, desired.NetworkPolicyName)}
		}),
		Entry("a Service", "services", func(namespace string) client.Object {
			return &corev1.Service{ObjectMeta: foreign(namespace, desired.PortalName), Spec: corev1.ServiceSpec{Ports: port}}
		}),
		Entry("a ResourceQuota", "resourcequotas", func(namespace string) client.Object {
			return &corev1.ResourceQuota{ObjectMeta: foreign(namespace, desired.QuotaName)}
		}),
		Entry("an Ingress", "ingresses", func(namespace string) client.Object {
			return &networkingv1.Ingress{ObjectMeta: foreign(namespace, desired.PortalName), Spec: networkingv1.IngressSpec{
				DefaultBackend: &networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
					Name: "mine", Port: networkingv1.ServiceBackendPort{Number: 80},
				}},
			}}
		}),
	)
})
