// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// finished is what the Job controller says of a Job that is done.
const finished = `{"status":{"succeeded":1,"startTime":"2026-11-22T12:00:00Z","completionTime":"2026-11-22T12:01:00Z","conditions":[
	{"type":"SuccessCriteriaMet","status":"True","lastTransitionTime":"2026-11-22T12:01:00Z"},
	{"type":"Complete","status":"True","lastTransitionTime":"2026-11-22T12:01:00Z"}]}}`

var _ = Describe("A run of a schedule", func() {
	const policy = "tenantry-owned-objects"

	Context("in a place where people may run Jobs of their own", Ordered, func() {
		var (
			namespace string
			r         run
			// people of the place, from who may most on.
			people map[string]client.Client
		)
		BeforeAll(func(ctx SpecContext) {
			namespace = place(ctx).Name
			r = startRun(ctx, namespace)
			owner := bound(ctx, namespace, "owner")
			await(ctx, owner, namespace, "delete jobs.batch")
			people = map[string]client.Client{
				"who has every right there": As(lordOf(ctx, namespace)), "who has every common right in the cluster": As(person(ctx, everything)), "its Owner": As(owner),
			}
		})

		DescribeTable("is changed and ended by none of them", func(ctx SpecContext, try func(SpecContext, client.Client, client.Object) error) {
			for who, c := range people {
				for _, object := range r.objects() {
					Expect(try(ctx, c, object.DeepCopyObject().(client.Object))).To(beForbiddenBy(policy), who)
				}
			}
		},
			Entry("not by another number or schedule", func(ctx SpecContext, c client.Client, object client.Object) error {
				return c.Patch(ctx, object, mergePatch(`{"metadata":{"annotations":{"tenantry.io/run":"8"},"labels":{"tenantry.io/schedule-uid":"another"}}}`))
			}),
			Entry("not by letting it go uncounted", func(ctx SpecContext, c client.Client, object client.Object) error {
				return c.Patch(ctx, object, mergePatch(`{"metadata":{"finalizers":[],"annotations":{"a":"b"}}}`))
			}),
			Entry("not by holding it for ever", func(ctx SpecContext, c client.Client, object client.Object) error {
				return c.Patch(ctx, object, mergePatch(`{"metadata":{"finalizers":["tenantry.io/cleanup","`+stuck+`"]}}`))
			}),
			Entry("not by an owner that the garbage collector misses", func(ctx SpecContext, c client.Client, object client.Object) error {
				return c.Patch(ctx, object, mergePatch(`{"metadata":{"ownerReferences":[`+ownerReference+`]}}`))
			}),
			Entry("not by deleting it", func(ctx SpecContext, c client.Client, object client.Object) error {
				return c.Delete(ctx, object, client.PropagationPolicy("Orphan"))
			}),
			Entry("not by deleting all", func(ctx SpecContext, c client.Client, object client.Object) error {
				return c.DeleteAllOf(ctx, object, client.InNamespace(namespace), client.MatchingLabels(ownLabels()))
			}),
		)

		It("is not said to be done by anybody there, which would count", func(ctx SpecContext) {
			lord, owner := people["who has every right there"], people["its Owner"]
			Expect(lord.Status().Patch(ctx, r.job.DeepCopy(), mergePatch(finished))).To(And(beForbiddenBy(policy), MatchError(ContainSubstring("jobs/status by a ClusterRoleBinding"))))
			Expect(owner.Status().Patch(ctx, r.job.DeepCopy(), mergePatch(finished))).To(beForbiddenByRBAC())
			Expect(lord.Create(ctx, ownJob(namespace, "reported"))).To(Succeed())
			Expect(lord.Status().Patch(ctx, ownJob(namespace, "reported"), mergePatch(`{"status":{"active":1}}`), client.DryRunAll)).To(Succeed(), "their own may be")
		})

		It("is not resumed before its targets are there, nor counted, by anybody there", func(ctx SpecContext) {
			for who, c := range people {
				Expect(c.Patch(ctx, r.job.DeepCopy(), mergePatch(`{"spec":{"suspend":false}}`))).To(beForbiddenBy(policy), who)
				Expect(c.Patch(ctx, r.ledger.DeepCopy(), mergePatch(`{"data":{"ledger":"{}"}}`))).To(beForbiddenBy(policy), who)
			}
		})

		It("has its targets deleted by the operator, before its Job goes", func(ctx SpecContext) {
			found := r.targets.DeepCopy()
			Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(found), found)).To(Succeed())
			Expect(operator().Delete(ctx, found, client.Preconditions{UID: &found.UID, ResourceVersion: &found.ResourceVersion}, client.DryRunAll)).To(Succeed())
		})

		It("leaves people their own Jobs", func(ctx SpecContext) {
			for who, c := range people {
				own := ownJob(namespace, "own")
				Expect(c.Create(ctx, own)).To(Succeed(), who)
				Expect(c.Patch(ctx, own, mergePatch(`{"spec":{"suspend":true}}`))).To(Succeed(), who)
				Expect(c.Delete(ctx, own, client.PropagationPolicy("Background"))).To(Succeed(), who)
				Eventually(func() error { return k8sClient.Get(ctx, client.ObjectKeyFromObject(own), own) }).
					WithContext(ctx).WithTimeout(eventualTimeout).Should(Satisfy(apierrors.IsNotFound))
			}
		})
	})

	Context("has a pod", Ordered, func() {
		var (
			namespace string
			pod       *corev1.Pod
			lord      string
		)
		BeforeAll(func(ctx SpecContext) {
			namespace = withAccount(ctx, place(ctx, func(ns *corev1.Namespace) { ns.Labels[podSecurity] = "restricted" }).Name)
			pod = runningPod(ctx, startRun(ctx, namespace))
			lord = lordOf(ctx, namespace)
			own := &corev1.Pod{Spec: pod.Spec}
			own.Namespace, own.Name = namespace, "own"
			Expect(As(lord).Create(ctx, own)).To(Succeed())
		})

		It("that Kubernetes makes, under Pod Security at its strictest, without a token, and with nothing of the tenant's", func() {
			Expect(pod.Labels).To(HaveKeyWithValue(v1alpha1.LabelManaged, "true"))
			Expect(pod.Spec.AutomountServiceAccountToken).To(HaveValue(BeFalse()))
			Expect(pod.Spec.Volumes).To(ConsistOf(
				HaveField("ConfigMap", HaveField("Name", "scan-weekly-7")), HaveField("EmptyDir", Not(BeNil()))), "no token is projected")
		})

		DescribeTable("that people don't get into", func(ctx SpecContext, subresource string, options runtime.Object) {
			for _, user := range []string{lord, person(ctx, everything)} {
				Expect(connect(ctx, user, namespace, pod.Name, subresource, options)).To(And(beForbiddenBy("tenantry-scan-pods"), MatchError(ContainSubstring("read the log of the pod"))))
				Expect(connect(ctx, user, namespace, "own", subresource, options)).NotTo(beForbiddenBy("tenantry-scan-pods"), "its legal twin, which runs on no node")
			}
			Expect(connect(ctx, person(ctx, everything, override), namespace, pod.Name, subresource, options)).NotTo(beForbiddenBy("tenantry-scan-pods"))
		},
			Entry("not by a shell", "exec", &corev1.PodExecOptions{Container: "scan", Command: []string{"sh"}, Stdin: true}),
			Entry("not by its input", "attach", &corev1.PodAttachOptions{Container: "scan", Stdin: true}),
			Entry("not by a port", "portforward", &corev1.PodPortForwardOptions{Ports: []int32{80}}),
			Entry("not by the API server", "proxy", &corev1.PodProxyOptions{Path: "/"}),
		)

		It("that nobody changes, not by a container beside it either", func(ctx SpecContext) {
			c := As(lord)
			debugged := pod.DeepCopy()
			debugged.ResourceVersion = "" // a scheduler may have written to the status
			debugged.Spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{
				Name: "debug", Image: "registry.example/debug", ImagePullPolicy: corev1.PullAlways, SecurityContext: pod.Spec.Containers[0].SecurityContext,
			}}}
			Expect(c.SubResource("ephemeralcontainers").Update(ctx, debugged)).To(beForbiddenBy(policy))
			Expect(c.Patch(ctx, pod.DeepCopy(), mergePatch(`{"metadata":{"labels":{"tenantry.io/schedule-uid":null}}}`))).To(beForbiddenBy(policy))
			Expect(c.Patch(ctx, pod.DeepCopy(), mergePatch(`{"spec":{"activeDeadlineSeconds":1}}`))).To(beForbiddenBy(policy))
			Expect(c.Status().Patch(ctx, pod.DeepCopy(), mergePatch(`{"status":{"phase":"Succeeded"}}`))).To(beForbiddenBy(policy))
			Expect(c.Delete(ctx, pod.DeepCopy(), client.DryRunAll)).To(Succeed(), "who drains a node or needs the room ends it, and the run fails")
		})
	})

	It("is worked off by Kubernetes' own controllers, and goes with the place once it is let go", func(ctx SpecContext) {
		ns := place(ctx)
		r := startRun(ctx, withAccount(ctx, ns.Name))
		pod := runningPod(ctx, r)
		By("having its node say that the pod is done")
		node := "node-" + ns.Name
		Expect(k8sClient.SubResource("binding").Create(ctx, pod.DeepCopy(), &corev1.Binding{Target: corev1.ObjectReference{Kind: "Node", Name: node}})).To(Succeed())
		kubelet := As("system:node:"+node, "system:nodes")
		Expect(kubelet.Status().Patch(ctx, pod.DeepCopy(), mergePatch(`{"status":{"phase":"Succeeded"}}`))).To(Succeed())
		Eventually(func() ([]batchv1.JobCondition, error) {
			err := k8sClient.Get(ctx, client.ObjectKeyFromObject(r.job), r.job)
			return r.job.Status.Conditions, err
		}).WithContext(ctx).WithTimeout(eventualTimeout).Should(ContainElement(HaveField("Type", batchv1.JobComplete)))

		By("having the garbage collector remove its targets and its pod with it")
		Expect(exempt().Delete(ctx, r.job.DeepCopy(), client.PropagationPolicy("Background"))).To(Succeed())
		Expect(exempt().Patch(ctx, r.job.DeepCopy(), mergePatch(dropFinalizer))).To(Succeed())
		Expect(kubelet.Delete(ctx, pod.DeepCopy(), &client.DeleteOptions{GracePeriodSeconds: ptr.To[int64](0)})).To(Or(Succeed(), Satisfy(apierrors.IsNotFound)))
		for _, object := range []client.Object{r.targets, pod} {
			Eventually(func() error { return k8sClient.Get(ctx, client.ObjectKeyFromObject(object), object) }).
				WithContext(ctx).WithTimeout(eventualTimeout).Should(Satisfy(apierrors.IsNotFound))
		}
		By("ending the place with the ledger in it")
		Expect(operator().Delete(ctx, ns)).To(Succeed())
		Eventually(func() error { return k8sClient.Get(ctx, client.ObjectKeyFromObject(ns), ns) }).
			WithContext(ctx).WithTimeout(eventualTimeout).Should(Satisfy(apierrors.IsNotFound))
	})
})

// connect opens what a subresource of a pod leads to, as user.
func connect(ctx SpecContext, user, namespace, pod, subresource string, options runtime.Object) error {
	GinkgoHelper()
	impersonated := rest.CopyConfig(restConfig)
	impersonated.Impersonate = rest.ImpersonationConfig{UserName: user}
	clientset, err := kubernetes.NewForConfig(impersonated)
	Expect(err).NotTo(HaveOccurred())
	return clientset.CoreV1().RESTClient().Post().Resource("pods").Namespace(namespace).Name(pod).SubResource(subresource).
		VersionedParams(options, scheme.ParameterCodec).Do(ctx).Error()
}
