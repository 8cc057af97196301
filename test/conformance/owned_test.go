// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	apitypes "k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// mark is what the benchmarks want named: the label of what a tenant must not change.
const mark = v1alpha1.LabelManaged + "=true"

// marked finds all that the operator made in a place, of whatever kind, by resource.
func marked(ctx SpecContext, place string) map[resource][]unstructured.Unstructured {
	GinkgoHelper()
	found := map[resource][]unstructured.Unstructured{}
	for _, served := range resources() {
		if !served.namespaced || served.subresource != "" {
			continue
		}
		list, err := asAdmin(ctx).Resource(served.GroupVersionResource).Namespace(place).List(ctx, metav1.ListOptions{LabelSelector: mark})
		if apierrors.IsNotFound(err) || apierrors.IsMethodNotSupported(err) {
			continue // it can only be created
		}
		Expect(err).NotTo(HaveOccurred(), served.String())
		if len(list.Items) > 0 {
			found[served] = list.Items
		}
	}
	return found
}

// Really tried, without a dry run: an object that could be changed would be.
func blockMultitenantResources(ctx SpecContext, p *person) {
	kinds := map[string]bool{}
	for served, objects := range marked(ctx, p.place) {
		kinds[served.kind] = true
		in := p.requests.Resource(served.GroupVersionResource).Namespace(p.place)
		for i := range objects {
			before := &objects[i]
			changesNothing(ctx, p, served, before)
			after, err := asAdmin(ctx).Resource(served.GroupVersionResource).Namespace(p.place).Get(ctx, before.GetName(), metav1.GetOptions{})
			Expect(err).NotTo(HaveOccurred())
			Expect(after).To(Equal(before))
		}
		Expect(in.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: mark})).To(refused(), "%s", served)
		Expect(in.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{FieldSelector: "metadata.name=" + objects[0].GetName()})).To(refused(), "%s", served)
	}
	for _, kind := range []string{"ResourceQuota", "LimitRange", "NetworkPolicy", "RoleBinding", "Secret", "ConfigMap", "Service", "Ingress"} {
		Expect(kinds).To(HaveKey(kind), "is all that the operator made looked at?")
	}
	own := &corev1.ConfigMap{ObjectMeta: p.object()}
	p.make(ctx, own)
	Expect(p.Patch(ctx, own, merge(`{"metadata":{"annotations":{"key1":"value1"}}}`))).To(Succeed(), "their own they may")
	Expect(p.Patch(ctx, own, merge(`{"metadata":{"labels":{"tenantry.io/managed":"true"}}}`))).To(refused(), "but not mark")
	Expect(p.Delete(ctx, own)).To(Succeed())
}

// changesNothing tries to annotate, to take the mark off, to replace and to delete an object.
func changesNothing(ctx SpecContext, p *person, served resource, object *unstructured.Unstructured) {
	GinkgoHelper()
	in := p.requests.Resource(served.GroupVersionResource).Namespace(p.place)
	name := object.GetName()
	for _, body := range []string{
		`{"metadata":{"annotations":{"key1":"value1"}}}`,
		`{"metadata":{"labels":{"tenantry.io/managed":null}}}`,
		`{"metadata":{"finalizers":["example.com/stuck"]}}`,
		`{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"any","uid":"any"}]}}`,
	} {
		_, err := in.Patch(ctx, name, apitypes.MergePatchType, []byte(body), metav1.PatchOptions{})
		Expect(err).To(refused(), "%s %s: %s", served, name, body)
	}
	changed := object.DeepCopy()
	changed.SetAnnotations(map[string]string{"key1": "value1"})
	_, err := in.Update(ctx, changed, metav1.UpdateOptions{})
	Expect(err).To(refused(), "%s %s", served, name)
	_, err = in.Update(ctx, changed, metav1.UpdateOptions{}, "status")
	Expect(err).To(Satisfy(func(err error) bool { return apierrors.IsForbidden(err) || apierrors.IsNotFound(err) }), "%s/status %s", served, name)
	Expect(in.Delete(ctx, name, metav1.DeleteOptions{})).To(refused(), "%s %s", served, name)
}

func blockQuotaChanges(ctx SpecContext, p *person) {
	quota := &corev1.ResourceQuota{}
	Expect(p.Get(ctx, client.ObjectKey{Namespace: p.place, Name: "tenantry"}, quota)).To(Succeed(), "everybody may see it")
	mine := &corev1.ResourceQuota{ObjectMeta: p.object()}
	Expect(p.Create(ctx, mine)).To(refused())
	wider := quota.DeepCopy()
	wider.Spec.Hard = corev1.ResourceList{}
	Expect(p.Update(ctx, wider.DeepCopy())).To(refused())
	Expect(p.Status().Update(ctx, wider.DeepCopy())).To(refused())
	Expect(p.Patch(ctx, quota.DeepCopy(), merge(`{"spec":{"hard":{"pods":"1000000"}}}`))).To(refused())
	Expect(p.Status().Patch(ctx, quota.DeepCopy(), merge(`{"status":{"used":{"pods":"0"}}}`))).To(refused())
	Expect(p.Delete(ctx, quota.DeepCopy())).To(refused())
	Expect(p.DeleteAllOf(ctx, &corev1.ResourceQuota{}, client.InNamespace(p.place))).To(refused())
	for _, verb := range []string{"create", "update", "patch", "delete", "deletecollection"} {
		Expect(cluster.May(ctx, p.name, verb, "resourcequotas", p.place)).To(BeFalse(), verb)
	}
	after := &corev1.ResourceQuota{}
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(quota), after)).To(Succeed())
	Expect(after.Spec).To(Equal(quota.Spec))
}
