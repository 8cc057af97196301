// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"time"

	"github.com/google/go-cmp/cmp"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// Every attack has its legal twin: the same request where it does no harm, by the same user. Without
// it, a refusal might come from anywhere.

// victim is a tenant under attack, a namespace beside it that is nobody's place, and the attackers.
type victim struct {
	tenant *v1alpha1.Tenant
	plain  *corev1.Namespace
	before harness.Snapshot

	// namespaceAdmin may do everything with the tenant's namespace and the plain one, and nothing else.
	namespaceAdmin client.Client
	// tenantAdmin has Kubernetes' ClusterRole admin in the tenant's place.
	tenantAdmin client.Client
	// placeLord may do everything in the tenant's place and in the plain namespace, and nothing elsewhere.
	placeLord client.Client
	// tenantEditor may write the Tenant, and has none of Tenantry's own verbs.
	tenantEditor client.Client
}

func newVictim(ctx SpecContext) *victim {
	GinkgoHelper()
	plain := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: harness.UniqueName("plain")}}
	Expect(admin.Create(ctx, plain)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) { Expect(client.IgnoreNotFound(admin.Delete(ctx, plain))).To(Succeed()) })
	v := &victim{tenant: root(ctx), plain: plain}
	place := v.tenant.Status.Namespace
	v.namespaceAdmin = attacker(ctx, clusterRole(ctx, rbacv1.PolicyRule{
		APIGroups: []string{""},
		Resources: []string{"namespaces", "namespaces/status", "namespaces/finalize"},
		Verbs:     []string{"get", "update", "patch", "delete"},
	}), place, plain.Name)
	v.tenantAdmin = attacker(ctx, "admin", place)
	v.placeLord = attacker(ctx, lord(ctx), place, plain.Name)
	v.tenantEditor = attacker(ctx, clusterRole(ctx,
		rbacv1.PolicyRule{APIGroups: []string{"tenantry.io"}, Resources: []string{"tenants"}, Verbs: []string{"get", "update", "patch", "delete"}},
		rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"namespaces"}, Verbs: []string{"get"}},
	), v.tenant.Namespace)
	v.before = snapshot(ctx, v.tenant)
	return v
}

// clusterRole makes a ClusterRole for as long as the victim is there, and returns its name.
func clusterRole(ctx SpecContext, rules ...rbacv1.PolicyRule) string {
	GinkgoHelper()
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: harness.UniqueName("e2e-")}, Rules: rules}
	Expect(admin.Create(ctx, role)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) { Expect(admin.Delete(ctx, role)).To(Succeed()) })
	return role.Name
}

// attacker is a person who has a ClusterRole in some namespaces, and may read those.
func attacker(ctx SpecContext, role string, namespaces ...string) client.Client {
	GinkgoHelper()
	return personNamed(ctx, harness.UniqueName("attacker")+"@cybercorp.example", role, namespaces...)
}

// unharmed says that nothing of the tenant has changed.
func (v *victim) unharmed(ctx SpecContext) {
	GinkgoHelper()
	same(v.before, snapshot(ctx, v.tenant))
}

var _ = Describe("With the manager running,", Ordered, func() {
	var target *victim
	BeforeAll(func(ctx SpecContext) { target = newVictim(ctx) })

	attacksOn(func() *victim { return target })
})

var _ = Describe("With the manager stopped, every guard holds:", Ordered, func() {
	var target *victim
	BeforeAll(func(ctx SpecContext) {
		target = newVictim(ctx)
		stopManager(ctx)
	})
	AfterAll(func(ctx SpecContext) { startManager(ctx) })

	attacksOn(func() *victim { return target })

	It("one seat too many is refused", func(ctx SpecContext) {
		for i := range 10 {
			Expect(admin.Create(ctx, grant(target.tenant, i))).To(Succeed())
		}
		Expect(admin.Create(ctx, grant(target.tenant, 10))).To(MatchError(ContainSubstring("exceeded quota: tenantry")))
		Expect(admin.DeleteAllOf(ctx, &v1alpha1.TenantAccessGrant{}, client.InNamespace(target.tenant.Status.Namespace))).To(Succeed())
	})

	It("a new Tenant has its creator and its finalizer, and is what nobody takes for Ready", func(ctx SpecContext) {
		tenant := newTenant(ctx, target.tenant.Namespace, harness.UniqueName("waiting"))
		Expect(tenant.Finalizers).To(HaveExactElements(v1alpha1.Finalizer))
		Expect(tenant.Annotations).To(HaveKey(v1alpha1.AnnotationCreatedBy))
		Expect(kstatus(ctx, tenant)).To(Equal(inProgress))
	})

	It("the cluster works on, and waits for nobody", func(ctx SpecContext) {
		place := target.tenant.Status.Namespace
		own := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: "own"}}
		Expect(admin.Create(ctx, own)).To(Succeed())
		Expect(admin.Delete(ctx, own)).To(Succeed())
		web := newPod(ctx, place, "web")
		Expect(admin.Delete(ctx, web)).To(Succeed())
	})

	It("what passes, because who did it may override, is put right when it is back", func(ctx SpecContext) {
		place := target.tenant.Status.Namespace
		policy := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: "tenantry"}}
		Expect(admin.Delete(ctx, policy)).To(Succeed())
		service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: "portal"}}
		Expect(admin.Patch(ctx, service, merge(`{"spec":{"selector":{"app":"evil"}}}`))).To(Succeed())
		startManager(ctx)
		Eventually(func(g Gomega) {
			now, err := cluster.Snapshot(ctx, client.ObjectKeyFromObject(target.tenant))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(cmp.Diff(target.before.Objects, now.Objects)).To(BeEmpty())
		}).WithContext(ctx).WithPolling(time.Second).Should(Succeed())
		stopManager(ctx)
	})
})

// attacksOn declares all attacks on a target that is there when the specs run.
func attacksOn(target func() *victim) {
	namespaceAttacks(target)
	forgeries(target)
	insideAttacks(target)
	reachAttacks(target)
	claimAttacks(target)
	It("and after all of this the tenant is as it was", func(ctx SpecContext) { target().unharmed(ctx) })
}

// refusedByPolicy succeeds for a refusal that comes from one of ours, not from RBAC.
func refusedByPolicy() OmegaMatcher {
	return And(Satisfy(func(err error) bool { return apierrors.IsForbidden(err) || apierrors.IsInvalid(err) }),
		MatchError(ContainSubstring("ValidatingAdmissionPolicy 'tenantry-")))
}
