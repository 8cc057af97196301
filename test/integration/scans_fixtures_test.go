// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/controller"
	"github.com/tenantry/tenantry/test/harness"
)

// scanner is an operator with a scan profile, whose reconcilers of runs and schedules work when a spec says so.
type scanner struct {
	*operator
	runs      *controller.ScanReconciler
	schedules *controller.ScanScheduleReconciler
	hands     *clocktesting.FakeClock
	told      *events.FakeRecorder
}

func newScanner(ctx SpecContext) *scanner {
	GinkgoHelper()
	s := &scanner{hands: clocktesting.NewFakeClock(time.Now()), told: events.NewFakeRecorder(1000)}
	s.operator = newOperator(ctx, func(c *configv1alpha1.Configuration) {
		c.Scans.Profiles = map[string]configv1alpha1.ScanProfile{"web": {
			Image:     "registry.example/scanner@sha256:" + strings.Repeat("0a", 32),
			ReportURL: "https://reports.example/$(NAMESPACE_UID)/$(SCHEDULE)/$(RUN)",
		}}
		configv1alpha1.SetDefaults(c)
	})
	s.restart()
	return s
}

// restart forgets what is in memory.
func (s *scanner) restart() {
	s.runs = controller.NewScanReconciler(s.TenantReconciler, admin, s.told, s.hands)
	s.schedules = controller.NewScanScheduleReconciler(s.runs)
}

// visit has the runs of a tenant looked at once, on the present view of its place, and says which requests that took and
// when the next look is due.
func (s *scanner) visit(ctx SpecContext, tenant *v1alpha1.Tenant) ([]string, time.Duration) {
	GinkgoHelper()
	requests, result, err := s.tryVisit(ctx, tenant)
	Expect(err).NotTo(HaveOccurred())
	return requests, result.RequeueAfter
}

func (s *scanner) tryVisit(ctx SpecContext, tenant *v1alpha1.Tenant) ([]string, reconcile.Result, error) {
	GinkgoHelper()
	s.keepUp(ctx, tenant)
	s.recorder.take()
	result, err := s.runs.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(tenant)})
	return s.recorder.take(), result, err
}

// keepUp waits until the operator's cache has what is in the place of a tenant, and beside it.
func (s *scanner) keepUp(ctx SpecContext, tenant *v1alpha1.Tenant) {
	GinkgoHelper()
	s.catchUp(ctx, tenant, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: v1alpha1.ScanLedgerName}})
	for _, namespace := range []string{tenant.Namespace, tenant.Status.Namespace} {
		schedules, inventories, jobs, grants := &v1alpha1.ScanScheduleList{}, &v1alpha1.AssetInventoryList{}, &batchv1.JobList{}, &v1alpha1.TenantAccessGrantList{}
		for _, list := range []client.ObjectList{schedules, inventories, jobs, grants} {
			Expect(admin.List(ctx, list, client.InNamespace(namespace))).To(Succeed())
			Expect(meta.EachListItem(list, func(item runtime.Object) error {
				if job, isJob := item.(*batchv1.Job); !isJob || job.Labels[v1alpha1.LabelSchedule] != "" {
					s.catchUp(ctx, item.(client.Object))
				}
				return nil
			})).To(Succeed())
			Eventually(func(g Gomega) { // and no more
				cached := list.DeepCopyObject().(client.ObjectList)
				options := []client.ListOption{client.InNamespace(namespace)}
				g.Expect(s.Client.List(ctx, cached, options...)).To(Succeed())
				g.Expect(meta.LenList(cached)).To(BeNumerically("<=", meta.LenList(list)))
			}).WithContext(ctx).Should(Succeed())
		}
	}
}

// sum has a schedule summed up, and brings it up to date.
func (s *scanner) sum(ctx SpecContext, schedule *v1alpha1.ScanSchedule) {
	GinkgoHelper()
	s.catchUp(ctx, schedule)
	_, err := s.schedules.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(schedule)})
	Expect(err).NotTo(HaveOccurred())
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(schedule), schedule)).To(Succeed())
}

func (s *scanner) job(ctx SpecContext, tenant *v1alpha1.Tenant, name string) *batchv1.Job {
	GinkgoHelper()
	job := &batchv1.Job{}
	Expect(admin.Get(ctx, client.ObjectKey{Namespace: tenant.Status.Namespace, Name: name}, job)).To(Succeed())
	return job
}

// jobs are the names of the Jobs in a tenant's place.
func (s *scanner) jobs(ctx SpecContext, tenant *v1alpha1.Tenant) []string {
	GinkgoHelper()
	list := &batchv1.JobList{}
	Expect(admin.List(ctx, list, client.InNamespace(tenant.Status.Namespace))).To(Succeed())
	var names []string
	for i := range list.Items {
		names = append(names, list.Items[i].Name)
	}
	return names
}

// feedOf writes the version of the profile's feed, and returns how to write another.
func feedOf(ctx SpecContext, version string) (write func(version string)) {
	GinkgoHelper()
	feeds := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: harness.ManagerNamespace, Name: v1alpha1.ScanFeedsName}, Data: map[string]string{"web": version}}
	Expect(admin.Create(ctx, feeds)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) { Expect(admin.Delete(ctx, feeds)).To(Succeed()) })
	return func(version string) {
		GinkgoHelper()
		Expect(admin.Patch(ctx, feeds, merge(`{"data":{"web":"`+version+`"}}`))).To(Succeed())
	}
}

func requestFor(object client.Object) reconcile.Request {
	return reconcile.Request{NamespacedName: client.ObjectKeyFromObject(object)}
}

// scheduleIn makes a schedule that is due next week; it goes when the spec ends.
func scheduleIn(ctx SpecContext, namespace, name string, change ...func(*v1alpha1.ScanScheduleSpec)) *v1alpha1.ScanSchedule {
	GinkgoHelper()
	made := &v1alpha1.ScanSchedule{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: v1alpha1.ScanScheduleSpec{Profile: "web", Frequency: v1alpha1.ScanMonthly}}
	for _, change := range change {
		change(&made.Spec)
	}
	Expect(admin.Create(ctx, made)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) { Expect(client.IgnoreNotFound(admin.Delete(ctx, made))).To(Succeed()) })
	return made
}

func scheduleReady(schedule *v1alpha1.ScanSchedule) metav1.Condition {
	return ptr.Deref(meta.FindStatusCondition(schedule.Status.Conditions, v1alpha1.ConditionReady), metav1.Condition{})
}

// release lets go of the Jobs that a spec left in a tenant's place, which would keep the place from going.
func release(ctx SpecContext, tenant *v1alpha1.Tenant) {
	GinkgoHelper()
	jobs := &batchv1.JobList{}
	Expect(admin.List(ctx, jobs, client.InNamespace(tenant.Status.Namespace))).To(Succeed())
	for i := range jobs.Items {
		Expect(client.IgnoreNotFound(asKubernetes().Patch(ctx, &jobs.Items[i], merge(`{"metadata":{"finalizers":null}}`)))).To(Succeed())
	}
}
