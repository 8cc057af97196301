// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("kubectl tenant", func() {
	It("shows a partner's admin what it sells, how it looks, what is carried and what is used, and customers nothing of that", func(ctx SpecContext) {
		crew := newCrew(ctx)
		place := crew.partner.Status.Namespace
		newPlan(ctx, place, "standard", v1alpha1.LicensePlanSpec{
			Model: v1alpha1.LicensePerAgent, Included: &v1alpha1.Included{Agents: new(int32(4))}, Limits: &v1alpha1.Limits{Agents: new(int32(8))},
		})
		change(ctx, crew.cybercorp, func(t *v1alpha1.Tenant) { t.Spec.PlanRef = &v1alpha1.LocalReference{Name: "standard"} }, beReady())
		newProfile(ctx, crew.partner, "night", v1alpha1.WhiteLabelProfileSpec{CompanyName: "Night Ltd"})
		source(ctx, place, "welcome", content, "hello")
		awaitSync(ctx, newSync(ctx, crew.partner, "baseline"), beInSync(2))

		Eventually(func() string { return crew.done(ctx, "usage", "cybercorp") }).WithContext(ctx).Should(
			MatchRegexp(`(?m)^NAME +COMPANY +PLAN +COUNTED +USED +INCLUDED +PERCENT +AGENTS +DISK\ncybercorp .* standard +agents +1 +4 +25% +1/8 `))
		Expect(crew.done(ctx, "usage", "--sort-by", "percent", "-o", "csv")).To(And(HavePrefix("NAME,COMPANY,PLAN,"), MatchRegexp(`(?m)^cybercorp,`)))
		Expect(crew.done(ctx, "plan", "list")).To(MatchRegexp(`(?m)^standard .*PerAgent +4 agents `))
		Expect(crew.done(ctx, "plan", "show", "standard")).To(MatchRegexp(`(?m)^Included: +4 agents$`))
		Expect(crew.done(ctx, "plan", "show", "standard", "-o", "name")).To(Equal("licenseplan.tenantry.io/standard\n"))
		Expect(crew.done(ctx, "brand", "list", "-o", "name")).To(ContainSubstring("whitelabelprofile.tenantry.io/night\n"))
		Expect(crew.done(ctx, "brand", "show", "night")).To(MatchRegexp(`(?m)^Company: +Night Ltd$`))
		Expect(crew.done(ctx, "brand", "validate", "night")).To(Equal("whitelabelprofile " + place + "/night is valid\n"))
		Expect(crew.done(ctx, "brand", "preview", "night")).To(And(HavePrefix("<!DOCTYPE html>"), ContainSubstring("<strong>Night Ltd</strong>")))
		Expect(crew.done(ctx, "list", "--tree")).To(And(Equal(crew.done(ctx, "tree")), ContainSubstring("─ cybercorp")))
		Expect(crew.done(ctx, "sync", "list")).To(MatchRegexp(`(?m)^baseline +the partner .* 2/2 `))
		Expect(crew.done(ctx, "sync", "status", "baseline")).To(And(MatchRegexp(`(?m)^Synced: +2/2 tenants \(100%\)$`), Not(ContainSubstring("Not brought to"))))
		Expect(crew.run(ctx, crew.admin, "plan", "show", "standrd")).To(And(HaveField("Code", exitNotFound), HaveField("Out", BeEmpty())))

		for _, person := range []string{crew.tech, crew.kim} {
			for _, command := range []string{"usage", "plan list", "plan show standard", "brand list", "brand show night", "brand validate night", "brand preview night", "sync list", "sync status baseline", "sync history baseline"} {
				Expect(crew.run(ctx, person, strings.Fields(command)...)).To(And(HaveField("Code", exitForbidden), HaveField("Out", BeEmpty())), command)
			}
		}
	})

	It("plans a sync, runs exactly that, pauses and resumes it, and lets nobody else", func(ctx SpecContext) {
		crew := newCrew(ctx)
		place := crew.partner.Status.Namespace
		welcome := source(ctx, place, "welcome", content, "hello")
		sync := awaitSync(ctx, newSync(ctx, crew.partner, "baseline", planning), HaveField("Status.Plan", HaveValue(HaveField("Create", BeEquivalentTo(2)))))
		shown := crew.run(ctx, crew.admin, "sync", "plan", "baseline")
		Expect(shown).To(And(HaveField("Code", exitPending), HaveField("Out", MatchRegexp(`(?m)^Create: +2$`)), HaveField("ErrOut", HavePrefix("carry it out with: kubectl tenant sync run baseline --plan "))))
		run := strings.Fields(strings.TrimPrefix(shown.ErrOut, "carry it out with: kubectl tenant "))

		for _, person := range []string{crew.editor, crew.tech, crew.kim} {
			for _, command := range [][]string{run, {"sync", "pause", "baseline"}} {
				Expect(crew.run(ctx, person, command...).Code).To(Equal(exitForbidden), "%v", command)
			}
		}
		Expect(textIn(ctx, crew.cybercorp, "welcome")).To(BeEmpty())
		Expect(plugin(ctx, crew.admin, run...)).To(And(HaveField("Code", 0), HaveField("Out", HavePrefix("mastertenantsync "+place+"/baseline has carried out plan sha256:"))))
		awaitText(ctx, "welcome", "hello", crew.cybercorp, crew.initech)
		Eventually(func() string { return crew.done(ctx, "sync", "history", "baseline") }).WithContext(ctx).Should(MatchRegexp(`(?m)^\S+ +Normal +Synced `))

		edit(ctx, welcome, "good bye")
		awaitSync(ctx, sync, HaveField("Status.Plan", HaveValue(HaveField("Update", BeEquivalentTo(2)))))
		stale := plugin(ctx, crew.admin, run...)
		Expect(stale.Out).To(ContainSubstring("approved already"))
		staysText(ctx, "welcome", "hello", crew.cybercorp, crew.initech)

		Expect(crew.done(ctx, "sync", "pause", "baseline")).To(ContainSubstring("undo with: kubectl tenant sync resume baseline"))
		awaitSync(ctx, sync, HaveField("Spec.Suspend", BeTrue()))
		Expect(crew.run(ctx, crew.admin, "sync", "run", "baseline", "--plan", "0").Code).To(Equal(exitUsage))
		crew.done(ctx, "sync", "resume", "baseline")
		awaitSync(ctx, sync, HaveField("Spec.Suspend", BeFalse()))
		Expect(crew.done(ctx, "sync", "resume", "baseline")).To(ContainSubstring("is neither paused nor halted"))
	})
})
