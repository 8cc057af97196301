// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// keptFor makes a Tenant's place outlive it.
func keptFor(retention time.Duration) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) { t.Spec.RetainFor = &metav1.Duration{Duration: retention} }
}

// retire deletes a Tenant whose place is kept, and returns the record when the place is closed.
func retire(ctx SpecContext, tenant *v1alpha1.Tenant) *v1alpha1.RetainedTenant {
	GinkgoHelper()
	Expect(admin.Delete(ctx, tenant.DeepCopy())).To(Succeed())
	return retired(ctx, tenant)
}

// retired is the record of a Tenant that was deleted, when the Tenant is gone.
func retired(ctx SpecContext, tenant *v1alpha1.Tenant) *v1alpha1.RetainedTenant {
	GinkgoHelper()
	record := &v1alpha1.RetainedTenant{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Namespace, Name: tenant.Name}}
	gone(ctx, tenant)
	return awaitRecord(ctx, record, haveStanding(metav1.ConditionTrue, v1alpha1.ReasonRetained))
}

// awaitRecord waits until the operator has looked at the present record and it is as expected.
func awaitRecord(ctx SpecContext, record *v1alpha1.RetainedTenant, expected types.GomegaMatcher) *v1alpha1.RetainedTenant {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(record), record)).To(Succeed())
		g.Expect(record.Status.ObservedGeneration).To(Equal(record.Generation))
		g.Expect(record).To(expected)
	}).WithContext(ctx).Should(Succeed())
	return record
}

// haveStanding succeeds for a record whose Ready condition has that status and reason.
func haveStanding(status metav1.ConditionStatus, reason string) types.GomegaMatcher {
	return WithTransform(standing, And(HaveField("Status", status), HaveField("Reason", reason)))
}

func standing(record *v1alpha1.RetainedTenant) metav1.Condition {
	return ptr.Deref(meta.FindStatusCondition(record.Status.Conditions, v1alpha1.ConditionReady), metav1.Condition{})
}

// purged waits until a record and its place are gone.
func purged(ctx SpecContext, record *v1alpha1.RetainedTenant) {
	GinkgoHelper()
	gone(ctx, record)
	gone(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: record.Spec.Namespace}})
}

// purgeRecords has every place purged that is kept for a namespace, and those beneath them, the
// children first, and returns when they are gone.
func purgeRecords(ctx SpecContext, namespace string) {
	GinkgoHelper()
	records := &v1alpha1.RetainedTenantList{}
	Expect(admin.List(ctx, records, client.InNamespace(namespace))).To(Succeed())
	for i := range records.Items {
		record := &records.Items[i]
		sweep(ctx, record.Spec.Namespace)
		purgeRecords(ctx, record.Spec.Namespace)
		Expect(client.IgnoreNotFound(admin.Patch(ctx, record, merge(`{"spec":{"action":"Purge"}}`)))).To(Succeed())
		gone(ctx, record)
	}
}

// secretOf is the one Secret that the operator made for a tenant.
func secretOf(ctx SpecContext, place string) *corev1.Secret {
	GinkgoHelper()
	secret := &corev1.Secret{}
	Expect(admin.Get(ctx, client.ObjectKey{Namespace: place, Name: "tenant-admin"}, secret)).To(Succeed())
	return secret
}

// kept says that a place is closed, with its data in it, and that its host is nobody else's.
func kept(ctx SpecContext, tenant *v1alpha1.Tenant) {
	GinkgoHelper()
	place := placeOf(ctx, tenant)
	Expect(place.DeletionTimestamp).To(BeNil())
	Expect(place.Annotations).To(HaveKey(v1alpha1.AnnotationRetainedUntil))
	Expect(hostsOf(ctx, place.Name)).To(BeEmpty())
	Expect(admin.Create(ctx, harness.Pod(place.Name, "late"))).To(MatchError(ContainSubstring("exceeded quota: suspended")))
	Expect(get(ctx, tenant, "data", &corev1.PersistentVolumeClaim{}).DeletionTimestamp).To(BeNil())
	Expect(get(ctx, tenant, "own", &corev1.Secret{}).Data).To(HaveKey("key"))
	Expect(claimOf(ctx, string(tenant.Status.Hosts[0])).Data).To(HaveKeyWithValue("namespace", place.Name))
}

// fill puts data into a tenant's place, a volume and a Secret of its own, and waits until the volume
// is counted.
func fill(ctx SpecContext, tenant *v1alpha1.Tenant) {
	GinkgoHelper()
	Expect(admin.Create(ctx, volume(tenant, "data", "1Gi"))).To(Succeed())
	own := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: "own"}, Data: map[string][]byte{"key": []byte("value")}}
	Expect(admin.Create(ctx, own)).To(Succeed())
	await(ctx, tenant, HaveField("Status.Disk", HavePrefix("1Gi/")))
}

// claimOf is the claim of a host; empty if nobody holds it.
func claimOf(ctx SpecContext, host string) *corev1.ConfigMap {
	GinkgoHelper()
	claim := &corev1.ConfigMap{}
	Expect(client.IgnoreNotFound(admin.Get(ctx, client.ObjectKey{Namespace: "tenantry-hosts", Name: host}, claim))).To(Succeed())
	return claim
}

// missing says that there is no such object.
func missing(ctx SpecContext, object client.Object) {
	GinkgoHelper()
	object = object.DeepCopyObject().(client.Object)
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(object), object)).To(Satisfy(apierrors.IsNotFound))
}
