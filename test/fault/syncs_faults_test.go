// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"errors"
	"fmt"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// lifeOfSync is that of a sync, from the first copies over a change and one that leaves the master to a customer that is no target
// any more.
func lifeOfSync() []step {
	return []step{
		{when: publisher, then: func(context.Context, family) error { return nil }},
		{
			when: func(ctx context.Context, f family) error { return f.sync(ctx) },
			then: func(ctx context.Context, f family) error { return f.allSynced(ctx, formerText, formerText) },
		},
		{when: rewrite, then: func(ctx context.Context, f family) error { return f.allSynced(ctx, newText, formerText) }},
		{
			when: func(ctx context.Context, f family) error { return f.withdraw(ctx, terms) },
			then: func(ctx context.Context, f family) error { return f.allSynced(ctx, newText, "") },
		},
		{
			when: exclude,
			then: func(ctx context.Context, f family) error {
				return first(f.hold(ctx, motd, "", f.child), f.fares(ctx, "", f.child), f.hold(ctx, motd, newText, f.siblings()[0]), f.synced(ctx, v1alpha1.ReasonSynced))
			},
		},
	}
}

// liveSync lets families go through it, side by side.
func liveSync(ctx context.Context, families []family) {
	GinkgoHelper()
	for _, step := range lifeOfSync() {
		for _, family := range families {
			Eventually(step.when).WithContext(ctx).WithArguments(family).Should(Succeed())
		}
		for _, family := range families {
			Eventually(step.then).WithContext(ctx).WithArguments(family).Should(Succeed())
		}
	}
}

// cleanSync is what that life ends in when nothing is at fault.
func cleanSync(ctx context.Context) harness.Snapshot {
	GinkgoHelper()
	leader := startLeader(ctx, here)
	lived := newFamilies(here, 1)
	liveSync(ctx, lived)
	Expect(harness.Quiet(ctx, leader.line, rest)).To(Succeed(), "a run without a fault")
	leader.Kill()
	return lived[0].snapshot(ctx)
}

var _ = Describe("Fault 2: syncs on a faulty line to the API server", Label("fault-2", "full"), Ordered, func() {
	var clean harness.Snapshot

	BeforeAll(func(ctx SpecContext) { clean = cleanSync(ctx) })

	copies := func(ctx SpecContext, kinds ...harness.Fault) {
		GinkgoHelper()
		judged := verdicts{invariants: watchInvariants(ctx, here)}
		line := newLine(here)
		line.Break(harness.Breakage{Seed: seed, Probability: faulty, Faults: kinds})
		supervise(ctx, here, line, harness.ShortLeases)
		lived := newFamilies(here, 3)
		liveSync(ctx, lived)

		struck := line.Mend()
		judged.addAll(ctx, lived, line, clean)
		judged.close(fmt.Sprintf("fault 2, syncs on a faulty line (%s)", counts(struck)))
	}

	It("copies what it should with a fifth of the answers lost", func(ctx SpecContext) { copies(ctx, harness.LostAnswer) })
	It("copies what it should with all faults mixed", func(ctx SpecContext) { copies(ctx, harness.AllFaults()...) })

	for _, resources := range [][]string{{"configmaps"}, {"tenants"}, {"mastertenantsyncs"}} {
		It(fmt.Sprintf("copies what it should once the news of %v arrive", resources), func(ctx SpecContext) {
			judged := verdicts{invariants: watchInvariants(ctx, here)}
			leader := startLeader(ctx, here)
			lived := newFamilies(here, 2)
			for _, family := range lived {
				Eventually(inSync()).WithContext(ctx).WithArguments(family).Should(Succeed())
			}
			// What is changed twice and taken from one customer, while nobody tells the operator of it.
			churn := func(f family) {
				for _, do := range []func(context.Context, family) error{rewrite, exclude, func(ctx context.Context, f family) error { return f.withdraw(ctx, terms) }} {
					Eventually(do).WithContext(ctx).WithArguments(f).Should(Succeed())
				}
			}
			ended := func(f family) {
				Eventually(func(ctx context.Context) error {
					return first(f.hold(ctx, motd, "", f.child), f.fares(ctx, "", f.child), f.hold(ctx, terms, "", f.receivers()...),
						f.hold(ctx, motd, newText, f.siblings()[0]), f.synced(ctx, v1alpha1.ReasonSynced))
				}).WithContext(ctx).Should(Succeed())
			}
			churn(lived[0])
			ended(lived[0])
			Eventually(harness.Quiet).WithContext(ctx).WithArguments(leader.line, settle).Should(Succeed())
			undisturbed := lived[0].snapshot(ctx)

			release := leader.line.Hold(func(request harness.Request) bool { return slices.Contains(resources, request.Resource) })
			DeferCleanup(release)
			churn(lived[1])
			Consistently(judged.invariants.Violations).WithContext(ctx).WithTimeout(rest).Should(BeEmpty())
			release()
			ended(lived[1])
			judged.add(fmt.Sprintf("stale %v", resources), lived[1].differences(ctx, leader.line, undisturbed)...)
			judged.close(fmt.Sprintf("fault 2, syncs on a stale cache of %v", resources))
		})
	}
})

var _ = Describe("Fault 4: syncs and two leaders", Label("fault-4", "full"), func() {
	It("copies what it should with two managers that work at the same time", func(ctx SpecContext) {
		clean := cleanSync(ctx)
		judged := verdicts{invariants: watchInvariants(ctx, here)}
		one, two := startOperator(ctx, here, alone), startOperator(ctx, here, alone)
		lived := newFamilies(here, 3)
		liveSync(ctx, lived)
		judged.addAll(ctx, lived, one.line, clean)
		judged.add("the other manager", unrest(ctx, two.line)...)
		judged.close("fault 4, syncs and two managers at once")
	})
})

var _ = Describe("Fault 5: someone meddles with copies", Label("fault-5", "full"), func() {
	for _, meddling := range append(changes(), forgeries()[1]) {
		It("puts right what an administrator "+meddling.name, func(ctx SpecContext) {
			judged := verdicts{invariants: watchInvariants(ctx, here)}
			leader := startLeader(ctx, here)
			victim := newFamily(here)
			Eventually(inSync()).WithContext(ctx).WithArguments(victim).Should(Succeed())
			Eventually(harness.Quiet).WithContext(ctx).WithArguments(leader.line, settle).Should(Succeed())
			clean := victim.snapshot(ctx)
			copies := slices.DeleteFunc(victim.made(ctx), func(object *unstructured.Unstructured) bool { return object.GetLabels()[v1alpha1.LabelSyncedBy] == "" })
			Expect(copies).To(HaveLen(2))
			for _, object := range copies {
				said := meddling.do(ctx, here.Client, object)
				judged.add(fmt.Sprintf("%s of %s (%v)", meddling.name, describe(object), said), victim.converges(ctx, clean)...)
			}
			for _, object := range copies {
				_ = meddling.do(ctx, here.Client, object)
			}
			judged.add("all at once, and at rest", victim.differences(ctx, leader.line, clean)...)
			judged.close("fault 5, an administrator " + meddling.name + " copies")
		})
	}
})

var _ = Describe("Fault 8: one customer among many takes no copy", Label("fault-8", "full"), func() {
	It("serves all others, says why that one failed, and serves it once there is room", func(ctx SpecContext) {
		judged := verdicts{invariants: watchInvariants(ctx, here)}
		leader := startLeader(ctx, here)
		f := newFamily(here)
		Eventually(publisher).WithContext(ctx).WithArguments(f).Should(Succeed())
		full := &corev1.ResourceQuota{
			ObjectMeta: metav1.ObjectMeta{Namespace: f.place(), Name: "full"},
			Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{"count/configmaps": resource.MustParse("1")}},
		}
		Expect(here.Client.Create(ctx, full)).To(Succeed())
		Eventually(func(ctx context.Context) error {
			if err := here.Client.Get(ctx, client.ObjectKeyFromObject(full), full); err != nil || len(full.Status.Used) == 0 {
				return errors.Join(errors.New("the quota is not counted"), err)
			}
			return nil
		}).WithContext(ctx).Should(Succeed())

		Expect(f.sync(ctx)).To(Succeed())
		healthy := f.siblings()[0]
		Eventually(func(ctx context.Context) error {
			return first(f.hold(ctx, motd, formerText, healthy), f.hold(ctx, terms, formerText, healthy), f.fares(ctx, v1alpha1.SyncSynced, healthy),
				f.fares(ctx, v1alpha1.SyncFailed, f.child), f.synced(ctx, v1alpha1.ReasonFailed))
		}).WithContext(ctx).Should(Succeed())
		poisoned := &v1alpha1.Tenant{}
		Expect(here.Client.Get(ctx, f.child, poisoned)).To(Succeed())
		Expect(poisoned.Status.Syncs).To(HaveExactElements(HaveField("Message", ContainSubstring("quota is full"))))
		Expect(is(poisoned, v1alpha1.PhaseActive)).To(Succeed(), "the tenant itself")
		judged.add("beside a full quota", unrest(ctx, leader.line)...)

		Expect(here.Client.Delete(ctx, full)).To(Succeed())
		Eventually(func(ctx context.Context) error { return f.allSynced(ctx, formerText, formerText) }).WithContext(ctx).Should(Succeed())
		judged.add("at rest", unrest(ctx, leader.line)...)
		judged.close("fault 8, one customer takes no copy")
	})
})
