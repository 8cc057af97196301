// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"github.com/google/go-cmp/cmp"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// attempt is at something, by somebody who was let in by a grant.
type attempt func(ctx SpecContext, c *cast, as client.Client) error

var _ = Describe("Who is let in by a grant gets nothing beside it:", Ordered, ContinueOnFailure, func() {
	var c *cast
	BeforeAll(func(ctx SpecContext) { c = newCast(ctx) })

	// The twin is tried without effect, so that all stay who they are.
	fails := func(ctx SpecContext, by string, attack attempt, legally string, twin attempt) {
		Expect(attack(ctx, c, c.as(by))).To(beRefused(), by)
		Expect(twin(ctx, c, client.NewDryRunClient(c.as(legally)))).To(Succeed(), "its legal twin, by %s", legally)
	}
	DescribeTable("grants:", fails, grantAttacks())
	DescribeTable("rights:", fails, rightAttacks())
	DescribeTable("a partner's staff:", fails, staffAttacks())
	DescribeTable("out of the place:", fails, outwardAttacks())
	DescribeTable("what ends does not stay:", fails, lastingAttacks())
	DescribeTable("more than was sold:", fails, licenseAttacks())

	It("who made a grant is stamped, whatever its author says", func(ctx SpecContext) {
		forged := harness.GrantFor(c.customer.Status.Namespace, c.users[nobody], v1alpha1.RoleViewer)
		forged.Annotations = map[string]string{v1alpha1.AnnotationCreatedBy: c.users[olga], "note": "mine"}
		as := client.NewDryRunClient(c.as(jo))
		Expect(as.Create(ctx, forged)).To(Succeed())
		Expect(forged.Annotations).To(Equal(map[string]string{v1alpha1.AnnotationCreatedBy: c.users[jo], "note": "mine"}))
		taken := grantOf(c.customer, kim)
		Expect(as.Patch(ctx, taken, merge(`{"metadata":{"annotations":{"tenantry.io/created-by":"`+c.users[jo]+`"}}}`))).To(Succeed())
		Expect(taken.Annotations).NotTo(HaveKeyWithValue(v1alpha1.AnnotationCreatedBy, c.users[jo]))
	})

	It("a delegation by names reaches the partner's own customers alone", func(ctx SpecContext) {
		far := harness.GrantFor(c.partner.Status.Namespace, c.users[nobody], v1alpha1.RoleAdmin)
		far.Spec.Tenants = &v1alpha1.Selection{Names: []v1alpha1.TenantName{v1alpha1.TenantName(c.rivals.Name), v1alpha1.TenantName(c.rival.Name), "initech"}}
		Expect(c.as(pat).Create(ctx, far)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(admin.Delete(ctx, far)).To(Succeed()) })
		Eventually(may).WithArguments(ctx, c.users[nobody], "create", "pods", c.sibling.Status.Namespace).Within(inTime).Should(BeTrue())
		awaitGrant(ctx, far, v1alpha1.ReasonGranted)
		Expect(far.Spec.Tenants.Names).To(HaveLen(3))
		for _, place := range []*v1alpha1.Tenant{c.rivals, c.rival, c.partner, c.customer} {
			Expect(may(ctx, c.users[nobody], "get", "configmaps", place.Status.Namespace)).To(BeFalse(), place.Name)
		}
	})

	It("and after all of this everybody holds what they held", func(ctx SpecContext) {
		Eventually(func(g Gomega) { g.Expect(cmp.Diff(c.before, c.holders(ctx))).To(BeEmpty()) }).WithContext(ctx).Within(inTime).Should(Succeed())
	})
})

// beRefused succeeds for a refusal, by RBAC, a policy or the schema.
func beRefused() types.GomegaMatcher {
	return Satisfy(func(err error) bool { return apierrors.IsForbidden(err) || apierrors.IsInvalid(err) })
}

// grants is making a grant for nobody in particular.
func grants(place func(*cast) *v1alpha1.Tenant, role v1alpha1.Role, change ...func(*cast, *v1alpha1.TenantAccessGrant)) attempt {
	return func(ctx SpecContext, c *cast, as client.Client) error {
		grant := harness.GrantFor(place(c).Status.Namespace, c.users[nobody], role)
		for _, change := range change {
			change(c, grant)
		}
		return as.Create(ctx, grant)
	}
}

// edits is changing somebody's grant.
func edits(place func(*cast) *v1alpha1.Tenant, whose, body string) attempt {
	return func(ctx SpecContext, c *cast, as client.Client) error {
		return as.Patch(ctx, grantOf(place(c), whose), merge(body))
	}
}

// removes is deleting somebody's grant.
func removes(place func(*cast) *v1alpha1.Tenant, whose string) attempt {
	return func(ctx SpecContext, c *cast, as client.Client) error {
		return as.Delete(ctx, grantOf(place(c), whose))
	}
}

// edits a Tenant itself.
func changes(tenant func(*cast) *v1alpha1.Tenant, body string) attempt {
	return func(ctx SpecContext, c *cast, as client.Client) error {
		return as.Patch(ctx, tenantOf(tenant(c)), merge(body))
	}
}

// Places of the cast.
func ofPartner(c *cast) *v1alpha1.Tenant  { return c.partner }
func ofCustomer(c *cast) *v1alpha1.Tenant { return c.customer }
func ofSibling(c *cast) *v1alpha1.Tenant  { return c.sibling }
func ofRival(c *cast) *v1alpha1.Tenant    { return c.rival }
func ofRivals(c *cast) *v1alpha1.Tenant   { return c.rivals }

// to changes whom a grant lets in.
func to(subject v1alpha1.Subject) func(*cast, *v1alpha1.TenantAccessGrant) {
	return func(_ *cast, g *v1alpha1.TenantAccessGrant) { g.Spec.Subject = subject }
}

func toAccount(of func(*cast) *v1alpha1.Tenant) func(*cast, *v1alpha1.TenantAccessGrant) {
	return func(c *cast, g *v1alpha1.TenantAccessGrant) {
		g.Spec.Subject = v1alpha1.Subject{Kind: v1alpha1.SubjectServiceAccount, Namespace: of(c).Status.Namespace, Name: "default"}
	}
}

// themselves makes a grant one for its author.
func themselves(name string) func(*cast, *v1alpha1.TenantAccessGrant) {
	return func(c *cast, g *v1alpha1.TenantAccessGrant) { g.Spec.Subject.Name = c.users[name] }
}

// delegated makes a grant a delegation.
func delegated(_ *cast, g *v1alpha1.TenantAccessGrant) {
	g.Spec.Tenants = &v1alpha1.Selection{Names: []v1alpha1.TenantName{"cybercorp", "initech"}}
}

func labelled(key, value string) func(*cast, *v1alpha1.TenantAccessGrant) {
	return func(_ *cast, g *v1alpha1.TenantAccessGrant) { metav1.SetMetaDataLabel(&g.ObjectMeta, key, value) }
}

// grantAttacks are those of a customer's people.
func grantAttacks() []TableEntry {
	harmless := grants(ofCustomer, v1alpha1.RoleEditor)
	return []TableEntry{
		Entry("a role above one's own, for oneself", jo, grants(ofCustomer, v1alpha1.RoleOwner, themselves(jo)), jo, grants(ofCustomer, v1alpha1.RoleAdmin, themselves(jo))),
		Entry("a role above one's own, for a friend", jo, grants(ofCustomer, v1alpha1.RoleOwner), olga, grants(ofCustomer, v1alpha1.RoleOwner)),
		Entry("one's own, raised", jo, edits(ofCustomer, jo, `{"spec":{"role":"Owner"}}`), olga, edits(ofCustomer, jo, `{"spec":{"role":"Owner"}}`)),
		Entry("a higher one, lowered", jo, edits(ofCustomer, olga, `{"spec":{"role":"Viewer"}}`), jo, edits(ofCustomer, kim, `{"spec":{"role":"Viewer"}}`)),
		Entry("a higher one, suspended", jo, edits(ofCustomer, olga, `{"spec":{"suspend":true}}`), jo, edits(ofCustomer, kim, `{"spec":{"suspend":true}}`)),
		Entry("a higher one, ended", jo, edits(ofCustomer, olga, `{"spec":{"expiresAt":"2020-01-01T00:00:00Z"}}`), jo, edits(ofCustomer, kim, `{"spec":{"expiresAt":"2020-01-01T00:00:00Z"}}`)),
		Entry("a higher one, deleted", jo, removes(ofCustomer, olga), jo, removes(ofCustomer, kim)),
		Entry("another's, made one's own", jo, edits(ofCustomer, kim, `{"spec":{"subject":{"name":"eve"}}}`), jo, edits(ofCustomer, kim, `{"spec":{"email":"kim@example.com"}}`)),
		Entry("the first administrator's, changed", jo, edits(ofCustomer, "admin", `{"spec":{"role":"Viewer"}}`), jo, edits(ofCustomer, kim, `{"spec":{"role":"Viewer"}}`)),
		Entry("the first administrator's, deleted", olga, removes(ofCustomer, "admin"), olga, removes(ofCustomer, jo)),
		Entry("by an Editor", kim, harmless, jo, harmless),
		Entry("by an Editor, one's own", kim, edits(ofCustomer, kim, `{"spec":{"role":"Admin"}}`), jo, edits(ofCustomer, kim, `{"spec":{"role":"Admin"}}`)),
		Entry("in a sibling's place", jo, grants(ofSibling, v1alpha1.RoleViewer), ivan, grants(ofSibling, v1alpha1.RoleViewer)),
		Entry("in the partner's place", jo, grants(ofPartner, v1alpha1.RoleViewer), sam, grants(ofPartner, v1alpha1.RoleViewer)),
		Entry("for a group at a customer's", olga, grants(ofCustomer, v1alpha1.RoleViewer, to(v1alpha1.Subject{Kind: v1alpha1.SubjectGroup, Name: "everybody"})),
			sam, grants(ofPartner, v1alpha1.RoleViewer, to(v1alpha1.Subject{Kind: v1alpha1.SubjectGroup, Name: "everybody"}))),
		Entry("for everybody", sam, grants(ofPartner, v1alpha1.RoleViewer, to(v1alpha1.Subject{Kind: v1alpha1.SubjectGroup, Name: "system:authenticated"})), sam, grants(ofPartner, v1alpha1.RoleViewer)),
		Entry("for one of Kubernetes' own", jo, grants(ofCustomer, v1alpha1.RoleViewer, to(v1alpha1.Subject{Kind: v1alpha1.SubjectUser, Name: "system:anonymous"})), jo, harmless),
		Entry("for a ServiceAccount of elsewhere", jo, grants(ofCustomer, v1alpha1.RoleEditor, toAccount(ofSibling)), jo, grants(ofCustomer, v1alpha1.RoleEditor, toAccount(ofCustomer))),
		Entry("for a ServiceAccount, as Admin", olga, grants(ofCustomer, v1alpha1.RoleAdmin, toAccount(ofCustomer)), olga, grants(ofCustomer, v1alpha1.RoleEditor, toAccount(ofCustomer))),
		Entry("for others' tenants, from a customer's place", olga, grants(ofCustomer, v1alpha1.RoleViewer, delegated), sam, grants(ofPartner, v1alpha1.RoleViewer, delegated)),
		Entry("said to be the operator's", jo, grants(ofCustomer, v1alpha1.RoleViewer, labelled(v1alpha1.LabelManaged, "true")), jo, grants(ofCustomer, v1alpha1.RoleViewer, labelled("team", "red"))),
		Entry("said to be another tenant's", jo, grants(ofCustomer, v1alpha1.RoleViewer, labelled(v1alpha1.LabelTenant, "initech")), jo, grants(ofCustomer, v1alpha1.RoleViewer, labelled("team", "red"))),
		Entry("by their status", jo, statusOf(ofCustomer, jo), jo, edits(ofCustomer, jo, `{"metadata":{"labels":{"team":"red"}}}`)),
	}
}

// statusOf a grant is written by somebody, as if a duration had only begun.
func statusOf(place func(*cast) *v1alpha1.Tenant, whose string) attempt {
	return func(ctx SpecContext, c *cast, as client.Client) error {
		return as.Status().Patch(ctx, grantOf(place(c), whose), merge(`{"status":{"activeSince":"2099-01-01T00:00:00Z","role":"Owner"}}`))
	}
}
