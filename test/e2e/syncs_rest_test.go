// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// carried is how many objects the settled sync carries.
const carried = 20

var _ = Describe("A sync that is settled", func() {
	var parent *v1alpha1.Tenant
	var targets []*v1alpha1.Tenant
	var sync *v1alpha1.MasterTenantSync

	BeforeEach(func(ctx SpecContext) {
		parent, targets = partner(ctx), nil
		for _, name := range []string{"cybercorp", "initech", "hooli"} {
			targets = append(targets, customer(ctx, parent, name))
		}
		marks := []string{v1alpha1.MarkContent, v1alpha1.MarkEmailNotifications, v1alpha1.MarkFalsePositiveSuppression, v1alpha1.MarkResource}
		for n := range carried {
			Expect(admin.Create(ctx, &corev1.ConfigMap{
				ObjectMeta: metav1.ObjectMeta{
					Namespace: parent.Status.Namespace, Name: fmt.Sprintf("carried-%02d", n),
					Labels: map[string]string{v1alpha1.LabelSync: marks[n%len(marks)]},
				},
				Data: map[string]string{"text": "one"},
			})).To(Succeed())
		}
		sync = &v1alpha1.MasterTenantSync{
			ObjectMeta: metav1.ObjectMeta{Namespace: parent.Status.Namespace, Name: "baseline"},
			Spec: v1alpha1.MasterTenantSyncSpec{
				Categories: []v1alpha1.SyncCategory{
					v1alpha1.SyncContent, v1alpha1.SyncEmailNotifications, v1alpha1.SyncFalsePositiveSuppression, v1alpha1.SyncUsers, v1alpha1.SyncWhiteLabel,
				},
				Resources: []v1alpha1.SyncResource{{APIVersion: "v1", Kind: "ConfigMap", Selector: &v1alpha1.LabelSelector{
					MatchLabels: map[string]v1alpha1.LabelValue{v1alpha1.LabelSync: v1alpha1.MarkResource}}}},
			},
		}
		Expect(admin.Create(ctx, sync)).To(Succeed())
		Eventually(func(g Gomega) {
			g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(sync), sync)).To(Succeed())
			g.Expect(sync.Status.Progress).To(HaveValue(HaveField("Current", BeEquivalentTo(len(targets)))))
			g.Expect(meta.FindStatusCondition(sync.Status.Conditions, v1alpha1.ConditionReady)).To(HaveValue(HaveField("Reason", v1alpha1.ReasonSynced)))
		}).WithContext(ctx).Should(Succeed())
		for _, target := range targets {
			copies := &corev1.ConfigMapList{}
			Expect(admin.List(ctx, copies, client.InNamespace(target.Status.Namespace), client.MatchingLabels{v1alpha1.LabelSyncedBy: sync.Name})).To(Succeed())
			Expect(copies.Items).To(HaveLen(carried))
		}
		noneGoing(ctx)
		Eventually(quiet(calm)).WithContext(ctx).Should(Succeed(), "what was begun has ended")
	})

	It("sends no request while nothing changes, and after a restart writes nothing", func(ctx SpecContext) {
		proxy.Forget()
		within(ctx, quiet(calm))
		Expect(sent()).To(BeEmpty())

		stopManager(ctx)
		proxy.Forget()
		startManager(ctx)
		within(ctx, quiet(calm))
		Expect(proxy.Done()).To(BeEmpty())
	})

	It("reads once and writes once to each tenant for one byte that changes, and not to the tenants' status", func(ctx SpecContext) {
		proxy.Forget()
		changed := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: parent.Status.Namespace, Name: "carried-00"}}
		Expect(admin.Patch(ctx, changed, merge(`{"data":{"text":"two"}}`))).To(Succeed())
		// What a master says is not held, but read when it is to be written, for all tenants at once.
		expected := []string{fmt.Sprintf("get configmaps %s/carried-00: 200", parent.Status.Namespace)}
		for _, target := range targets {
			expected = append(expected, fmt.Sprintf("update configmaps %s/carried-00: 200", target.Status.Namespace))
			Eventually(heldText).WithArguments(ctx, target.Status.Namespace, changed.Name).WithContext(ctx).Should(Equal("two"))
		}
		Eventually(quiet(calm)).WithContext(ctx).Should(Succeed())
		// The sync's own status says that it begins, and that it is done.
		ofSync := fmt.Sprintf("patch mastertenantsyncs/status %s/%s: 200", sync.Namespace, sync.Name)
		var requests []string
		for _, request := range sent() {
			if request != ofSync {
				requests = append(requests, request)
			}
		}
		Expect(requests).To(ConsistOf(expected))
		Expect(sent()).To(HaveLen(len(expected)+2), "%v", sent())
	})
})

// sent are the requests that count: not the lease's, events, and watches that are renewed.
func sent() []string {
	var requests []string
	for _, request := range proxy.Requests() {
		if !request.Lease() && request.Verb != "watch" && request.Resource != "" && request.Resource != "events" {
			requests = append(requests, request.String())
		}
	}
	return requests
}

// heldText is what a ConfigMap says.
func heldText(ctx context.Context, namespace, name string) string {
	held := &corev1.ConfigMap{}
	if err := admin.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, held); err != nil {
		return err.Error()
	}
	return held.Data["text"]
}
