// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("kubectl tenant delete, restore and purge", func() {
	var s crew
	BeforeEach(func(ctx SpecContext) {
		s = newCrew(ctx)
		for _, tenant := range []*v1alpha1.Tenant{s.cybercorp, s.initech} {
			change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.RetainFor = &metav1.Duration{Duration: time.Hour} }, beReady())
		}
	})

	It("says what goes, deletes once that is confirmed, and brings it back (F21)", func(ctx SpecContext) {
		asked := s.run(ctx, s.admin, "delete", "cybercorp")
		Expect(asked).To(And(HaveField("Code", 2), HaveField("Out", BeEmpty()), HaveField("ErrOut", And(
			ContainSubstring("This takes away all access to tenant "+s.partner.Status.Namespace+"/cybercorp (cluster "),
			ContainSubstring("keeps its data until 20"), ContainSubstring("  namespace "+s.cybercorp.Status.Namespace+" · tenants: not yours to see · 1 user\n"), ContainSubstring("say --confirm cybercorp")))))
		Expect(s.run(ctx, s.admin, "delete", "cybercorp", "--confirm", "initech").Code).To(Equal(2))
		s.refuses(ctx, "delete", "cybercorp", "--confirm", "cybercorp")
		Expect(s.run(ctx, s.editor, "delete", "cybercorp", "--confirm", "cybercorp").Code).To(Equal(exitForbidden))
		Expect(s.done(ctx, "delete", "cybercorp", "--dry-run=server")).To(Equal("tenant cybercorp deleted (server dry run)\n"))
		Expect(now(ctx, s.cybercorp).DeletionTimestamp).To(BeNil())

		said := s.done(ctx, "delete", "cybercorp", "--confirm", "cybercorp")
		Expect(said).To(MatchRegexp(`^tenant cybercorp deleted; restore it until \d{4}-\d\d-\d\d \d\d:\d\d with: kubectl tenant restore cybercorp --as `))
		Expect(apierrors.IsNotFound(admin.Get(ctx, client.ObjectKeyFromObject(s.cybercorp), &v1alpha1.Tenant{}))).To(BeTrue(), "it is gone when the command returns")

		s.refuses(ctx, "restore", "cybercorp")
		Expect(s.run(ctx, s.admin, "restore", "initech")).To(HaveField("Code", exitNotFound))
		Expect(s.done(ctx, "restore", "cybercorp")).To(HavePrefix("tenant cybercorp restored; undo with: kubectl tenant delete cybercorp --as "))
		Expect(await(ctx, s.cybercorp, beReady()).Labels).To(HaveKeyWithValue("tier", "gold"))
	})

	It("purges what is kept, and what is not to be kept at once (F21)", func(ctx SpecContext) {
		s.done(ctx, "delete", "cybercorp", "--confirm", "cybercorp")
		Expect(s.run(ctx, s.admin, "purge", "cybercorp").Code).To(Equal(2))
		s.refuses(ctx, "purge", "cybercorp", "--confirm", "cybercorp")
		Expect(s.run(ctx, s.editor, "purge", "cybercorp", "--confirm", "cybercorp").Code).To(Equal(exitForbidden))
		Expect(s.done(ctx, "purge", "cybercorp", "--confirm", "cybercorp", "--wait=false")).To(Equal("tenant cybercorp is being purged\n"))
		Expect(s.run(ctx, s.admin, "restore", "cybercorp").Code).To(Or(Equal(exitRefused), Equal(exitNotFound)), "which is final")
		Expect(s.done(ctx, "delete", "initech", "--purge", "--confirm", "initech")).To(Equal("tenant initech deleted, with all its data\n"))
		Expect(s.run(ctx, s.admin, "restore", "initech").Code).To(Equal(exitNotFound))
	})
})
