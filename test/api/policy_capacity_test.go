// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("The books of capacity", func() {
	const namespace = "tenantry-capacity"
	books := func() *corev1.ConfigMap {
		return &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "place-" + rand.String(10), Labels: map[string]string{v1alpha1.LabelManaged: "true"}},
			Data:       map[string]string{"books.json": "{}"},
		}
	}
	written := func(ctx SpecContext) *corev1.ConfigMap {
		GinkgoHelper()
		made := books()
		Expect(operator().Create(ctx, made)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(client.IgnoreNotFound(operator().Delete(ctx, made))).To(Succeed()) })
		return made
	}

	It("are written and deleted by the operator", func(ctx SpecContext) {
		made := written(ctx)
		Expect(operator().Patch(ctx, made, mergePatch(`{"data":{"books.json":"{\"entries\":{}}"}}`))).To(Succeed())
		Expect(operator().Delete(ctx, made)).To(Succeed())
	})

	It("are changed, emptied and deleted by nobody else, be it a lord of that very namespace", func(ctx SpecContext) {
		made := written(ctx)
		for _, c := range []client.Client{As(person(ctx, everything)), As(lordOf(ctx, namespace))} {
			for _, patch := range []string{
				`{"data":{"books.json":"{\"partner\":[-1,-1,-1]}"}}`, `{"data":null}`, `{"metadata":{"labels":{"tenantry.io/managed":null}}}`,
				`{"metadata":{"finalizers":["example.com/mine"]}}`, `{"metadata":{"ownerReferences":[` + ownerReference + `]}}`, `{"immutable":true}`,
			} {
				Expect(c.Patch(ctx, made.DeepCopy(), mergePatch(patch))).To(beForbiddenBy("tenantry-owned-objects"), patch)
			}
			changed := made.DeepCopy()
			changed.Data = nil
			Expect(c.Update(ctx, changed)).To(beForbiddenBy("tenantry-owned-objects"))
			Expect(c.Delete(ctx, made.DeepCopy())).To(beForbiddenBy("tenantry-owned-objects"))
			Expect(c.DeleteAllOf(ctx, &corev1.ConfigMap{}, client.InNamespace(namespace), client.MatchingLabels(made.Labels))).To(beForbiddenBy("tenantry-owned-objects"))
		}
	})

	It("are planted by nobody, marked or not", func(ctx SpecContext) {
		for _, c := range []client.Client{As(person(ctx, everything)), As(lordOf(ctx, namespace))} {
			forged := books()
			Expect(c.Create(ctx, forged)).To(beForbiddenBy("tenantry-owned-objects"))
			forged.Labels = nil
			Expect(c.Create(ctx, forged)).To(beForbiddenBy("tenantry-hosts"))
			Expect(c.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "other"}})).To(beForbiddenBy("tenantry-hosts"))
		}
	})

	It("are not for a partner's people to read or write", func(ctx SpecContext) {
		made := written(ctx)
		partner, name := partnerPlace(ctx), "staff-"+rand.String(10)+"@example.com"
		Expect(exempt().Create(ctx, &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: partner, Name: "test"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "tenantry:partner-owner"},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}},
		})).To(Succeed())
		Eventually(may).WithContext(ctx).WithTimeout(eventualTimeout).WithArguments(name, right("create configmaps", partner)).Should(BeTrue())
		c := As(name)
		Expect(c.Create(ctx, books())).To(beForbiddenByRBAC())
		Expect(c.Get(ctx, client.ObjectKeyFromObject(made), made.DeepCopy())).To(beForbiddenByRBAC())
		Expect(c.Patch(ctx, made.DeepCopy(), mergePatch(`{"data":null}`))).To(beForbiddenByRBAC())
		Expect(c.Delete(ctx, made.DeepCopy())).To(beForbiddenByRBAC())
	})

	It("are all that the operator writes there: a stolen token makes nothing else", func(ctx SpecContext) {
		const policy = "tenantry-operator"
		unmarked := books()
		unmarked.Labels = nil
		Expect(operator().Create(ctx, unmarked)).To(beForbiddenBy(policy))
		for _, other := range []client.Object{
			adminSecret(namespace),
			&corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "other", Labels: ownLabels()}, Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}},
			&corev1.LimitRange{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "other", Labels: ownLabels()}},
			&corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "other", Labels: ownLabels()}},
		} {
			Expect(operator().Create(ctx, other)).To(beForbiddenBy(policy))
		}
		Expect(operator().Delete(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})).To(beForbiddenBy(policy))
	})
})
