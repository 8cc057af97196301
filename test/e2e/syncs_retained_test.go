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
)

var _ = Describe("In a place that is restored, a copy of a Secret whose sync is gone", func() {
	// left is the Secret in the place of a customer that was deleted and restored, when its sync was deleted in between.
	left := func(ctx SpecContext, leave v1alpha1.SyncLeave) (there func() *corev1.Secret) {
		GinkgoHelper()
		allowSecrets(ctx)
		parent := partner(ctx)
		Expect(admin.Create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: parent.Status.Namespace, Name: "feed", Labels: map[string]string{v1alpha1.LabelSync: ofNoCategory}},
			StringData: map[string]string{"token": "one"},
		})).To(Succeed())
		sync := newSync(ctx, parent, "feeds", func(s *v1alpha1.MasterTenantSync) {
			s.Spec.Resources = []v1alpha1.SyncResource{{APIVersion: "v1", Kind: "Secret", Names: []v1alpha1.ObjectName{"feed"}}}
			s.Spec.OnLeave = leave
		})
		tenant := customer(ctx, parent, "cybercorp")
		place := tenant.Status.Namespace
		there = func() *corev1.Secret {
			copied := &corev1.Secret{}
			if err := admin.Get(ctx, client.ObjectKey{Namespace: place, Name: "feed"}, copied); err != nil {
				Expect(client.IgnoreNotFound(err)).To(Succeed())
				return nil
			}
			return copied
		}
		await(ctx, tenant, fare("feeds", v1alpha1.SyncSynced, v1alpha1.ReasonSynced))
		change(ctx, tenant, keptFor(time.Hour), beReady())
		record := retire(ctx, tenant)
		Expect(record.Spec.Syncs).To(ConsistOf(v1alpha1.RetainedSync{Name: "feeds", Secrets: []string{"feed"}}))
		Expect(admin.Delete(ctx, sync)).To(Succeed())
		gone(ctx, sync)
		Expect(there()).NotTo(BeNil())
		Expect(admin.Patch(ctx, record, merge(`{"spec":{"action":"Restore"}}`))).To(Succeed())
		gone(ctx, record)
		await(ctx, tenant, And(beReady(), HaveField("Status.Syncs", BeEmpty())))
		return there
	}

	It("is removed: nobody renews what is in it any more", func(ctx SpecContext) {
		there := left(ctx, v1alpha1.LeavePrune)
		Eventually(there).WithContext(ctx).Should(BeNil())
	})

	It("is the tenant's own where the sync said so", func(ctx SpecContext) {
		there := left(ctx, v1alpha1.LeaveKeep)
		Expect(there()).To(HaveValue(And(
			HaveField("Labels", BeEmpty()), HaveField("Annotations", BeEmpty()), HaveField("Data", HaveKey("token")))))
	})
})
