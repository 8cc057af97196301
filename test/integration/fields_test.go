// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"maps"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
)

// What a create wrote is not tracked by server-side apply, so nothing but the engine's own
// comparison lets a field go. See docs/adr/0001-create-then-merge-patch.md.
var _ = Describe("What is wanted no longer", func() {
	Context("of any object", func() {
		var labels map[string]string
		var namespace string
		BeforeEach(func(ctx SpecContext) {
			tenant := root(ctx)
			shared.settle(ctx, tenant)
			namespace, labels = tenant.Status.Namespace, owned(ctx, tenant)["services"].GetLabels()
		})

		// apply brings an object to be, and returns it as it is then.
		applied := func(ctx SpecContext, object client.Object, outcome apply.Outcome) {
			GinkgoHelper()
			shared.catchUp(ctx, object)
			Expect(shared.Engine.Apply(ctx, apply.Intent{Object: object})).To(Equal(outcome))
			Expect(admin.Get(ctx, client.ObjectKeyFromObject(object), object)).To(Succeed())
		}
		with := func(more map[string]string) map[string]string {
			maps.Copy(more, labels)
			return more
		}

		It("goes: a label, an annotation, a key of the data", func(ctx SpecContext) {
			named := metav1.ObjectMeta{Namespace: namespace, Name: "fields"}
			first := &corev1.ConfigMap{ObjectMeta: *named.DeepCopy(), Data: map[string]string{"a": "1", "b": "2"}}
			first.Labels = with(map[string]string{"example.com/a": "1", "example.com/b": "2"})
			first.Annotations = map[string]string{"example.com/c": "3", "tenantry.io/d": "4"}
			applied(ctx, first, apply.Created)
			Expect(admin.Patch(ctx, first, merge(`{"metadata":{"labels":{"team":"blue"},"annotations":{"note":"mine"}}}`))).To(Succeed())

			second := &corev1.ConfigMap{ObjectMeta: *named.DeepCopy(), Data: map[string]string{"a": "1"}}
			second.Labels = with(map[string]string{"example.com/a": "1"})
			applied(ctx, second, apply.Patched)
			Expect(second.Data).To(Equal(map[string]string{"a": "1"}))
			Expect(second.Labels).To(Equal(with(map[string]string{"example.com/a": "1", "team": "blue"})))
			Expect(second.Annotations).To(And(
				HaveKeyWithValue("note", "mine"),
				Not(HaveKey("example.com/c")),
				Not(HaveKey("tenantry.io/d")),
			))

			third := &corev1.ConfigMap{ObjectMeta: *named.DeepCopy()}
			third.Labels = with(map[string]string{})
			applied(ctx, third, apply.Patched)
			Expect(third.Data).To(BeEmpty())
			Expect(third.Labels).To(Equal(with(map[string]string{"team": "blue"})))
			Expect(third.Annotations).To(Equal(map[string]string{"note": "mine"}), "not even a note of what was ours is left")
			applied(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "fields", Labels: labels}}, apply.Unchanged)
		})

		It("goes: a map in the spec, a list, and an item of one", func(ctx SpecContext) {
			policy := func(spec networkingv1.NetworkPolicySpec) *networkingv1.NetworkPolicy {
				return &networkingv1.NetworkPolicy{
					ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "fields", Labels: with(map[string]string{})},
					Spec:       spec,
				}
			}
			anywhere := []networkingv1.NetworkPolicyEgressRule{{}}
			both := []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}
			full := policy(networkingv1.NetworkPolicySpec{
				PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{"a": "1", "b": "2"}},
				PolicyTypes: both, Egress: anywhere,
			})
			applied(ctx, full, apply.Created)

			fewer := networkingv1.NetworkPolicySpec{
				PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{"a": "1"}},
				PolicyTypes: both[:1],
			}
			now := policy(*fewer.DeepCopy())
			applied(ctx, now, apply.Patched)
			Expect(now.Spec).To(Equal(fewer))
		})
	})

	It("goes from a place when the configuration has changed", func(ctx SpecContext) {
		tenant := root(ctx)
		rich := newOperator(ctx, func(c *configv1alpha1.Configuration) {
			c.Edge.Ingress.ClassName = "traefik"
			c.Edge.Ingress.Annotations = map[string]string{"cert-manager.io/cluster-issuer": "acme", "example.com/keep": "yes"}
			c.Edge.Ingress.TLS.SecretName = "wildcard"
			c.Portal.Selector = map[string]string{"app": "portal", "tier": "web"}
			c.Quota["count/jobs.batch"] = resource.MustParse("5")
			c.LimitRange.Max = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("2")}
			c.Network.EgressCIDRs = []networkingv1.IPBlock{{CIDR: "203.0.113.0/24"}}
		})
		rich.settle(ctx, tenant)
		Expect(owned(ctx, tenant)["ingresses"].GetAnnotations()).To(HaveKey("cert-manager.io/cluster-issuer"))

		poor := newOperator(ctx, func(c *configv1alpha1.Configuration) {
			c.Edge.Scheme = configv1alpha1.SchemeHTTP
			c.Edge.Ingress.Annotations = map[string]string{"example.com/keep": "yes"}
			c.Portal.Selector = map[string]string{"app": "portal"}
		})
		poor.settle(ctx, tenant)

		place := owned(ctx, tenant)
		ingress := place["ingresses"].(*networkingv1.Ingress)
		Expect(ingress.Spec.TLS).To(BeEmpty())
		Expect(ingress.Annotations).To(And(HaveKey("example.com/keep"), Not(HaveKey("cert-manager.io/cluster-issuer"))))
		Expect(place["services"].(*corev1.Service).Spec.Selector).To(Equal(map[string]string{"app": "portal"}))
		Expect(place["resourcequotas"].(*corev1.ResourceQuota).Spec.Hard).NotTo(HaveKey(corev1.ResourceName("count/jobs.batch")))
		Expect(place["limitranges"].(*corev1.LimitRange).Spec.Limits[0].Max).To(BeEmpty())
		Expect(place["networkpolicies"].(*networkingv1.NetworkPolicy).Spec.Egress).To(HaveLen(2))

		// The same as if it had never been otherwise.
		never := root(ctx)
		poor.settle(ctx, never)
		for resource, object := range owned(ctx, never) {
			if resource == "services" || resource == "resourcequotas" || resource == "limitranges" || resource == "networkpolicies" {
				Expect(content(object)["spec"]).To(Equal(content(place[resource])["spec"]), resource)
			}
		}
	})

	It("goes from a place when the Tenant has changed", func(ctx SpecContext) {
		tenant := root(ctx, func(t *v1alpha1.Tenant) {
			t.Spec.DisplayName = "CyberCorp Ltd"
			t.Spec.Permissions = map[string]bool{"HelpCenter": true}
		})
		shared.settle(ctx, tenant)
		change(ctx, tenant, func(t *v1alpha1.Tenant) {
			asPartner(t)
			t.Spec.DisplayName, t.Spec.Permissions = "", nil
		})
		shared.settle(ctx, tenant)
		place := owned(ctx, tenant)
		Expect(place["configmaps"].(*corev1.ConfigMap).Data).To(And(
			HaveKeyWithValue("displayName", tenant.Name),
			HaveKeyWithValue("permissions", "{}"),
		))
		Expect(place["resourcequotas"].(*corev1.ResourceQuota).Spec.Hard).NotTo(HaveKey(HaveSuffix("tenantaccessgrants.tenantry.io")),
			"in a partner's place lie delegations too")
		Expect(tenant.Status.Agents).To(BeEmpty())
	})
})
