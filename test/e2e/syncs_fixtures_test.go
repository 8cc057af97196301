// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// The values of label tenantry.io/sync.
const (
	emailNotifications       = "email-notifications"
	content                  = "content"
	falsePositiveSuppression = "false-positive-suppression"
	ofNoCategory             = "resource"
)

// newSync makes a sync of a partner's, of category Content unless it is changed, without waiting for anything. It goes
// when the spec ends.
func newSync(ctx SpecContext, partner *v1alpha1.Tenant, name string, changes ...func(*v1alpha1.MasterTenantSync)) *v1alpha1.MasterTenantSync {
	GinkgoHelper()
	sync := &v1alpha1.MasterTenantSync{ObjectMeta: metav1.ObjectMeta{Namespace: partner.Status.Namespace, Name: name}}
	sync.Spec.Categories = []v1alpha1.SyncCategory{v1alpha1.SyncContent}
	for _, change := range changes {
		change(sync)
	}
	Expect(admin.Create(ctx, sync)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) { Expect(client.IgnoreNotFound(admin.Delete(ctx, sync))).To(Succeed()) })
	return sync
}

func carrying(categories ...v1alpha1.SyncCategory) func(*v1alpha1.MasterTenantSync) {
	return func(s *v1alpha1.MasterTenantSync) { s.Spec.Categories = categories }
}

func fromMaster(name v1alpha1.TenantName) func(*v1alpha1.MasterTenantSync) {
	return func(s *v1alpha1.MasterTenantSync) { s.Spec.MasterRef = &v1alpha1.TenantReference{Name: name} }
}

func triggered(trigger v1alpha1.SyncTrigger) func(*v1alpha1.MasterTenantSync) {
	return func(s *v1alpha1.MasterTenantSync) { s.Spec.Trigger = trigger }
}

func planning(s *v1alpha1.MasterTenantSync) { s.Spec.Mode = v1alpha1.SyncPlan }

// source marks an object in a master's place, which is carried.
func source(ctx SpecContext, namespace, name, mark, text string, changes ...func(*corev1.ConfigMap)) *corev1.ConfigMap {
	GinkgoHelper()
	made := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{v1alpha1.LabelSync: mark}},
		Data:       map[string]string{"text": text},
	}
	for _, change := range changes {
		change(made)
	}
	Expect(admin.Create(ctx, made)).To(Succeed())
	return made
}

// edit writes another text into an object.
func edit(ctx SpecContext, object *corev1.ConfigMap, text string) {
	GinkgoHelper()
	Expect(admin.Patch(ctx, object.DeepCopy(), merge(`{"data":{"text":"`+text+`"}}`))).To(Succeed())
}

// inPlace is an object of a tenant's place by name, for Delete and Patch.
func inPlace(tenant *v1alpha1.Tenant, name string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: name}}
}

// textIn is what an object in a tenant's place holds; empty while there is none.
func textIn(ctx SpecContext, tenant *v1alpha1.Tenant, name string) (string, error) {
	held := inPlace(tenant, name)
	err := client.IgnoreNotFound(admin.Get(ctx, client.ObjectKeyFromObject(held), held))
	return held.Data["text"], err
}

// awaitText waits until an object in each of some places holds a text.
func awaitText(ctx SpecContext, name, text string, tenants ...*v1alpha1.Tenant) {
	GinkgoHelper()
	for _, tenant := range tenants {
		Eventually(textIn).WithArguments(ctx, tenant, name).WithContext(ctx).Should(Equal(text), tenant.Name)
	}
}

// staysText says that an object in each of some places holds a text, and goes on to.
func staysText(ctx SpecContext, name, text string, tenants ...*v1alpha1.Tenant) {
	GinkgoHelper()
	Consistently(func(g Gomega) {
		for _, tenant := range tenants {
			g.Expect(textIn(ctx, tenant, name)).To(Equal(text), tenant.Name)
		}
	}).WithContext(ctx).WithTimeout(calm / 2).Should(Succeed())
}

// changeSync changes a sync as its author would.
func changeSync(ctx SpecContext, sync *v1alpha1.MasterTenantSync, spec string) {
	GinkgoHelper()
	Expect(admin.Patch(ctx, sync, merge(`{"spec":`+spec+`}`))).To(Succeed())
}

// awaitSync waits until the operator has looked at a sync's present spec and it is as expected, and brings it up to date.
func awaitSync(ctx SpecContext, sync *v1alpha1.MasterTenantSync, expected types.GomegaMatcher) *v1alpha1.MasterTenantSync {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		now := &v1alpha1.MasterTenantSync{}
		g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(sync), now)).To(Succeed())
		now.DeepCopyInto(sync)
		g.Expect(now.Status.ObservedGeneration).To(Equal(now.Generation))
		g.Expect(now).To(expected)
	}).WithContext(ctx).Should(Succeed())
	return sync
}

// say succeeds for a sync that is Ready, or not, for that reason.
func say(status metav1.ConditionStatus, reason string) types.GomegaMatcher {
	return WithTransform(readyOf, And(HaveField("Status", status), HaveField("Reason", reason)))
}

// beStuck succeeds for a sync that waits for a person, for that reason.
func beStuck(reason string) types.GomegaMatcher {
	return And(say(metav1.ConditionFalse, reason),
		WithTransform(func(s *v1alpha1.MasterTenantSync) bool {
			return meta.IsStatusConditionTrue(s.Status.Conditions, v1alpha1.ConditionStalled)
		}, BeTrue()))
}

// beInSync succeeds for a sync of which so many tenants, and all, are as the master.
func beInSync(tenants int32) types.GomegaMatcher {
	return And(say(metav1.ConditionTrue, v1alpha1.ReasonSynced), HaveField("Status.Progress", HaveValue(Equal(v1alpha1.SyncProgress{Total: tenants, Current: tenants}))))
}

func readyOf(sync *v1alpha1.MasterTenantSync) metav1.Condition {
	return ptr.Deref(meta.FindStatusCondition(sync.Status.Conditions, v1alpha1.ConditionReady), metav1.Condition{})
}

// fare succeeds for a Tenant in which a sync fares so.
func fare(sync string, state v1alpha1.SyncState, reason string) types.GomegaMatcher {
	return HaveField("Status.Syncs", ContainElement(And(HaveField("Name", sync), HaveField("State", state), HaveField("Reason", reason))))
}
