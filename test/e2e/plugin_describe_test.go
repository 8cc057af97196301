// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("kubectl tenant describe and tree", func() {
	It("show all of a customer, as far as one may see it (F28)", func(ctx SpecContext) {
		s := newCrew(ctx)
		page := s.done(ctx, "describe", "cybercorp")
		Expect(page).To(And(
			MatchRegexp(`(?m)^Status: +Active$`), ContainSubstring(s.cybercorp.Status.URL), ContainSubstring("Who may enter:\n"),
			MatchRegexp(s.kim+` +Owner +grant +Granted`), MatchRegexp(s.tech+` +Admin +delegation +Granted`), MatchRegexp(s.admin+` +Owner +partner`),
			Not(ContainSubstring("What is wrong"))))
		var object v1alpha1.Tenant
		Expect(json.Unmarshal([]byte(s.done(ctx, "describe", "cybercorp", "-o", "json")), &object)).To(Succeed())
		Expect(object.UID).To(Equal(s.cybercorp.UID), "the real object")

		shown := s.run(ctx, s.editor, "describe", "cybercorp")
		Expect(shown).To(And(HaveField("Code", 0), HaveField("Out", And(ContainSubstring("(as far as you may see it)"), Not(ContainSubstring(s.kim))))))
		s.refuses(ctx, "describe", "cybercorp")
		Expect(s.run(ctx, s.admin, "describe", "cyb").Code).To(Equal(exitNotFound))

		By("drawing a tree")
		Expect(s.done(ctx, "tree")).To(MatchRegexp(`^namespace ` + s.partner.Status.Namespace + ` \(cluster .+\)\n├─ cybercorp · Active\n└─ initech · Active\n$`))
		Expect(s.done(ctx, "tree", "cybercorp")).To(And(
			ContainSubstring("└─ Namespace "+s.cybercorp.Status.Namespace+"\n"), ContainSubstring("─ ResourceQuota tenantry\n"), ContainSubstring("─ RoleBinding tenantry:owner\n")))
		Expect(s.run(ctx, s.editor, "tree", "cybercorp")).To(And(HaveField("Code", 0), HaveField("ErrOut", "Some of it is not yours to see.\n")))
		s.refuses(ctx, "tree")
	})
})
