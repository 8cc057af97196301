// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"github.com/google/go-cmp/cmp"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	apitypes "k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// platform makes a namespace that is nobody's place, beside home. When the spec ends it goes with
// the root tenants in it, and with what is kept of them.
func platform(ctx SpecContext) string {
	GinkgoHelper()
	name, remove, err := cluster.Namespace(ctx)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func(ctx SpecContext) {
		sweep(ctx, name)
		purgeRecords(ctx, name)
		Expect(remove(ctx)).To(Succeed())
	})
	return name
}

// sweep deletes all Tenants in a namespace, and those beneath them, the children first. Nobody waits
// for that but the end of the suite.
func sweep(ctx SpecContext, namespace string) {
	GinkgoHelper()
	tenants := &v1alpha1.TenantList{}
	Expect(admin.List(ctx, tenants, client.InNamespace(namespace))).To(Succeed())
	for i := range tenants.Items {
		remove(ctx, &tenants.Items[i])
	}
}

// remove deletes a Tenant with its place, and those beneath it first.
func remove(ctx SpecContext, tenant *v1alpha1.Tenant) {
	GinkgoHelper()
	now := &v1alpha1.Tenant{}
	err := admin.Get(ctx, client.ObjectKeyFromObject(tenant), now)
	Expect(client.IgnoreNotFound(err)).To(Succeed())
	if now.Status.Namespace != "" {
		sweep(ctx, now.Status.Namespace)
	}
	if now.Spec.RetainFor != nil {
		Expect(client.IgnoreNotFound(admin.Patch(ctx, now, merge(`{"metadata":{"annotations":{"tenantry.io/purge":"`+now.Name+`"}}}`)))).To(Succeed())
	}
	Expect(client.IgnoreNotFound(admin.Delete(ctx, tenant.DeepCopy()))).To(Succeed())
}

// newTenant makes a Tenant, without waiting for anything. It goes when the spec ends.
func newTenant(ctx SpecContext, namespace, name string, change ...func(*v1alpha1.Tenant)) *v1alpha1.Tenant {
	GinkgoHelper()
	tenant := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	for _, change := range change {
		change(tenant)
	}
	Expect(admin.Create(ctx, tenant)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) { remove(ctx, tenant) })
	return tenant
}

// newRoot makes a root tenant with a name of its own, without waiting for anything.
func newRoot(ctx SpecContext, change ...func(*v1alpha1.Tenant)) *v1alpha1.Tenant {
	GinkgoHelper()
	return newTenant(ctx, home, harness.UniqueName("root"), change...)
}

// root makes a root tenant with a name of its own and returns it when it is Ready.
func root(ctx SpecContext, change ...func(*v1alpha1.Tenant)) *v1alpha1.Tenant {
	GinkgoHelper()
	return await(ctx, newRoot(ctx, change...), beReady())
}

// partner makes a root tenant that may have children.
func partner(ctx SpecContext, change ...func(*v1alpha1.Tenant)) *v1alpha1.Tenant {
	GinkgoHelper()
	return root(ctx, append(change, asPartner)...)
}

// customer makes a child of a partner and returns it when it is Ready.
func customer(ctx SpecContext, parent *v1alpha1.Tenant, name string, change ...func(*v1alpha1.Tenant)) *v1alpha1.Tenant {
	GinkgoHelper()
	return await(ctx, newTenant(ctx, parent.Status.Namespace, name, change...), beReady())
}

func asPartner(t *v1alpha1.Tenant) { t.Spec.Partner = &v1alpha1.Partner{} }

func suspend(t *v1alpha1.Tenant) { t.Spec.Suspend = true }

func resume(t *v1alpha1.Tenant) { t.Spec.Suspend = false }

func portal(active bool) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) { t.Spec.Portal = &v1alpha1.Portal{Active: new(active)} }
}

func subdomain(name string) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) { t.Spec.Domain = &v1alpha1.Domain{Subdomain: name} }
}

// change updates a Tenant as its owner would, and returns it when what was asked has been looked at
// and the expectation is met.
func change(ctx SpecContext, tenant *v1alpha1.Tenant, change func(*v1alpha1.Tenant), expected types.GomegaMatcher) {
	GinkgoHelper()
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(tenant), tenant)).To(Succeed())
	before := tenant.DeepCopy()
	change(tenant)
	Expect(admin.Patch(ctx, tenant, client.MergeFrom(before))).To(Succeed())
	await(ctx, tenant, expected)
}

// await waits until the operator has looked at the present spec and the Tenant is as expected, and
// brings it up to date.
func await(ctx SpecContext, tenant *v1alpha1.Tenant, expected types.GomegaMatcher) *v1alpha1.Tenant {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		now := &v1alpha1.Tenant{}
		g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(tenant), now)).To(Succeed())
		now.DeepCopyInto(tenant)
		g.Expect(now.Status.ObservedGeneration).To(Equal(now.Generation))
		g.Expect(now).To(expected)
	}).WithContext(ctx).Should(Succeed())
	return tenant
}

// beReady succeeds for a Tenant whose place is as asked, and which is done with.
func beReady() types.GomegaMatcher {
	return have(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady)
}

// have succeeds for a Tenant with a condition of that status and reason.
func have(kind string, status metav1.ConditionStatus, reason string) types.GomegaMatcher {
	return WithTransform(func(t *v1alpha1.Tenant) metav1.Condition { return condition(t, kind) },
		And(HaveField("Status", status), HaveField("Reason", reason)))
}

// beStalled succeeds for a Tenant that waits for a person, for that reason.
func beStalled(reason string) types.GomegaMatcher {
	return And(have(v1alpha1.ConditionReady, metav1.ConditionFalse, reason), have(v1alpha1.ConditionStalled, metav1.ConditionTrue, reason))
}

// condition of a type; empty if there is none.
func condition(tenant *v1alpha1.Tenant, kind string) metav1.Condition {
	return ptr.Deref(meta.FindStatusCondition(tenant.Status.Conditions, kind), metav1.Condition{})
}

// message of the Ready condition.
func message(tenant *v1alpha1.Tenant) string {
	return condition(tenant, v1alpha1.ConditionReady).Message
}

// get reads an object of a tenant's place.
func get[T client.Object](ctx SpecContext, tenant *v1alpha1.Tenant, name string, object T) T {
	GinkgoHelper()
	Expect(admin.Get(ctx, client.ObjectKey{Namespace: tenant.Status.Namespace, Name: name}, object)).To(Succeed())
	return object
}

// placeOf is a tenant's namespace.
func placeOf(ctx SpecContext, tenant *v1alpha1.Tenant) *corev1.Namespace {
	GinkgoHelper()
	namespace := &corev1.Namespace{}
	Expect(admin.Get(ctx, client.ObjectKey{Name: tenant.Status.Namespace}, namespace)).To(Succeed())
	return namespace
}

// hostsOf are the hosts that lead into a namespace.
func hostsOf(ctx SpecContext, namespace string) []string {
	GinkgoHelper()
	ingresses := &networkingv1.IngressList{}
	Expect(admin.List(ctx, ingresses, client.InNamespace(namespace))).To(Succeed())
	var hosts []string
	for _, ingress := range ingresses.Items {
		for _, rule := range ingress.Spec.Rules {
			hosts = append(hosts, rule.Host)
		}
	}
	return hosts
}

// gone waits until an object is there no more.
func gone(ctx SpecContext, object client.Object) {
	GinkgoHelper()
	object = object.DeepCopyObject().(client.Object)
	Eventually(func() bool {
		return apierrors.IsNotFound(admin.Get(ctx, client.ObjectKeyFromObject(object), object))
	}).WithContext(ctx).Should(BeTrue())
}

func merge(body string) client.Patch {
	return client.RawPatch(apitypes.MergePatchType, []byte(body))
}

// snapshot of some tenants and of all that was made for them.
func snapshot(ctx SpecContext, tenants ...*v1alpha1.Tenant) harness.Snapshot {
	GinkgoHelper()
	keys := make([]client.ObjectKey, 0, len(tenants))
	for _, tenant := range tenants {
		keys = append(keys, client.ObjectKeyFromObject(tenant))
	}
	taken, err := cluster.Snapshot(ctx, keys...)
	Expect(err).NotTo(HaveOccurred())
	return taken
}

// same says that one snapshot is like another, to the last field, and shows what differs.
func same(before, after harness.Snapshot) {
	GinkgoHelper()
	Expect(cmp.Diff(before.Objects, after.Objects)).To(BeEmpty())
	Expect(cmp.Diff(before.Kept, after.Kept)).To(BeEmpty())
}

// newPod makes a pod that meets the Pod Security Standards at their strictest, once the account is
// there that it runs as. Without a scheduler it stays Pending.
func newPod(ctx SpecContext, namespace, name string) *corev1.Pod {
	GinkgoHelper()
	made := harness.Pod(namespace, name)
	Eventually(func() error { return client.IgnoreAlreadyExists(admin.Create(ctx, made)) }).WithContext(ctx).Should(Succeed())
	return made
}

// eachOf calls visit for every object of a list.
func eachOf(list client.ObjectList, visit func(client.Object)) error {
	return meta.EachListItem(list, func(item runtime.Object) error {
		visit(item.(client.Object))
		return nil
	})
}

// kindOf is an object's kind, by its Go type.
func kindOf(object client.Object) string {
	GinkgoHelper()
	kind, err := apiutil.GVKForObject(object, admin.Scheme())
	Expect(err).NotTo(HaveOccurred())
	return kind.Kind
}
