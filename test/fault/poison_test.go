// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// many tenants beside the poisoned ones: more than the operator has workers.
const many = 24

var _ = Describe("Fault 8: one poison tenant among many", Label("fault-8", "full"), func() {
	var leader *operator
	var judged verdicts
	var families []family

	BeforeEach(func(ctx SpecContext) {
		judged = verdicts{invariants: watchInvariants(ctx, here)}
		leader = startLeader(ctx, here)
		families = newFamilies(here, many)
	})

	// othersThrive: they become active, without a failure.
	othersThrive := func(ctx context.Context) {
		GinkgoHelper()
		for _, family := range families {
			Expect(family.createPartner(ctx)).To(Succeed())
		}
		for _, family := range families {
			Eventually(family.inPhase).WithContext(ctx).WithArguments(family.partner, v1alpha1.PhaseActive).Should(Succeed())
			judged.add("beside a poisoned tenant", family.failedWrites(leader.line)...)
		}
	}

	for _, fault := range []harness.Fault{harness.ServerError, harness.Timeout, harness.Reset} {
		It("serves all others while everything in one tenant's place fails: "+string(fault), func(ctx SpecContext) {
			poisoned := newFamily(here)
			leader.line.Break(harness.Breakage{Seed: seed, Probability: 1, Faults: []harness.Fault{fault}, Concerns: func(request harness.Request) bool {
				return request.Namespace == poisoned.partner.Name
			}})
			Expect(poisoned.createPartner(ctx)).To(Succeed())
			othersThrive(ctx)
			Expect(poisoned.inPhase(ctx, poisoned.partner, v1alpha1.PhaseActive)).NotTo(Succeed(), "the poisoned tenant")

			leader.line.Mend()
			Eventually(poisoned.inPhase).WithContext(ctx).WithArguments(poisoned.partner, v1alpha1.PhaseActive).Should(Succeed())
			judged.add("at rest", unrest(ctx, leader.line)...)
			judged.close("fault 8, everything in one place fails (" + string(fault) + ")")
		})
	}

	It("names a namespace that is stuck in termination, and serves all others", func(ctx SpecContext) {
		stuck := newFamily(here)
		Eventually(active).WithContext(ctx).WithArguments(stuck).Should(Succeed())
		place := stuck.child.Namespace + "-" + stuck.child.Name
		anchor := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: "anchor", Finalizers: []string{"example.com/never"}}}
		Expect(here.Client.Create(ctx, anchor)).To(Succeed())
		Expect(stuck.remove(ctx, stuck.child, stuck.partner)).To(Succeed())
		Eventually(stuck.says).WithContext(ctx).WithArguments(stuck.child).Should(ContainSubstring(place))
		othersThrive(ctx)
		Expect(stuck.inPhase(ctx, stuck.partner, v1alpha1.PhaseActive)).NotTo(Succeed(), "the poisoned tenant")

		Expect(here.Client.Patch(ctx, anchor, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`)))).To(Succeed())
		Eventually(stuck.gone).WithContext(ctx).WithArguments(stuck.partner).Should(Succeed())
		judged.add("at rest", unrest(ctx, leader.line)...)
		judged.close("fault 8, a namespace stuck in termination")
	})

	It("names what keeps a place that is purged because its record says so, and serves all others", func(ctx SpecContext) {
		stuck := newFamily(here)
		Eventually(retired).WithContext(ctx).WithArguments(stuck).Should(Succeed())
		place := stuck.child.Namespace + "-" + stuck.child.Name
		anchor := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: "anchor", Finalizers: []string{"example.com/never"}}}
		Expect(here.Client.Create(ctx, anchor)).To(Succeed())
		Expect(stuck.wish(ctx, stuck.child, v1alpha1.ActionPurge)).To(Succeed())
		Eventually(stuck.recordSays).WithContext(ctx).WithArguments(stuck.child).Should(And(ContainSubstring(place), ContainSubstring("example.com/never")))
		othersThrive(ctx)
		Expect(stuck.purged(ctx, stuck.child)).NotTo(Succeed(), "the poisoned place")

		Expect(here.Client.Patch(ctx, anchor, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`)))).To(Succeed())
		Eventually(stuck.purged).WithContext(ctx).WithArguments(stuck.child).Should(Succeed())
		judged.add("at rest", unrest(ctx, leader.line)...)
		judged.close("fault 8, a kept place stuck in termination")
	})
})

// failedWrites in a family's place.
func (f family) failedWrites(line *harness.Proxy) []string {
	var failed []string
	for _, request := range line.Requests() {
		if request.Namespace == f.partner.Name && request.Writes() && request.Status >= 400 {
			failed = append(failed, request.String())
		}
	}
	return failed
}

// says is the message of a tenant's Ready condition.
func (f family) says(ctx context.Context, key client.ObjectKey) string {
	tenant := &v1alpha1.Tenant{}
	if err := f.Client.Get(ctx, key, tenant); err != nil {
		return err.Error()
	}
	return readyMessage(tenant.Status.Conditions)
}

// recordSays is the message of a record's Ready condition.
func (f family) recordSays(ctx context.Context, key client.ObjectKey) string {
	record := &v1alpha1.RetainedTenant{}
	if err := f.Client.Get(ctx, key, record); err != nil {
		return err.Error()
	}
	return readyMessage(record.Status.Conditions)
}

func readyMessage(conditions []metav1.Condition) string {
	if ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady); ready != nil {
		return ready.Message
	}
	return ""
}
