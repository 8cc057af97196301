// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/scan"
)

// quickScan is the profile of families' schedules: its runs end at once, on a fake node.
const quickScan = "quick"

// ledgerKey is the key of the ledger in its ConfigMap.
const ledgerKey = "ledger"

// addNode has pods run until the specs of this container have ended.
func addNode(ctx SpecContext) {
	GinkgoHelper()
	node, err := here.StartNode(ctx)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func(ctx SpecContext) { Expect(node.Stop(ctx)).To(Succeed()) })
}

// scans configures what families scan with.
func scans(configuration *configv1alpha1.Configuration) {
	configuration.Scans.Profiles = map[string]configv1alpha1.ScanProfile{
		quickScan: {Image: "registry.example/scanner@sha256:" + strings.Repeat("0a", 32)},
	}
}

// startScanner is startLeader with them.
func startScanner(ctx context.Context) *operator {
	GinkgoHelper()
	Expect(here.DropLease(ctx)).To(Succeed())
	return startOperator(ctx, here, scans)
}

// scanning is a family whose customer has an asset, and schedules of its own that are due every hour, and not soon.
func (f family) scanning(schedules ...string) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := active(ctx, f); err != nil {
			return err
		}
		listed := &v1alpha1.AssetInventory{
			ObjectMeta: metav1.ObjectMeta{Namespace: f.place(), Name: "own"},
			Spec:       v1alpha1.AssetInventorySpec{Assets: []v1alpha1.Asset{{Type: v1alpha1.AssetDomain, Value: "customer.example"}}},
		}
		made := client.IgnoreAlreadyExists(f.Client.Create(ctx, listed))
		for _, name := range schedules {
			made = errors.Join(made, client.IgnoreAlreadyExists(f.Client.Create(ctx, &v1alpha1.ScanSchedule{
				ObjectMeta: metav1.ObjectMeta{Namespace: f.place(), Name: name},
				Spec:       v1alpha1.ScanScheduleSpec{Profile: quickScan, Cron: v1alpha1.CronExpression(fmt.Sprintf("%d * * * *", time.Now().Add(30*time.Minute).Minute()))},
			})))
		}
		return made
	}
}

// ask for the nth run of a schedule.
func (f family) ask(ctx context.Context, schedule string, n int) error {
	wanted := &v1alpha1.ScanSchedule{ObjectMeta: metav1.ObjectMeta{Namespace: f.place(), Name: schedule}}
	return f.Client.Patch(ctx, wanted, client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"run":"`+strconv.Itoa(n)+`"}}`)))
}

// runs are the Jobs in the customer's place.
func (f family) runs(ctx context.Context) ([]batchv1.Job, error) {
	jobs := &batchv1.JobList{}
	err := f.Client.List(ctx, jobs, client.InNamespace(f.place()), client.MatchingLabels{v1alpha1.LabelManaged: "true"})
	return jobs.Items, err
}

// book is the customer's ledger, and the ConfigMap that it is in.
func (f family) book(ctx context.Context) (scan.Ledger, *corev1.ConfigMap, error) {
	book := &corev1.ConfigMap{}
	if err := f.Client.Get(ctx, client.ObjectKey{Namespace: f.place(), Name: v1alpha1.ScanLedgerName}, book); err != nil {
		return scan.Ledger{}, nil, err
	}
	ledger, err := scan.ReadLedger(book.Data[ledgerKey])
	return ledger, book, err
}

// counted returns an error unless so many runs are, the Tenant says so, no Job is held for one that is or is not, and none
// keeps its targets.
func (f family) counted(ctx context.Context, runs int) error {
	ledger, _, err := f.book(ctx)
	if err != nil {
		return err
	}
	var all int64
	for _, month := range ledger.Months {
		all += month.All
	}
	tenant := &v1alpha1.Tenant{}
	if err := f.Client.Get(ctx, f.child, tenant); err != nil {
		return err
	}
	told := ptr.Deref(tenant.Status.Usage, v1alpha1.Usage{}).Scans
	if all != int64(runs) || told != all || len(ledger.Runs) > 0 {
		return fmt.Errorf("%d runs are counted and %d told, of %d; %v are under way", all, told, runs, ledger.Runs)
	}
	jobs, err := f.runs(ctx)
	if held := slices.IndexFunc(jobs, func(job batchv1.Job) bool { return slices.Contains(job.Finalizers, v1alpha1.Finalizer) }); held >= 0 {
		return fmt.Errorf("Job %s is held", jobs[held].Name)
	}
	targets := &corev1.ConfigMapList{}
	err = errors.Join(err, f.Client.List(ctx, targets, client.InNamespace(f.place()), client.HasLabels{v1alpha1.LabelSchedule}))
	if err == nil && len(targets.Items) > 0 {
		return fmt.Errorf("the targets of Job %s are still there", targets.Items[0].Name)
	}
	return err
}

// miscounted says what is wrong with the count once the operator had time, and rests.
func (f family) miscounted(ctx context.Context, o *operator, runs int) []string {
	count := func(ctx context.Context) error { return f.counted(ctx, runs) }
	found := until(ctx, count)
	if len(found) == 0 {
		// What a schedule says of its runs is gathered for a second.
		found = append(settles(ctx, o.line), until(ctx, count)...)
	}
	return found
}
