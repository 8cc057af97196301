// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/standing"
)

// The conditions that scripts rely on, and beside them which case wins where several hold.
func TestStanding(t *testing.T) {
	conflict := &standing.Problem{Reason: v1alpha1.ReasonNamespaceConflict, Phase: v1alpha1.PhasePending, Stalled: true, Message: "rename it"}
	leaving := &standing.Problem{Reason: v1alpha1.ReasonNamespaceConflict, Phase: v1alpha1.PhasePending, Working: true, Message: "it goes"}
	blocked := &standing.Problem{Reason: v1alpha1.ReasonQuotaBlocked, Phase: v1alpha1.PhaseDegraded, Message: "make room"}
	failed := &standing.Problem{Reason: v1alpha1.ReasonFailed, Phase: v1alpha1.PhaseDegraded, Working: true, Message: "again"}

	type want struct {
		ready       bool
		reason      string
		phase       v1alpha1.TenantPhase
		stalled     bool
		reconciling bool
		says        string
	}
	for _, test := range []struct {
		name string
		when []change
		want want
	}{
		{"all well", nil,
			want{ready: true, reason: "Ready", phase: "Active", says: `namespace "acme-cybercorp"`}},
		{"no plan", []change{spec(func(s *v1alpha1.TenantSpec) { s.PlanRef = nil })},
			want{ready: true, reason: "Ready", phase: "Active"}},
		{"the portal is switched off", []change{spec(func(s *v1alpha1.TenantSpec) { s.Portal = &v1alpha1.Portal{Active: new(bool)} })},
			want{ready: true, reason: "Ready", phase: "Active"}},
		{"being made", []change{waiting},
			want{reason: "Provisioning", phase: "Provisioning", reconciling: true, says: "enforce the quota"}},
		{"not what a new tenant begins with", []change{seeding},
			want{reason: "Provisioning", phase: "Provisioning", reconciling: true, says: "MasterTenantSync playbooks, welcome of trigger OnCreate"}},
		{"suspended before it has what a new tenant begins with", []change{suspended, seeding},
			want{reason: "Provisioning", phase: "Suspended", reconciling: true}},
		{"without its host and what a new tenant begins with", []change{seeding, heldBy("globex", "hooli")},
			want{reason: "HostConflict", phase: "Pending"}},
		{"suspended", []change{suspended},
			want{ready: true, reason: "Suspended", phase: "Suspended", says: "spec.suspend"}},
		{"the parent is suspended", []change{parentSuspended},
			want{ready: true, reason: "ParentSuspended", phase: "Suspended", says: `partner "acme"`}},
		{"the parent is going", []change{parentGoing},
			want{ready: true, reason: "ParentSuspended", phase: "Suspended", says: `partner "acme"`}},
		{"being suspended", []change{suspended, waiting},
			want{reason: "Provisioning", phase: "Suspended", reconciling: true}},
		{"a plan that is not there", []change{planMissing},
			want{reason: "Unresolved", phase: "Pending", says: `there is no LicensePlan "standard" in namespace "acme"; make it`}},
		{"no capacity for a new tenant", []change{withPlan, waitsForCapacity},
			want{reason: "CapacityExhausted", phase: "Pending", says: `spec.capacity.agents of LicensePlan "standard"`}},
		{"no capacity for more than a tenant has", []change{withPlan, holds(5), waitsForCapacity},
			want{reason: "CapacityExhausted", phase: "Degraded", says: `LicensePlan "standard" has a capacity of 30 agents`}},
		{"no capacity for so much, ever", []change{withPlan, holds(5), asksForTooMuch},
			want{reason: "CapacityExhausted", phase: "Degraded", says: "can't be served until it asks for less"}},
		{"others wait longer for capacity", []change{withPlan, holds(5), waitsForOthers},
			want{reason: "CapacityExhausted", phase: "Degraded", says: "wait longer"}},
		{"nobody has looked for capacity yet", []change{withPlan, undecided},
			want{reason: "Provisioning", phase: "Pending"}},
		{"the trial is over", []change{trialOver},
			want{ready: true, reason: "TrialEnded", phase: "Suspended", says: "set spec.planRef to another plan"}},
		{"the plan's included seats are used up, which cuts nobody off", []change{withPlan, includes(4)},
			want{ready: true, reason: "Ready", phase: "Active"}},
		{"a brand that is not there", []change{brandless("Unresolved", "spec.whiteLabel: make it")},
			want{reason: "Unresolved", phase: "Pending", says: "spec.whiteLabel"}},
		{"a brand that goes from a tenant that runs", []change{brandless("Unresolved", "spec.whiteLabel: make it"), was("Active")},
			want{ready: true, reason: "Unresolved", phase: "Degraded", says: "spec.whiteLabel"}},
		{"a brand that stays away", []change{brandless("Unresolved", "spec.whiteLabel: make it"), was("Degraded")},
			want{ready: true, reason: "Unresolved", phase: "Degraded", says: "spec.whiteLabel"}},
		{"a brand that is not there when a tenant is resumed", []change{brandless("Unresolved", "spec.whiteLabel: make it"), was("Suspended")},
			want{ready: true, reason: "Unresolved", phase: "Degraded", says: "spec.whiteLabel"}},
		{"a brand that a new tenant goes on to wait for", []change{brandless("Unresolved", "spec.whiteLabel: make it"), was("Pending")},
			want{reason: "Unresolved", phase: "Pending", says: "spec.whiteLabel"}},
		{"a plan that goes from a tenant that runs", []change{planMissing, was("Active")},
			want{reason: "Unresolved", phase: "Pending", says: "LicensePlan"}},
		{"a brand that two syncs would set", []change{brandless("SyncConflict", "take one away"), wears("acme", "Parent")},
			want{ready: true, reason: "SyncConflict", phase: "Degraded", says: "take one away"}},
		{"a brand", []change{wears("acme", "Parent")}, want{ready: true, reason: "Ready", phase: "Active"}},
		{"a custom host that is not proven", []change{withCustomHost},
			want{ready: true, reason: "NotProven", phase: "Degraded", says: "spec.domain.custom.host: make the DNS TXT record _tenantry."}},
		{"a partner's domain that is not proven", []change{withPartnerDomain},
			want{ready: true, reason: "NotProven", phase: "Degraded", says: "spec.partner.domain"}},
		{"more is used than allowed", []change{overLimit},
			want{ready: true, reason: "OverLimit", phase: "Degraded", says: "spec.limits.agents 12/10"}},
		{"the host is a sibling's", []change{heldBy("acme", "initech")},
			want{reason: "HostConflict", phase: "Pending", says: `held by tenant "initech"`}},
		{"the host is held elsewhere", []change{heldBy("globex", "hooli")},
			want{reason: "HostConflict", phase: "Pending", says: "held by another tenant; set another spec.domain.subdomain"}},
		{"the host is reserved", []change{heldBy("", ""), func(s *situation) { s.Config.ReservedNames = []string{"cybercorp-acme"} }},
			want{reason: "HostConflict", phase: "Pending", says: "is reserved; set another spec.domain.subdomain"}},
		{"the namespace is another's", []change{failing(conflict)},
			want{reason: "NamespaceConflict", phase: "Pending", stalled: true, says: "rename it"}},
		{"the namespace is another's and going", []change{failing(leaving)},
			want{reason: "NamespaceConflict", phase: "Pending", reconciling: true}},
		{"the parent is no partner", []change{refused("ParentNotPartner", true)},
			want{reason: "ParentNotPartner", phase: "Pending", stalled: true, says: "do this"}},
		{"the name can't be a place's", []change{refused("InvalidName", true)},
			want{reason: "InvalidName", phase: "Pending", stalled: true}},
		{"a region that is missing", []change{refused("Unresolved", false)},
			want{reason: "Unresolved", phase: "Pending"}},
		{"a full quota blocks the operator", []change{failing(blocked)},
			want{reason: "QuotaBlocked", phase: "Degraded"}},
		{"the last attempt failed", []change{failing(failed)},
			want{reason: "Failed", phase: "Degraded", reconciling: true}},
		{"leaving", []change{deleted}, want{reason: "Retaining", phase: "Terminating", reconciling: true, says: "is kept then"}},
		{"leaving, with children", []change{deleted, withChildren}, want{reason: "Retaining", phase: "Terminating", reconciling: true, says: "is kept then"}},
		{"going, and Kubernetes waits for something", []change{going, func(s *situation) { s.Remaining = "Some content has finalizers remaining" }},
			want{reason: "Purging", phase: "Terminating", reconciling: true, says: "Kubernetes waits: Some content has finalizers remaining"}},
		{"going", []change{going},
			want{reason: "Purging", phase: "Terminating", reconciling: true, says: `namespace "acme-cybercorp"`}},
		{"going, with children", []change{going, withChildren},
			want{reason: "ChildrenRemain", phase: "Terminating", reconciling: true, says: "2 child tenants"}},
		{"going, with a child", []change{going, withOneChild},
			want{reason: "ChildrenRemain", phase: "Terminating", reconciling: true, says: "1 child tenant in"}},
		{"going, and it fails", []change{going, failing(failed)},
			want{reason: "Purging", phase: "Terminating", reconciling: true, says: "again"}},
		{"going, and only a person can help", []change{going, failing(conflict)},
			want{reason: "Purging", phase: "Terminating", stalled: true, says: "rename it"}},

		{"going comes before a refusal", []change{refused("InvalidName", true), going},
			want{reason: "Purging", phase: "Terminating", reconciling: true}},
		{"going comes before suspended", []change{suspended, going},
			want{reason: "Purging", phase: "Terminating", reconciling: true}},
		{"a refusal comes before suspended", []change{suspended, refused("InvalidName", true)},
			want{reason: "InvalidName", phase: "Pending", stalled: true}},
		{"a failure comes before suspended", []change{suspended, failing(blocked)},
			want{reason: "QuotaBlocked", phase: "Degraded"}},
		{"a failure comes before waiting", []change{waiting, failing(failed)},
			want{reason: "Failed", phase: "Degraded", reconciling: true}},
		{"suspended comes before the parent's suspension", []change{suspended, parentSuspended},
			want{ready: true, reason: "Suspended", phase: "Suspended"}},
		{"suspended comes before the end of a trial", []change{suspended, trialOver},
			want{ready: true, reason: "Suspended", phase: "Suspended"}},
		{"suspended comes before a host that is another's", []change{suspended, heldBy("globex", "hooli")},
			want{ready: true, reason: "Suspended", phase: "Suspended"}},
		{"a plan that is not there comes before the host", []change{planMissing, heldBy("globex", "hooli")},
			want{reason: "Unresolved", phase: "Pending", says: "LicensePlan"}},
		{"a host that is another's comes before a custom host", []change{withCustomHost, heldBy("globex", "hooli")},
			want{reason: "HostConflict", phase: "Pending"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			status := complete(test.when...).of()
			ready := condition(t, status, "Ready")
			got := want{
				ready:       ready.Status == metav1.ConditionTrue,
				reason:      ready.Reason,
				phase:       status.Phase,
				stalled:     meta.FindStatusCondition(status.Conditions, "Stalled") != nil,
				reconciling: meta.FindStatusCondition(status.Conditions, "Reconciling") != nil,
				says:        test.want.says,
			}
			if got != test.want {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
			if !strings.Contains(ready.Message, test.want.says) || ready.Message == "" {
				t.Errorf("%q does not say %q", ready.Message, test.want.says)
			}
			expectKept(t, status)
		})
	}
}

// expectKept is what holds of every status: what kubectl wait, Argo CD and Flux rely on.
func expectKept(t *testing.T, status v1alpha1.TenantStatus) {
	t.Helper()
	for _, kind := range []string{"Ready", "AccessReady", "LicenseReady", "DomainSecure", "WhiteLabelReady"} {
		condition(t, status, kind)
	}
	if status.ObservedGeneration != 7 {
		t.Errorf("observed generation %d, want 7", status.ObservedGeneration)
	}
	for _, found := range status.Conditions {
		if found.ObservedGeneration != 7 || found.LastTransitionTime != now || found.Message == "" {
			t.Errorf("condition %+v", found)
		}
		if (found.Type == "Stalled" || found.Type == "Reconciling") && found.Status != metav1.ConditionTrue {
			t.Errorf("%s is there and %s", found.Type, found.Status)
		}
	}
	if meta.IsStatusConditionTrue(status.Conditions, "Stalled") && meta.IsStatusConditionTrue(status.Conditions, "Reconciling") {
		t.Error("it is stalled and goes on")
	}
}

// Who else is there is nobody's business.
func TestNoMessageNamesAHolderInAnotherNamespace(t *testing.T) {
	for _, also := range [][]change{nil, {suspended}, {withPlan}, {withCustomHost}, {waiting}, {going}, {withChildren, going}} {
		for _, found := range complete(append(also, heldBy("globex", "hooli"))...).of().Conditions {
			if strings.Contains(found.Message, "globex") || strings.Contains(found.Message, "hooli") {
				t.Errorf("%s: %s", found.Type, found.Message)
			}
		}
	}
}

func TestAConditionKeepsItsTimeWhileItsStatusIsTheSame(t *testing.T) {
	was := func(ready bool) change {
		return before(func(s *v1alpha1.TenantStatus) {
			s.Conditions = []metav1.Condition{{Type: "Ready", Status: metav1.ConditionFalse, Reason: "Provisioning", LastTransitionTime: then}}
			if ready {
				s.Conditions[0].Status, s.Conditions[0].Reason = metav1.ConditionTrue, "Suspended"
			}
		})
	}
	if got := condition(t, complete(was(true)).of(), "Ready"); got.LastTransitionTime != then || got.Reason != "Ready" {
		t.Errorf("as Ready as before, with another reason: %+v", got)
	}
	if got := condition(t, complete(was(false)).of(), "Ready"); got.LastTransitionTime != now {
		t.Errorf("Ready now: %+v", got)
	}
}
