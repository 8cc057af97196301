// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// A policy that forgets Kubernetes' own controllers breaks the cluster: a namespace that terminates
// for ever, a service without endpoints, a quota that counts nothing.
var _ = Describe("Kubernetes goes on working under the policies", func() {
	var ns *corev1.Namespace
	BeforeEach(func(ctx SpecContext) { ns = place(ctx) })

	It("ends a tenant's place with all that is in it", func(ctx SpecContext) {
		makeOwned(ctx, ns.Name)
		Expect(operator().Delete(ctx, ns)).To(Succeed())
		Eventually(func() error { return k8sClient.Get(ctx, client.ObjectKeyFromObject(ns), &corev1.Namespace{}) }).
			WithContext(ctx).WithTimeout(eventualTimeout).Should(Satisfy(apierrors.IsNotFound))
	})

	It("makes the place's own account and root certificates", func(ctx SpecContext) {
		for _, obj := range []client.Object{
			&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: ns.Name, Name: "default"}},
			&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: ns.Name, Name: "kube-root-ca.crt"}},
		} {
			Eventually(func() error { return k8sClient.Get(ctx, client.ObjectKeyFromObject(obj), obj) }).
				WithContext(ctx).WithTimeout(eventualTimeout).Should(Succeed())
		}
	})

	It("counts against the operator's quota, and enforces it", func(ctx SpecContext) {
		quota := &corev1.ResourceQuota{
			ObjectMeta: metav1.ObjectMeta{Namespace: ns.Name, Name: "tenantry", Labels: ownLabels()},
			Spec: corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{
				"services": resource.MustParse("2"), "configmaps": resource.MustParse("0"),
			}},
		}
		Expect(operator().Create(ctx, quota)).To(Succeed())
		used := func() (string, error) {
			err := k8sClient.Get(ctx, client.ObjectKeyFromObject(quota), quota)
			return quota.Status.Used.Name("services", resource.DecimalSI).String(), err
		}
		By("waiting for the quota controller to fill in the status, and for the API server to see it")
		Eventually(func() error {
			probe := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: ns.Name, Name: "probe"}}
			return k8sClient.Create(ctx, probe, client.DryRunAll)
		}).WithContext(ctx).WithTimeout(eventualTimeout).Should(MatchError(ContainSubstring("exceeded quota")))

		By("having the API server charge what is made")
		c := As(person(ctx, everything))
		service := func(i int) *corev1.Service {
			return &corev1.Service{
				ObjectMeta: metav1.ObjectMeta{Namespace: ns.Name, Name: fmt.Sprintf("s%d", i)},
				Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}},
			}
		}
		Expect(c.Create(ctx, service(0))).To(Succeed())
		Expect(c.Create(ctx, service(1))).To(Succeed())
		Expect(used()).To(Equal("2"))
		Expect(c.Create(ctx, service(2))).To(MatchError(ContainSubstring("exceeded quota")))

		By("having the quota controller give back what is gone")
		Expect(c.Delete(ctx, service(0))).To(Succeed())
		Eventually(used).WithContext(ctx).WithTimeout(eventualTimeout).Should(Equal("1"))
	})

	It("gives the operator's Service its EndpointSlice, which inherits our labels", func(ctx SpecContext) {
		service := &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: ns.Name, Name: "portal", Labels: ownLabels()},
			Spec:       corev1.ServiceSpec{Selector: map[string]string{"app": "portal"}, Ports: []corev1.ServicePort{{Port: 80}}},
		}
		Expect(operator().Create(ctx, service)).To(Succeed())
		slices := func() ([]discoveryv1.EndpointSlice, error) {
			list := &discoveryv1.EndpointSliceList{}
			err := k8sClient.List(ctx, list, client.InNamespace(ns.Name), client.MatchingLabels{v1alpha1.LabelManaged: "true"})
			return list.Items, err
		}
		Eventually(slices).WithContext(ctx).WithTimeout(eventualTimeout).Should(HaveLen(1))

		By("keeping people from redirecting it")
		found, err := slices()
		Expect(err).NotTo(HaveOccurred())
		c := As(person(ctx, everything))
		Expect(c.Patch(ctx, &found[0], mergePatch(`{"endpoints":[{"addresses":["192.0.2.1"]}]}`))).To(beForbiddenBy("tenantry-owned-objects"))

		By("having the garbage collector remove it with the Service")
		Expect(operator().Delete(ctx, service)).To(Succeed())
		Eventually(slices).WithContext(ctx).WithTimeout(eventualTimeout).Should(BeEmpty())
	})

	It("lets a pod end that bears our labels by its template, by its node and by who may delete it", func(ctx SpecContext) {
		Eventually(func() error {
			return k8sClient.Get(ctx, client.ObjectKey{Namespace: ns.Name, Name: "default"}, &corev1.ServiceAccount{})
		}).WithContext(ctx).WithTimeout(eventualTimeout).Should(Succeed())
		node := "node-" + ns.Name
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: ns.Name, Name: "scan", Labels: ownLabels()},
			Spec:       corev1.PodSpec{NodeName: node, Containers: []corev1.Container{{Name: "scan", Image: "scan"}}},
		}
		Expect(As("system:serviceaccount:kube-system:job-controller").Create(ctx, pod)).To(Succeed())
		lord := As(lordOf(ctx, ns.Name))
		Expect(lord.Patch(ctx, pod.DeepCopy(), mergePatch(`{"metadata":{"labels":null}}`))).To(beForbiddenBy("tenantry-owned-objects"))
		Expect(lord.Delete(ctx, pod.DeepCopy(), client.DryRunAll)).To(Succeed())
		Expect(lord.DeleteAllOf(ctx, &corev1.Pod{}, client.InNamespace(ns.Name), client.DryRunAll)).To(Succeed())
		Expect(As(person(ctx)).Delete(ctx, pod.DeepCopy(), client.DryRunAll)).To(beForbiddenByRBAC())

		kubelet := As("system:node:"+node, "system:nodes")
		Expect(kubelet.Status().Patch(ctx, pod, mergePatch(`{"status":{"phase":"Succeeded"}}`))).To(Succeed())
		Expect(kubelet.Delete(ctx, pod, &client.DeleteOptions{GracePeriodSeconds: ptr.To[int64](0)})).To(Succeed())
	})

	It("lets a volume claim go that bears our labels by a template", func(ctx SpecContext) {
		claim := &corev1.PersistentVolumeClaim{
			ObjectMeta: metav1.ObjectMeta{Namespace: ns.Name, Name: "data-web-0", Labels: ownLabels()},
			Spec: corev1.PersistentVolumeClaimSpec{
				AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
				Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{
					corev1.ResourceStorage: resource.MustParse("1Gi"),
				}},
			},
		}
		c := As(person(ctx, everything))
		Expect(c.Create(ctx, claim.DeepCopy())).To(beForbiddenBy("tenantry-owned-objects"))
		Expect(As("system:serviceaccount:kube-system:statefulset-controller").Create(ctx, claim)).To(Succeed())
		Expect(c.Delete(ctx, claim)).To(Succeed())
	})

	It("lets anybody report events about what the operator made", func(ctx SpecContext) {
		Expect(As(person(ctx, everything)).Create(ctx, &corev1.Event{
			ObjectMeta:     metav1.ObjectMeta{Namespace: ns.Name, Name: "portal.1"},
			InvolvedObject: corev1.ObjectReference{Kind: "Service", Namespace: ns.Name, Name: "portal"},
		})).To(Succeed())
	})
})
