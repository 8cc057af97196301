// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("A schedule for several tenants", func() {
	var s *scanner
	var above *v1alpha1.Tenant
	var customers []*v1alpha1.Tenant
	forGold := func(spec *v1alpha1.ScanScheduleSpec) {
		spec.Run = "now"
		spec.Tenants = &v1alpha1.Selection{Selector: &v1alpha1.LabelSelector{MatchLabels: map[string]v1alpha1.LabelValue{"tier": "gold"}}}
	}
	BeforeEach(func(ctx SpecContext) {
		s, customers = newScanner(ctx), nil
		above = partner(ctx)
		for _, name := range []string{"first", "second", "third"} {
			customer := tenantIn(ctx, above.Status.Namespace, name, func(t *v1alpha1.Tenant) {
				if name != "third" {
					t.Labels = map[string]string{"tier": "gold"}
				}
			})
			s.settle(ctx, customer)
			inventoryIn(ctx, customer.Status.Namespace, "sites", name+".example")
			customers = append(customers, customer)
			DeferCleanup(func(ctx SpecContext) { release(ctx, customer) })
		}
	})
	visitAll := func(ctx SpecContext) {
		GinkgoHelper()
		for _, customer := range customers {
			s.visit(ctx, customer)
		}
	}

	It("runs in the places of those that it picks, and is summed up once all were looked at", func(ctx SpecContext) {
		weekly := scheduleIn(ctx, above.Status.Namespace, "weekly", forGold)
		s.visit(ctx, customers[0])
		s.sum(ctx, weekly)
		Expect(weekly.Status.ObservedGeneration).To(BeEquivalentTo(-1), "nobody knows yet of the others")
		visitAll(ctx)
		Expect(s.jobs(ctx, customers[0])).To(HaveExactElements("scan-weekly-1"))
		Expect(s.jobs(ctx, customers[1])).To(HaveExactElements("scan-weekly-1"))
		Expect(s.jobs(ctx, customers[2])).To(BeEmpty())
		s.sum(ctx, weekly)
		Expect(weekly.Status.Tenants).To(HaveValue(BeEquivalentTo(2)))
		Expect(weekly.Status.ObservedRun).To(BeEquivalentTo("now"))

		change(ctx, customers[1], func(t *v1alpha1.Tenant) { t.Labels = nil })
		s.visit(ctx, customers[1])
		s.visit(ctx, customers[1])
		Expect(s.jobs(ctx, customers[1])).To(BeEmpty(), "it is picked no more, and its run is stopped")
		s.sum(ctx, weekly)
		Expect(weekly.Status.Tenants).To(HaveValue(BeEquivalentTo(1)))
		s.recorder.take()
		s.sum(ctx, weekly)
		Expect(s.recorder.take()).To(BeEmpty())
	})

	It("reaches with staff: Explicit those alone whom its author is let into, as long as that lasts", func(ctx SpecContext) {
		change(ctx, above, func(t *v1alpha1.Tenant) { t.Spec.Partner.Staff = v1alpha1.StaffExplicit })
		const author = "author@acme.example" // who made the tenants is their super admin
		asAuthor, err := cluster.As(author, "system:masters")
		Expect(err).NotTo(HaveOccurred())
		weekly := &v1alpha1.ScanSchedule{ObjectMeta: metav1.ObjectMeta{Namespace: above.Status.Namespace, Name: "weekly"}, Spec: v1alpha1.ScanScheduleSpec{Profile: "web", Frequency: v1alpha1.ScanMonthly}}
		forGold(&weekly.Spec)
		Expect(asAuthor.Create(ctx, weekly)).To(Succeed())
		Expect(weekly.Annotations).To(HaveKeyWithValue(v1alpha1.AnnotationCreatedBy, author))
		s.catchUp(ctx, above)
		visitAll(ctx)
		Expect(s.jobs(ctx, customers[0])).To(BeEmpty())
		s.sum(ctx, weekly)
		Expect(scheduleReady(weekly)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonNoTenants))

		grant := &v1alpha1.TenantAccessGrant{ObjectMeta: metav1.ObjectMeta{Namespace: above.Status.Namespace, Name: "author"},
			Spec: v1alpha1.TenantAccessGrantSpec{Subject: v1alpha1.Subject{Kind: v1alpha1.SubjectUser, Name: author}, Role: v1alpha1.RoleAdmin,
				Tenants:   &v1alpha1.Selection{Names: []v1alpha1.TenantName{"first"}},
				ExpiresAt: &metav1.Time{Time: time.Now().Add(time.Hour)}}}
		Expect(admin.Create(ctx, grant)).To(Succeed())
		s.catchUp(ctx, grant)
		_, again := s.visit(ctx, customers[0])
		Expect(again).To(BeNumerically("<=", time.Hour))
		visitAll(ctx)
		Expect(s.jobs(ctx, customers[0])).To(HaveExactElements("scan-weekly-1"))
		Expect(s.jobs(ctx, customers[1])).To(BeEmpty())

		Expect(admin.Delete(ctx, grant)).To(Succeed())
		s.catchUp(ctx, grant)
		s.visit(ctx, customers[0])
		s.visit(ctx, customers[0])
		Expect(s.jobs(ctx, customers[0])).To(BeEmpty())
	})

	It("says what is wrong with it", func(ctx SpecContext) {
		former := partner(ctx)
		shared.settle(ctx, former)
		left := scheduleIn(ctx, former.Status.Namespace, "left", forGold)
		change(ctx, former, func(t *v1alpha1.Tenant) { t.Spec.Partner = nil })
		shared.settle(ctx, former)
		s.catchUp(ctx, former)
		for reason, schedule := range map[string]*v1alpha1.ScanSchedule{
			v1alpha1.ReasonNotAPlace:        scheduleIn(ctx, home, "lost"),
			v1alpha1.ReasonParentNotPartner: left,
			v1alpha1.ReasonUnresolved:       scheduleIn(ctx, customers[0].Status.Namespace, "foreign", func(spec *v1alpha1.ScanScheduleSpec) { spec.Profile = "miner" }),
			v1alpha1.ReasonInvalidSchedule: scheduleIn(ctx, customers[0].Status.Namespace, "never", func(spec *v1alpha1.ScanScheduleSpec) {
				spec.Frequency, spec.Cron = "", "0 0 30 2 *"
			}),
		} {
			s.sum(ctx, schedule)
			Expect(scheduleReady(schedule)).To(haveReason(metav1.ConditionFalse, reason))
			Expect(meta.IsStatusConditionTrue(schedule.Status.Conditions, v1alpha1.ConditionStalled)).To(BeTrue())
		}
		visitAll(ctx)
		for _, customer := range customers {
			Expect(s.jobs(ctx, customer)).To(BeEmpty())
		}
	})

	It("starts again when it is changed back, and tells who has nothing to scan", func(ctx SpecContext) {
		weekly := scheduleIn(ctx, above.Status.Namespace, "weekly", forGold, func(spec *v1alpha1.ScanScheduleSpec) {
			spec.Targets = &v1alpha1.ScanTargets{Names: []v1alpha1.AssetValue{"second.example"}}
		})
		visitAll(ctx)
		s.sum(ctx, weekly)
		Expect(scheduleReady(weekly)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonNoTargets))
		Expect(scheduleReady(weekly).Message).To(ContainSubstring("in 1 of 2 tenants"))
		Expect(s.told.Events).To(Receive(ContainSubstring(v1alpha1.ReasonNoTargets)))
		Expect(admin.Patch(ctx, weekly, merge(`{"spec":{"targets":null,"run":"again","suspend":true}}`))).To(Succeed())
		visitAll(ctx)
		s.sum(ctx, weekly)
		Expect(scheduleReady(weekly)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonSuspended))
		Expect(s.jobs(ctx, customers[0])).To(BeEmpty())
		Expect(admin.Patch(ctx, weekly, merge(`{"spec":{"suspend":false}}`))).To(Succeed())
		visitAll(ctx)
		s.sum(ctx, weekly)
		Expect(s.jobs(ctx, customers[0])).To(HaveLen(1))
		Expect(client.IgnoreNotFound(admin.Delete(ctx, weekly))).To(Succeed())
		s.catchUp(ctx, weekly)
		visitAll(ctx)
		visitAll(ctx)
		Expect(s.jobs(ctx, customers[0])).To(BeEmpty())
	})
})
