// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// workload is an object by which people run something, the metadata of itself and of what is made by its templates, and
// that of its pods.
type workload struct {
	object client.Object
	parts  []*metav1.ObjectMeta
	pods   *metav1.ObjectMeta
}

// workloads are one of each kind.
func workloads(namespace, name string) []workload {
	GinkgoHelper()
	meta := metav1.ObjectMeta{Namespace: namespace, Name: name}
	labels := map[string]string{"app": "own"}
	selector := &metav1.LabelSelector{MatchLabels: labels}
	template := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: podSpec()}
	claim := corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "data"}, Spec: corev1.PersistentVolumeClaimSpec{
		AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
		Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
	}}
	pod := &corev1.Pod{ObjectMeta: meta, Spec: podSpec()}
	controller := &corev1.ReplicationController{ObjectMeta: meta, Spec: corev1.ReplicationControllerSpec{Selector: labels, Template: template.DeepCopy()}}
	deployment := &appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{Selector: selector, Template: *template.DeepCopy()}}
	replicas := &appsv1.ReplicaSet{ObjectMeta: meta, Spec: appsv1.ReplicaSetSpec{Selector: selector, Template: *template.DeepCopy()}}
	daemons := &appsv1.DaemonSet{ObjectMeta: meta, Spec: appsv1.DaemonSetSpec{Selector: selector, Template: *template.DeepCopy()}}
	set := &appsv1.StatefulSet{ObjectMeta: meta, Spec: appsv1.StatefulSetSpec{Selector: selector, Template: *template.DeepCopy(), VolumeClaimTemplates: []corev1.PersistentVolumeClaim{claim}}}
	job := ownJob(namespace, name)
	job.Spec.Suspend = new(true)
	cron := &batchv1.CronJob{ObjectMeta: meta, Spec: batchv1.CronJobSpec{
		Schedule: "* * * * *", Suspend: new(true), JobTemplate: batchv1.JobTemplateSpec{Spec: *job.Spec.DeepCopy()},
	}}
	return []workload{
		{pod, []*metav1.ObjectMeta{&pod.ObjectMeta}, &pod.ObjectMeta},
		{controller, []*metav1.ObjectMeta{&controller.ObjectMeta, &controller.Spec.Template.ObjectMeta}, &controller.Spec.Template.ObjectMeta},
		{deployment, []*metav1.ObjectMeta{&deployment.ObjectMeta, &deployment.Spec.Template.ObjectMeta}, &deployment.Spec.Template.ObjectMeta},
		{replicas, []*metav1.ObjectMeta{&replicas.ObjectMeta, &replicas.Spec.Template.ObjectMeta}, &replicas.Spec.Template.ObjectMeta},
		{daemons, []*metav1.ObjectMeta{&daemons.ObjectMeta, &daemons.Spec.Template.ObjectMeta}, &daemons.Spec.Template.ObjectMeta},
		{set, []*metav1.ObjectMeta{&set.ObjectMeta, &set.Spec.Template.ObjectMeta, &set.Spec.VolumeClaimTemplates[0].ObjectMeta}, &set.Spec.Template.ObjectMeta},
		{job, []*metav1.ObjectMeta{&job.ObjectMeta, &job.Spec.Template.ObjectMeta}, &job.Spec.Template.ObjectMeta},
		{cron, []*metav1.ObjectMeta{&cron.ObjectMeta, &cron.Spec.JobTemplate.ObjectMeta, &cron.Spec.JobTemplate.Spec.Template.ObjectMeta}, &cron.Spec.JobTemplate.Spec.Template.ObjectMeta},
	}
}

// mark adds labels and annotations.
func mark(metadata *metav1.ObjectMeta, labels, annotations map[string]string) {
	marked := metadata.DeepCopy()
	for key, value := range labels {
		metav1.SetMetaDataLabel(marked, key, value)
	}
	for key, value := range annotations {
		metav1.SetMetaDataAnnotation(marked, key, value)
	}
	metadata.Labels, metadata.Annotations = marked.Labels, marked.Annotations
}

var _ = Describe("The operator's labels on a tenant's workloads", func() {
	const policy = "tenantry-workload-metadata"
	ofRun := map[string]string{v1alpha1.LabelManaged: "true", v1alpha1.LabelSchedule: "6d0c5d7e-0a4f-4e53-9d1d-6a8a6a9c1a01"}
	// eachPart visits one workload of each kind for each of its parts, made anew.
	eachPart := func(namespace string, visit func(w workload, part *metav1.ObjectMeta, isTemplate bool)) {
		for i, kind := range workloads(namespace, "own") {
			for j := range kind.parts {
				fresh := workloads(namespace, "own")[i]
				visit(fresh, fresh.parts[j], j > 0)
			}
		}
	}

	DescribeTable("are written by nobody, in templates either: a customer's own Job is no run", func(ctx SpecContext, labels, annotations map[string]string) {
		namespace := withAccount(ctx, place(ctx).Name)
		for _, c := range []client.Client{As(lordOf(ctx, namespace)), As(person(ctx, everything, override)), k8sClient} {
			eachPart(namespace, func(w workload, part *metav1.ObjectMeta, isTemplate bool) {
				mark(part, labels, annotations)
				_, asTheOperators := labels[v1alpha1.LabelManaged]
				// Kubernetes gives it the labels of its template.
				_, inherits := w.object.(*corev1.ReplicationController)
				by := policy
				if asTheOperators && (inherits || !isTemplate) {
					by = "tenantry-owned-objects"
				}
				Expect(c.Create(ctx, w.object, client.DryRunAll)).To(beForbiddenBy(by), "%T", w.object)
			})
		}
	},
		Entry("not all of a run's", ofRun, map[string]string{v1alpha1.AnnotationRun: "7", v1alpha1.AnnotationSchedule: "acme/weekly"}),
		Entry("not the schedule that it is of", map[string]string{v1alpha1.LabelSchedule: ofRun[v1alpha1.LabelSchedule]}, nil),
		Entry("not its number", nil, map[string]string{v1alpha1.AnnotationRun: "9223372036854775807"}),
		Entry("not any other of Tenantry's", map[string]string{v1alpha1.LabelTenant: "initech"}, nil),
	)

	It("are free elsewhere, and all others everywhere", func(ctx SpecContext) {
		namespace, elsewhere := withAccount(ctx, place(ctx).Name), withAccount(ctx, newNamespace(ctx))
		lord := As(lordOf(ctx, namespace))
		eachPart(namespace, func(w workload, part *metav1.ObjectMeta, _ bool) {
			mark(part, map[string]string{"example.com/managed": "true"}, map[string]string{"example.com/run": "7"})
			Expect(lord.Create(ctx, w.object, client.DryRunAll)).To(Succeed(), "%T", w.object)
		})
		eachPart(elsewhere, func(w workload, part *metav1.ObjectMeta, _ bool) {
			mark(part, map[string]string{v1alpha1.LabelSchedule: "6d0c5d7e"}, map[string]string{v1alpha1.AnnotationRun: "7"})
			Expect(k8sClient.Create(ctx, w.object, client.DryRunAll)).To(Succeed(), "%T", w.object)
		})
	})

	It("come to nothing later, and stay where they were before", func(ctx SpecContext) {
		namespace := withAccount(ctx, place(ctx).Name)
		lord := As(lordOf(ctx, namespace))
		cron := workloads(namespace, "own")[7].object.(*batchv1.CronJob)
		Expect(lord.Create(ctx, cron)).To(Succeed())
		for _, body := range []string{
			`{"metadata":{"labels":{"tenantry.io/schedule-uid":"a"}}}`,
			`{"spec":{"jobTemplate":{"metadata":{"labels":{"tenantry.io/managed":"true"}}}}}`,
			`{"spec":{"jobTemplate":{"metadata":{"annotations":{"tenantry.io/run":"7"}}}}}`,
			`{"spec":{"jobTemplate":{"spec":{"template":{"metadata":{"labels":{"tenantry.io/managed":"true"}}}}}}}`,
		} {
			Expect(lord.Patch(ctx, cron.DeepCopy(), mergePatch(body))).To(beForbiddenBy(policy), body)
		}
		Expect(lord.Status().Patch(ctx, cron.DeepCopy(), mergePatch(`{"metadata":{"labels":{"tenantry.io/schedule-uid":"a"}}}`))).To(beForbiddenBy(policy))

		older := workloads(namespace, "older")[2]
		mark(older.parts[1], ofRun, nil)
		Expect(exempt().Create(ctx, older.object)).To(Succeed())
		patch := func(body string) error { return lord.Patch(ctx, older.object, mergePatch(body), client.DryRunAll) }
		Expect(patch(`{"spec":{"replicas":2,"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"now"}}}}}`)).To(Succeed())
		Expect(patch(`{"spec":{"template":{"metadata":{"labels":{"tenantry.io/schedule-uid":null}}}}}`)).To(Succeed())
		Expect(patch(`{"spec":{"template":{"metadata":{"labels":{"tenantry.io/schedule-uid":"another"}}}}}`)).To(And(
			beForbiddenBy(policy), MatchError(ContainSubstring("spec.template.metadata: labels and annotations that begin with tenantry.io/"))))
	})
})

var _ = Describe("A workload from before the policies", func() {
	const policy = "tenantry-runs"

	It("makes no Job that passes for a run, and no pod that passes for a run's", func(ctx SpecContext) {
		namespace := withAccount(ctx, place(ctx).Name)
		for _, account := range []string{"cronjob-controller", "job-controller", "replicaset-controller"} {
			controller := As("system:serviceaccount:kube-system:"+account, "system:serviceaccounts:kube-system", "system:masters")
			run := newRun(namespace).job
			run.Finalizers = nil
			Expect(controller.Create(ctx, run, client.DryRunAll)).To(And(beForbiddenBy(policy), MatchError(ContainSubstring("take it out of the template"))))
			for _, owner := range []metav1.OwnerReference{
				{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "scan-weekly-7", Controller: new(true)},
				{APIVersion: "batch/v1", Kind: "Job", Name: "own", Controller: new(true)},
				{APIVersion: "batch/v1", Kind: "Job", Name: "scan-weekly-7"},
			} {
				owner.UID = "0b8f6b6e-7f0e-4a83-8c0b-1d8c6a1f5b02"
				pod := &corev1.Pod{ObjectMeta: run.Spec.Template.ObjectMeta, Spec: podSpec()}
				pod.Namespace, pod.GenerateName, pod.OwnerReferences = namespace, "scan-weekly-7-", []metav1.OwnerReference{owner}
				Expect(controller.Create(ctx, pod, client.DryRunAll)).To(beForbiddenBy(policy), "%v", owner)
			}
		}
	})

	It("has no such pod that Kubernetes makes by its template", func(ctx SpecContext) {
		namespace := withAccount(ctx, place(ctx).Name)
		older := workloads(namespace, "scan-weekly")[2].object.(*appsv1.Deployment)
		mark(&older.Spec.Template.ObjectMeta, newRun(namespace).job.Labels, nil)
		Expect(exempt().Create(ctx, older)).To(Succeed(), "as before there were policies")
		Eventually(func() ([]appsv1.DeploymentCondition, error) {
			err := k8sClient.Get(ctx, client.ObjectKeyFromObject(older), older)
			return older.Status.Conditions, err
		}).WithContext(ctx).WithTimeout(eventualTimeout).Should(ContainElement(And(
			HaveField("Type", appsv1.DeploymentReplicaFailure), HaveField("Message", ContainSubstring(policy)))))
	})
})

var _ = Describe("A run is done by its own pods alone:", Ordered, func() {
	const policy = "tenantry-workload-metadata"
	var (
		namespace string
		r         run
		lord      client.Client
	)
	BeforeAll(func(ctx SpecContext) {
		namespace = withAccount(ctx, place(ctx).Name)
		r = startRun(ctx, namespace)
		lord = As(lordOf(ctx, namespace))
	})
	// claims are the labels by which the Job controller takes a pod for one of the run.
	claims := func() []map[string]string {
		return []map[string]string{{batchv1.ControllerUidLabel: string(r.job.UID)}, {"controller-uid": string(r.job.UID)}}
	}

	It("nobody makes a pod that the Job controller takes for one, by a template neither", func(ctx SpecContext) {
		for _, labels := range claims() {
			for _, w := range workloads(namespace, "own") {
				mark(w.pods, labels, nil)
				if job, isJob := w.object.(*batchv1.Job); isJob {
					job.Spec.ManualSelector, job.Spec.Selector = new(true), &metav1.LabelSelector{MatchLabels: map[string]string{"app": "own"}}
				}
				Expect(lord.Create(ctx, w.object, client.DryRunAll)).To(And(beForbiddenBy(policy), MatchError(ContainSubstring("say which Job a pod is of"))), "%T", w.object)
			}
		}
	})

	It("nobody makes one of a pod that has ended", func(ctx SpecContext) {
		pod := newPod(ctx, lord, namespace, unchanged)
		Expect(lord.Status().Patch(ctx, pod.DeepCopy(), mergePatch(`{"status":{"phase":"Succeeded"}}`))).To(Succeed())
		for _, labels := range claims() {
			for key, value := range labels {
				label := mergePatch(`{"metadata":{"labels":{"` + key + `":"` + value + `"}}}`)
				Expect(lord.Patch(ctx, pod.DeepCopy(), label)).To(beForbiddenBy(policy))
				Expect(lord.Status().Patch(ctx, pod.DeepCopy(), label)).To(beForbiddenBy(policy))
				Expect(lord.SubResource("binding").Create(ctx, pod.DeepCopy(), &corev1.Binding{
					ObjectMeta: metav1.ObjectMeta{Labels: labels}, Target: corev1.ObjectReference{Kind: "Node", Name: "node"},
				})).To(beForbiddenBy(policy))
			}
		}
	})

	It("Kubernetes makes those of people's own Jobs, which people may label", func(ctx SpecContext) {
		own := ownJob(namespace, "worker")
		Expect(lord.Create(ctx, own)).To(Succeed())
		pods := &corev1.PodList{}
		Eventually(func() ([]corev1.Pod, error) {
			err := k8sClient.List(ctx, pods, client.InNamespace(namespace), client.MatchingLabels{batchv1.ControllerUidLabel: string(own.UID)})
			return pods.Items, err
		}).WithContext(ctx).WithTimeout(eventualTimeout).Should(HaveLen(1))
		Expect(lord.Patch(ctx, &pods.Items[0], mergePatch(`{"metadata":{"labels":{"team":"red"}}}`))).To(Succeed())
		Expect(lord.Patch(ctx, own, mergePatch(`{"metadata":{"labels":{"team":"red"}}}`))).To(Succeed())
	})
})
