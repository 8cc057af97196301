// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/scan"
	"github.com/tenantry/tenantry/test/harness"
)

const (
	// scheduleName is that of the schedule of all the partner's customers.
	scheduleName = "bench"
	// scanProfile is what it runs.
	scanProfile = "bench"
)

// scanProfiles are what the bench's manager is configured with. Nothing pulls the image: the plane has no nodes.
func scanProfiles() map[string]configv1alpha1.ScanProfile {
	return map[string]configv1alpha1.ScanProfile{scanProfile: {Image: "registry.example/scanner@sha256:" + strings.Repeat("0a", 32)}}
}

// scans takes how long a schedule of all the partner's customers needs to have a run begin in each of their places. The
// floor is a bare client that writes as many ledgers, Jobs and targets, and resumes the Jobs, in rounds that alternate. Then the manager
// is watched at rest, with the runs of the last round under way.
func (b *bench) scans(ctx context.Context) error {
	begun, err := watchTally(ctx, b.cluster, "runs have begun", &batchv1.Job{}, func(object client.Object) bool {
		suspended := object.(*batchv1.Job).Spec.Suspend
		return suspended != nil && !*suspended
	})
	if err != nil {
		return err
	}
	if err := b.listTargets(ctx); err != nil {
		return err
	}
	var floor, operator time.Duration
	for round := range b.rounds {
		if err := b.endRuns(ctx, begun); err != nil { // of the operator's round before
			return err
		}
		bare, err := b.timed(ctx, begun, b.tenants, func() error { return b.inEachPlace(ctx, func(place string) error { return b.bareRun(ctx, place) }) })
		if err != nil {
			return err
		}
		if err := b.endRuns(ctx, begun); err != nil {
			return err
		}
		served, err := b.servedRuns(ctx, begun)
		if err != nil {
			return err
		}
		progress("round %d: one schedule of %d tenants: floor %.2f s, operator %.2f s", round+1, b.tenants, bare.Seconds(), served.Seconds())
		floor, operator = floor+bare, operator+served
	}
	b.report.scanned(operator/time.Duration(b.rounds), floor/time.Duration(b.rounds))
	return b.watchAtRest(ctx, func(_, requests []harness.Request) { b.report.scansRested(requests) })
}

// servedRuns has a run begin in each place by a manager, for a schedule that was not there before.
func (b *bench) servedRuns(ctx context.Context, begun *tally) (time.Duration, error) {
	schedule := &v1alpha1.ScanSchedule{
		ObjectMeta: metav1.ObjectMeta{Namespace: partnerName, Name: scheduleName},
		// Due by no clock while the bench runs.
		Spec: v1alpha1.ScanScheduleSpec{Profile: scanProfile, Cron: "0 0 29 2 *", Tenants: &v1alpha1.Selection{Selector: &v1alpha1.LabelSelector{}}},
	}
	if err := client.IgnoreNotFound(b.cluster.Client.Delete(ctx, schedule.DeepCopy())); err != nil {
		return 0, fmt.Errorf("deleting the schedule of the round before: %w", err)
	}
	if err := b.cluster.Client.Create(ctx, schedule); err != nil {
		return 0, fmt.Errorf("making a schedule: %w", err)
	}
	if err := b.startManager(ctx, nil); err != nil {
		return 0, err
	}
	profiled := b.profileCPU(ctx)
	served, err := b.timed(ctx, begun, b.tenants, func() error {
		return b.cluster.Client.Patch(ctx, schedule, client.RawPatch(types.MergePatchType, []byte(`{"spec":{"run":"1"}}`)))
	})
	if err != nil {
		return 0, err
	}
	profiled()
	b.usage.quiet(ctx)
	return served, b.stopManager(ctx)
}

// listTargets has each of the partner's customers list an asset, if it does not yet.
func (b *bench) listTargets(ctx context.Context) error {
	return b.inEachPlace(ctx, func(place string) error {
		return client.IgnoreAlreadyExists(b.cluster.Client.Create(ctx, &v1alpha1.AssetInventory{
			ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: "scanned"},
			Spec:       v1alpha1.AssetInventorySpec{Assets: []v1alpha1.Asset{{Type: v1alpha1.AssetDomain, Value: v1alpha1.AssetValue(place + ".example")}}},
		}))
	})
}

// endRuns takes away all that the runs of a round have left in the places, the floor's or the operator's: their first runs have the same names.
func (b *bench) endRuns(ctx context.Context, begun *tally) error {
	_, err := b.timed(ctx, begun, 0, func() error {
		return b.inEachPlace(ctx, func(place string) error { return b.endRun(ctx, place) })
	})
	return err
}

// work is the run of a place as the operator would make it.
func (b *bench) work(place string) scan.Work {
	return scan.Work{
		Run:       1,
		Schedule:  &v1alpha1.ScanSchedule{ObjectMeta: metav1.ObjectMeta{Namespace: partnerName, Name: scheduleName, UID: "bench"}},
		Namespace: place, NamespaceUID: "bench",
		Labels: map[string]string{
			v1alpha1.LabelManaged: "true", v1alpha1.LabelParent: partnerName, v1alpha1.LabelTenant: strings.TrimPrefix(place, partnerName+"-"),
		},
		Profile: b.config.Scans.Profiles[scanProfile],
		Targets: scan.Targets{Lines: []string{"Domain " + place + ".example"}},
	}
}

// ledger is what the place's runs are counted in, when one has been claimed.
func (b *bench) ledger(work scan.Work) (*corev1.ConfigMap, error) {
	now := time.Now().UTC().Truncate(time.Second)
	text, err := scan.Ledger{
		Serial:    work.Run,
		Runs:      map[int64]scan.Run{work.Run: {Schedule: work.Schedule.UID, Cause: scan.CauseRequested, Due: now, Claimed: now}},
		Schedules: map[types.UID]scan.Entry{work.Schedule.UID: {Calendar: "UTC 0 0 29 2 * +0s", Passed: now, Request: "1"}},
	}.Write()
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: work.Namespace, Name: v1alpha1.ScanLedgerName, Labels: work.Labels},
		Data:       map[string]string{"ledger": text},
	}, err
}

func (b *bench) bareRun(ctx context.Context, place string) error {
	work := b.work(place)
	ledger, err := b.ledger(work)
	if err != nil {
		return err
	}
	if err := b.operator.Create(ctx, ledger, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return err
	}
	job := work.Job()
	if err := b.operator.Create(ctx, job, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return err
	}
	if err := b.operator.Create(ctx, work.ConfigMap(job.UID), client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return err
	}
	return b.operator.Patch(ctx, job, client.RawPatch(types.MergePatchType, []byte(`{"spec":{"suspend":false}}`)), client.FieldOwner(v1alpha1.FieldManager))
}

func (b *bench) endRun(ctx context.Context, place string) error {
	work := b.work(place)
	ledger, err := b.ledger(work)
	if err != nil {
		return err
	}
	job := work.Job()
	if err := client.IgnoreNotFound(b.operator.Delete(ctx, job, client.PropagationPolicy(metav1.DeletePropagationBackground))); err != nil {
		return err
	}
	if err := client.IgnoreNotFound(b.operator.Patch(ctx, job, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`)))); err != nil {
		return err
	}
	// The targets would go with the Job, in time.
	if err := client.IgnoreNotFound(b.operator.Delete(ctx, work.ConfigMap(""))); err != nil {
		return err
	}
	return client.IgnoreNotFound(b.operator.Delete(ctx, ledger))
}

// inEachPlace does something in all of the partner's customers' places, with as many workers as the manager has.
func (b *bench) inEachPlace(ctx context.Context, do func(place string) error) error {
	places, err := b.customersPlaces(ctx)
	if err != nil {
		return err
	}
	group := errgroup.Group{}
	group.SetLimit(b.config.Workers)
	for _, place := range places {
		group.Go(func() error { return do(place) })
	}
	return group.Wait()
}
