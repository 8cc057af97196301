// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/test/harness"
)

// plainNamespace makes a namespace that is nobody's place; it goes when the spec ends.
func plainNamespace(ctx SpecContext) string {
	GinkgoHelper()
	name, remove, err := cluster.Namespace(ctx)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func(ctx SpecContext) { Expect(remove(ctx)).To(Succeed()) })
	return name
}

// root makes a root tenant with a name of its own.
func root(ctx SpecContext, change ...func(*v1alpha1.Tenant)) *v1alpha1.Tenant {
	GinkgoHelper()
	return tenantIn(ctx, home, harness.UniqueName("root"), change...)
}

// partner makes a root tenant that may have children, with its place.
func partner(ctx SpecContext, change ...func(*v1alpha1.Tenant)) *v1alpha1.Tenant {
	GinkgoHelper()
	made := root(ctx, append(change, asPartner)...)
	Expect(shared.look(ctx, made)).To(Succeed())
	return made
}

func asPartner(t *v1alpha1.Tenant) {
	if t.Spec.Partner == nil {
		t.Spec.Partner = &v1alpha1.Partner{}
	}
}

func suspended(t *v1alpha1.Tenant) { t.Spec.Suspend = true }

func withSubdomain(subdomain string) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) { t.Spec.Domain = &v1alpha1.Domain{Subdomain: subdomain} }
}

// tenantIn makes a Tenant. When the spec ends it goes, and its place too.
func tenantIn(ctx SpecContext, namespace, name string, change ...func(*v1alpha1.Tenant)) *v1alpha1.Tenant {
	GinkgoHelper()
	tenant := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	for _, change := range change {
		change(tenant)
	}
	Expect(admin.Create(ctx, tenant)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) { sweep(ctx, tenant) })
	return tenant
}

// sweep removes a Tenant and its place without the operator, and does not wait for the namespace.
func sweep(ctx SpecContext, tenant *v1alpha1.Tenant) {
	GinkgoHelper()
	places := &corev1.NamespaceList{}
	Expect(admin.List(ctx, places, client.MatchingLabels(desired.OwnerLabels(tenant)))).To(Succeed())
	for i := range places.Items {
		Expect(client.IgnoreNotFound(asOperator().Delete(ctx, &places.Items[i]))).To(Succeed())
	}
	last := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Namespace, Name: tenant.Name}}
	Expect(client.IgnoreNotFound(admin.Delete(ctx, last))).To(Succeed())
	Expect(client.IgnoreNotFound(admin.Patch(ctx, last, merge(`{"metadata":{"finalizers":null}}`)))).To(Succeed())
}

// asOperator acts as the operator, past its caches.
func asOperator() client.Client {
	GinkgoHelper()
	c, err := cluster.AsServiceAccount(harness.ManagerNamespace, harness.ManagerAccount)
	Expect(err).NotTo(HaveOccurred())
	return c
}

// asKubernetes acts as one of Kubernetes' own controllers, whom no policy holds back, with all rights.
func asKubernetes() client.Client {
	GinkgoHelper()
	c, err := cluster.As("system:serviceaccount:kube-system:resourcequota-controller", "system:serviceaccounts:kube-system", "system:masters")
	Expect(err).NotTo(HaveOccurred())
	return c
}

func merge(body string) client.Patch {
	return client.RawPatch(types.MergePatchType, []byte(body))
}

// change updates a Tenant as its owner would.
func change(ctx SpecContext, tenant *v1alpha1.Tenant, change func(*v1alpha1.Tenant)) {
	GinkgoHelper()
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(tenant), tenant)).To(Succeed())
	before := tenant.DeepCopy()
	change(tenant)
	Expect(admin.Patch(ctx, tenant, client.MergeFrom(before))).To(Succeed())
}

// owned are all objects that a tenant's place has while it is open, by their resource, with the
// namespace; as they are now.
func owned(ctx SpecContext, tenant *v1alpha1.Tenant) map[string]client.Object {
	GinkgoHelper()
	objects := ownedKinds(tenant)
	for resource, object := range objects {
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(object), object)).To(Succeed(), resource)
	}
	return objects
}

func ownedKinds(tenant *v1alpha1.Tenant) map[string]client.Object {
	namespace := tenant.Status.Namespace
	named := func(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: namespace, Name: name} }
	return map[string]client.Object{
		"namespaces":      &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}},
		"configmaps":      &corev1.ConfigMap{ObjectMeta: named(desired.SettingsName)},
		"secrets":         &corev1.Secret{ObjectMeta: named(desired.AdminSecretName)},
		"limitranges":     &corev1.LimitRange{ObjectMeta: named(desired.LimitRangeName)},
		"networkpolicies": &networkingv1.NetworkPolicy{ObjectMeta: named(desired.NetworkPolicyName)},
		"services":        &corev1.Service{ObjectMeta: named(desired.PortalName)},
		"resourcequotas":  &corev1.ResourceQuota{ObjectMeta: named(desired.QuotaName)},
		"ingresses":       &networkingv1.Ingress{ObjectMeta: named(desired.PortalName)},
	}
}

// placeOf is a tenant's namespace as it is now.
func placeOf(ctx SpecContext, tenant *v1alpha1.Tenant) *corev1.Namespace {
	GinkgoHelper()
	namespace := &corev1.Namespace{}
	Expect(admin.Get(ctx, client.ObjectKey{Name: tenant.Status.Namespace}, namespace)).To(Succeed())
	return namespace
}

// routed says whether a way into the tenant's place is there.
func routed(ctx SpecContext, tenant *v1alpha1.Tenant) bool {
	GinkgoHelper()
	err := admin.Get(ctx, client.ObjectKeyFromObject(ownedKinds(tenant)["ingresses"]), &networkingv1.Ingress{})
	Expect(client.IgnoreNotFound(err)).To(Succeed())
	return err == nil
}

// gone waits until an object is there no more.
func gone(ctx SpecContext, object client.Object) {
	GinkgoHelper()
	Eventually(func() bool {
		return apierrors.IsNotFound(admin.Get(ctx, client.ObjectKeyFromObject(object), object))
	}).WithContext(ctx).Should(BeTrue())
}

// counted waits until Kubernetes has taken a quota up, and is done with writing to it.
func counted(ctx SpecContext, quota *corev1.ResourceQuota) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		err := admin.Get(ctx, client.ObjectKeyFromObject(quota), quota)
		g.Expect(client.IgnoreNotFound(err)).To(Succeed())
		g.Expect(apierrors.IsNotFound(err) || equality.Semantic.DeepEqual(quota.Status.Hard, quota.Spec.Hard)).To(BeTrue())
	}).WithContext(ctx).Should(Succeed())
}

// ready is the Ready condition.
func ready(tenant *v1alpha1.Tenant) metav1.Condition {
	return condition(tenant, v1alpha1.ConditionReady)
}

// condition of a type; empty if there is none.
func condition(tenant *v1alpha1.Tenant, kind string) metav1.Condition {
	return ptr.Deref(meta.FindStatusCondition(tenant.Status.Conditions, kind), metav1.Condition{})
}

// haveReason succeeds for a condition with that status and reason.
func haveReason(status metav1.ConditionStatus, reason string) OmegaMatcher {
	return And(HaveField("Status", status), HaveField("Reason", reason))
}

func portalOff(t *v1alpha1.Tenant) { t.Spec.Portal = &v1alpha1.Portal{Active: new(false)} }
