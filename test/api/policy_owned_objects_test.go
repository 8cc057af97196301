// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// owned returns one object of each kind that the operator makes in a place, under its own name.
func owned(namespace string) []client.Object {
	named := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: ownLabels()}
	}
	return []client.Object{
		&corev1.ConfigMap{ObjectMeta: named("tenantry")},
		adminSecret(namespace),
		&corev1.LimitRange{ObjectMeta: named("tenantry")},
		&corev1.ResourceQuota{ObjectMeta: named("tenantry")},
		&networkingv1.NetworkPolicy{ObjectMeta: named("tenantry")},
		&corev1.Service{ObjectMeta: named("portal"), Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}},
		&networkingv1.Ingress{ObjectMeta: named("portal"), Spec: ingressSpec(ownHost)},
	}
}

// ingressSpec leads requests for hosts to Service portal.
func ingressSpec(hosts ...string) networkingv1.IngressSpec {
	var spec networkingv1.IngressSpec
	for _, host := range hosts {
		spec.Rules = append(spec.Rules, networkingv1.IngressRule{Host: host, IngressRuleValue: networkingv1.IngressRuleValue{
			HTTP: &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{{
				Path: "/", PathType: ptr.To(networkingv1.PathTypePrefix),
				Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
					Name: "portal", Port: networkingv1.ServiceBackendPort{Number: 80},
				}},
			}}},
		}})
	}
	return spec
}

func makeOwned(ctx SpecContext, namespace string) []client.Object {
	GinkgoHelper()
	objects := owned(namespace)
	for _, obj := range objects {
		Expect(operator().Create(ctx, obj)).To(Succeed())
	}
	return objects
}

var _ = Describe("What the operator made", func() {
	It("is changed and deleted by the operator", func(ctx SpecContext) {
		for _, obj := range makeOwned(ctx, place(ctx).Name) {
			Expect(operator().Patch(ctx, obj, mergePatch(`{"metadata":{"annotations":{"a":"b"}}}`))).To(Succeed())
			Expect(operator().Delete(ctx, obj)).To(Succeed())
		}
	})

	It("is guarded in a namespace that is nobody's place, too", func(ctx SpecContext) {
		c := As(person(ctx, everything))
		for _, obj := range owned(newNamespace(ctx)) {
			Expect(exempt().Create(ctx, obj)).To(Succeed())
			Expect(c.Delete(ctx, obj)).To(beForbiddenBy("tenantry-owned-objects"))
		}
	})

	It("is guarded when it lies in no namespace, too", func(ctx SpecContext) {
		role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{GenerateName: "api-test-", Labels: ownLabels()}}
		Expect(exempt().Create(ctx, role)).To(Succeed())
		Expect(As(person(ctx, everything)).Delete(ctx, role)).To(beForbiddenBy("tenantry-owned-objects"))
		Expect(As(person(ctx, everything, override)).Delete(ctx, role)).To(Succeed())
	})

	Context("in a place", Ordered, func() {
		var (
			objects []client.Object
			c       client.Client
		)
		BeforeAll(func(ctx SpecContext) {
			objects = makeOwned(ctx, place(ctx).Name)
			c = As(person(ctx, everything))
		})

		DescribeTable("is changed by nobody else with common rights",
			func(ctx SpecContext, try func(SpecContext, client.Client, client.Object) error) {
				for _, before := range objects {
					Expect(try(ctx, c, before.DeepCopyObject().(client.Object))).To(beForbiddenBy("tenantry-owned-objects"))
					after := before.DeepCopyObject().(client.Object)
					Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(before), after)).To(Succeed())
					Expect(after.GetUID()).To(Equal(before.GetUID()))
					Expect(after.GetDeletionTimestamp()).To(BeNil())
					Expect(after.GetLabels()).To(Equal(before.GetLabels()))
					Expect(after.GetAnnotations()).To(Equal(before.GetAnnotations()))
				}
			},
			Entry("not by deleting it", func(ctx SpecContext, c client.Client, obj client.Object) error {
				return c.Delete(ctx, obj)
			}),
			Entry("not by an annotation", func(ctx SpecContext, c client.Client, obj client.Object) error {
				return c.Patch(ctx, obj, mergePatch(`{"metadata":{"annotations":{"a":"b"}}}`))
			}),
			Entry("not by taking the label away that guards it", func(ctx SpecContext, c client.Client, obj client.Object) error {
				return c.Patch(ctx, obj, mergePatch(`{"metadata":{"labels":null}}`))
			}),
			Entry("not by another value of that label", func(ctx SpecContext, c client.Client, obj client.Object) error {
				return c.Patch(ctx, obj, mergePatch(`{"metadata":{"labels":{"tenantry.io/managed":"false"}}}`))
			}),
			Entry("not by giving it an owner that the garbage collector misses", func(ctx SpecContext, c client.Client, obj client.Object) error {
				return c.Patch(ctx, obj, mergePatch(`{"metadata":{"ownerReferences":[`+ownerReference+`]}}`))
			}),
			Entry("not by a finalizer", func(ctx SpecContext, c client.Client, obj client.Object) error {
				return c.Patch(ctx, obj, mergePatch(`{"metadata":{"finalizers":["example.com/stuck"]}}`))
			}),
			Entry("not by replacing it", func(ctx SpecContext, c client.Client, obj client.Object) error {
				changed := obj.DeepCopyObject().(client.Object)
				changed.SetLabels(nil)
				return c.Update(ctx, changed)
			}),
		)

		It("outlives a deletion of everything in the place", func(ctx SpecContext) {
			ns := objects[0].GetNamespace()
			own := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "own"}}
			Expect(c.Create(ctx, own)).To(Succeed())
			for _, kind := range []client.Object{&corev1.ConfigMap{}, &corev1.Secret{}, &corev1.ResourceQuota{}, &networkingv1.NetworkPolicy{}} {
				Expect(c.DeleteAllOf(ctx, kind, client.InNamespace(ns))).To(beForbiddenBy("tenantry-owned-objects"))
			}
			for _, obj := range owned(ns) {
				Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(obj), obj)).To(Succeed())
			}
		})

		It("tells who changes it what to do instead", func(ctx SpecContext) {
			err := c.Delete(ctx, objects[0])
			Expect(err).To(MatchError(ContainSubstring("`kubectl edit tenant -n acme cybercorp`")))
			Expect(err).To(MatchError(ContainSubstring("needs verb override")))
		})
	})

	It("is changed and deleted by who may override in the whole cluster", func(ctx SpecContext) {
		c := As(person(ctx, everything, override))
		for _, obj := range makeOwned(ctx, place(ctx).Name) {
			Expect(c.Patch(ctx, obj, mergePatch(`{"metadata":{"annotations":{"a":"b"}}}`))).To(Succeed())
			Expect(c.Delete(ctx, obj)).To(Succeed())
		}
	})

	It("is not changed by who has every right in the place alone", func(ctx SpecContext) {
		ns := place(ctx).Name
		c := As(lordOf(ctx, ns))
		for _, obj := range makeOwned(ctx, ns) {
			Expect(c.Patch(ctx, obj, mergePatch(`{"metadata":{"annotations":{"a":"b"}}}`))).To(beForbiddenBy("tenantry-owned-objects"))
			Expect(c.Delete(ctx, obj)).To(beForbiddenBy("tenantry-owned-objects"))
		}
	})

	It("is changed and deleted by the cluster's administrator", func(ctx SpecContext) {
		for _, obj := range makeOwned(ctx, place(ctx).Name) {
			Expect(k8sClient.Patch(ctx, obj, mergePatch(`{"metadata":{"annotations":{"a":"b"}}}`))).To(Succeed())
			Expect(k8sClient.Delete(ctx, obj)).To(Succeed())
		}
	})

	It("stays the operator's, even when the cluster's administrator changes it", func(ctx SpecContext) {
		for _, obj := range makeOwned(ctx, place(ctx).Name) {
			for _, labels := range []string{`null`, `{"tenantry.io/managed":"false"}`, `{"tenantry.io/tenant":"another"}`, `{"tenantry.io/parent":null}`} {
				Expect(k8sClient.Patch(ctx, obj, mergePatch(`{"metadata":{"labels":`+labels+`}}`))).To(beForbiddenBy("tenantry-owned-objects"))
			}
			Expect(k8sClient.Patch(ctx, obj, mergePatch(`{"metadata":{"labels":{"example.com/team":"soc"}}}`))).To(Succeed())
		}
	})

	Context("reports its state in a status", func() {
		const balanced = `{"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.1"}]}}}`
		// reporting are the objects whose status is a matter of others' controllers.
		reporting := func(ctx SpecContext, namespace string) []client.Object {
			var found []client.Object
			for _, obj := range makeOwned(ctx, namespace) {
				switch obj.(type) {
				case *corev1.Service, *networkingv1.Ingress:
					found = append(found, obj)
				}
			}
			return found
		}

		It("that the controllers of Ingress and load balancers write, and nothing else with it", func(ctx SpecContext) {
			c := As(person(ctx, everything))
			for _, obj := range reporting(ctx, place(ctx).Name) {
				Expect(c.Status().Patch(ctx, obj, mergePatch(balanced))).
					To(Or(Succeed(), MatchError(ContainSubstring("may only be used when"))))
				for _, metadata := range []string{
					`{"labels":{"tenantry.io/managed":null}}`, `{"labels":{"tenantry.io/tenant":"evil"}}`,
					`{"annotations":{"a":"b"}}`, `{"finalizers":["example.com/stuck"]}`, `{"ownerReferences":[` + ownerReference + `]}`,
				} {
					Expect(c.Status().Patch(ctx, obj, mergePatch(`{"metadata":`+metadata+`}`))).To(beForbiddenBy("tenantry-owned-objects"))
				}
			}
		})

		It("that nobody writes by rights in the place alone: DNS records are made of it", func(ctx SpecContext) {
			ns := place(ctx).Name
			c := As(lordOf(ctx, ns))
			const ready = `{"status":{"conditions":[{"type":"Ready","status":"True","reason":"Evil","message":"","lastTransitionTime":"2026-01-02T03:04:05Z"}]}}`
			for _, obj := range reporting(ctx, ns) {
				said := balanced
				if _, isService := obj.(*corev1.Service); isService {
					said = ready // only one with a load balancer has its address
				}
				Expect(c.Status().Patch(ctx, obj, mergePatch(said))).To(And(
					beForbiddenBy("tenantry-owned-objects"), MatchError(ContainSubstring("/status by a ClusterRoleBinding"))))
			}
			Expect(c.Create(ctx, ownIngress(ns, func(*networkingv1.Ingress) {}))).To(Succeed())
			Expect(c.Status().Patch(ctx, ownIngress(ns, func(*networkingv1.Ingress) {}), mergePatch(balanced))).To(Succeed(), "the tenant's own")
		})

		DescribeTable("that a controller writes with one right in the whole cluster", func(ctx SpecContext, verb string) {
			ns := place(ctx).Name
			role := lordOf(ctx, ns)
			cluster := person(ctx, rbacv1.PolicyRule{
				APIGroups: []string{networkingv1.GroupName}, Resources: []string{"ingresses/status"}, Verbs: []string{verb},
			})
			makeOwned(ctx, ns)
			write := func(c client.Client) error {
				obj := &networkingv1.Ingress{}
				if err := k8sClient.Get(ctx, client.ObjectKey{Namespace: ns, Name: "portal"}, obj); err != nil {
					return err
				}
				if verb == "update" {
					obj.Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{IP: "192.0.2.1"}}
					return c.Status().Update(ctx, obj)
				}
				return c.Status().Patch(ctx, obj, mergePatch(balanced))
			}
			Expect(write(As(role))).To(beForbiddenBy("tenantry-owned-objects"))
			Expect(write(As(cluster))).To(Succeed())
		},
			Entry("update", "update"),
			Entry("patch", "patch"),
		)
	})
})
