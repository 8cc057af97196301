// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("Who is let into a partner's customer for good by its Tenant", Ordered, func() {
	const policy, boss = "tenantry-lasting-access", "boss@example.com"
	var (
		partner string
		// tempName may do with Tenants what staff may, and let nobody in.
		tempName string
		temp     client.Client
		// Those who may let people into customers.
		others []client.Client
		sample *v1alpha1.Tenant
	)
	writeTenants := rbacv1.PolicyRule{APIGroups: []string{"tenantry.io"}, Resources: []string{"tenants"}, Verbs: everything.Verbs}
	administerAll := rbacv1.PolicyRule{APIGroups: []string{"tenantry.io"}, Resources: []string{"tenants"}, Verbs: []string{"administer"}}
	BeforeAll(func(ctx SpecContext) {
		partner = partnerPlace(ctx)
		Expect(operator().Patch(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: partner}},
			mergePatch(`{"metadata":{"annotations":{"tenantry.io/super-admin":"`+boss+`"}}}`))).To(Succeed())
		tempName = personIn(ctx, partner, writeTenants, administerAll)
		temp = As(tempName)
		others = []client.Client{As(personIn(ctx, partner, writeTenants, administerAll, assign("delegate:Admin"))), As(lordOf(ctx, partner)), k8sClient, exempt()}
		sample = newTenant(partner, "sample")
		sample.Labels = map[string]string{"tier": "silver"}
		sample.Spec.Admin = &v1alpha1.Administrator{Username: "first@example.com"}
		sample.Spec.Partner = &v1alpha1.Partner{EmailDomains: []v1alpha1.Host{"acme.example"}, Staff: v1alpha1.StaffExplicit}
		sample.Spec.Permissions = map[string]bool{"HelpCenter": true, "Reports": false}
		tenant(ctx, k8sClient, sample)
		Eventually(func() error { // the API server's policies know the annotation a moment later
			return temp.Create(ctx, ledBy(partner, boss), client.DryRunAll)
		}).WithContext(ctx).WithTimeout(eventualTimeout).Should(Succeed())
	})

	DescribeTable("is said by who may let people into customers:", func(ctx SpecContext, change func(*v1alpha1.Tenant), named string) {
		fresh := newTenant(partner, "fresh")
		change(fresh)
		Expect(temp.Create(ctx, fresh.DeepCopy(), client.DryRunAll)).To(And(beForbiddenBy(policy),
			MatchError(ContainSubstring(named)), MatchError(ContainSubstring("named delegate:Admin in namespace "+partner))))
		for _, c := range others {
			Expect(c.Create(ctx, fresh.DeepCopy(), client.DryRunAll)).To(Succeed(), "its legal twin")
		}
	},
		Entry("its creator, who is its super admin", func(*v1alpha1.Tenant) {}, "spec.superAdmin"),
		Entry("its super admin by name", func(t *v1alpha1.Tenant) { t.Spec.SuperAdmin = "eve@example.com" }, "spec.superAdmin"),
		Entry("its first administrator", func(t *v1alpha1.Tenant) {
			t.Spec.SuperAdmin, t.Spec.Admin = boss, &v1alpha1.Administrator{Username: "eve@example.com"}
		}, "spec.admin"),
		Entry("the people of its mail domains", func(t *v1alpha1.Tenant) {
			t.Spec.SuperAdmin, t.Spec.Partner = boss, &v1alpha1.Partner{EmailDomains: []v1alpha1.Host{"eve.example"}}
		}, "spec.partner.emailDomains"),
		Entry("whom its labels are for, with a place that is kept", func(t *v1alpha1.Tenant) {
			t.Labels, t.Spec.SuperAdmin = map[string]string{"tier": "gold"}, boss
			t.Spec.RestoreFrom = &v1alpha1.RestoreReference{UID: "x"}
		}, "set spec.action: Restore of the RetainedTenant"),
	)

	DescribeTable("is changed by them alone:", func(ctx SpecContext, named, body string) {
		Expect(temp.Patch(ctx, sample.DeepCopy(), mergePatch(body), client.DryRunAll)).To(And(beForbiddenBy(policy), MatchError(ContainSubstring(named)),
			MatchError(ContainSubstring("named delegate:Admin in namespace "+partner))))
		for _, c := range others {
			Expect(c.Patch(ctx, sample.DeepCopy(), mergePatch(body), client.DryRunAll)).To(Succeed(), "its legal twin")
		}
	},
		Entry("another first administrator", "spec.admin", `{"spec":{"admin":{"username":"eve@example.com"}}}`),
		Entry("a mail domain", "spec.partner.emailDomains", `{"spec":{"partner":{"emailDomains":["acme.example","eve.example"]}}}`),
		Entry("a mail domain, taken away", "spec.partner.emailDomains", `{"spec":{"partner":{"emailDomains":null}}}`),
		Entry("all mail domains, with the partner", "spec.partner.emailDomains", `{"spec":{"partner":null}}`),
		Entry("a label that a delegation may ask for", "metadata.labels", `{"metadata":{"labels":{"tier":"gold"}}}`),
		Entry("a label that a delegation may ask to be missing", "metadata.labels", `{"metadata":{"labels":null}}`),
		Entry("a label by which a sync may bring staff to it", "syncs that bring staff and brands", `{"metadata":{"labels":{"users":"yes"}}}`),
		Entry("the kept place that it is to have", "spec.restoreFrom", `{"spec":{"restoreFrom":{"uid":"x"}}}`),
		Entry("how much the customer's own people may", "spec.customerAccess", `{"spec":{"customerAccess":"ReadOnly"}}`),
		Entry("a permission more", "spec.permissions of Tenant sample", `{"spec":{"permissions":{"HelpCenter":true,"Reports":true}}}`),
		Entry("that a partner's staff own its customers again", "spec.partner.staff", `{"spec":{"partner":{"staff":"Inherit"}}}`),
		Entry("another among other things", "spec.admin", `{"spec":{"displayName":"Other","admin":{"username":"eve@example.com"}}}`),
	)

	It("is nobody new where a Tenant is made for the partner's super admin, or changed in other ways", func(ctx SpecContext) {
		fresh := ledBy(partner, boss)
		fresh.Labels, fresh.Spec.Partner = map[string]string{"tier": "gold"}, &v1alpha1.Partner{}
		Expect(temp.Create(ctx, fresh, client.DryRunAll)).To(Succeed())
		for _, body := range []string{`{"spec":{"displayName":"Other"}}`, `{"spec":{"partner":{"staff":"Explicit"}}}`, `{"spec":{"customerAccess":"Disabled"}}`, `{"spec":{"permissions":{"HelpCenter":false}}}`, `{"metadata":{"annotations":{"a":"b"}}}`, `{"spec":{"admin":{"email":"first@example.com"}}}`, `{"spec":{"admin":null}}`} {
			Expect(temp.Patch(ctx, sample.DeepCopy(), mergePatch(body), client.DryRunAll)).To(Succeed(), body)
		}
	})

	It("is nobody where a program makes a Tenant: its super admin is the partner's", func(ctx SpecContext) {
		program := "system:serviceaccount:" + partner + ":git"
		empower(ctx, program, writeTenants)
		Expect(As(program).Create(ctx, newTenant(partner, "fresh"), client.DryRunAll)).To(Succeed())
		Expect(As(program).Create(ctx, ledBy(partner, tempName), client.DryRunAll)).To(beForbiddenBy(policy))
	})

	It("is not lifted by making a customer a partner, where no cap of customers holds", func(ctx SpecContext) {
		plain := newTenant(partner, "plain")
		tenant(ctx, k8sClient, plain)
		promote := mergePatch(`{"spec":{"partner":{}}}`)
		Expect(temp.Patch(ctx, plain.DeepCopy(), promote, client.DryRunAll)).To(And(beForbiddenBy(policy), MatchError(ContainSubstring("spec.partner of Tenant plain"))))
		for _, c := range others {
			Expect(c.Patch(ctx, plain.DeepCopy(), promote, client.DryRunAll)).To(Succeed(), "its legal twin")
		}
	})

	It("is its author's to say in a namespace that is nobody's place", func(ctx SpecContext) {
		root := newTenant(newNamespace(ctx), "root")
		root.Spec.Admin = &v1alpha1.Administrator{Username: "eve@example.com"}
		Expect(As(person(ctx, everything)).Create(ctx, root, client.DryRunAll)).To(Succeed())
	})
})

// ledBy is a new Tenant whose super admin is named.
func ledBy(namespace, superAdmin string) *v1alpha1.Tenant {
	fresh := newTenant(namespace, "fresh")
	fresh.Spec.SuperAdmin = superAdmin
	return fresh
}
