// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("Fault 1: killed between two writes of a scan", Label("fault-1"), Ordered, func() {
	BeforeAll(func(ctx SpecContext) { addNode(ctx) })

	It("starts and counts each run once", func(ctx SpecContext) {
		judged := verdicts{invariants: watchInvariants(ctx, here)}
		leader, f := startScanner(ctx), newFamily(here)
		Eventually(f.scanning("own")).WithContext(ctx).Should(Succeed())
		runs := 1
		Expect(f.ask(ctx, "own", runs)).To(Succeed())
		Expect(f.miscounted(ctx, leader, runs)).To(BeEmpty(), "the first run, which makes the ledger")
		leader.line.Forget()
		runs++
		Expect(f.ask(ctx, "own", runs)).To(Succeed())
		Expect(f.miscounted(ctx, leader, runs)).To(BeEmpty(), "a run without a fault")

		// A sweep of one place, whose runs follow upon each other.
		sweep := &sweep{operation: operation{name: "runs a scan"}, writes: leader.line.Done()}
		for _, at := range sweep.points() {
			killed := leader
			killed.line.CutAt(at.write, at.moment, killed.Kill)
			runs++
			Expect(f.ask(ctx, "own", runs)).To(Succeed())
			Eventually(func() bool { return killed.line.Cut() || f.counted(ctx, runs) == nil }).WithContext(ctx).Should(BeTrue(), "write %d", at.write)
			killed.Kill()
			leader = startScanner(ctx)
			judged.add(fmt.Sprintf("%s write %d of %d (%s)", at.moment, at.write, len(sweep.writes), sweep.writes[at.write-1]), f.miscounted(ctx, leader, runs)...)
		}
		judged.close(fmt.Sprintf("fault 1, killed while it runs a scan (%d writes)", len(sweep.writes)))
	})
})

var _ = Describe("Fault 4: scans and two leaders", Label("fault-4"), Ordered, func() {
	BeforeAll(func(ctx SpecContext) { addNode(ctx) })

	It("counts each run once with two managers that work at the same time", func(ctx SpecContext) {
		judged := verdicts{invariants: watchInvariants(ctx, here)}
		both := func(configuration *configv1alpha1.Configuration) {
			alone(configuration)
			scans(configuration)
		}
		one, two := startOperator(ctx, here, both), startOperator(ctx, here, both)
		f := newFamily(here)
		schedules := []string{"a", "b", "c", "d"}
		Eventually(f.scanning(schedules...)).WithContext(ctx).Should(Succeed())
		const rounds = 3
		for round := range rounds {
			for _, schedule := range schedules {
				Expect(f.ask(ctx, schedule, round)).To(Succeed())
			}
			Expect(until(ctx, func(ctx context.Context) error { return f.counted(ctx, len(schedules)*(round+1)) })).To(BeEmpty())
		}
		judged.add("one of the managers", f.miscounted(ctx, one, rounds*len(schedules))...)
		judged.add("the other manager", settles(ctx, two.line)...)
		judged.close("fault 4, scans and two managers at once")
	})

	It("counts each run once where the ledger is put back to what it was under both of them", func(ctx SpecContext) {
		judged := verdicts{invariants: watchInvariants(ctx, here)}
		both := func(configuration *configv1alpha1.Configuration) {
			alone(configuration)
			scans(configuration)
		}
		one, two := startOperator(ctx, here, both), startOperator(ctx, here, both)
		f := newFamily(here)
		schedules := []string{"a", "b"}
		Eventually(f.scanning(schedules...)).WithContext(ctx).Should(Succeed())
		const rounds = 3 // as many as there are Jobs kept of a schedule
		backup := ""
		for round := range rounds {
			for _, schedule := range schedules {
				Expect(f.ask(ctx, schedule, round)).To(Succeed())
			}
			Expect(f.miscounted(ctx, one, len(schedules)*(round+1))).To(BeEmpty())
			if round == 0 {
				_, book, err := f.book(ctx)
				Expect(err).NotTo(HaveOccurred())
				backup = book.Data[ledgerKey]
			} else {
				Eventually(f.putBack).WithArguments(backup).WithContext(ctx).Should(Succeed())
			}
			judged.add(fmt.Sprintf("round %d", round+1), f.miscounted(ctx, one, len(schedules)*(round+1))...)
		}
		judged.add("the other manager", settles(ctx, two.line)...)
		judged.close("fault 4, a ledger of scans that is put back, and two managers at once")
	})
})

var _ = Describe("Fault 6: the operator is away when scans end and fall due", Label("fault-6"), Ordered, func() {
	BeforeAll(func(ctx SpecContext) { addNode(ctx) })

	It("counts what finished though its Job was collected, and makes up for what it missed by one run", func(ctx SpecContext) {
		judged := verdicts{invariants: watchInvariants(ctx, here)}
		leader, f := startScanner(ctx), newFamily(here)
		Eventually(f.scanning("own")).WithContext(ctx).Should(Succeed())
		Expect(f.ask(ctx, "own", 1)).To(Succeed())
		Expect(f.miscounted(ctx, leader, 1)).To(BeEmpty())

		// The claim, the Job, its targets, and that it begins.
		leader.line.CutAt(4, harness.After, leader.Kill)
		Expect(f.ask(ctx, "own", 2)).To(Succeed())
		Eventually(leader.line.Cut).WithContext(ctx).Should(BeTrue())
		leader.Kill()
		Eventually(f.collect).WithContext(ctx).Should(Succeed())

		Expect(f.age(ctx, 5*time.Hour)).To(Succeed())
		leader = startScanner(ctx)
		back := time.Now()
		late := until(ctx, func(ctx context.Context) error { return f.counted(ctx, 3) })
		done := time.Since(back)
		judged.add("what was missed", append(late, f.miscounted(ctx, leader, 3)...)...)
		judged.close(fmt.Sprintf("fault 6, away when scans end and fall due (counted %s after its return)", done.Round(time.Millisecond)))
	})
})

// collect deletes all Jobs that finished, as Kubernetes does in time, and returns an error while one has not.
func (f family) collect(ctx context.Context) error {
	jobs, err := f.runs(ctx)
	if err != nil {
		return err
	}
	for i := range jobs {
		if !slices.ContainsFunc(jobs[i].Status.Conditions, func(c batchv1.JobCondition) bool { return c.Type == batchv1.JobComplete }) {
			return fmt.Errorf("Job %s has not finished", jobs[i].Name)
		}
	}
	for i := range jobs {
		err = errors.Join(err, client.IgnoreNotFound(f.Client.Delete(ctx, &jobs[i], client.PropagationPolicy(metav1.DeletePropagationBackground))))
	}
	return err
}

// putBack has the customer's ledger be what it was.
func (f family) putBack(ctx context.Context, text string) error {
	_, book, err := f.book(ctx)
	if err != nil {
		return err
	}
	book.Data[ledgerKey] = text
	return f.Client.Update(ctx, book)
}

// age has the schedules of the customer, which are due every hour, looked at that long ago.
func (f family) age(ctx context.Context, by time.Duration) error {
	ledger, book, err := f.book(ctx)
	if err != nil {
		return err
	}
	for uid, entry := range ledger.Schedules {
		entry.Passed = entry.Passed.Add(-by)
		ledger.Schedules[uid] = entry
	}
	if book.Data[ledgerKey], err = ledger.Write(); err != nil {
		return err
	}
	return f.Client.Update(ctx, book)
}
