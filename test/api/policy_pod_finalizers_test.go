// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"maps"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Accounts under which Kubernetes' controllers make what a template asks for.
const (
	controllerManager     = "system:kube-controller-manager"
	statefulSetController = "system:serviceaccount:kube-system:statefulset-controller"
)

// stuck is a finalizer that nobody takes away.
const stuck = "evil.example/never"

var _ = Describe("Finalizers from a tenant's templates", func() {
	const policy = "tenantry-pod-finalizers"
	var (
		namespace string
		c         client.Client
	)
	template := func(finalizers ...string) corev1.PodTemplateSpec {
		return corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "own"}, Finalizers: finalizers},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "registry.example/main:1"}}},
		}
	}
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "own"}}
	meta := func() metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: namespace, Name: "own"} }
	deployment := func(template corev1.PodTemplateSpec) *appsv1.Deployment {
		return &appsv1.Deployment{ObjectMeta: meta(), Spec: appsv1.DeploymentSpec{Selector: selector, Template: template}}
	}
	claim := func(finalizers ...string) corev1.PersistentVolumeClaim {
		return corev1.PersistentVolumeClaim{
			ObjectMeta: metav1.ObjectMeta{Name: "data", Finalizers: finalizers},
			Spec: corev1.PersistentVolumeClaimSpec{
				AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
				Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{
					corev1.ResourceStorage: resource.MustParse("1Gi"),
				}},
			},
		}
	}
	statefulSet := func(template corev1.PodTemplateSpec, claim corev1.PersistentVolumeClaim) *appsv1.StatefulSet {
		return &appsv1.StatefulSet{ObjectMeta: meta(), Spec: appsv1.StatefulSetSpec{
			Selector: selector, Template: template, VolumeClaimTemplates: []corev1.PersistentVolumeClaim{claim},
		}}
	}
	job := func(finalizers ...string) *batchv1.Job {
		template := template(finalizers...)
		template.Spec.RestartPolicy = corev1.RestartPolicyNever
		return &batchv1.Job{ObjectMeta: meta(), Spec: batchv1.JobSpec{Template: template}}
	}
	pods := func(ctx SpecContext) ([]corev1.Pod, error) {
		list := &corev1.PodList{}
		err := k8sClient.List(ctx, list, client.InNamespace(namespace))
		return list.Items, err
	}
	events := func(ctx SpecContext) ([]corev1.Event, error) {
		list := &corev1.EventList{}
		err := k8sClient.List(ctx, list, client.InNamespace(namespace))
		return list.Items, err
	}
	refusedTo := func(reason string) types.GomegaMatcher {
		return ContainElement(And(HaveField("Reason", reason),
			HaveField("Message", And(ContainSubstring(policy), ContainSubstring("leave it out, of templates too")))))
	}
	gone := func(ctx SpecContext) {
		place := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
		Expect(operator().Delete(ctx, place)).To(Succeed())
		Eventually(func() error { return k8sClient.Get(ctx, client.ObjectKeyFromObject(place), place) }).
			WithContext(ctx).WithTimeout(eventualTimeout).Should(Satisfy(apierrors.IsNotFound))
		Eventually(pods).WithContext(ctx).WithTimeout(eventualTimeout).Should(BeEmpty())
	}
	BeforeEach(func(ctx SpecContext) {
		namespace = withAccount(ctx, place(ctx).Name)
		c = As(lordOf(ctx, namespace))
	})

	DescribeTable("reach no pod of a Deployment, which says why", func(ctx SpecContext, labels map[string]string, finalizer string) {
		template := template(finalizer)
		maps.Copy(template.Labels, labels)
		d := deployment(template)
		Expect(exempt().Create(ctx, d)).To(Succeed(), "people write no such labels any more")
		Eventually(func() ([]appsv1.DeploymentCondition, error) {
			err := k8sClient.Get(ctx, client.ObjectKeyFromObject(d), d)
			return d.Status.Conditions, err
		}).WithContext(ctx).WithTimeout(eventualTimeout).Should(ContainElement(And(
			HaveField("Type", appsv1.DeploymentReplicaFailure), HaveField("Reason", "FailedCreate"),
			HaveField("Message", ContainSubstring(policy)))))
		Eventually(events).WithContext(ctx).WithTimeout(eventualTimeout).Should(refusedTo("FailedCreate"))
		Expect(pods(ctx)).To(BeEmpty())
		gone(ctx)
	},
		Entry("of no known controller", nil, stuck),
		Entry("with the operator's labels, which come from the template too", ownLabels(), stuck),
		Entry("of Jobs, which a Deployment has none of", nil, batchv1.JobTrackingFinalizer),
	)

	It("reach no pod and no volume claim of a StatefulSet", func(ctx SpecContext) {
		By("a finalizer in the template of the claims")
		set := statefulSet(template(), claim(stuck))
		Expect(c.Create(ctx, set)).To(Succeed())
		Eventually(events).WithContext(ctx).WithTimeout(eventualTimeout).Should(refusedTo("FailedCreate"))
		claims := &corev1.PersistentVolumeClaimList{}
		Expect(k8sClient.List(ctx, claims, client.InNamespace(namespace))).To(Succeed())
		Expect(claims.Items).To(BeEmpty())
		Expect(c.Delete(ctx, set)).To(Succeed())

		By("a finalizer in the template of the pods")
		set = statefulSet(template(stuck), claim())
		set.Name = "other"
		Expect(c.Create(ctx, set)).To(Succeed())
		Eventually(events).WithContext(ctx).WithTimeout(eventualTimeout).Should(ContainElement(And(
			HaveField("InvolvedObject.Name", "other"), HaveField("Reason", "FailedCreate"), HaveField("Message", ContainSubstring("Create Pod other-0")))))
		Expect(pods(ctx)).To(BeEmpty())
	})

	It("reach no pod of a Job", func(ctx SpecContext) {
		Expect(c.Create(ctx, job(stuck))).To(Succeed())
		Eventually(events).WithContext(ctx).WithTimeout(eventualTimeout).Should(refusedTo("FailedCreate"))
		Expect(pods(ctx)).To(BeEmpty())
	})

	It("are no hindrance where there are none: Kubernetes makes the pods and claims, and the place goes with them", func(ctx SpecContext) {
		worker := job()
		worker.Name = "worker"
		Expect(c.Create(ctx, worker)).To(Succeed())
		Expect(c.Create(ctx, deployment(template()))).To(Succeed())
		set := statefulSet(template(), claim())
		set.Name = "set"
		Expect(c.Create(ctx, set)).To(Succeed())
		Eventually(pods).WithContext(ctx).WithTimeout(eventualTimeout).Should(ContainElements(
			And(HaveField("OwnerReferences", ContainElement(HaveField("Kind", "Job"))), HaveField("Finalizers", ConsistOf(batchv1.JobTrackingFinalizer))),
			HaveField("OwnerReferences", ContainElement(HaveField("Kind", "ReplicaSet"))),
			HaveField("Name", "set-0"),
		))
		held := &corev1.PersistentVolumeClaim{}
		Expect(k8sClient.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "data-set-0"}, held)).To(Succeed())
		Expect(held.Finalizers).To(ConsistOf("kubernetes.io/pvc-protection"))
		gone(ctx)
	})

	DescribeTable("are judged by who controls the pod, and by no right of the controller that makes it",
		func(ctx SpecContext, user string, controllers []metav1.OwnerReference, finalizer string, allowed bool) {
			pod := &corev1.Pod{
				ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "own", Finalizers: []string{finalizer}, OwnerReferences: controllers},
				Spec:       template().Spec,
			}
			err := As(user, "system:masters").Create(ctx, pod, client.DryRunAll)
			if allowed {
				Expect(err).NotTo(HaveOccurred())
			} else {
				Expect(err).To(beForbiddenBy(policy))
			}
		},
		Entry("a Job's is held", controllerManager, ownedBy("batch/v1", "Job", true), batchv1.JobTrackingFinalizer, true),
		Entry("a Job's of another version is held", controllerManager, ownedBy("batch/v2", "Job", true), batchv1.JobTrackingFinalizer, true),
		Entry("a Job's is not held by another", controllerManager, ownedBy("batch/v1", "Job", true), stuck, false),
		Entry("one that a Job owns but does not control is not held", controllerManager, ownedBy("batch/v1", "Job", false), batchv1.JobTrackingFinalizer, false),
		Entry("one that another's Job controls is not held", controllerManager, ownedBy("evil.example/v1", "Job", true), batchv1.JobTrackingFinalizer, false),
		Entry("a ReplicaSet's is not held", controllerManager, ownedBy("apps/v1", "ReplicaSet", true), batchv1.JobTrackingFinalizer, false),
		Entry("one that nobody controls is not held", controllerManager, nil, batchv1.JobTrackingFinalizer, false),
		Entry("the garbage collector's are anybody's", controllerManager, ownedBy("apps/v1", "ReplicaSet", true), metav1.FinalizerDeleteDependents, true),
	)

	It("are not those of Jobs when people make the pod", func(ctx SpecContext) {
		pod := &corev1.Pod{ObjectMeta: meta(), Spec: template().Spec}
		pod.Finalizers, pod.OwnerReferences = []string{batchv1.JobTrackingFinalizer}, ownedBy("batch/v1", "Job", true)
		Expect(c.Create(ctx, pod)).To(beForbiddenBy(policy))
	})

	It("of volume claims are those that Kubernetes takes away, whoever makes the claim", func(ctx SpecContext) {
		for _, as := range []client.Client{c, As(statefulSetController), As(controllerManager, "system:masters")} {
			for _, finalizer := range []string{"kubernetes.io/pvc-protection", metav1.FinalizerOrphanDependents, metav1.FinalizerDeleteDependents} {
				made := claim(finalizer)
				made.Namespace = namespace
				Expect(as.Create(ctx, &made, client.DryRunAll)).To(Succeed())
			}
			for _, finalizer := range []string{stuck, batchv1.JobTrackingFinalizer, v1alpha1.Finalizer} {
				made := claim(finalizer)
				made.Namespace, made.OwnerReferences = namespace, ownedBy("batch/v1", "Job", true)
				Expect(as.Create(ctx, &made, client.DryRunAll)).To(beForbiddenBy(policy))
			}
		}
	})

	It("are added later by who may override alone, and taken away by anybody", func(ctx SpecContext) {
		pod := newPod(ctx, c, namespace, unchanged)
		hold := mergePatch(`{"metadata":{"finalizers":["` + stuck + `"]}}`)
		for _, as := range []client.Client{c, As("system:serviceaccount:kube-system:generic-garbage-collector")} {
			Expect(as.Patch(ctx, pod.DeepCopy(), hold)).To(beForbiddenBy(policy))
		}
		Expect(c.Status().Patch(ctx, pod.DeepCopy(), hold)).To(beForbiddenBy(policy))
		for _, as := range []client.Client{As(person(ctx, everything, override)), exempt()} {
			Expect(as.Patch(ctx, pod.DeepCopy(), hold)).To(Succeed())
			Expect(c.Patch(ctx, pod.DeepCopy(), mergePatch(`{"metadata":{"labels":{"a":"b"}}}`))).To(Succeed())
			Expect(c.Patch(ctx, pod.DeepCopy(), mergePatch(`{"metadata":{"finalizers":null}}`))).To(Succeed())
		}
	})
})

// ownedBy are the owner references of what an object of a kind owns, and controls or not.
func ownedBy(apiVersion, kind string, controls bool) []metav1.OwnerReference {
	return []metav1.OwnerReference{{APIVersion: apiVersion, Kind: kind, Name: "own", UID: "5e8c5d0e-0c53-4ce9-9d8b-6d4f3a2b1c0d", Controller: &controls}}
}
