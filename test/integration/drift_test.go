// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"maps"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

// drift is one change that somebody makes to what the operator made.
type drift struct {
	what string
	do   func(client.Object)
}

var _ = Describe("What the operator made and who may override changed", Ordered, func() {
	var tenant *v1alpha1.Tenant
	BeforeAll(func(ctx SpecContext) {
		tenant = root(ctx)
		shared.settle(ctx, tenant)
	})

	// repaired looks at the tenant and says which requests that took, but for its status: that tells
	// that a quota is not enforced for a moment.
	repaired := func(ctx SpecContext, touched client.Object) []string {
		GinkgoHelper()
		if quota, ok := touched.(*corev1.ResourceQuota); ok {
			counted(ctx, quota)
		}
		shared.catchUp(ctx, touched)
		shared.recorder.take()
		Expect(shared.look(ctx, tenant)).To(Succeed())
		return slices.DeleteFunc(shared.recorder.take(), func(request string) bool {
			return request == "patch tenants/status "+tenant.Name || strings.HasPrefix(request, "get ")
		})
	}

	DescribeTable("is put right, to the last field, in one write:", func(ctx SpecContext, resource string, drifts []drift) {
		for _, drift := range drifts {
			By(drift.what)
			object := owned(ctx, tenant)[resource]
			before := content(object)
			drift.do(object)
			Expect(admin.Update(ctx, object)).To(Succeed())
			Expect(content(object)).NotTo(Equal(before), "the API server took the change")
			Expect(repaired(ctx, object)).To(HaveExactElements("patch "+resource+" "+object.GetName()), drift.what)
			Expect(content(owned(ctx, tenant)[resource])).To(Equal(before), drift.what)
		}
		shared.settle(ctx, tenant)

		By("deleting it")
		object := owned(ctx, tenant)[resource]
		before := content(object)
		Expect(admin.Delete(ctx, object)).To(Succeed())
		Expect(repaired(ctx, object)).To(HaveExactElements("create " + resource))
		again := owned(ctx, tenant)[resource]
		Expect(again.GetUID()).NotTo(Equal(object.GetUID()))
		if resource != "secrets" { // its password is a new one
			Expect(content(again)).To(Equal(before))
		}
		shared.settle(ctx, tenant)
	},
		Entry("a ConfigMap", "configmaps", []drift{
			{"a value", on(func(m *corev1.ConfigMap) { m.Data["url"] = "https://evil.example" })},
			{"a key more", on(func(m *corev1.ConfigMap) { m.Data["evil"] = "yes" })},
			{"a key less", on(func(m *corev1.ConfigMap) { delete(m.Data, "url") })},
			{"no key left", on(func(m *corev1.ConfigMap) { m.Data = nil })},
			{"binary data", on(func(m *corev1.ConfigMap) { m.BinaryData = map[string][]byte{"evil": {0xff}} })},
			{"a label of our prefix", func(o client.Object) { labelled(o, v1alpha1.Prefix+"evil") }},
			{"another tenant's region", func(o client.Object) { labelled(o, v1alpha1.LabelRegion) }},
		}),
		Entry("a Secret", "secrets", []drift{
			{"a value", on(func(s *corev1.Secret) { s.Data["url"] = []byte("https://evil.example") })},
			{"a key more", on(func(s *corev1.Secret) { s.Data["evil"] = []byte("yes") })},
			{"an empty key more", on(func(s *corev1.Secret) { s.Data["evil"] = nil })},
			{"an empty value", on(func(s *corev1.Secret) { s.Data["url"] = nil })},
		}),
		Entry("a LimitRange", "limitranges", []drift{
			{"a default", on(func(l *corev1.LimitRange) { l.Spec.Limits[0].Default["memory"] = resource.MustParse("511Mi") })},
			{"a minimum", on(func(l *corev1.LimitRange) {
				l.Spec.Limits[0].Min = corev1.ResourceList{"memory": resource.MustParse("1Mi")}
			})},
			{"one limit more", on(func(l *corev1.LimitRange) {
				l.Spec.Limits = append(l.Spec.Limits, corev1.LimitRangeItem{Type: corev1.LimitTypePod, Max: corev1.ResourceList{"cpu": resource.MustParse("1")}})
			})},
			{"no limits", on(func(l *corev1.LimitRange) { l.Spec.Limits = []corev1.LimitRangeItem{} })},
		}),
		Entry("a NetworkPolicy", "networkpolicies", []drift{
			{"one peer more", on(func(p *networkingv1.NetworkPolicy) {
				p.Spec.Ingress[0].From = append(p.Spec.Ingress[0].From, networkingv1.NetworkPolicyPeer{NamespaceSelector: &metav1.LabelSelector{}})
			})},
			{"every way out", on(func(p *networkingv1.NetworkPolicy) {
				p.Spec.Egress = append(p.Spec.Egress, networkingv1.NetworkPolicyEgressRule{})
			})},
			{"one direction less", on(func(p *networkingv1.NetworkPolicy) {
				p.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
			})},
			{"no pod left that it is about", on(func(p *networkingv1.NetworkPolicy) {
				p.Spec.PodSelector.MatchLabels = map[string]string{"no": "pod"}
			})},
		}),
		Entry("a Service", "services", []drift{
			{"a port", on(func(s *corev1.Service) { s.Spec.Ports[0].Port = 8080 })},
			{"a port more", on(func(s *corev1.Service) {
				s.Spec.Ports = append(s.Spec.Ports, corev1.ServicePort{Name: "evil", Port: 81})
			})},
			{"other pods", on(func(s *corev1.Service) { s.Spec.Selector = map[string]string{"app": "evil"} })},
			{"a selector more", on(func(s *corev1.Service) { s.Spec.Selector["evil"] = "yes" })},
			{"an external address", on(func(s *corev1.Service) { s.Spec.ExternalIPs = []string{"203.0.113.7"} })},
			{"affinity", on(func(s *corev1.Service) { s.Spec.SessionAffinity = corev1.ServiceAffinityClientIP })},
		}),
		Entry("a ResourceQuota", "resourcequotas", []drift{
			{"a higher limit", on(func(q *corev1.ResourceQuota) { q.Spec.Hard[corev1.ResourcePods] = resource.MustParse("1000") })},
			{"no seats counted", on(func(q *corev1.ResourceQuota) { delete(q.Spec.Hard, desired.ResourceAgents) })},
			{"one resource more", on(func(q *corev1.ResourceQuota) { q.Spec.Hard["count/jobs.batch"] = resource.MustParse("0") })},
		}),
		Entry("an Ingress", "ingresses", []drift{
			{"another host", on(func(i *networkingv1.Ingress) { i.Spec.Rules[0].Host = "evil.example" })},
			{"one host more", on(func(i *networkingv1.Ingress) {
				i.Spec.Rules = append(i.Spec.Rules, networkingv1.IngressRule{Host: "evil.example"})
			})},
			{"another backend", on(func(i *networkingv1.Ingress) {
				i.Spec.Rules[0].HTTP.Paths[0].Backend.Service.Name = "evil"
			})},
			{"a backend for everything", on(func(i *networkingv1.Ingress) {
				i.Spec.DefaultBackend = i.Spec.Rules[0].HTTP.Paths[0].Backend.DeepCopy()
			})},
			{"no TLS", on(func(i *networkingv1.Ingress) { i.Spec.TLS = nil })},
		}),
	)

	It("is put right with all of it changed at once", func(ctx SpecContext) {
		before := map[string]map[string]any{}
		for resource, object := range owned(ctx, tenant) {
			if resource != "namespaces" && resource != "secrets" {
				before[resource] = content(object)
				Expect(admin.Delete(ctx, object)).To(Succeed())
				shared.catchUp(ctx, object)
			}
		}
		shared.settle(ctx, tenant)
		after := owned(ctx, tenant)
		for resource, was := range before {
			Expect(content(after[resource])).To(Equal(was), resource)
		}
	})

	It("is put right when it is its namespace, which only Kubernetes' own accounts can change", func(ctx SpecContext) {
		for _, drift := range []string{
			`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"privileged"}}}`,
			`{"metadata":{"labels":{"pod-security.kubernetes.io/warn":null}}}`,
			`{"metadata":{"labels":{"tenantry.io/evil":"yes"}}}`,
			`{"metadata":{"annotations":{"tenantry.io/evil":"yes"}}}`,
		} {
			namespace := placeOf(ctx, tenant)
			before := content(namespace)
			Expect(asKubernetes().Patch(ctx, namespace, merge(drift))).To(Succeed())
			Expect(repaired(ctx, namespace)).To(HaveExactElements("patch namespaces "+namespace.GetName()), drift)
			Expect(content(owned(ctx, tenant)["namespaces"])).To(Equal(before), drift)
		}
	})

	It("keeps the labels and annotations of others, at no request", func(ctx SpecContext) {
		for resource, object := range owned(ctx, tenant) {
			if resource == "namespaces" {
				continue
			}
			Expect(admin.Patch(ctx, object, merge(`{"metadata":{"labels":{"team":"blue"},"annotations":{"example.com/note":"mine"}}}`))).To(Succeed())
			Expect(repaired(ctx, object)).To(BeEmpty(), resource)
			Expect(owned(ctx, tenant)[resource].GetLabels()).To(HaveKeyWithValue("team", "blue"), resource)
		}
	})

	It("is nobody's any more without the label that says whose it is, which only Kubernetes' own accounts can take, and left alone", func(ctx SpecContext) {
		settings := owned(ctx, tenant)["configmaps"]
		Expect(asKubernetes().Patch(ctx, settings, merge(`{"metadata":{"labels":{"tenantry.io/managed":null}}}`))).To(Succeed())
		Eventually(func() error {
			return shared.Client.Get(ctx, client.ObjectKeyFromObject(settings), &corev1.ConfigMap{})
		}).WithContext(ctx).ShouldNot(Succeed())
		Expect(shared.look(ctx, tenant)).NotTo(Succeed())
		Expect(ready(tenant)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonObjectConflict))
		Expect(admin.Delete(ctx, settings)).To(Succeed())
		shared.settle(ctx, tenant)
		Expect(ready(tenant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
	})
})

func on[T client.Object](do func(T)) func(client.Object) {
	return func(object client.Object) { do(object.(T)) }
}

func labelled(object client.Object, label string) {
	labels := maps.Clone(object.GetLabels())
	labels[label] = "evil"
	object.SetLabels(labels)
}

// content is all of an object that its maker decides: not what the API server notes in its metadata
// and its status, nor the addresses that it hands out.
func content(object client.Object) map[string]any {
	GinkgoHelper()
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	Expect(err).NotTo(HaveOccurred())
	delete(fields, "status")
	fields["metadata"] = map[string]any{"labels": object.GetLabels(), "annotations": object.GetAnnotations(), "owners": object.GetOwnerReferences()}
	if spec, ok := fields["spec"].(map[string]any); ok {
		delete(spec, "clusterIP")
		delete(spec, "clusterIPs")
	}
	return fields
}
