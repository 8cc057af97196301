// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("kubectl tenant invite, delegate and access", func() {
	var s crew
	BeforeEach(func(ctx SpecContext) { s = newCrew(ctx) })

	It("invites a customer's own people, as long as there are seats (F13)", func(ctx SpecContext) {
		place, lee := s.cybercorp.Status.Namespace, harness.UniqueName("lee")
		said := s.done(ctx, "invite", "cybercorp", lee+"@cybercorp.example", "--subject", lee, "--role", "editor", "--for", "30d", "--wait")
		Expect(said).To(HavePrefix(lee + "@cybercorp.example invited to tenant cybercorp as Editor for 720h; undo with: kubectl tenant access revoke " + lee + " --tenant cybercorp --as "))
		Eventually(may).WithArguments(ctx, lee, "create", "pods", place).Within(inTime).Should(BeTrue())
		Expect(s.run(ctx, s.admin, "invite", "cybercorp", lee+"@cybercorp.example", "--subject", lee).Code).To(Equal(exitConflict))
		undo(ctx, said)
		Eventually(may).WithArguments(ctx, lee, "create", "pods", place).Within(inTime).Should(BeFalse())

		By("being one of them")
		Expect(plugin(ctx, s.kim, "invite", "cybercorp", lee+"@cybercorp.example", "-n", place, "--wait").Code).To(BeZero())
		Expect(plugin(ctx, s.kim, "access", "list", "cybercorp", "-n", place)).To(And(HaveField("Code", 0), HaveField("Out", MatchRegexp(lee+`@cybercorp.example +Viewer +grant +Granted`))))

		By("being somebody who may not")
		s.refuses(ctx, "invite", "cybercorp", "eve@evil.example")
		Expect(s.run(ctx, s.editor, "invite", "cybercorp", "eve@evil.example").Code).To(Equal(exitForbidden))
		Expect(s.run(ctx, s.admin, "invite", "cybercorp", "no-address").Code).To(Equal(exitRefused))

		By("having no seat")
		s.done(ctx, "set", "initech", "agents=0", "--wait")
		Eventually(func() screen {
			return s.run(ctx, s.admin, "invite", "initech", "kim@initech.example", "--dry-run=server")
		}).WithContext(ctx).
			Should(And(HaveField("Code", exitRefused), HaveField("ErrOut", ContainSubstring("there is none left"))))
	})

	It("delegates customers to technicians for a time, which it extends and takes away (F18)", func(ctx SpecContext) {
		place, sam := s.initech.Status.Namespace, harness.UniqueName("sam")
		said := s.done(ctx, "delegate", "-l", "tier=gold", "--to", sam, "--role", "admin", "--for", "8h", "--wait")
		Expect(said).To(ContainSubstring(": all with tier=gold delegated to " + sam + " as Admin for 8h; undo with: kubectl tenant access revoke " + sam + "-"))
		Eventually(may).WithArguments(ctx, sam, "create", "pods", place).Within(inTime).Should(BeTrue())
		Expect(s.done(ctx, "access", "list", "initech")).To(MatchRegexp(sam + ` +Admin +delegation +Granted +in 7h`))
		grant := s.run(ctx, s.admin, "access", "list", "-o", "jsonpath={.items[?(@.spec.subject.name=='"+sam+"')].metadata.name}").Out
		extended := s.done(ctx, "access", "extend", grant, "--for", "3d", "--wait")
		Expect(s.done(ctx, "access", "list")).To(MatchRegexp(sam + ` +Admin +delegation +Granted +in (2d|3d|71h|72h)`))
		undo(ctx, extended)
		Expect(s.done(ctx, "access", "list", "initech")).To(MatchRegexp(sam + ` +Admin +delegation +Granted +in 7h`))

		By("being somebody who may not")
		s.refuses(ctx, "delegate", "cybercorp", "--to", s.tech, "--forever")
		s.refuses(ctx, "access", "extend", grant, "--for", "3d")
		Expect(s.run(ctx, s.editor, "access", "revoke", grant).Code).To(Equal(exitForbidden))
		Expect(plugin(ctx, sam, "delegate", "cybercorp", "--to", sam, "--forever", "-n", s.cybercorp.Status.Namespace).Code).To(Equal(exitForbidden), "who was let in for a time")
		undo(ctx, said)
		Eventually(may).WithArguments(ctx, sam, "create", "pods", place).Within(inTime).Should(BeFalse())
		Expect(s.run(ctx, s.admin, "access", "revoke", grant).Code).To(Equal(exitNotFound))
	})
})
