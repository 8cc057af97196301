// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// What kstatus says of an object (sigs.k8s.io/cli-utils/pkg/kstatus), and with it Flux, Argo CD's
// Lua and kubectl plugins.
const (
	current     = "Current"
	inProgress  = "InProgress"
	failed      = "Failed"
	terminating = "Terminating"
)

// kstatus follows status.Compute of cli-utils for a kind that it does not know.
func kstatus(ctx SpecContext, tenant *v1alpha1.Tenant) string {
	GinkgoHelper()
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("Tenant"))
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(tenant), object)).To(Succeed())
	if object.GetDeletionTimestamp() != nil {
		return terminating
	}
	observed, found, err := unstructured.NestedInt64(object.Object, "status", "observedGeneration")
	Expect(err).NotTo(HaveOccurred())
	if found && observed != object.GetGeneration() {
		return inProgress
	}
	conditions, _, err := unstructured.NestedSlice(object.Object, "status", "conditions")
	Expect(err).NotTo(HaveOccurred())
	said := current
	for _, item := range conditions {
		condition := item.(map[string]any)
		switch kind, status := condition["type"], condition["status"]; {
		case kind == "Reconciling" && status == "True":
			return inProgress
		case kind == "Stalled" && status == "True":
			return failed
		case kind == "Ready" && status != "True":
			said = inProgress
		}
	}
	return said
}

// quiet succeeds when the operator writes nothing for that long.
func quiet(d time.Duration) func(context.Context) error {
	return func(ctx context.Context) error { return harness.Quiet(ctx, proxy, d) }
}

// eventsOf are the events about a Tenant or a grant, told where it lies.
func eventsOf(ctx SpecContext, object client.Object) []eventsv1.Event {
	GinkgoHelper()
	list := &eventsv1.EventList{}
	Expect(admin.List(ctx, list, client.InNamespace(object.GetNamespace()))).To(Succeed())
	var about []eventsv1.Event
	for _, event := range list.Items {
		if event.Regarding.UID == object.GetUID() {
			about = append(about, event)
		}
	}
	return about
}

var _ = Describe("The status of a Tenant", func() {
	DescribeTable("is read aright by kubectl wait, Flux and Argo CD:",
		func(ctx SpecContext, make func(SpecContext) *v1alpha1.Tenant, ready metav1.ConditionStatus, reason string, phase v1alpha1.TenantPhase, reads string) {
			tenant := await(ctx, make(ctx), have(v1alpha1.ConditionReady, ready, reason))
			Expect(tenant.Status.Phase).To(Equal(phase))
			Expect(kstatus(ctx, tenant)).To(Equal(reads))

			kinds := []string{}
			for _, condition := range tenant.Status.Conditions {
				kinds = append(kinds, condition.Type)
				Expect(condition.ObservedGeneration).To(Equal(tenant.Generation), condition.Type)
				Expect(condition.Message).NotTo(BeEmpty(), condition.Type)
			}
			always := []string{"Ready", "AccessReady", "LicenseReady", "DomainSecure", "WhiteLabelReady"}
			if reads == failed {
				always = append(always, "Stalled")
			}
			if tenant.DeletionTimestamp != nil {
				always = append(always, "Reconciling")
			}
			Expect(kinds).To(ConsistOf(always))
			let := v1alpha1.ReasonGranted // its super admin
			closed := tenant.Status.Phase == v1alpha1.PhaseSuspended || tenant.Status.Phase == v1alpha1.PhaseTerminating
			if tenant.Status.Namespace == "" || closed {
				let = v1alpha1.ReasonNoGrants
			}
			Expect(condition(tenant, v1alpha1.ConditionAccessReady)).To(And(
				HaveField("Status", metav1.ConditionTrue), HaveField("Reason", let)))
		},
		Entry("all well", func(ctx SpecContext) *v1alpha1.Tenant {
			return newRoot(ctx)
		}, metav1.ConditionTrue, v1alpha1.ReasonReady, v1alpha1.PhaseActive, current),
		Entry("suspended", func(ctx SpecContext) *v1alpha1.Tenant {
			return newRoot(ctx, suspend)
		}, metav1.ConditionTrue, v1alpha1.ReasonSuspended, v1alpha1.PhaseSuspended, current),
		Entry("its parent suspended", func(ctx SpecContext) *v1alpha1.Tenant {
			parent := await(ctx, newRoot(ctx, asPartner, suspend), beSuspended)
			return newTenant(ctx, parent.Status.Namespace, "child")
		}, metav1.ConditionTrue, v1alpha1.ReasonParentSuspended, v1alpha1.PhaseSuspended, current),
		Entry("over its limits", func(ctx SpecContext) *v1alpha1.Tenant {
			tenant := root(ctx, limits(1, "1Gi"))
			Expect(admin.Create(ctx, grant(tenant, 0))).To(Succeed())
			change(ctx, tenant, limits(0, "1Gi"), HaveField("Status.Phase", v1alpha1.PhaseDegraded))
			return tenant
		}, metav1.ConditionTrue, v1alpha1.ReasonOverLimit, v1alpha1.PhaseDegraded, current),
		Entry("a host that another has", func(ctx SpecContext) *v1alpha1.Tenant {
			return newRoot(ctx, subdomain(root(ctx).Name))
		}, metav1.ConditionFalse, v1alpha1.ReasonHostConflict, v1alpha1.PhasePending, inProgress),
		Entry("a plan that is missing", func(ctx SpecContext) *v1alpha1.Tenant {
			return newRoot(ctx, func(t *v1alpha1.Tenant) {
				t.Spec.PlanRef = &v1alpha1.LocalReference{Name: "standard"}
			})
		}, metav1.ConditionFalse, v1alpha1.ReasonUnresolved, v1alpha1.PhasePending, inProgress),
		Entry("no capacity left for it", func(ctx SpecContext) *v1alpha1.Tenant {
			return newTenant(ctx, root(ctx, sellsSeats(1)).Status.Namespace, "second", withSeats(2))
		}, metav1.ConditionFalse, v1alpha1.ReasonCapacityExhausted, v1alpha1.PhasePending, inProgress),
		Entry("its trial over", func(ctx SpecContext) *v1alpha1.Tenant {
			namespace := platform(ctx)
			newPlan(ctx, namespace, "taster", v1alpha1.LicensePlanSpec{Trial: &v1alpha1.Trial{Days: 14, OnExpiry: v1alpha1.TrialSuspend}})
			tenant := await(ctx, newTenant(ctx, namespace, harness.UniqueName("root"), onPlan("taster")), beReady())
			endTrial(ctx, tenant)
			return tenant
		}, metav1.ConditionTrue, v1alpha1.ReasonTrialEnded, v1alpha1.PhaseSuspended, current),
		Entry("a domain that is not proven", func(ctx SpecContext) *v1alpha1.Tenant {
			return newRoot(ctx, func(t *v1alpha1.Tenant) {
				t.Spec.Partner = &v1alpha1.Partner{Domain: "portal.acme.example"}
			})
		}, metav1.ConditionTrue, v1alpha1.ReasonNotProven, v1alpha1.PhaseDegraded, current),
		Entry("a name that the cluster keeps", func(ctx SpecContext) *v1alpha1.Tenant {
			return newTenant(ctx, platform(ctx), "default")
		}, metav1.ConditionFalse, v1alpha1.ReasonInvalidName, v1alpha1.PhasePending, failed),
		Entry("a place that is kept for another", func(ctx SpecContext) *v1alpha1.Tenant {
			namespace := platform(ctx)
			former := await(ctx, staff(ctx, namespace).apply(ctx, namespace, harness.UniqueName("root"), "{retainFor: 1h}"), beReady())
			retire(ctx, former)
			return newTenant(ctx, namespace, former.Name)
		}, metav1.ConditionFalse, v1alpha1.ReasonRetained, v1alpha1.PhasePending, failed),
		Entry("a namespace that another has", func(ctx SpecContext) *v1alpha1.Tenant {
			return newTenant(ctx, home, platform(ctx))
		}, metav1.ConditionFalse, v1alpha1.ReasonNamespaceConflict, v1alpha1.PhasePending, failed),
		Entry("a parent that is no partner", func(ctx SpecContext) *v1alpha1.Tenant {
			return newTenant(ctx, root(ctx).Status.Namespace, "child")
		}, metav1.ConditionFalse, v1alpha1.ReasonParentNotPartner, v1alpha1.PhasePending, failed),
		Entry("going, with children", func(ctx SpecContext) *v1alpha1.Tenant {
			parent := partner(ctx)
			customer(ctx, parent, "child")
			Expect(admin.Delete(ctx, parent)).To(Succeed())
			return parent
		}, metav1.ConditionFalse, v1alpha1.ReasonChildrenRemain, v1alpha1.PhaseTerminating, terminating),
	)

	It("is InProgress from the first moment on: nobody takes a new Tenant for a finished one", func(ctx SpecContext) {
		stopManager(ctx)
		tenant := newRoot(ctx)
		Expect(tenant.Status.ObservedGeneration).To(BeEquivalentTo(-1))
		Expect(kstatus(ctx, tenant)).To(Equal(inProgress))
		startManager(ctx)
		await(ctx, tenant, beReady())

		By("changing it while nobody looks")
		stopManager(ctx)
		Expect(admin.Patch(ctx, tenant, merge(`{"spec":{"displayName":"New name"}}`))).To(Succeed())
		Expect(kstatus(ctx, tenant)).To(Equal(inProgress))
		_, err := kubectl(ctx, "", "wait", "--for=condition=Ready", "--timeout=1s", "tenant/"+tenant.Name, "-n", tenant.Namespace)
		Expect(err).To(MatchError(ContainSubstring("timed out")))
		startManager(ctx)
		await(ctx, tenant, beReady())
		Expect(kstatus(ctx, tenant)).To(Equal(current))
	})

	It("is told in events of events.k8s.io, where the Tenant lies", func(ctx SpecContext) {
		tenant := root(ctx)
		change(ctx, tenant, suspend, beSuspended)
		child := await(ctx, newTenant(ctx, tenant.Status.Namespace, "child"), beStalled(v1alpha1.ReasonParentNotPartner))
		normal := func(reason string) OmegaMatcher {
			return And(HaveField("Reason", reason), HaveField("Type", "Normal"), HaveField("ReportingController", "tenantry"),
				HaveField("Note", Not(BeEmpty())), HaveField("Regarding.Kind", "Tenant"), HaveField("Action", Not(BeEmpty())))
		}
		Eventually(eventsOf).WithContext(ctx).WithArguments(tenant).Should(ContainElements(normal("Ready"), normal("Suspended")))
		Eventually(eventsOf).WithContext(ctx).WithArguments(child).Should(ContainElement(
			And(HaveField("Reason", "ParentNotPartner"), HaveField("Type", "Warning"))))
	})
})

var _ = Describe("A manager that has nothing to do", func() {
	// beside are the requests that do not count: the lease's, and watches that are renewed.
	idle := func() []string {
		var requests []string
		for _, request := range proxy.Requests() {
			if !request.Lease() && request.Verb != "watch" && request.Resource != "" {
				requests = append(requests, request.String())
			}
		}
		return requests
	}

	It("sends no request, and after a restart writes nothing", func(ctx SpecContext) {
		parent := partner(ctx)
		customer(ctx, parent, "open")
		await(ctx, newTenant(ctx, parent.Status.Namespace, "asleep", suspend), beSuspended)
		await(ctx, newTenant(ctx, parent.Status.Namespace, "rival", subdomain("open")),
			have(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonHostConflict))
		await(ctx, newTenant(ctx, home, platform(ctx)), beStalled(v1alpha1.ReasonNamespaceConflict))
		noneGoing(ctx)
		Eventually(quiet(calm)).WithContext(ctx).Should(Succeed(), "what other specs began has ended")

		proxy.Forget()
		within(ctx, quiet(calm))
		Expect(idle()).To(BeEmpty())

		stopManager(ctx)
		proxy.Forget()
		startManager(ctx)
		within(ctx, quiet(calm))
		Expect(proxy.Done()).To(BeEmpty())
	})
})

// noneGoing waits until all that was deleted is gone.
func noneGoing(ctx SpecContext) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		tenants := &v1alpha1.TenantList{}
		g.Expect(admin.List(ctx, tenants)).To(Succeed())
		g.Expect(tenants.Items).NotTo(ContainElement(HaveField("DeletionTimestamp", Not(BeNil()))))
	}).WithContext(ctx).WithTimeout(5 * time.Minute).Should(Succeed())
}
