// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("kubectl tenant", func() {
	It("lists, suspends and resumes a customer's schedules, and takes none of its partner's for them (F35)", func(ctx SpecContext) {
		crew := newCrew(ctx)
		place := crew.cybercorp.Status.Namespace
		for _, namespace := range []string{place, crew.partner.Status.Namespace} {
			schedule := &v1alpha1.ScanSchedule{
				ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "of-" + namespace},
				Spec:       v1alpha1.ScanScheduleSpec{Profile: "none", Frequency: v1alpha1.ScanWeekly},
			}
			if namespace != place {
				schedule.Spec.Tenants = &v1alpha1.Selection{Selector: &v1alpha1.LabelSelector{}}
			}
			Expect(admin.Create(ctx, schedule)).To(Succeed())
			DeferCleanup(func(ctx SpecContext) { Expect(client.IgnoreNotFound(admin.Delete(ctx, schedule))).To(Succeed()) })
		}
		run := func(person string, arguments ...string) screen {
			return plugin(ctx, person, append(arguments, "-n", place)...)
		}
		own, partners := "of-"+place, "of-"+crew.partner.Status.Namespace

		Expect(run(crew.kim, "schedule", "list", "-o", "name").Out).To(Equal("scanschedule.tenantry.io/" + own + "\n"))
		Expect(run(crew.kim, "schedule", "show", own).Out).To(MatchRegexp(`(?m)^When: +Weekly 00:00 UTC$`))
		Expect(run(crew.kim, "schedule", "suspend", own)).To(And(HaveField("Code", 0), HaveField("Out", ContainSubstring("undo with: kubectl tenant schedule resume "+own))))
		Expect(run(crew.kim, "schedule", "run", own).Code).To(Equal(exitUsage))
		Expect(run(crew.kim, "schedule", "resume", own).Code).To(BeZero())
		Expect(run(crew.admin, "schedule", "suspend", partners).Code).To(Equal(exitNotFound), "which lies above")
		Expect(run(crew.editor, "schedule", "suspend", own).Code).To(Equal(exitForbidden))
	})

	It("tells where a customer's portal is, and nobody what is earned who is not the super admin", func(ctx SpecContext) {
		crew := newCrew(ctx)
		address := "https://" + string(crew.cybercorp.Status.Hosts[0]) + "\n"
		name := crew.partner.Status.Namespace + "/cybercorp"
		Expect(plugin(ctx, crew.admin, "open", name)).To(Equal(screen{Out: address}), "no terminal, no browser")
		Eventually(func() screen { return plugin(ctx, crew.kim, "open", name) }).WithContext(ctx).Should(Equal(screen{Out: address}))
		for _, person := range []string{crew.admin, crew.tech, crew.kim} {
			Expect(crew.run(ctx, person, "margin").Code).To(Equal(exitForbidden))
		}
	})
})
