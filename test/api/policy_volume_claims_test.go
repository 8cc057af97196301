// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// storageClass makes a class that provisions nothing, and lets it go when the spec ends.
func storageClass(ctx SpecContext, reclaim *corev1.PersistentVolumeReclaimPolicy) string {
	GinkgoHelper()
	class := &storagev1.StorageClass{
		ObjectMeta:    metav1.ObjectMeta{GenerateName: "api-test-"},
		Provisioner:   "provisioner.example",
		ReclaimPolicy: reclaim,
	}
	Expect(k8sClient.Create(ctx, class)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) { Expect(k8sClient.Delete(ctx, class)).To(Succeed()) })
	return class.Name
}

// newClaim is for a volume of a class, the cluster's default for nil.
func newClaim(namespace string, class *string) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "data"},
		Spec: corev1.PersistentVolumeClaimSpec{
			StorageClassName: class,
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:        corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
		},
	}
}

var _ = Describe("A volume claim in a tenant's place", func() {
	It("is for a class whose volumes go with their claim", func(ctx SpecContext) {
		namespace := place(ctx).Name
		lord := As(lordOf(ctx, namespace))
		keeps, goes := storageClass(ctx, new(corev1.PersistentVolumeReclaimRetain)), storageClass(ctx, nil)
		// A class is known to the policy a moment after it was made.
		Eventually(func() error { return lord.Create(ctx, newClaim(namespace, &keeps), client.DryRunAll) }).
			WithContext(ctx).WithTimeout(eventualTimeout).Should(beForbiddenBy("tenantry-storage-classes"))
		Expect(lord.Create(ctx, newClaim(namespace, &keeps))).To(And(beForbiddenBy("tenantry-storage-classes"), MatchError(ContainSubstring("class "+keeps+" keeps its volumes"))))
		for _, legal := range []*string{&goes, nil, new("not-there")} {
			Expect(lord.Create(ctx, newClaim(namespace, legal), client.DryRunAll)).To(Succeed())
		}
		for _, c := range []client.Client{k8sClient, As(person(ctx, everything, override))} {
			Expect(c.Create(ctx, newClaim(namespace, &keeps), client.DryRunAll)).To(Succeed())
		}
		Expect(As(person(ctx, everything)).Create(ctx, newClaim(newNamespace(ctx), &keeps))).To(Succeed(), "where no tenant is")
	})

	It("gets no such class later, and may have anything else changed", func(ctx SpecContext) {
		namespace := place(ctx).Name
		keeps := storageClass(ctx, new(corev1.PersistentVolumeReclaimRetain))
		lord := As(lordOf(ctx, namespace))
		claim := newClaim(namespace, nil)
		Expect(lord.Create(ctx, claim)).To(Succeed())
		Eventually(func() error {
			return lord.Patch(ctx, claim.DeepCopy(), mergePatch(`{"spec":{"storageClassName":"`+keeps+`"}}`), client.DryRunAll)
		}).WithContext(ctx).WithTimeout(eventualTimeout).Should(beForbiddenBy("tenantry-storage-classes"))
		Expect(lord.Patch(ctx, claim, mergePatch(`{"metadata":{"labels":{"a":"b"}}}`))).To(Succeed())

		older := newClaim(namespace, &keeps)
		older.Name = "older"
		Expect(k8sClient.Create(ctx, older)).To(Succeed())
		Expect(lord.Patch(ctx, older, mergePatch(`{"metadata":{"labels":{"a":"b"}}}`))).To(Succeed())
		Expect(lord.Delete(ctx, older)).To(Succeed())
	})

	It("names no volume, which Kubernetes gives it", func(ctx SpecContext) {
		namespace := place(ctx).Name
		lord := As(lordOf(ctx, namespace))
		named := newClaim(namespace, nil)
		named.Spec.VolumeName = "somebodys"
		Expect(lord.Create(ctx, named.DeepCopy())).To(beForbiddenBy("tenantry-volume-claims"))
		Expect(k8sClient.Create(ctx, named.DeepCopy(), client.DryRunAll)).To(Succeed())

		claim := newClaim(namespace, nil)
		Expect(lord.Create(ctx, claim)).To(Succeed(), "its legal twin")
		const bind = `{"spec":{"volumeName":"somebodys"}}`
		Expect(lord.Patch(ctx, claim.DeepCopy(), mergePatch(bind))).To(beForbiddenBy("tenantry-volume-claims"))
		Expect(exempt().Patch(ctx, claim.DeepCopy(), mergePatch(bind), client.DryRunAll)).To(Succeed(), "by Kubernetes")

		elsewhere := named.DeepCopy()
		elsewhere.Namespace = newNamespace(ctx)
		Expect(As(person(ctx, everything)).Create(ctx, elsewhere)).To(Succeed(), "where no tenant is")
	})

	It("names its class in its spec, and not by the annotation of old", func(ctx SpecContext) {
		const policy = "tenantry-volume-claims"
		namespace := place(ctx).Name
		lord := As(lordOf(ctx, namespace))
		goes := storageClass(ctx, nil)
		old := newClaim(namespace, nil)
		old.Annotations = map[string]string{corev1.BetaStorageClassAnnotation: goes}
		Expect(lord.Create(ctx, old.DeepCopy())).To(And(beForbiddenBy(policy), MatchError(ContainSubstring("name the class in spec.storageClassName"))))
		Expect(lord.Create(ctx, newClaim(namespace, &goes), client.DryRunAll)).To(Succeed(), "its legal twin")
		elsewhere := old.DeepCopy()
		elsewhere.Namespace = newNamespace(ctx)
		Expect(As(person(ctx, everything)).Create(ctx, elsewhere)).To(Succeed(), "where no tenant is")

		claim := newClaim(namespace, nil)
		claim.Name = "later"
		Expect(lord.Create(ctx, claim)).To(Succeed())
		annotate := mergePatch(`{"metadata":{"annotations":{"` + corev1.BetaStorageClassAnnotation + `":"` + goes + `"}}}`)
		Expect(lord.Patch(ctx, claim, annotate)).To(MatchError(ContainSubstring("field is immutable")), "by Kubernetes")
		Expect(k8sClient.Create(ctx, old)).To(Succeed())
		Expect(lord.Patch(ctx, old, mergePatch(`{"metadata":{"labels":{"a":"b"}}}`))).To(Succeed(), "one that was there")
	})

	DescribeTable("is refused to a StatefulSet as it is to who made that", func(ctx SpecContext, policy string, name func(claim *corev1.PersistentVolumeClaim, class string)) {
		namespace := withAccount(ctx, place(ctx).Name)
		keeps := storageClass(ctx, new(corev1.PersistentVolumeReclaimRetain))
		lord := As(lordOf(ctx, namespace))
		Eventually(func() error { return lord.Create(ctx, newClaim(namespace, &keeps), client.DryRunAll) }).
			WithContext(ctx).WithTimeout(eventualTimeout).Should(beForbiddenBy("tenantry-storage-classes"))
		template := newClaim("", nil)
		name(template, keeps)
		labels := map[string]string{"app": "db"}
		set := &appsv1.StatefulSet{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "db"},
			Spec: appsv1.StatefulSetSpec{
				Selector:             &metav1.LabelSelector{MatchLabels: labels},
				Template:             corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: podSpec()},
				VolumeClaimTemplates: []corev1.PersistentVolumeClaim{*template},
			},
		}
		Expect(lord.Create(ctx, set)).To(Succeed())
		Eventually(func(g Gomega) {
			events := &corev1.EventList{}
			g.Expect(k8sClient.List(ctx, events, client.InNamespace(namespace))).To(Succeed())
			g.Expect(events.Items).To(ContainElement(HaveField("Message", ContainSubstring(policy))))
		}).WithContext(ctx).WithTimeout(eventualTimeout).Should(Succeed())
		claims := &corev1.PersistentVolumeClaimList{}
		Expect(k8sClient.List(ctx, claims, client.InNamespace(namespace))).To(Succeed())
		Expect(claims.Items).To(BeEmpty())
	},
		Entry("where its template names a class that keeps volumes", "tenantry-storage-classes", func(claim *corev1.PersistentVolumeClaim, class string) {
			claim.Spec.StorageClassName = &class
		}),
		Entry("where its template does so by the annotation of old", "tenantry-volume-claims", func(claim *corev1.PersistentVolumeClaim, class string) {
			claim.Annotations = map[string]string{corev1.BetaStorageClassAnnotation: class}
		}),
	)
})
