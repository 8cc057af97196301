// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// holdable are objects of kinds that tenants write in their place, but for pods and volume claims.
func holdable(namespace string) []client.Object {
	meta := metav1.ObjectMeta{Namespace: namespace, Name: "own"}
	labels := map[string]string{"app": "own"}
	template := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: podSpec()}
	template.Spec.RestartPolicy = corev1.RestartPolicyNever
	deployed := *template.DeepCopy()
	deployed.Spec.RestartPolicy = corev1.RestartPolicyAlways
	paused := true
	return []client.Object{
		&corev1.ConfigMap{ObjectMeta: meta},
		&corev1.Secret{ObjectMeta: meta},
		&corev1.ServiceAccount{ObjectMeta: meta},
		&corev1.Service{ObjectMeta: meta, Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}},
		&corev1.Event{ObjectMeta: meta, InvolvedObject: corev1.ObjectReference{Kind: "Service", Namespace: namespace, Name: "own"}},
		&networkingv1.Ingress{ObjectMeta: meta, Spec: ingressSpec(ownHost)},
		&networkingv1.NetworkPolicy{ObjectMeta: meta},
		gatewayObject("HTTPRoute", namespace, "own", "hostnames: ["+ownHost+"]"),
		&rbacv1.Role{ObjectMeta: meta},
		&rbacv1.RoleBinding{ObjectMeta: meta, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "tenantry:viewer"}},
		&appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{
			Paused: paused, Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: deployed,
		}},
		&batchv1.Job{ObjectMeta: meta, Spec: batchv1.JobSpec{Suspend: &paused, Template: template}},
		&policyv1.PodDisruptionBudget{ObjectMeta: meta},
		&coordinationv1.Lease{ObjectMeta: meta},
		newTenant(namespace, "own"),
	}
}

var _ = Describe("Finalizers in a tenant's place", func() {
	const (
		policy = "tenantry-place-finalizers"
		hold   = `{"metadata":{"finalizers":["example.com/stuck"]}}`
	)
	release := func(ctx SpecContext, obj client.Object) {
		Expect(client.IgnoreNotFound(exempt().Delete(ctx, obj))).To(Succeed())
		Expect(client.IgnoreNotFound(exempt().Patch(ctx, obj, mergePatch(`{"metadata":{"finalizers":null}}`)))).To(Succeed())
	}

	It("are added by nobody with rights in the place, on any kind that it holds", func(ctx SpecContext) {
		namespace := withAccount(ctx, place(ctx).Name)
		for _, c := range []client.Client{As(lordOf(ctx, namespace)), As(person(ctx, everything, bindAnything, assign("delegate:Admin")))} {
			for _, obj := range holdable(namespace) {
				held := obj.DeepCopyObject().(client.Object)
				held.SetFinalizers([]string{"example.com/stuck"})
				Expect(c.Create(ctx, held, client.DryRunAll)).To(And(
					beForbiddenBy(policy), MatchError(ContainSubstring("metadata.finalizers: example.com/stuck would keep"))), "%T", obj)
				Expect(c.Create(ctx, obj)).To(Succeed())
				Expect(c.Patch(ctx, obj.DeepCopyObject().(client.Object), mergePatch(hold))).To(beForbiddenBy(policy), "%T", obj)
				release(ctx, obj)
			}
		}
	})

	It("are not added by a status, either", func(ctx SpecContext) {
		namespace := withAccount(ctx, place(ctx).Name)
		lord := As(lordOf(ctx, namespace))
		service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "own"}, Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}}
		Expect(lord.Create(ctx, service)).To(Succeed())
		Expect(lord.Status().Patch(ctx, service, mergePatch(hold))).To(beForbiddenBy(policy))
	})

	It("are not added in the name of a controller that never sees the object", func(ctx SpecContext) {
		namespace := place(ctx).Name
		c := As(lordOf(ctx, namespace))
		for _, finalizer := range []string{"kubernetes.io/pvc-protection", "resource.kubernetes.io/delete-protection", "batch.kubernetes.io/job-tracking", v1alpha1.Finalizer} {
			Expect(c.Create(ctx, &corev1.ConfigMap{
				ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "own", Finalizers: []string{finalizer}},
			})).To(beForbiddenBy(policy))
		}
	})

	It("are added by who may override, and by Kubernetes' controllers", func(ctx SpecContext) {
		namespace := withAccount(ctx, place(ctx).Name)
		for _, c := range []client.Client{As(person(ctx, everything, override, bindAnything, assign("delegate:Admin"))), k8sClient, exempt()} {
			for _, obj := range holdable(namespace) {
				obj.SetFinalizers([]string{"example.com/held"})
				Expect(c.Create(ctx, obj, client.DryRunAll)).To(Succeed(), "%T", obj)
			}
		}
	})

	It("of the garbage collector, which takes them away, are anybody's", func(ctx SpecContext) {
		namespace := place(ctx).Name
		c := As(lordOf(ctx, namespace))
		for _, finalizer := range []string{metav1.FinalizerDeleteDependents, metav1.FinalizerOrphanDependents} {
			obj := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "own", Finalizers: []string{finalizer}}}
			Expect(c.Create(ctx, obj)).To(Succeed())
			Expect(c.Delete(ctx, obj)).To(Succeed())
			Eventually(func() error { return k8sClient.Get(ctx, client.ObjectKeyFromObject(obj), obj) }).
				WithContext(ctx).WithTimeout(eventualTimeout).Should(Satisfy(apierrors.IsNotFound))
		}
	})

	It("that were there before hinder nobody at work, and are taken away by anybody", func(ctx SpecContext) {
		namespace := withAccount(ctx, place(ctx).Name)
		c := As(lordOf(ctx, namespace))
		for _, obj := range holdable(namespace) {
			obj.SetFinalizers([]string{"example.com/held"})
			Expect(exempt().Create(ctx, obj)).To(Succeed())
			Expect(c.Patch(ctx, obj, mergePatch(`{"metadata":{"annotations":{"note":"mine"}}}`))).To(Succeed(), "%T", obj)
			Expect(c.Delete(ctx, obj)).To(Succeed())
			Expect(client.IgnoreNotFound(c.Patch(ctx, obj, mergePatch(`{"metadata":{"finalizers":`+kept(obj)+`}}`)))).To(Succeed(), "%T", obj)
			release(ctx, obj)
		}
	})

	It("are anybody's elsewhere", func(ctx SpecContext) {
		c, namespace := As(person(ctx, everything, bindAnything)), withAccount(ctx, newNamespace(ctx))
		for _, obj := range holdable(namespace) {
			obj.SetFinalizers([]string{"example.com/held"})
			Expect(c.Create(ctx, obj, client.DryRunAll)).To(Succeed())
		}
	})
})

// kept are the finalizers that people leave on an object: a Tenant's own is the operator's.
func kept(obj client.Object) string {
	if _, ok := obj.(*v1alpha1.Tenant); ok {
		return `["` + v1alpha1.Finalizer + `"]`
	}
	return "null"
}
