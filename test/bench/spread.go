// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/scan"
)

const (
	// spreadName is the name of the schedule whose runs jitter spreads.
	spreadName = "spread"
	// spreadLead and spreadLeadPerTenant are what a manager needs at most to look at each tenant, and to write down in each that there is the
	// schedule, before that is due.
	spreadLead          = 30 * time.Second
	spreadLeadPerTenant = 20 * time.Millisecond
	// parts is how many a window is cut into, to see which is the fullest.
	parts = 10
)

// start of a run in a tenant's place.
type start struct {
	// due is when the core has it start, and made what the API server says when its Job was made, to the second.
	due, made time.Time
	// begun is when somebody who watches saw it begin.
	begun time.Time
}

// spread takes how evenly, and how late, the runs of one schedule of all the partner's customers begin that jitter spreads over a
// window. The floor is the times that the core has for them.
func (b *bench) spread(ctx context.Context) error {
	if err := b.listTargets(ctx); err != nil {
		return err
	}
	if err := b.startManager(ctx, nil); err != nil {
		return err
	}
	lead := spreadLead + time.Duration(b.tenants)*spreadLeadPerTenant
	due := time.Now().UTC().Add(lead).Truncate(time.Minute).Add(time.Minute)
	schedule := &v1alpha1.ScanSchedule{
		ObjectMeta: metav1.ObjectMeta{Namespace: partnerName, Name: spreadName},
		Spec: v1alpha1.ScanScheduleSpec{
			Profile: scanProfile, Cron: v1alpha1.CronExpression(fmt.Sprintf("%d %d * * *", due.Minute(), due.Hour())),
			Jitter: &metav1.Duration{Duration: b.window}, Tenants: &v1alpha1.Selection{Selector: &v1alpha1.LabelSelector{}},
		},
	}
	if err := b.cluster.Client.Create(ctx, schedule); err != nil {
		return fmt.Errorf("making a schedule: %w", err)
	}
	begun, err := watchTally(ctx, b.cluster, "spread runs have begun", &batchv1.Job{}, func(object client.Object) bool {
		suspended := object.(*batchv1.Job).Spec.Suspend
		return object.GetLabels()[v1alpha1.LabelSchedule] == string(schedule.UID) && suspended != nil && !*suspended
	})
	if err != nil {
		return err
	}
	b.usage.quiet(ctx)
	if err := b.cluster.Client.Get(ctx, client.ObjectKeyFromObject(schedule), schedule); err != nil {
		return fmt.Errorf("reading the schedule: %w", err)
	}
	taken := int(ptr.Deref(schedule.Status.Tenants, 0))
	if late := time.Since(due); late > 0 || taken != b.tenants {
		return fmt.Errorf("the manager has not taken the schedule up in time: %d of %d tenants, %s before it is due", taken, b.tenants, -late.Round(time.Second))
	}
	progress("%d runs are due from %s on, spread over %s", b.tenants, due.Format(time.TimeOnly), b.window)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Until(due)):
	}
	if _, err := begun.await(ctx, b.tenants); err != nil {
		return err
	}
	starts, err := b.starts(ctx, schedule, due, begun.since())
	if err != nil {
		return err
	}
	b.report.spread(starts, due, b.window)
	return b.stopManager(ctx)
}

// starts are what became of the runs of a schedule that was due once.
func (b *bench) starts(ctx context.Context, schedule *v1alpha1.ScanSchedule, due time.Time, begun map[client.ObjectKey]time.Time) ([]start, error) {
	tenants, jobs := &v1alpha1.TenantList{}, &batchv1.JobList{}
	if err := b.cluster.Client.List(ctx, tenants, client.InNamespace(partnerName)); err != nil {
		return nil, fmt.Errorf("listing the partner's customers: %w", err)
	}
	if err := b.cluster.Client.List(ctx, jobs, client.MatchingLabels{v1alpha1.LabelSchedule: string(schedule.UID)}); err != nil {
		return nil, fmt.Errorf("listing the runs of the schedule: %w", err)
	}
	dueIn := make(map[string]time.Time, len(tenants.Items))
	for i := range tenants.Items {
		tenant := &tenants.Items[i]
		dueIn[tenant.Status.Namespace] = due.Add(scan.Jitter(schedule.UID, tenant.UID, b.window))
	}
	starts := make([]start, 0, len(jobs.Items))
	for i := range jobs.Items {
		job := &jobs.Items[i]
		one := start{due: dueIn[job.Namespace], made: job.CreationTimestamp.Time, begun: begun[client.ObjectKeyFromObject(job)]}
		if one.due.IsZero() || one.begun.IsZero() {
			return nil, fmt.Errorf("run %s/%s is none of a customer's, or was not seen to begin", job.Namespace, job.Name)
		}
		starts = append(starts, one)
	}
	if len(starts) != b.tenants {
		return nil, fmt.Errorf("%d runs were started in the places of %d tenants", len(starts), b.tenants)
	}
	return starts, nil
}

// fullestPart is the share, in percent, of times that fall into the fullest part of a window. What comes later is of the last.
func fullestPart(times []time.Time, from time.Time, window time.Duration) float64 {
	counts := [parts]int{}
	for _, at := range times {
		counts[min(parts-1, max(0, int(at.Sub(from)*parts/window)))]++
	}
	return 100 * float64(slices.Max(counts[:])) / float64(len(times))
}
