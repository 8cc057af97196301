// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bytes"
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// run is what the operator makes in a place for one run of a ScanSchedule, and what it counts it in.
type run struct {
	job             *batchv1.Job
	targets, ledger *corev1.ConfigMap
}

// newRun is one for the tenant of a namespace, as the operator writes it: its golden file says how.
func newRun(namespace string) run {
	GinkgoHelper()
	golden, err := os.ReadFile(filepath.Join("..", "..", "internal", "scan", "testdata", "run.golden.yaml"))
	Expect(err).NotTo(HaveOccurred())
	documents := bytes.Split(golden, []byte("---\n"))
	r := run{job: &batchv1.Job{}, targets: &corev1.ConfigMap{}, ledger: &corev1.ConfigMap{}}
	Expect(yaml.UnmarshalStrict(documents[1], r.job)).To(Succeed())
	Expect(yaml.UnmarshalStrict(documents[2], r.targets)).To(Succeed())
	r.job.Namespace, r.targets.Namespace = namespace, namespace
	r.ledger.ObjectMeta = metav1.ObjectMeta{Namespace: namespace, Name: v1alpha1.ScanLedgerName, Labels: ownLabels()}
	return r
}

// startRun has one in a place, waiting to be resumed. Its Job is let go when the spec ends, or the place never would be.
func startRun(ctx SpecContext, namespace string) run {
	GinkgoHelper()
	r := newRun(namespace)
	Expect(operator().Create(ctx, r.job)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) {
		Expect(client.IgnoreNotFound(exempt().Patch(ctx, r.job.DeepCopy(), mergePatch(dropFinalizer)))).To(Succeed())
	})
	r.targets.OwnerReferences[0].UID = r.job.UID
	for _, object := range []client.Object{r.targets, r.ledger} {
		Expect(exempt().Create(ctx, object)).To(Succeed())
	}
	return r
}

// objects of a run.
func (r run) objects() []client.Object { return []client.Object{r.job, r.targets, r.ledger} }

// runningPod is a pod of the run as the Job controller makes it, on no node yet.
func runningPod(ctx SpecContext, r run) *corev1.Pod {
	GinkgoHelper()
	Expect(exempt().Patch(ctx, r.job.DeepCopy(), mergePatch(`{"spec":{"suspend":false}}`))).To(Succeed())
	pods := &corev1.PodList{}
	Eventually(func() ([]corev1.Pod, error) {
		err := k8sClient.List(ctx, pods, client.InNamespace(r.job.Namespace), client.MatchingLabels{v1alpha1.LabelSchedule: r.job.Labels[v1alpha1.LabelSchedule]})
		return pods.Items, err
	}).WithContext(ctx).WithTimeout(eventualTimeout).Should(HaveLen(1))
	return &pods.Items[0]
}

// ownJob is a Job of a tenant's own that Pod Security at its strictest lets in.
func ownJob(namespace, name string) *batchv1.Job {
	GinkgoHelper()
	job := newRun(namespace).job
	pod := job.Spec.Template.Spec
	pod.Volumes, pod.Containers[0].VolumeMounts = nil, nil
	return &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"app": "own"}},
		Spec:       batchv1.JobSpec{Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "own"}}, Spec: pod}},
	}
}
