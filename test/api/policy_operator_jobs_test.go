// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/scan"
)

// run is the Job of a scan in a place, as the operator makes it.
func run(namespace string) *batchv1.Job {
	return scan.Work{
		Run: 7, Namespace: namespace, Labels: ownLabels(),
		Schedule: &v1alpha1.ScanSchedule{ObjectMeta: metav1.ObjectMeta{Name: "weekly", Namespace: namespace, UID: "6d0c5d7e-0a4f-4e53-9d1d-6a8a6a9c1a01"}},
		Profile:  configv1alpha1.ScanProfile{Image: "registry.example/scanner@sha256:" + strings.Repeat("0a", 32), Deadline: metav1.Duration{Duration: time.Hour}},
	}.Job()
}

// What the operator's right to make Jobs is good for, and not good for, in whoever's hands.
var _ = Describe("A stolen token of the operator, by way of Jobs,", Ordered, func() {
	const policy = "tenantry-operator-jobs"
	var namespace string
	var able client.Client
	BeforeAll(func(ctx SpecContext) {
		namespace, able = place(ctx).Name, As(operatorName, "system:masters")
	})

	It("makes runs of scans, resumes, releases and deletes them", func(ctx SpecContext) {
		made := run(namespace)
		Expect(operator().Create(ctx, made)).To(Succeed())
		for _, patch := range []string{`{"spec":{"suspend":false}}`, `{"metadata":{"finalizers":null}}`} {
			Expect(operator().Patch(ctx, made, client.RawPatch(types.MergePatchType, []byte(patch)))).To(Succeed())
		}
		Expect(operator().Delete(ctx, made, client.PropagationPolicy(metav1.DeletePropagationBackground))).To(Succeed())
	})

	DescribeTable("makes none", func(ctx SpecContext, change func(*batchv1.Job)) {
		made := run(namespace)
		change(made)
		Expect(able.Create(ctx, made, client.DryRunAll)).To(Or(beForbiddenBy(policy), beForbiddenBy("tenantry-operator")))
	},
		Entry("by another name", func(job *batchv1.Job) { job.Name = "miner" }),
		Entry("of no schedule", func(job *batchv1.Job) { delete(job.Labels, v1alpha1.LabelSchedule) }),
		Entry("of another tenant", func(job *batchv1.Job) { job.Labels[v1alpha1.LabelTenant] = "globex" }),
		Entry("outside tenants' places", func(job *batchv1.Job) { job.Namespace = "default" }),
		Entry("beside itself", func(job *batchv1.Job) { job.Namespace = "tenantry-system" }),
		Entry("that stays for ever", func(job *batchv1.Job) { job.Finalizers = append(job.Finalizers, "example.com/hold") }),
		Entry("with an owner", func(job *batchv1.Job) {
			job.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: "a", UID: "a"}}
		}),
		Entry("with a ServiceAccount's token", func(job *batchv1.Job) { job.Spec.Template.Spec.AutomountServiceAccountToken = new(true) }),
		Entry("as a ServiceAccount", func(job *batchv1.Job) { job.Spec.Template.Spec.ServiceAccountName = "default" }),
		Entry("with a Secret for its image", func(job *batchv1.Job) {
			job.Spec.Template.Spec.ImagePullSecrets = []corev1.LocalObjectReference{{Name: "a"}}
		}),
		Entry("with a Secret mounted", func(job *batchv1.Job) {
			job.Spec.Template.Spec.Volumes[0].VolumeSource = corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "tenant-admin"}}
		}),
		Entry("with another ConfigMap mounted", func(job *batchv1.Job) { job.Spec.Template.Spec.Volumes[0].ConfigMap.Name = "brand" }),
		Entry("with the host's files", func(job *batchv1.Job) {
			job.Spec.Template.Spec.Volumes[0].VolumeSource = corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}
		}),
		Entry("with a Secret in its environment", func(job *batchv1.Job) {
			job.Spec.Template.Spec.Containers[0].EnvFrom = []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "tenant-admin"}}}}
		}),
		Entry("with a key of a Secret in its environment", func(job *batchv1.Job) {
			job.Spec.Template.Spec.Containers[0].Env[0] = corev1.EnvVar{Name: "A", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
				LocalObjectReference: corev1.LocalObjectReference{Name: "tenant-admin"}, Key: "password"}}}
		}),
		Entry("of an image that may change", func(job *batchv1.Job) { job.Spec.Template.Spec.Containers[0].Image = "registry.example/scanner:latest" }),
		Entry("of two containers", func(job *batchv1.Job) {
			first := job.Spec.Template.Spec.Containers[0]
			first.Name = "first"
			job.Spec.Template.Spec.InitContainers = []corev1.Container{first}
		}),
		Entry("as root", func(job *batchv1.Job) { job.Spec.Template.Spec.SecurityContext.RunAsNonRoot = nil }),
		Entry("as root, by its container", func(job *batchv1.Job) { job.Spec.Template.Spec.Containers[0].SecurityContext.RunAsNonRoot = new(false) }),
		Entry("that writes to its image", func(job *batchv1.Job) {
			job.Spec.Template.Spec.Containers[0].SecurityContext.ReadOnlyRootFilesystem = nil
		}),
		Entry("with capabilities", func(job *batchv1.Job) {
			job.Spec.Template.Spec.Containers[0].SecurityContext.Capabilities.Add = []corev1.Capability{"NET_RAW"}
		}),
		Entry("in the host's network", func(job *batchv1.Job) { job.Spec.Template.Spec.HostNetwork = true }),
	)

	It("changes nothing of a run but how it ends, and touches no Job of a tenant's own", func(ctx SpecContext) {
		made := run(namespace)
		Expect(operator().Create(ctx, made)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) {
			Expect(operator().Patch(ctx, made, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`)))).To(Succeed())
			Expect(operator().Delete(ctx, made, client.PropagationPolicy(metav1.DeletePropagationBackground))).To(Succeed())
		})
		for _, patch := range []string{
			`{"metadata":{"labels":{"tenantry.io/schedule-uid":"another"}}}`, `{"metadata":{"finalizers":["tenantry.io/cleanup","example.com/hold"]}}`,
			`{"spec":{"template":{"metadata":{"labels":{"app.kubernetes.io/name":"portal"}}}}}`,
		} {
			Expect(able.Patch(ctx, made.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(patch)), client.DryRunAll)).To(beForbiddenBy(policy), patch)
		}
		own := run(namespace)
		own.Name, own.Labels, own.Annotations, own.Finalizers, own.Spec.Template.Labels = "own", nil, nil, nil, nil
		Expect(k8sClient.Create(ctx, own)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) {
			Expect(k8sClient.Delete(ctx, own, client.PropagationPolicy(metav1.DeletePropagationBackground))).To(Succeed())
		})
		Expect(able.Delete(ctx, own.DeepCopy(), client.DryRunAll)).To(Or(beForbiddenBy(policy), beForbiddenBy("tenantry-operator")))
		Expect(able.Patch(ctx, own.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(`{"spec":{"suspend":false}}`)), client.DryRunAll)).To(Or(beForbiddenBy(policy), beForbiddenBy("tenantry-operator")))
	})
})
