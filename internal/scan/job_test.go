// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
)

var update = flag.Bool("update", false, "write testdata/*.golden.yaml instead of comparing with it")

func work() Work {
	config := configv1alpha1.Configuration{Scans: configv1alpha1.Scans{Profiles: map[string]configv1alpha1.ScanProfile{"web-quick": {
		Image: "registry.example/scanner@sha256:" + strings.Repeat("0a", 32), Args: []string{"--quick"},
		ReportURL: "https://reports.example/$(NAMESPACE)/$(NAMESPACE_UID)/$(SCHEDULE)/$(RUN)",
	}}}}
	configv1alpha1.SetDefaults(&config)
	return Work{
		Run:       7,
		Schedule:  &v1alpha1.ScanSchedule{ObjectMeta: metav1.ObjectMeta{Name: "weekly", Namespace: "acme", UID: "6d0c5d7e-0a4f-4e53-9d1d-6a8a6a9c1a01"}},
		Namespace: "acme-cybercorp", NamespaceUID: "3c2f8f0a-5a57-4b0e-8f0e-2f6d1c7b9e03",
		Labels:  map[string]string{v1alpha1.LabelManaged: "true", v1alpha1.LabelTenant: "cybercorp", v1alpha1.LabelParent: "acme"},
		Profile: config.Scans.Profiles["web-quick"],
		Targets: lines("a", 2),
	}
}

func TestARunsObjectsAreAsInTheirGoldenFile(t *testing.T) {
	t.Parallel()
	var got []byte
	for _, object := range []any{work().Job(), work().ConfigMap("0b8f6b6e-7f0e-4a83-8c0b-1d8c6a1f5b02")} {
		text, err := yaml.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		got = append(append(got, "---\n"...), text...)
	}
	golden := filepath.Join("testdata", "run.golden.yaml")
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("%v: go test ./internal/scan -update writes it", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got); if it should be so, go test ./internal/scan -update:\n%s", golden, diff)
	}
}

// TestARunGetsNothingOfTheTenants: whatever a profile and a schedule say, no Secret, token, host or volume of the tenant's
// comes into the pod, and Kubernetes puts nothing in for what looks like a variable in a target.
func TestARunGetsNothingOfTheTenants(t *testing.T) {
	t.Parallel()
	hostile := work()
	hostile.Schedule.Name = "tenant-admin"
	hostile.Targets.Lines = []string{"Domain $(TENANTRY_RUN).example"}
	pod := hostile.Job().Spec.Template.Spec
	if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken || pod.ServiceAccountName != "" || len(pod.ImagePullSecrets) > 0 || pod.HostNetwork || pod.HostPID || pod.HostIPC {
		t.Errorf("%+v", pod)
	}
	for _, volume := range pod.Volumes {
		if (volume.ConfigMap == nil || volume.ConfigMap.Name != "scan-tenant-admin-7") && volume.EmptyDir == nil {
			t.Errorf("%+v", volume)
		}
	}
	for _, container := range pod.Containers {
		if len(container.EnvFrom) > 0 {
			t.Errorf("%+v", container.EnvFrom)
		}
		for _, variable := range container.Env {
			if variable.ValueFrom != nil || strings.Contains(variable.Value, "$") {
				t.Errorf("%+v", variable)
			}
		}
	}
	if data := hostile.ConfigMap("job").Data["targets"]; data != "Domain $(TENANTRY_RUN).example\n" {
		t.Errorf("%q", data)
	}
}

func TestRunsHaveNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 253)
	names := map[string]string{}
	for schedule, want := range map[string]string{
		"weekly":      "scan-weekly-7",
		"web.v1":      "scan-web-v1-7",
		long:          "",
		long[:252]:    "",
		"a.b." + long: "",
		strings.Repeat("a", 40) + "." + strings.Repeat("-", 40): "",
	} {
		one := work()
		one.Schedule.Name = schedule
		got := one.Name()
		if want != "" && got != want || len(validation.IsDNS1123Label(got)) > 0 || !strings.HasSuffix(got, "-7") || names[got] != "" {
			t.Errorf("%q: %q", schedule, got)
		}
		names[got] = schedule
		one.Run = 1 << 62
		if got := one.Name(); len(validation.IsDNS1123Label(got)) > 0 {
			t.Errorf("%q: %q", schedule, got)
		}
	}
}

func TestAReportIsLinked(t *testing.T) {
	t.Parallel()
	one, later := ReportURL(work().Profile, "acme-cybercorp", "1", "weekly", 7), ReportURL(work().Profile, "acme-cybercorp", "2", "weekly", 7)
	if one != "https://reports.example/acme-cybercorp/1/weekly/7" || later == one {
		t.Errorf("%s, and of a later place of that name %s", one, later)
	}
	if got := ReportURL(configv1alpha1.ScanProfile{}, "acme-cybercorp", "1", "weekly", 7); got != "" {
		t.Error(got)
	}
}

func TestJobsAreReadAsTheyWereMade(t *testing.T) {
	t.Parallel()
	ended := func(of batchv1.JobConditionType, status corev1.ConditionStatus) batchv1.JobStatus {
		return batchv1.JobStatus{Conditions: []batchv1.JobCondition{{Type: batchv1.JobFailureTarget, Status: corev1.ConditionTrue}, {Type: of, Status: status, LastTransitionTime: metav1.NewTime(noon)}}}
	}
	made := Job{Name: "scan-weekly-7", Run: 7, Schedule: work().Schedule.UID, Held: true, Waiting: true}
	with := func(change func(*Job)) Job {
		changed := made
		change(&changed)
		return changed
	}
	for name, test := range map[string]struct {
		change func(*batchv1.Job)
		want   Job
		ours   bool
	}{
		"as it was made": {func(*batchv1.Job) {}, made, true},
		"it completed": {func(j *batchv1.Job) { j.Status = ended(batchv1.JobComplete, corev1.ConditionTrue) },
			with(func(j *Job) { j.Finished, j.Result = noon, v1alpha1.ScanSucceeded }), true},
		"it failed": {func(j *batchv1.Job) {
			j.Status = ended(batchv1.JobFailed, corev1.ConditionTrue)
			j.Status.Failed = 2
		}, with(func(j *Job) { j.Finished, j.Result = noon, v1alpha1.ScanFailed }), true},
		"it failed, and its pod is not counted yet": {func(j *batchv1.Job) {
			j.Status = ended(batchv1.JobFailed, corev1.ConditionTrue)
			j.Status.UncountedTerminatedPods = &batchv1.UncountedTerminatedPods{Failed: []types.UID{"pod"}}
		}, with(func(j *Job) { j.Finished, j.Result = noon, v1alpha1.ScanFailed }), true},
		"it took its time": {func(j *batchv1.Job) {
			j.Status = ended(batchv1.JobComplete, corev1.ConditionTrue)
			j.Status.StartTime = &metav1.Time{Time: noon.Add(-time.Minute)}
		}, with(func(j *Job) { j.Finished, j.Result, j.Took = noon, v1alpha1.ScanSucceeded, time.Minute }), true},
		"it failed without ever having a pod": {func(j *batchv1.Job) { j.Status = ended(batchv1.JobFailed, corev1.ConditionTrue) },
			with(func(j *Job) { j.Finished, j.Result, j.Podless = noon, v1alpha1.ScanFailed, true }), true},
		"it failed not": {func(j *batchv1.Job) { j.Status = ended(batchv1.JobFailed, corev1.ConditionFalse) }, made, true},
		"it is resumed": {func(j *batchv1.Job) { j.Spec.Suspend = new(false) }, with(func(j *Job) { j.Waiting = false }), true},
		"it has no pod": {func(j *batchv1.Job) { j.Spec.Suspend, j.Status.StartTime = new(false), &metav1.Time{Time: noon} },
			with(func(j *Job) { j.Waiting, j.Idle = false, noon }), true},
		"it has one": {func(j *batchv1.Job) {
			j.Spec.Suspend, j.Status.StartTime, j.Status.Active = new(false), &metav1.Time{Time: noon}, 1
		}, with(func(j *Job) { j.Waiting = false }), true},
		"it is deleted":      {func(j *batchv1.Job) { j.DeletionTimestamp = &metav1.Time{Time: noon.Add(time.Hour)} }, with(func(j *Job) { j.Going = true }), true},
		"it is released":     {func(j *batchv1.Job) { j.Finalizers = []string{"foregroundDeletion"} }, with(func(j *Job) { j.Held = false }), true},
		"it has no number":   {func(j *batchv1.Job) { delete(j.Annotations, v1alpha1.AnnotationRun) }, Job{}, false},
		"it has a bad one":   {func(j *batchv1.Job) { j.Annotations[v1alpha1.AnnotationRun] = "-7" }, Job{}, false},
		"it has no schedule": {func(j *batchv1.Job) { delete(j.Labels, v1alpha1.LabelSchedule) }, Job{}, false},
		"a CronJob made it": {func(j *batchv1.Job) {
			j.OwnerReferences = []metav1.OwnerReference{{Kind: "CronJob", Controller: new(true)}}
		}, Job{}, false},
		"another run is named": {func(j *batchv1.Job) { j.Name = "scan-weekly-17-8" }, Job{}, false},
		"another name":         {func(j *batchv1.Job) { j.Name = "own-7" }, Job{}, false},
		"it is not ours":       {func(j *batchv1.Job) { delete(j.Labels, v1alpha1.LabelManaged) }, Job{}, false},
	} {
		job := work().Job()
		test.change(job)
		if got, ours := ReadJob(job); ours != test.ours || cmp.Diff(test.want, got) != "" {
			t.Errorf("%s: %v, %s", name, ours, cmp.Diff(test.want, got))
		}
	}
}

func TestTargetsAreOfOneJobAlone(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*corev1.ConfigMap){
		"somebody else's":  func(c *corev1.ConfigMap) { c.Labels = nil },
		"another run's":    func(c *corev1.ConfigMap) { c.Annotations[v1alpha1.AnnotationRun] = "8" },
		"an earlier Job's": func(c *corev1.ConfigMap) { c.OwnerReferences[0].UID = "earlier" },
		"nobody's":         func(c *corev1.ConfigMap) { c.OwnerReferences = nil },
		"going":            func(c *corev1.ConfigMap) { c.DeletionTimestamp = &metav1.Time{Time: noon} },
	} {
		there, job := work().ConfigMap("job"), work().Job()
		job.UID, job.Annotations["kubernetes.io/of-others"] = "job", "left out"
		if !IsTargetsOf(there, job) {
			t.Fatal("they are the Job's")
		}
		if change(there); IsTargetsOf(there, job) {
			t.Errorf("%s are taken for the Job's", name)
		}
	}
}
