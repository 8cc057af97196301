// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Work is one run as it is to be made.
type Work struct {
	// Run is its number.
	Run int64
	// Schedule that it is of.
	Schedule *v1alpha1.ScanSchedule
	// Namespace of the tenant's place, its UID, and Labels that are on all that is made in it.
	Namespace    string
	NamespaceUID types.UID
	Labels       map[string]string
	// Profile says what runs.
	Profile configv1alpha1.ScanProfile
	// Targets are what it looks at.
	Targets Targets
}

const (
	// retries of a run's pod, within its deadline: a node may go.
	retries = 1
	// keptFor is how long Kubernetes keeps a Job that finished, and nobody prunes.
	keptFor = 7 * 24 * time.Hour
	// nobody is the user that scans run as.
	nobody = 65532

	containerName = "scan"
	targetsKey    = "targets"
	targetsPath   = "/etc/tenantry"
	scratchPath   = "/tmp"
)

// Names of the environment variables that a scan finds.
const (
	EnvTargets      = "TENANTRY_TARGETS"
	EnvNamespaceUID = "TENANTRY_NAMESPACE_UID"
	EnvSchedule     = "TENANTRY_SCHEDULE"
	EnvRun          = "TENANTRY_RUN"
)

// maxName is the longest name of a Job whose pods can bear it as a label.
const maxName = 63

// Name of a run's Job, and of the ConfigMap of its targets: the number tells runs of a place apart, the rest is for
// people. Two who make the same run make the same name.
func (w Work) Name() string {
	suffix := "-" + strconv.FormatInt(w.Run, 10)
	name := strings.ReplaceAll(v1alpha1.ScanPrefix+w.Schedule.Name, ".", "-")
	if room := maxName - len(suffix); len(name) > room {
		sum := sha256.Sum256([]byte(w.Schedule.Name))
		mark := "-" + hex.EncodeToString(sum[:4])
		name = strings.TrimRight(name[:room-len(mark)], "-") + mark
	}
	return name + suffix
}

// ReportURL is where people find the report of a run; empty if nobody said. The UID of the place tells its reports from those
// of a former place of that name, which may have been another customer's. One that is longer than a status may hold is none.
func ReportURL(profile configv1alpha1.ScanProfile, namespace string, uid types.UID, schedule string, run int64) string {
	link := strings.NewReplacer(
		configv1alpha1.PlaceholderNamespace, namespace,
		configv1alpha1.PlaceholderNamespaceUID, string(uid),
		configv1alpha1.PlaceholderSchedule, schedule,
		configv1alpha1.PlaceholderRun, strconv.FormatInt(run, 10),
	).Replace(profile.ReportURL)
	if len(link) > maxReport {
		return ""
	}
	return link
}

// maxReport is the API's bound of a link to a report.
const maxReport = 2048

func (w Work) meta() metav1.ObjectMeta {
	labels := maps.Clone(w.Labels)
	labels[v1alpha1.LabelSchedule] = string(w.Schedule.UID)
	return metav1.ObjectMeta{
		Name:      w.Name(),
		Namespace: w.Namespace,
		Labels:    labels,
		Annotations: map[string]string{
			v1alpha1.AnnotationSchedule: w.Schedule.Namespace + "/" + w.Schedule.Name,
			v1alpha1.AnnotationRun:      strconv.FormatInt(w.Run, 10),
		},
	}
}

// ConfigMap of the run's targets. Its Job owns it, so Kubernetes collects both.
func (w Work) ConfigMap(job types.UID) *corev1.ConfigMap {
	meta := w.meta()
	meta.OwnerReferences = []metav1.OwnerReference{{APIVersion: batchv1.SchemeGroupVersion.String(), Kind: "Job", Name: meta.Name, UID: job}}
	return &corev1.ConfigMap{ObjectMeta: meta, Immutable: new(true), Data: map[string]string{targetsKey: w.Targets.String()}}
}

// Job of the run. It is made suspended, and resumed when the ConfigMap of its targets is there and ours: else a tenant
// that guesses the name could have others' assets scanned. Nothing in it comes from the tenant but names, as data.
func (w Work) Job() *batchv1.Job {
	meta := w.meta()
	meta.Finalizers = []string{v1alpha1.Finalizer}
	return &batchv1.Job{
		ObjectMeta: meta,
		Spec: batchv1.JobSpec{
			Suspend:                 new(true),
			Parallelism:             new(int32(1)),
			Completions:             new(int32(1)),
			BackoffLimit:            new(int32(retries)),
			PodReplacementPolicy:    new(batchv1.Failed),
			ActiveDeadlineSeconds:   new(int64(w.Profile.Deadline.Duration / time.Second)),
			TTLSecondsAfterFinished: new(int32(keptFor / time.Second)),
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: maps.Clone(meta.Labels)},
				Spec:       w.pod(),
			},
		},
	}
}

func (w Work) pod() corev1.PodSpec {
	return corev1.PodSpec{
		RestartPolicy:                corev1.RestartPolicyNever,
		AutomountServiceAccountToken: new(false),
		EnableServiceLinks:           new(false),
		SecurityContext: &corev1.PodSecurityContext{
			RunAsNonRoot:   new(true),
			RunAsUser:      new(int64(nobody)),
			RunAsGroup:     new(int64(nobody)),
			SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
		Containers: []corev1.Container{{
			Name:            containerName,
			Image:           w.Profile.Image,
			ImagePullPolicy: corev1.PullAlways,
			Command:         slices.Clone(w.Profile.Command),
			Args:            slices.Clone(w.Profile.Args),
			Env: []corev1.EnvVar{
				{Name: EnvTargets, Value: targetsPath + "/" + targetsKey},
				{Name: EnvNamespaceUID, Value: string(w.NamespaceUID)},
				{Name: EnvSchedule, Value: w.Schedule.Name},
				{Name: EnvRun, Value: strconv.FormatInt(w.Run, 10)},
			},
			Resources: corev1.ResourceRequirements{Requests: w.Profile.Resources.Requests.DeepCopy(), Limits: w.Profile.Resources.Limits.DeepCopy()},
			SecurityContext: &corev1.SecurityContext{
				AllowPrivilegeEscalation: new(false),
				ReadOnlyRootFilesystem:   new(true),
				Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
			},
			VolumeMounts: []corev1.VolumeMount{
				{Name: targetsKey, MountPath: targetsPath, ReadOnly: true},
				{Name: "scratch", MountPath: scratchPath},
			},
		}},
		Volumes: []corev1.Volume{
			{Name: targetsKey, VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: w.Name()}}}},
			{Name: "scratch", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{SizeLimit: w.scratch()}}},
		},
	}
}

// scratch is as large as what the container may write in all.
func (w Work) scratch() *resource.Quantity {
	if limit, limited := w.Profile.Resources.Limits[corev1.ResourceEphemeralStorage]; limited {
		return new(limit.DeepCopy())
	}
	return nil
}

// ReadJob is a Job of a run as it tells itself. False for one that is none of ours, as one that a CronJob made by a template with
// our labels.
func ReadJob(job *batchv1.Job) (Job, bool) {
	number, err := strconv.ParseInt(job.Annotations[v1alpha1.AnnotationRun], 10, 64)
	schedule := job.Labels[v1alpha1.LabelSchedule]
	named := strings.HasPrefix(job.Name, v1alpha1.ScanPrefix) && strings.HasSuffix(job.Name, "-"+strconv.FormatInt(number, 10))
	if err != nil || number < 1 || schedule == "" || job.Labels[v1alpha1.LabelManaged] != "true" || !named || metav1.GetControllerOf(job) != nil {
		return Job{}, false
	}
	read := Job{
		Name: job.Name, Made: job.CreationTimestamp.Time, Run: number, Schedule: types.UID(schedule), Waiting: job.Spec.Suspend != nil && *job.Spec.Suspend,
		Held: slices.Contains(job.Finalizers, v1alpha1.Finalizer), Going: job.DeletionTimestamp != nil,
	}
	for _, condition := range job.Status.Conditions {
		result, ends := map[batchv1.JobConditionType]v1alpha1.ScanResult{batchv1.JobComplete: v1alpha1.ScanSucceeded, batchv1.JobFailed: v1alpha1.ScanFailed}[condition.Type]
		if ends && condition.Status == corev1.ConditionTrue {
			read.Finished, read.Result = condition.LastTransitionTime.Time, result
		}
	}
	if began := job.Status.StartTime; began != nil && !read.Finished.IsZero() {
		read.Took = max(0, read.Finished.Sub(began.Time))
	}
	read.Podless = read.Result == v1alpha1.ScanFailed && pods(job.Status) == 0
	if status := job.Status; status.StartTime != nil && read.Finished.IsZero() && !read.Waiting && pods(status) == 0 {
		read.Idle = status.StartTime.Time
	}
	return read, true
}

// pods is how many a Job has, and has had. Kubernetes counts each that ends, and at the deadline those too that it ends itself.
func pods(status batchv1.JobStatus) int {
	uncounted := 0
	if status.UncountedTerminatedPods != nil {
		uncounted = len(status.UncountedTerminatedPods.Succeeded) + len(status.UncountedTerminatedPods.Failed)
	}
	return int(status.Active+status.Succeeded+status.Failed) + uncounted
}

// IsTargetsOf says whether a ConfigMap that is there holds the targets of a run, as the operator made them: it is the
// very Job's, and bears the labels and annotations of the Job's that only the operator writes.
func IsTargetsOf(there, job metav1.Object) bool {
	holds := func(have, want map[string]string) bool {
		for key, value := range want {
			if strings.HasPrefix(key, v1alpha1.Prefix) && have[key] != value {
				return false
			}
		}
		return true
	}
	return there.GetDeletionTimestamp() == nil && holds(there.GetLabels(), job.GetLabels()) && holds(there.GetAnnotations(), job.GetAnnotations()) &&
		slices.ContainsFunc(there.GetOwnerReferences(), func(owner metav1.OwnerReference) bool { return owner.UID == job.GetUID() })
}
