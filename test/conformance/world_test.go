// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apitypes "k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// roles that the benchmarks are run as: those of a tenant's administrators.
var roles = []v1alpha1.Role{v1alpha1.RoleOwner, v1alpha1.RoleAdmin}

// tenants are two customers of one partner, another partner, and a namespace that is nobody's place.
type tenants struct {
	// tenant is the one that is looked at.
	tenant, sibling, partner, otherPartner *v1alpha1.Tenant
	home                                   string
}

// elsewhere are the namespaces of all but the tenant that is looked at.
func (t tenants) elsewhere() []string {
	return []string{t.sibling.Status.Namespace, t.partner.Status.Namespace, t.otherPartner.Status.Namespace, t.home}
}

// makeTenants makes them, and lets them go when the suite ends.
func makeTenants(ctx SpecContext, home string) tenants {
	GinkgoHelper()
	made := tenants{home: home}
	asPartner := func(t *v1alpha1.Tenant) { t.Spec.Partner = &v1alpha1.Partner{} }
	open := func(t *v1alpha1.Tenant) { t.Spec.CustomerAccess = v1alpha1.CustomerAccessFullAccess }
	made.partner = newTenant(ctx, home, harness.UniqueName("acme"), asPartner)
	made.otherPartner = newTenant(ctx, home, harness.UniqueName("globex"), asPartner)
	made.tenant = newTenant(ctx, made.partner.Status.Namespace, "cybercorp", open)
	made.sibling = newTenant(ctx, made.partner.Status.Namespace, "initech", open)
	return made
}

// newTenant makes a Tenant and returns it when it is Ready. At the end the suite waits until it is gone.
func newTenant(ctx SpecContext, namespace, name string, change func(*v1alpha1.Tenant)) *v1alpha1.Tenant {
	GinkgoHelper()
	tenant := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	change(tenant)
	Expect(admin.Create(ctx, tenant)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) {
		Expect(admin.Delete(ctx, tenant)).To(Succeed())
		Eventually(func() bool {
			return apierrors.IsNotFound(admin.Get(ctx, client.ObjectKeyFromObject(tenant), &v1alpha1.Tenant{}))
		}).WithContext(ctx).Should(BeTrue(), "%s goes", name)
	})
	Eventually(func(g Gomega) {
		g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(tenant), tenant)).To(Succeed())
		g.Expect(meta.IsStatusConditionTrue(tenant.Status.Conditions, v1alpha1.ConditionReady)).To(BeTrue())
	}).WithContext(ctx).Should(Succeed())
	return tenant
}

// letIn makes a grant for somebody new and returns them when they have what it gives.
func letIn(ctx SpecContext, tenant *v1alpha1.Tenant, role v1alpha1.Role) *person {
	GinkgoHelper()
	in := &person{name: harness.UniqueName("person"), place: tenant.Status.Namespace}
	Expect(admin.Create(ctx, harness.GrantFor(in.place, in.name, role))).To(Succeed())
	for _, right := range []string{"pods", "rolebindings.rbac.authorization.k8s.io"} {
		Eventually(cluster.May).WithArguments(ctx, in.name, "create", right, in.place).WithContext(ctx).Should(BeTrue(), right)
	}
	var err error
	in.WithWatch, err = cluster.As(in.name)
	Expect(err).NotTo(HaveOccurred())
	in.requests, err = cluster.DynamicAs(in.name)
	Expect(err).NotTo(HaveOccurred())
	Eventually(func() error {
		return admin.Get(ctx, client.ObjectKey{Namespace: in.place, Name: "default"}, &corev1.ServiceAccount{})
	}).WithContext(ctx).Should(Succeed(), "pods need an account")
	return in
}

// object of the place, with a name of its own.
func (p *person) object() metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: p.place, Name: harness.UniqueName("mine"), Labels: map[string]string{"made-by": p.name}}
}

// make creates an object as the person, and lets it go when the spec ends.
func (p *person) make(ctx SpecContext, object client.Object) {
	GinkgoHelper()
	Expect(p.Create(ctx, object)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) { Expect(client.IgnoreNotFound(admin.Delete(ctx, object))).To(Succeed()) })
}

func merge(body string) client.Patch {
	return client.RawPatch(apitypes.MergePatchType, []byte(body))
}

// refused succeeds for an error that says that the API server does not let the person do this.
func refused() OmegaMatcher {
	return Satisfy(apierrors.IsForbidden)
}

// refusedBy succeeds for a refusal by that policy of ours.
func refusedBy(policy string) OmegaMatcher {
	return And(Satisfy(apierrors.IsForbidden), MatchError(ContainSubstring("ValidatingAdmissionPolicy '"+policy+"'")))
}
