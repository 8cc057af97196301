// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("kubectl tenant plan change", func() {
	It("puts customers on a plan that there is (F30)", func(ctx SpecContext) {
		s := newCrew(ctx)
		Expect(admin.Create(ctx, &v1alpha1.LicensePlan{
			ObjectMeta: metav1.ObjectMeta{Namespace: s.partner.Status.Namespace, Name: "gold"}, Spec: v1alpha1.LicensePlanSpec{Model: v1alpha1.LicenseUnlimited},
		})).To(Succeed())
		preview := s.run(ctx, s.admin, "plan", "change", "-l", "tier=gold", "gold", "--preview")
		Expect(preview).To(And(HaveField("Code", exitPending), HaveField("ErrOut", ContainSubstring("2 of 2 tenants would change; nothing is written"))))
		Expect(preview.Out).To(MatchRegexp(`(?m)^cybercorp +Plan +– +gold$`))
		Expect(now(ctx, s.cybercorp).Spec.PlanRef).To(BeNil())

		said := s.done(ctx, "plan", "change", "cybercorp", "gold", "--wait")
		Expect(said).To(HavePrefix("tenant cybercorp put on plan gold; undo with: kubectl tenant set cybercorp plan= --as "))
		Expect(now(ctx, s.cybercorp).Status.Plan).To(Equal("gold"))
		Expect(s.done(ctx, "plan", "change", "-l", "tier=gold", "gold")).To(Equal("tenant cybercorp is on plan gold already\ntenant initech put on plan gold\n"))
		undo(ctx, said)
		Expect(now(ctx, s.cybercorp).Spec.PlanRef).To(BeNil())

		Expect(s.run(ctx, s.admin, "plan", "change", "cybercorp", "gol")).To(And(HaveField("Code", exitNotFound), HaveField("ErrOut", ContainSubstring("did you mean gold?"))))
		Expect(s.run(ctx, s.editor, "plan", "change", "cybercorp", "gold").Code).To(Equal(exitRefused))
		s.refuses(ctx, "plan", "change", "cybercorp", "gold")
	})
})

var _ = Describe("kubectl tenant brand copy", func() {
	It("has customers bear the brand of another, and gives them back what they bore (F05)", func(ctx SpecContext) {
		s := newCrew(ctx)
		for _, name := range []string{"dark", "light"} {
			newProfile(ctx, s.partner, name, v1alpha1.WhiteLabelProfileSpec{CompanyName: "Acme"})
		}
		s.done(ctx, "set", "cybercorp", "brand=dark", "--wait")
		preview := s.run(ctx, s.admin, "brand", "copy", "--from", "cybercorp", "--all", "--diff")
		Expect(preview).To(And(HaveField("Code", exitPending), HaveField("Out", MatchRegexp(`(?m)^initech +Brand +– +dark$`))))
		Expect(now(ctx, s.initech).Spec.WhiteLabel).To(BeNil())

		said := s.done(ctx, "brand", "copy", "--from", "cybercorp", "--to", "initech", "--wait")
		Expect(said).To(HavePrefix("tenant initech given the brand of cybercorp; undo with: kubectl tenant set initech brand= --as "))
		await(ctx, s.initech, bear("dark", v1alpha1.BrandFromSibling))
		Expect(s.done(ctx, "brand", "copy", "--from", "cybercorp", "--all")).To(Equal("tenant initech has the brand of cybercorp already\n"), "but to itself")
		Expect(s.run(ctx, s.admin, "brand", "copy", "--from", "cybercorp", "--all", "--diff")).To(And(HaveField("Code", BeZero()), HaveField("ErrOut", HaveSuffix("\nNothing would change.\n"))))
		undo(ctx, said)
		Expect(now(ctx, s.initech).Spec.WhiteLabel).To(BeNil())

		By("bearing a brand of its own")
		s.done(ctx, "set", "initech", "brand=light")
		said = s.run(ctx, s.editor, "brand", "copy", "--from", "cybercorp", "-l", "tier=gold").Out
		Expect(said).To(HavePrefix("tenant initech given the brand of cybercorp; undo with: kubectl tenant set initech brand=light --as "))
		undo(ctx, said)
		await(ctx, s.initech, bear("light", v1alpha1.BrandFromTenant))

		Expect(s.run(ctx, s.admin, "brand", "copy", "--from", "cyb", "--to", "initech")).To(And(HaveField("Code", exitNotFound), HaveField("ErrOut", ContainSubstring("did you mean cybercorp?"))))
		s.refuses(ctx, "brand", "copy", "--from", "cybercorp", "--to", "initech")
	})
})
