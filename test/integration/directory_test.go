// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/controller"
	"github.com/tenantry/tenantry/internal/directory"
	"github.com/tenantry/tenantry/internal/tenancy"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("A subject's directory", func() {
	var jo string
	var tenant *v1alpha1.Tenant
	BeforeEach(func(ctx SpecContext) {
		jo = harness.UniqueName("jo")
		tenant = root(ctx, withAccess(v1alpha1.CustomerAccessFullAccess), displayed("Cyber\u200fCorp"))
		shared.settle(ctx, tenant)
	})

	It("costs three writes for its first tenant, one for a change of that, and none for none", func(ctx SpecContext) {
		grant := grantIn(ctx, tenant.Status.Namespace, jo, v1alpha1.RoleAdmin)
		shared.catchUp(ctx, grant)
		shared.recorder.take()
		shared.list(ctx, jo)
		key := directory.ForUser(jo)
		made := shared.recorder.take()
		Expect(slices.DeleteFunc(made, ofNamespaces)).To(
			HaveExactElements("create roles", "create rolebindings", "create configmaps"))
		Expect(entriesOf(ctx, jo)).To(HaveExactElements(directory.Entry{
			Tenant: tenant.Name, Parent: home, Namespace: tenant.Status.Namespace, DisplayName: `Cyber\u200fCorp`,
			Role: v1alpha1.RoleAdmin, Host: string(tenant.Status.Hosts[0]),
		}))

		By("looking again, and with an operator that was started since")
		shared.list(ctx, jo)
		Expect(shared.recorder.take()).To(BeEmpty())
		restarted := newOperator(ctx)
		restarted.recorder.take()
		restarted.list(ctx, jo)
		Expect(restarted.recorder.take()).To(BeEmpty())

		By("changing the tenant")
		change(ctx, tenant, displayed("Renamed"))
		shared.catchUp(ctx, tenant)
		shared.recorder.take()
		shared.list(ctx, jo)
		Expect(shared.recorder.take()).To(HaveExactElements("patch configmaps " + key.Shard(0)))
		Expect(entriesOf(ctx, jo)).To(HaveExactElements(HaveField("DisplayName", "Renamed")))

		By("losing the grant, while the operator was down")
		Expect(admin.Delete(ctx, grant)).To(Succeed())
		restarted.catchUp(ctx, grant)
		restarted.recorder.take()
		restarted.list(ctx, jo)
		Expect(restarted.recorder.take()).To(HaveExactElements(
			"delete rolebindings "+key.Hash, "delete roles "+key.Hash, "delete configmaps "+key.Shard(0)))
		Expect(entriesOf(ctx, jo)).To(BeEmpty())
		restarted.list(ctx, jo)
		Expect(restarted.recorder.take()).To(BeEmpty())
	})

	It("has the role in effect, and nothing while nobody is let in", func(ctx SpecContext) {
		grant := grantIn(ctx, tenant.Status.Namespace, jo, v1alpha1.RoleAdmin)
		for _, step := range []struct {
			change func(*v1alpha1.Tenant)
			want   any
		}{
			{withAccess(v1alpha1.CustomerAccessReadOnly), HaveExactElements(HaveField("Role", v1alpha1.RoleViewer))},
			{withAccess(v1alpha1.CustomerAccessDisabled), BeEmpty()},
			{withAccess(v1alpha1.CustomerAccessFullAccess), HaveExactElements(HaveField("Role", v1alpha1.RoleAdmin))},
			{suspended, BeEmpty()},
			{func(t *v1alpha1.Tenant) { t.Spec.Suspend = false }, HaveLen(1)},
		} {
			change(ctx, tenant, step.change)
			shared.catchUp(ctx, tenant, grant)
			shared.list(ctx, jo)
			Expect(entriesOf(ctx, jo)).To(step.want.(OmegaMatcher))
		}
	})

	It("tells when access ends, and looks again at that moment", func(ctx SpecContext) {
		end := time.Now().Add(time.Hour).Truncate(time.Second)
		shared.catchUp(ctx, grantIn(ctx, tenant.Status.Namespace, jo, v1alpha1.RoleViewer, func(g *v1alpha1.TenantAccessGrant) { g.Spec.ExpiresAt = &metav1.Time{Time: end} }))
		result := shared.list(ctx, jo)
		Expect(result.RequeueAfter).To(BeNumerically("~", time.Hour, time.Minute))
		Expect(entriesOf(ctx, jo)).To(HaveExactElements(HaveField("ExpiresAt", HaveValue(BeTemporally("==", end)))))
		late := newOperator(ctx)
		late.Loader.Clock = clocktesting.NewFakePassiveClock(end)
		late.list(ctx, jo)
		Expect(entriesOf(ctx, jo)).To(BeEmpty())
	})

	It("has the customers that a technician is delegated to, and of a partner's admin the partner alone", func(ctx SpecContext) {
		parent := partner(ctx)
		shared.settle(ctx, parent)
		for _, name := range []string{"one", "two", "three"} {
			shared.settle(ctx, tenantIn(ctx, parent.Status.Namespace, name, func(t *v1alpha1.Tenant) { t.Labels = map[string]string{"odd": fmt.Sprint(name != "two")} }))
		}
		pat := harness.UniqueName("pat")
		shared.catchUp(ctx, grantIn(ctx, parent.Status.Namespace, jo, v1alpha1.RoleEditor, func(g *v1alpha1.TenantAccessGrant) {
			g.Spec.Tenants = &v1alpha1.Selection{Selector: &v1alpha1.LabelSelector{MatchLabels: map[string]v1alpha1.LabelValue{"odd": "true"}}}
		}), grantIn(ctx, parent.Status.Namespace, pat, v1alpha1.RoleAdmin))
		shared.list(ctx, jo)
		Expect(entriesOf(ctx, jo)).To(HaveExactElements(
			And(HaveField("Tenant", "one"), HaveField("Parent", parent.Status.Namespace)), HaveField("Tenant", "three")))
		shared.list(ctx, pat)
		Expect(entriesOf(ctx, pat)).To(HaveExactElements(And(HaveField("Tenant", parent.Name), HaveField("Role", v1alpha1.RoleAdmin))))
	})

	It("is for a program, too, and for no group", func(ctx SpecContext) {
		place := tenant.Status.Namespace
		program := grantIn(ctx, place, "ci", v1alpha1.RoleEditor, func(g *v1alpha1.TenantAccessGrant) {
			g.Spec.Subject = v1alpha1.Subject{Kind: v1alpha1.SubjectServiceAccount, Namespace: place, Name: "ci"}
		})
		shared.catchUp(ctx, program)
		user := "system:serviceaccount:" + place + ":ci"
		shared.list(ctx, user)
		Expect(entriesOf(ctx, user)).To(HaveLen(1))
		Expect(tenancy.SubjectHash(&v1alpha1.TenantAccessGrant{Spec: v1alpha1.TenantAccessGrantSpec{Subject: v1alpha1.Subject{Kind: v1alpha1.SubjectGroup, Name: jo}}})).To(BeEmpty())
	})

	It("is put right, and loses what it has too much", func(ctx SpecContext) {
		shared.catchUp(ctx, grantIn(ctx, tenant.Status.Namespace, jo, v1alpha1.RoleAdmin))
		shared.list(ctx, jo)
		key := directory.ForUser(jo)
		before := entriesOf(ctx, jo)
		role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Hash}}
		Expect(admin.Patch(ctx, role, merge(`{"rules":[{"apiGroups":[""],"resources":["configmaps"],"verbs":["get","list"]}]}`))).To(Succeed())
		shard := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Shard(0)}}
		Expect(admin.Patch(ctx, shard, merge(`{"data":{"directory.json":"lies"}}`))).To(Succeed())
		extra := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Shard(1), Labels: directory.Labels()}}
		Expect(asOperator().Create(ctx, extra)).To(Succeed())
		binding := &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Hash}}
		Expect(admin.Delete(ctx, binding)).To(Succeed())
		shared.catchUp(ctx, role, shard, extra, binding)
		shared.recorder.take()
		shared.list(ctx, jo)
		Expect(shared.recorder.takeWrites()).To(HaveExactElements("patch roles "+key.Hash, "create rolebindings", "patch configmaps "+key.Shard(0), "delete configmaps "+key.Shard(1)))
		Expect(entriesOf(ctx, jo)).To(Equal(before))
	})

	It("is written in shards, of which a change writes one", func(ctx SpecContext) {
		subject := access.Subject{Kind: v1alpha1.SubjectUser, Name: jo}
		key := directory.KeyOf(subject)
		entries := make([]directory.Entry, 0, 1001)
		for i := range 1001 {
			entries = append(entries, directory.Entry{Tenant: fmt.Sprintf("customer-%04d", i), Parent: "acme", Namespace: "acme-customer", Role: v1alpha1.RoleAdmin})
		}
		engine := controller.NewDirectoryReconciler(shared.TenantReconciler).Engine
		write := func() []string {
			shared.recorder.take()
			for _, intent := range directory.For(subject, entries) {
				_, err := engine.Apply(ctx, intent)
				Expect(err).NotTo(HaveOccurred())
			}
			return slices.DeleteFunc(shared.recorder.take(), ofNamespaces)
		}
		Expect(write()).To(HaveExactElements("create roles", "create rolebindings", "create configmaps", "create configmaps", "create configmaps"))
		Expect(entriesOf(ctx, jo)).To(HaveLen(1001))
		entries[700].Role = v1alpha1.RoleViewer
		Expect(write()).To(HaveExactElements("patch configmaps " + key.Shard(1)))

		By("finding, at the start, that its subject has no grant")
		Expect(shared.list(ctx, jo)).To(Equal(reconcile.Result{}))
		Expect(entriesOf(ctx, jo)).To(BeEmpty())
	})
})

// ofNamespaces says whether a request is about the namespace that a directory lies in: it may be there already.
func ofNamespaces(request string) bool { return strings.Contains(request, " namespaces") }

func displayed(name v1alpha1.DisplayText) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) { t.Spec.DisplayName = name }
}

// list reconciles the directory of whoever has that user name.
func (o *operator) list(ctx SpecContext, user string) reconcile.Result {
	GinkgoHelper()
	key := directory.ForUser(user)
	result, err := controller.NewDirectoryReconciler(o.TenantReconciler).Reconcile(ctx,
		reconcile.Request{NamespacedName: types.NamespacedName{Namespace: key.Namespace, Name: key.Hash}})
	Expect(err).NotTo(HaveOccurred())
	return result
}

// entriesOf reads a directory as its subject: every shard by its name, with no other right.
func entriesOf(ctx SpecContext, user string) []directory.Entry {
	GinkgoHelper()
	key := directory.ForUser(user)
	as, err := cluster.As(user)
	Expect(err).NotTo(HaveOccurred())
	var entries []directory.Entry
	for number, shards := 0, 1; number < shards; number++ {
		shard := &corev1.ConfigMap{}
		var err error
		Eventually(func() error { // RBAC hears of a Role after its author does
			err = as.Get(ctx, client.ObjectKey{Namespace: key.Namespace, Name: key.Shard(number)}, shard)
			if apierrors.IsForbidden(err) && exists(ctx, key.Namespace, key.Hash) {
				return err
			}
			return nil
		}).WithContext(ctx).Should(Succeed())
		if err != nil {
			Expect(number).To(BeZero())
			Expect(err).To(Satisfy(apierrors.IsForbidden), "there is no right left")
			return nil
		}
		found, count, err := directory.Decode(shard.Data)
		Expect(err).NotTo(HaveOccurred())
		if number == 0 {
			shards = count
		}
		entries = append(entries, found...)
	}
	return entries
}

// exists says whether the binding of a directory is there.
func exists(ctx SpecContext, namespace, name string) bool {
	err := admin.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, &rbacv1.RoleBinding{})
	return err == nil
}
