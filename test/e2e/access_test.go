// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// inTime is how soon somebody is let in or out.
const inTime = 5 * time.Second

var _ = Describe("People are let in by grants", func() {
	var acme, cybercorp *v1alpha1.Tenant
	BeforeEach(func(ctx SpecContext) {
		acme = root(ctx, asPartner)
		cybercorp = customer(ctx, acme, "cybercorp", func(t *v1alpha1.Tenant) {
			t.Labels = map[string]string{"tier": "gold"}
			t.Spec.CustomerAccess = v1alpha1.CustomerAccessFullAccess
		})
	})

	It("a customer's user works in the customer's place, and nowhere else (F04, F13)", func(ctx SpecContext) {
		kim := harness.UniqueName("kim")
		place := cybercorp.Status.Namespace
		grant := newGrant(ctx, place, kim, v1alpha1.RoleEditor)
		Eventually(may).WithArguments(ctx, kim, "create", "pods", place).Within(inTime).Should(BeTrue())
		for _, denied := range []struct{ verb, resource, namespace string }{
			{"get", "secrets", place}, {"create", "tenantaccessgrants.tenantry.io", place}, {"create", "rolebindings.rbac.authorization.k8s.io", place},
			{"list", "pods", acme.Status.Namespace}, {"list", "tenants.tenantry.io", acme.Status.Namespace}, {"list", "namespaces", ""},
		} {
			Expect(may(ctx, kim, denied.verb, denied.resource, denied.namespace)).To(BeFalse(), "%v", denied)
		}
		as, err := cluster.As(kim)
		Expect(err).NotTo(HaveOccurred())
		made := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: "mine"}}
		Expect(as.Create(ctx, made)).To(Succeed())
		Expect(admin.Delete(ctx, grant)).To(Succeed())
		Eventually(may).WithArguments(ctx, kim, "create", "pods", place).Within(inTime).Should(BeFalse())
	})

	It("a customer's own people do what customerAccess allows, and nothing by default (F31)", func(ctx SpecContext) {
		jo := harness.UniqueName("jo")
		place := cybercorp.Status.Namespace
		newGrant(ctx, place, jo, v1alpha1.RoleAdmin)
		Eventually(may).WithArguments(ctx, jo, "create", "tenantaccessgrants.tenantry.io", place).Within(inTime).Should(BeTrue())
		change(ctx, cybercorp, func(t *v1alpha1.Tenant) { t.Spec.CustomerAccess = v1alpha1.CustomerAccessReadOnly }, beReady())
		Eventually(may).WithArguments(ctx, jo, "create", "configmaps", place).Within(inTime).Should(BeFalse())
		Expect(may(ctx, jo, "get", "configmaps", place)).To(BeTrue())
		change(ctx, cybercorp, func(t *v1alpha1.Tenant) { t.Spec.CustomerAccess = v1alpha1.CustomerAccessDisabled }, beReady())
		Eventually(may).WithArguments(ctx, jo, "get", "configmaps", place).Within(inTime).Should(BeFalse())
	})

	It("a partner's admins own every customer, those there and those to come, and lose them at once (F12, F17)", func(ctx SpecContext) {
		pat := harness.UniqueName("pat")
		grant := newGrant(ctx, acme.Status.Namespace, pat, v1alpha1.RoleEditor)
		Eventually(may).WithArguments(ctx, pat, "patch", "tenants.tenantry.io", acme.Status.Namespace).Within(inTime).Should(BeTrue())
		Expect(may(ctx, pat, "get", "configmaps", cybercorp.Status.Namespace)).To(BeFalse(), "an editor enters no customer")

		Expect(admin.Patch(ctx, grant, merge(`{"spec":{"role":"Admin"}}`))).To(Succeed())
		Eventually(may).WithArguments(ctx, pat, "delete", "secrets", cybercorp.Status.Namespace).Within(inTime).Should(BeTrue())
		initech := customer(ctx, acme, "initech")
		Eventually(may).WithArguments(ctx, pat, "create", "pods", initech.Status.Namespace).Within(inTime).Should(BeTrue())

		Expect(admin.Delete(ctx, grant)).To(Succeed())
		for _, place := range []string{acme.Status.Namespace, cybercorp.Status.Namespace, initech.Status.Namespace} {
			Eventually(may).WithArguments(ctx, pat, "get", "configmaps", place).Within(inTime).Should(BeFalse())
		}
	})

	It("a technician enters the customers delegated to them, and is told where that is needless (F18)", func(ctx SpecContext) {
		tech := harness.UniqueName("tech")
		initech := customer(ctx, acme, "initech")
		delegation := newGrant(ctx, acme.Status.Namespace, tech, v1alpha1.RoleAdmin, func(g *v1alpha1.TenantAccessGrant) {
			g.Spec.Tenants = &v1alpha1.Selection{Names: []v1alpha1.TenantName{"cybercorp"}}
		})
		Eventually(may).WithArguments(ctx, tech, "create", "pods", cybercorp.Status.Namespace).Within(inTime).Should(BeTrue())
		Expect(may(ctx, tech, "create", "pods", initech.Status.Namespace)).To(BeFalse())
		Expect(may(ctx, tech, "create", "tenantaccessgrants.tenantry.io", cybercorp.Status.Namespace)).To(BeFalse(), "a delegation lets nobody else in")
		Expect(may(ctx, tech, "list", "tenants.tenantry.io", acme.Status.Namespace)).To(BeFalse())

		staff := newGrant(ctx, acme.Status.Namespace, tech, v1alpha1.RoleAdmin, func(g *v1alpha1.TenantAccessGrant) { g.Name += "-staff" })
		awaitGrant(ctx, delegation, v1alpha1.ReasonAlreadyOwner)
		Expect(admin.Delete(ctx, staff)).To(Succeed())
		awaitGrant(ctx, delegation, v1alpha1.ReasonGranted)
	})

	It("nobody enters while the tenant is suspended, and everybody does again after it (F29)", func(ctx SpecContext) {
		jo := harness.UniqueName("jo")
		place := cybercorp.Status.Namespace
		newGrant(ctx, place, jo, v1alpha1.RoleViewer)
		Eventually(may).WithArguments(ctx, jo, "get", "configmaps", place).Within(inTime).Should(BeTrue())
		change(ctx, cybercorp, func(t *v1alpha1.Tenant) { t.Spec.Suspend = true }, have(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonSuspended))
		Eventually(may).WithArguments(ctx, jo, "get", "configmaps", place).Within(inTime).Should(BeFalse())
		change(ctx, cybercorp, func(t *v1alpha1.Tenant) { t.Spec.Suspend = false }, beReady())
		Eventually(may).WithArguments(ctx, jo, "get", "configmaps", place).Within(inTime).Should(BeTrue())
	})

	It("access ends within five seconds of its moment, and first thing after a stop", func(ctx SpecContext) {
		jo, place := harness.UniqueName("jo"), cybercorp.Status.Namespace
		end := time.Now().Add(4 * time.Second).Truncate(time.Second)
		grant := newGrant(ctx, place, jo, v1alpha1.RoleViewer, func(g *v1alpha1.TenantAccessGrant) { g.Spec.ExpiresAt = &metav1.Time{Time: end} })
		Eventually(may).WithArguments(ctx, jo, "get", "configmaps", place).Within(inTime).Should(BeTrue())
		Eventually(may).WithArguments(ctx, jo, "get", "configmaps", place).Within(time.Until(end) + inTime).Should(BeFalse())
		awaitGrant(ctx, grant, v1alpha1.ReasonExpired)
	})

	It("colleagues of the partner's mail domain see its customers, and enter none (F16)", func(ctx SpecContext) {
		change(ctx, acme, func(t *v1alpha1.Tenant) { t.Spec.Partner.EmailDomains = []v1alpha1.Host{"acme.example"} }, beReady())
		colleague := harness.UniqueName("colleague")
		group := "tenantry:domain:acme.example"
		Eventually(may).WithArguments(ctx, colleague, "list", "tenants.tenantry.io", acme.Status.Namespace, group).Within(inTime).Should(BeTrue())
		Expect(may(ctx, colleague, "patch", "tenants.tenantry.io", acme.Status.Namespace, group)).To(BeFalse())
		Expect(may(ctx, colleague, "get", "configmaps", acme.Status.Namespace, group)).To(BeFalse())
		Expect(may(ctx, colleague, "get", "configmaps", cybercorp.Status.Namespace, group)).To(BeFalse())
	})

	It("the first administrator has a grant, which is the operator's, and a seat (F22)", func(ctx SpecContext) {
		name := harness.UniqueName("jdoe")
		change(ctx, cybercorp, func(t *v1alpha1.Tenant) { t.Spec.Admin = &v1alpha1.Administrator{Username: name} }, beReady())
		Eventually(may).WithArguments(ctx, name, "create", "tenantaccessgrants.tenantry.io", cybercorp.Status.Namespace).Within(inTime).Should(BeTrue())
		Eventually(func(g Gomega) {
			g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(cybercorp), cybercorp)).To(Succeed())
			g.Expect(cybercorp.Status.Agents).To(HavePrefix("1/"))
		}).WithContext(ctx).Should(Succeed())
	})

	It("a seat too many is refused, and a freed one is the next one's (F23)", func(ctx SpecContext) {
		place := cybercorp.Status.Namespace
		change(ctx, cybercorp, func(t *v1alpha1.Tenant) { t.Spec.Limits = &v1alpha1.Limits{Agents: new(int32(1))} }, beReady())
		await(ctx, cybercorp, HaveField("Status.Agents", "0/1"))
		first := newGrant(ctx, place, harness.UniqueName("first"), v1alpha1.RoleViewer)
		second := harness.GrantFor(place, harness.UniqueName("second"), v1alpha1.RoleViewer)
		Eventually(func() error { return admin.Create(ctx, second.DeepCopy(), client.DryRunAll) }).WithContext(ctx).Should(MatchError(ContainSubstring("exceeded quota")))
		Expect(admin.Delete(ctx, first)).To(Succeed())
		Eventually(func() error { return admin.Create(ctx, second) }).WithContext(ctx).Should(Succeed())
		awaitGrant(ctx, second, v1alpha1.ReasonGranted)
	})
})

// newGrant lets a user of that name in.
func newGrant(ctx SpecContext, namespace, user string, role v1alpha1.Role, change ...func(*v1alpha1.TenantAccessGrant)) *v1alpha1.TenantAccessGrant {
	GinkgoHelper()
	grant := harness.GrantFor(namespace, user, role)
	for _, change := range change {
		change(grant)
	}
	Expect(admin.Create(ctx, grant)).To(Succeed())
	return grant
}

// awaitGrant waits until a grant is Active, or not, for that reason.
func awaitGrant(ctx SpecContext, grant *v1alpha1.TenantAccessGrant, reason string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		now := &v1alpha1.TenantAccessGrant{}
		g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(grant), now)).To(Succeed())
		g.Expect(now.Status.Conditions).To(ContainElement(And(HaveField("Type", v1alpha1.ConditionActive), HaveField("Reason", reason))))
	}).WithContext(ctx).Within(inTime).Should(Succeed())
}

// may says whether the API server lets a user do something.
func may(ctx SpecContext, user, verb, resource, namespace string, groups ...string) (bool, error) {
	return cluster.May(ctx, user, verb, resource, namespace, groups...)
}
