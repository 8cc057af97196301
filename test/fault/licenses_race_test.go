// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/test/harness"
)

const (
	// racers ask for the seats of one plan, which has enough for some of them.
	racers    = 120
	raceSeats = 100
	mostSeats = 9
	raceLasts = 25 * time.Second
)

var _ = Describe("Capacity: many who want a share, and two managers that are killed again and again", Label("fault-1", "fault-4"), func() {
	It("never gives away more than there is, and all of it in the end", func(ctx SpecContext) {
		judged := verdicts{invariants: watchInvariants(ctx, here)}
		judged.invariants.TakeAnyLimit()
		one, two := startOperator(ctx, here, alone), startOperator(ctx, here, alone)
		f := newFamily(here)
		Eventually(vendor).WithContext(ctx).WithArguments(f).Should(Succeed())
		Expect(f.replan(ctx, standardPlan, func(spec *v1alpha1.LicensePlanSpec) { spec.Capacity.Agents = new(int32(raceSeats)) })).To(Succeed())
		Expect(f.change(ctx, f.partner, func(tenant *v1alpha1.Tenant) {
			tenant.Spec.Partner.Capacity = &v1alpha1.Capacity{Tenants: new(int32(racers)), Agents: new(int32(raceSeats))}
		})).To(Succeed())
		Eventually(func(g Gomega) {
			partner := &v1alpha1.Tenant{}
			g.Expect(here.Client.Get(ctx, f.partner, partner)).To(Succeed())
			g.Expect(partner.Status.Capacity).To(HaveField("Granted", HaveField("Agents", HaveValue(BeEquivalentTo(raceSeats)))))
		}).WithContext(ctx).Should(Succeed())
		enforced := watchSeats(ctx, f.partner.Name)

		changes := f.race(ctx, []*operator{one, two})
		for i := range 2 {
			judged.add(fmt.Sprintf("%d changes of mind of %d tenants, manager %d killed", changes, racers, i+1), enforced.faults()...)
		}
		leader := startLeader(ctx, here)
		Eventually(f.settled).WithContext(ctx).WithArguments(enforced).WithTimeout(patience).Should(Succeed())
		// Somebody who seemed to wait for good may have been the next to be served.
		Eventually(harness.Quiet).WithContext(ctx).WithArguments(leader.line, settle).WithTimeout(patience).Should(Succeed())
		Expect(f.settled(ctx, enforced)).To(Succeed())
		judged.add("in the end", append(enforced.faults(), unrest(ctx, leader.line)...)...)
		Eventually(f.vacate).WithContext(ctx).WithTimeout(3 * patience).Should(Succeed())
		judged.close(fmt.Sprintf("capacity, %d tenants, %d changes of mind, two managers killed in turn; at most %d of %d seats given", racers, changes, enforced.most(), raceSeats))
	}, SpecTimeout(10*time.Minute))
})

// race has tenants come, change their minds and go, while one manager after the other is killed and another started.
// It returns the number of changes, and leaves no manager.
func (f family) race(ctx context.Context, managers []*operator) int {
	GinkgoHelper()
	random := rand.New(rand.NewPCG(seed, 7))
	changes := f.rush(ctx, random)
	until := time.Now().Add(raceLasts)
	for turn := 0; time.Now().Before(until); turn++ {
		begun := time.Now()
		for time.Since(begun) < raceLasts/6 {
			key := client.ObjectKey{Namespace: f.partner.Name, Name: fmt.Sprintf("racer%d", random.IntN(racers))}
			Expect(f.racerChanges(ctx, key, random.Int32N(mostSeats)+1, random.IntN(10) == 0)).To(Succeed())
			changes++
		}
		killed := turn % len(managers)
		managers[killed].Kill()
		managers[killed] = startOperator(ctx, here, alone)
	}
	for _, manager := range managers {
		manager.Kill()
	}
	return changes
}

// rush has all tenants come in one moment.
func (f family) rush(ctx context.Context, random *rand.Rand) int {
	var coming sync.WaitGroup
	for n := range racers {
		seats := random.Int32N(mostSeats) + 1
		coming.Go(func() {
			defer GinkgoRecover()
			key := client.ObjectKey{Namespace: f.partner.Name, Name: fmt.Sprintf("racer%d", n)}
			Expect(f.racerChanges(ctx, key, seats, false)).To(Succeed())
		})
	}
	coming.Wait()
	return racers
}

// racerChanges makes a tenant, has it ask for another number of seats, or takes it away for good.
func (f family) racerChanges(ctx context.Context, key client.ObjectKey, seats int32, goes bool) error {
	if goes {
		return f.purge(ctx, key)
	}
	err := f.change(ctx, key, func(tenant *v1alpha1.Tenant) { tenant.Spec.Limits = &v1alpha1.Limits{Agents: &seats} })
	if client.IgnoreNotFound(err) == nil && err != nil {
		err = f.Client.Create(ctx, &v1alpha1.Tenant{
			ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name},
			Spec: v1alpha1.TenantSpec{
				PlanRef: &v1alpha1.LocalReference{Name: standardPlan},
				Limits:  &v1alpha1.Limits{Agents: &seats},
			},
		})
	}
	return client.IgnoreAlreadyExists(err)
}

// vacate returns an error until all the partner's customers are gone for good.
func (f family) vacate(ctx context.Context) error {
	left, err := f.purgeCustomers(ctx)
	if err == nil && left > 0 {
		err = fmt.Errorf("%d tenants are still there", left)
	}
	return err
}

// settled returns an error while somebody waits who could be served, or somebody is neither served nor waits.
func (f family) settled(ctx context.Context, enforced *seats) error {
	tenants := &v1alpha1.TenantList{}
	if err := f.Client.List(ctx, tenants, client.InNamespace(f.partner.Name)); err != nil {
		return err
	}
	least, given := int32(mostSeats+1), int64(0)
	for i := range tenants.Items {
		tenant := &tenants.Items[i]
		switch {
		case is(tenant, v1alpha1.PhaseActive) == nil:
			given += int64(*tenant.Status.Allocated.Agents)
		case is(tenant, v1alpha1.PhasePending) == nil:
			least = min(least, mostSeats)
		case is(tenant, v1alpha1.PhaseDegraded) == nil:
			given += int64(*tenant.Status.Allocated.Agents)
			least = min(least, mostSeats)
		default:
			return fmt.Errorf("tenant %s is %s", tenant.Name, tenant.Status.Phase)
		}
	}
	if least <= mostSeats && raceSeats-given >= mostSeats {
		return fmt.Errorf("%d of %d seats are given, and somebody waits", given, raceSeats)
	}
	if sum := enforced.now(); sum != given {
		return fmt.Errorf("%d seats are given, and %d enforced", given, sum)
	}
	return nil
}

// seats are those that the quotas of a partner's customers enforce, as every single change of a quota tells.
type seats struct {
	mu      sync.Mutex
	by      map[string]int64
	highest int64
	found   []string
}

// watchSeats watches until the spec ends.
func watchSeats(ctx SpecContext, partner string) *seats {
	GinkgoHelper()
	s := &seats{by: map[string]int64{}}
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	changes, err := here.Client.Watch(background, &corev1.ResourceQuotaList{}, client.MatchingLabels{v1alpha1.LabelManaged: "true", v1alpha1.LabelParent: partner})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() {
		cancel()
		changes.Stop()
	})
	go func() {
		for change := range changes.ResultChan() {
			if quota, ok := change.Object.(*corev1.ResourceQuota); ok && quota.Name == desired.QuotaName {
				s.changed(quota, change.Type == watch.Deleted)
			}
		}
	}()
	return s
}

func (s *seats) changed(quota *corev1.ResourceQuota, gone bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	hard := quota.Spec.Hard[desired.ResourceAgents]
	s.by[quota.Namespace] = hard.Value()
	if gone {
		delete(s.by, quota.Namespace)
	}
	sum := int64(0)
	for _, value := range s.by {
		sum += value
	}
	s.highest = max(s.highest, sum)
	if sum > raceSeats {
		s.found = append(s.found, fmt.Sprintf("%d seats are enforced at version %s of the quota in %s", sum, quota.ResourceVersion, quota.Namespace))
	}
}

func (s *seats) faults() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.found
}

func (s *seats) most() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.highest
}

func (s *seats) now() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := int64(0)
	for _, value := range s.by {
		sum += value
	}
	return sum
}
