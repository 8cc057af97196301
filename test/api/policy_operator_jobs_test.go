// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("A stolen token of the operator starts no work but runs:", func() {
	const policy = "tenantry-operator-jobs"

	DescribeTable("it makes no Job", func(ctx SpecContext, change func(*batchv1.Job)) {
		namespace := place(ctx).Name
		Expect(operator().Create(ctx, newRun(namespace).job, client.DryRunAll)).To(Succeed(), "its legal twin")
		forged := newRun(namespace).job
		change(forged)
		Expect(operator().Create(ctx, forged, client.DryRunAll)).To(beForbiddenBy(policy))
	},
		Entry("of another name", func(job *batchv1.Job) { job.Name = "miner" }),
		Entry("of no schedule", func(job *batchv1.Job) { delete(job.Labels, v1alpha1.LabelSchedule) }),
		Entry("of no number", func(job *batchv1.Job) { job.Annotations = nil }),
		Entry("of another tenant", func(job *batchv1.Job) { job.Labels[v1alpha1.LabelTenant] = "initech" }),
		Entry("that begins before its targets are there", func(job *batchv1.Job) { job.Spec.Suspend = new(false) }),
		Entry("that nobody lets go", func(job *batchv1.Job) { job.Finalizers = append(job.Finalizers, stuck) }),
		Entry("with an owner", func(job *batchv1.Job) { job.OwnerReferences = ownedBy("v1", "ConfigMap", true) }),
		Entry("of many pods", func(job *batchv1.Job) {
			job.Spec.Parallelism, job.Spec.Completions = ptr.To[int32](100), ptr.To[int32](100)
		}),
		Entry("that is tried for ever", func(job *batchv1.Job) { job.Spec.BackoffLimit = ptr.To[int32](1000) }),
		Entry("without an end", func(job *batchv1.Job) { job.Spec.ActiveDeadlineSeconds = nil }),
		ofPod("with a token", func(pod *corev1.PodSpec) { pod.AutomountServiceAccountToken = nil }),
		ofPod("of an account", func(pod *corev1.PodSpec) { pod.ServiceAccountName = "default" }),
		ofPod("with a Secret in a volume", volume(corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "tenant-admin"}})),
		ofPod("with a token in a volume", volume(corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
			{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Path: "token"}}}}})),
		ofPod("with a ConfigMap of the tenant's", volume(corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "own"}}})),
		ofPod("with the tenant's disk", volume(corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}})),
		ofPod("with the node's disk", volume(corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}})),
		ofPod("with a Secret to pull by", func(pod *corev1.PodSpec) {
			pod.ImagePullSecrets = []corev1.LocalObjectReference{{Name: "tenant-admin"}}
		}),
		ofPod("with a Secret in its environment", func(pod *corev1.PodSpec) {
			pod.Containers[0].EnvFrom = []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "tenant-admin"}}}}
		}),
		ofPod("with one value of a Secret", func(pod *corev1.PodSpec) {
			pod.Containers[0].Env = []corev1.EnvVar{{Name: "PASSWORD", ValueFrom: &corev1.EnvVarSource{
				SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "tenant-admin"}, Key: "password"}}}}
		}),
		ofPod("of an image that may become another", func(pod *corev1.PodSpec) { pod.Containers[0].Image = "registry.example/scanner:latest" }),
		ofPod("with another container", func(pod *corev1.PodSpec) {
			pod.Containers = append(pod.Containers, corev1.Container{Name: "miner", Image: pod.Containers[0].Image})
		}),
		ofPod("with one before it", func(pod *corev1.PodSpec) {
			pod.InitContainers = []corev1.Container{{Name: "miner", Image: pod.Containers[0].Image}}
		}),
		ofPod("in the node's network", func(pod *corev1.PodSpec) { pod.HostNetwork = true }),
		ofPod("among the node's processes", func(pod *corev1.PodSpec) { pod.HostPID = true }),
		ofPod("on a node of its choice", func(pod *corev1.PodSpec) { pod.NodeName = "control-plane" }),
		ofPod("before others", func(pod *corev1.PodSpec) { pod.PriorityClassName = "high" }),
		ofPod("as root", func(pod *corev1.PodSpec) { pod.SecurityContext.RunAsUser = ptr.To[int64](0) }),
		ofPod("as its image says", func(pod *corev1.PodSpec) { pod.SecurityContext.RunAsNonRoot = nil }),
		ofPod("as root, by its container", func(pod *corev1.PodSpec) { pod.Containers[0].SecurityContext.RunAsNonRoot = new(false) }),
		ofPod("that writes to its image", func(pod *corev1.PodSpec) { pod.Containers[0].SecurityContext.ReadOnlyRootFilesystem = nil }),
		ofPod("that is privileged", func(pod *corev1.PodSpec) {
			pod.Containers[0].SecurityContext = &corev1.SecurityContext{Privileged: new(true)}
		}),
		ofPod("with a capability", func(pod *corev1.PodSpec) {
			pod.Containers[0].SecurityContext.Capabilities.Add = []corev1.Capability{"NET_RAW"}
		}),
	)

	It("it makes none in a namespace that is no place, its own least of all", func(ctx SpecContext) {
		for _, namespace := range []string{newNamespace(ctx), "tenantry-system", "kube-system"} {
			Expect(operator().Create(ctx, newRun(namespace).job, client.DryRunAll)).To(Or(beForbiddenBy(policy), beForbiddenBy("tenantry-operator")))
		}
	})

	It("it has a run begin, lets it go and deletes it, and changes nothing else of it, nor anything of a tenant's own Jobs", func(ctx SpecContext) {
		namespace := place(ctx).Name
		r := startRun(ctx, namespace)
		for _, body := range []string{
			`{"spec":{"parallelism":5}}`, `{"spec":{"activeDeadlineSeconds":90000}}`, `{"spec":{"ttlSecondsAfterFinished":1}}`,
			`{"spec":{"template":{"spec":{"nodeSelector":{"a":"b"}}}}}`, `{"spec":{"template":{"metadata":{"annotations":{"a":"b"}}}}}`,
			`{"metadata":{"annotations":{"tenantry.io/run":"8"}}}`, `{"metadata":{"finalizers":["tenantry.io/cleanup","` + stuck + `"]}}`,
			`{"metadata":{"labels":{"a":"b"}}}`, `{"metadata":{"ownerReferences":[` + ownerReference + `]}}`,
		} {
			Expect(operator().Patch(ctx, r.job.DeepCopy(), mergePatch(body))).To(beForbiddenBy(policy), body)
		}
		Expect(operator().Patch(ctx, r.job.DeepCopy(), mergePatch(`{"spec":{"suspend":false}}`))).To(Succeed())
		Expect(operator().Patch(ctx, r.job.DeepCopy(), mergePatch(`{"spec":{"suspend":true}}`))).To(beForbiddenBy(policy), "what has begun goes on")

		own := ownJob(namespace, "own")
		Expect(As(lordOf(ctx, namespace)).Create(ctx, own)).To(Succeed())
		refused := Or(beForbiddenBy(policy), beForbiddenBy("tenantry-operator"))
		Expect(operator().Patch(ctx, own.DeepCopy(), mergePatch(`{"spec":{"suspend":true}}`))).To(refused)
		Expect(operator().Delete(ctx, own.DeepCopy())).To(refused)
		Expect(operator().Status().Patch(ctx, r.job.DeepCopy(), mergePatch(finished))).To(beForbiddenByRBAC())

		Expect(operator().Delete(ctx, r.job.DeepCopy(), client.PropagationPolicy("Background"))).To(Succeed())
		Expect(operator().Patch(ctx, r.job.DeepCopy(), mergePatch(dropFinalizer))).To(Succeed())
	})
})

// ofPod is an entry that changes what a Job runs, and volume one more volume.
func ofPod(description string, change func(*corev1.PodSpec)) TableEntry {
	return Entry(description, func(job *batchv1.Job) { change(&job.Spec.Template.Spec) })
}

func volume(source corev1.VolumeSource) func(*corev1.PodSpec) {
	return func(pod *corev1.PodSpec) {
		pod.Volumes = append(pod.Volumes, corev1.Volume{Name: "stolen", VolumeSource: source})
	}
}
