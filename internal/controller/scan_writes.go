// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/scan"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// write writes the ledger in the version that was read, where it has changed, and says whether it had. In a namespace that
// is going, or is nobody's any more, none is made: what runs there is only let go.
func (r *ScanReconciler) write(ctx context.Context, v *scanVisit, after scan.Ledger) (bool, error) {
	was, err := v.Ledger.Write()
	if err != nil {
		return false, err
	}
	text, err := after.Write()
	if err != nil || text == was {
		return false, err
	}
	if v.Book != nil {
		book := v.Book.DeepCopy()
		book.Data = map[string]string{tenancy.LedgerKey: text}
		patch := client.MergeFromWithOptions(v.Book, client.MergeFromWithOptimisticLock{})
		return true, r.writing(book, func() error { return r.Client.Patch(ctx, book, patch, client.FieldOwner(v1alpha1.FieldManager)) })
	}
	if v.Tenant == nil || v.Going {
		return false, nil
	}
	book := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: v1alpha1.ScanLedgerName, Namespace: v.Namespace, Labels: desired.OwnerLabels(v.Tenant)},
		Data:       map[string]string{tenancy.LedgerKey: text},
	}
	err = r.create(ctx, book)
	if !apierrors.IsAlreadyExists(err) {
		return true, err
	}
	there := &corev1.ConfigMap{}
	if err := r.Live.Get(ctx, client.ObjectKeyFromObject(book), there); err != nil {
		return false, fmt.Errorf("reading ConfigMap %q in namespace %q: %w", book.Name, book.Namespace, err)
	}
	if there.Labels[v1alpha1.LabelManaged] == "true" { // the cache has not got it yet
		return false, apierrors.NewConflict(corev1.Resource("configmaps"), book.Name, err)
	}
	return false, inTheWay("ConfigMap", there)
}

// inTheWay tells of an object that stands where one of ours is to be, and what makes it: then it must not only be deleted.
func inTheWay(kind string, there client.Object) error {
	conflict := &apply.ConflictError{Kind: kind, Namespace: there.GetNamespace(), Name: there.GetName(), Terminating: there.GetDeletionTimestamp() != nil}
	if maker := metav1.GetControllerOf(there); maker != nil {
		conflict.Controller = fmt.Sprintf("%s %q", maker.Kind, maker.Name)
	}
	return conflict
}

// act does what follows from a ledger that is written. What can't be done now the next look finds left.
func (r *ScanReconciler) act(ctx context.Context, v *scanVisit, decision scan.Decision) error {
	var worked error
	for _, number := range decision.Start {
		worked = errors.Join(worked, r.start(ctx, v, number, decision.Ledger.Runs[number].Schedule))
	}
	for _, waiting := range decision.Supply {
		worked = errors.Join(worked, r.supplyLate(ctx, v, waiting))
	}
	for _, over := range decision.Release {
		worked = errors.Join(worked, r.release(ctx, v.job(over.Name), over.Stays()))
	}
	for _, unwanted := range slices.Concat(decision.Stop, decision.Prune) {
		worked = errors.Join(worked, r.remove(ctx, v.job(unwanted.Name)))
	}
	return worked
}

// start makes the Job of a run, and has it begin. One that is there already was made by who claimed the run before.
func (r *ScanReconciler) start(ctx context.Context, v *scanVisit, number int64, of types.UID) error {
	schedule, known := v.schedule(of)
	if !known {
		return nil
	}
	work := v.work(schedule, number)
	work.Profile = r.Loader.Config.Scans.Profiles[schedule.Object.Spec.Profile]
	job := work.Job()
	err := r.create(ctx, job)
	if apierrors.IsAlreadyExists(err) {
		err = r.takeUp(ctx, job, number, of)
	}
	if err == nil {
		err = r.supply(ctx, work, job)
	}
	return v.settle(of, err)
}

// takeUp takes the Job that stands where a run's is to be made for the one that was to be. It must be that run's.
func (r *ScanReconciler) takeUp(ctx context.Context, job *batchv1.Job, number int64, of types.UID) error {
	there := &batchv1.Job{}
	if err := r.Live.Get(ctx, client.ObjectKeyFromObject(job), there); err != nil {
		return fmt.Errorf("reading Job %q in namespace %q: %w", job.Name, job.Namespace, err)
	}
	if read, ours := scan.ReadJob(there); !ours || read.Run != number || read.Schedule != of {
		return inTheWay("Job", there)
	}
	*job = *there
	return nil
}

// supplyLate has a Job begin that somebody made and was killed before it began.
func (r *ScanReconciler) supplyLate(ctx context.Context, v *scanVisit, waiting scan.Job) error {
	schedule, known := v.schedule(waiting.Schedule)
	if !known {
		return nil
	}
	return v.settle(waiting.Schedule, r.supply(ctx, v.work(schedule, waiting.Run), v.job(waiting.Name)))
}

// supply makes the targets of a run and has its Job begin. Targets that are there must be that very Job's: others could
// have been written by anybody.
func (r *ScanReconciler) supply(ctx context.Context, work scan.Work, job *batchv1.Job) error {
	if job.Spec.Suspend == nil || !*job.Spec.Suspend || job.DeletionTimestamp != nil {
		return nil
	}
	targets := work.ConfigMap(job.UID)
	// The cache leaves targets out: whoever lists ConfigMaps would wait to be told of them.
	err := r.Client.Create(ctx, targets.DeepCopy(), client.FieldOwner(v1alpha1.FieldManager), client.DisableReadYourWritesConsistency)
	if apierrors.IsAlreadyExists(err) {
		there := &corev1.ConfigMap{}
		if err := r.Live.Get(ctx, client.ObjectKeyFromObject(targets), there); err != nil {
			return fmt.Errorf("reading ConfigMap %q in namespace %q: %w", targets.Name, targets.Namespace, err)
		}
		if !scan.IsTargetsOf(there, job) {
			return inTheWay("ConfigMap", there)
		}
	} else if err != nil {
		return fmt.Errorf("making ConfigMap %q in namespace %q: %w", targets.Name, targets.Namespace, err)
	}
	// The Job controller writes to the Job too, so not its version but its UID must be the one that was seen.
	body := fmt.Sprintf(`{"metadata":{"uid":%q},"spec":{"suspend":false}}`, job.UID)
	resumed := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Namespace: job.Namespace, Name: job.Name}}
	if err := r.writing(resumed, func() error {
		return r.Client.Patch(ctx, resumed, client.RawPatch(types.MergePatchType, []byte(body)), client.FieldOwner(v1alpha1.FieldManager))
	}); err != nil {
		return fmt.Errorf("resuming Job %q in namespace %q: %w", job.Name, job.Namespace, err)
	}
	return nil
}

// release lets a Job go whose run is over. Until the targets of one that stays are gone it is held: then the next look comes
// back to it, whoever was killed meanwhile.
func (r *ScanReconciler) release(ctx context.Context, job *batchv1.Job, stays bool) error {
	if stays {
		if err := r.removeTargets(ctx, job); err != nil {
			return err
		}
	}
	return client.IgnoreNotFound(patchFinalizer(ctx, r.Client, job.DeepCopy(), controllerutil.RemoveFinalizer))
}

// removeTargets deletes the targets of a Job, in the version that was found to be the Job's: what others put under that name
// is left alone. There may be a megabyte of them, so their metadata alone is read.
func (r *ScanReconciler) removeTargets(ctx context.Context, job *batchv1.Job) error {
	there := &metav1.PartialObjectMetadata{}
	there.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMap"))
	err := r.Live.Get(ctx, client.ObjectKeyFromObject(job), there)
	if err == nil && scan.IsTargetsOf(there, job) {
		err = r.Client.Delete(ctx, there, client.Preconditions{UID: &there.UID, ResourceVersion: &there.ResourceVersion}, client.DisableReadYourWritesConsistency)
	}
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("deleting ConfigMap %q in namespace %q: %w", job.Name, job.Namespace, err)
	}
	return nil
}

// remove deletes a Job with its pods: that very one, and none that was made since under its name.
func (r *ScanReconciler) remove(ctx context.Context, job *batchv1.Job) error {
	err := r.Client.Delete(ctx, job.DeepCopy(), client.Preconditions{UID: &job.UID}, client.PropagationPolicy(metav1.DeletePropagationBackground))
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("deleting Job %q in namespace %q: %w", job.Name, job.Namespace, err)
	}
	return nil
}

// create makes an object of ours.
func (r *ScanReconciler) create(ctx context.Context, object client.Object) error {
	err := r.writing(object, func() error { return r.Client.Create(ctx, object, client.FieldOwner(v1alpha1.FieldManager)) })
	if err != nil {
		return fmt.Errorf("making %T %q in namespace %q: %w", object, object.GetName(), object.GetNamespace(), err)
	}
	return nil
}

// writing notes a write, of which the watches tell too.
func (r *ScanReconciler) writing(object client.Object, request func() error) error {
	answered := r.written.begin(object)
	err := request()
	if err != nil {
		answered(nil)
		return err
	}
	answered(object)
	return nil
}
