// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/brand"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/license"
	"github.com/tenantry/tenantry/internal/standing"
)

var (
	then = metav1.NewTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	now  = metav1.NewTime(then.Add(time.Hour))
)

// situation is what is judged: a tenant in its world, and what became of the work on it.
type situation struct {
	desired.Inputs
	standing.Seen
}

// change is what a test case does to a situation.
type change func(*situation)

// complete is tenant acme/cybercorp of generation 7, all well, with changes.
func complete(changes ...change) situation {
	config := &configv1alpha1.Configuration{BaseDomain: "tenantry.example"}
	configv1alpha1.SetDefaults(config)
	s := situation{
		Inputs: desired.Inputs{
			Tenant:    tenant("acme", "cybercorp"),
			Parent:    desired.ParentKnown,
			Ancestors: []*v1alpha1.Tenant{partner("platform", "acme")},
			Host:      desired.HostClaim{Held: true},
			Config:    config,
		},
		Seen: standing.Seen{HasPlace: true, Quota: quota("4", "10", "1Gi", "10Gi")},
	}
	for _, change := range changes {
		change(&s)
	}
	return s
}

func (s situation) of() v1alpha1.TenantStatus { return standing.Of(s.Inputs, s.Seen, now) }

func tenant(namespace, name string) *v1alpha1.Tenant {
	return &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Generation: 7}}
}

func partner(namespace, name string) *v1alpha1.Tenant {
	made := tenant(namespace, name)
	made.Spec.Partner = &v1alpha1.Partner{}
	return made
}

// quota as the API server keeps it.
func quota(usedAgents, agents, usedDisk, disk string) *corev1.ResourceQuota {
	list := func(agents, disk string) corev1.ResourceList {
		return corev1.ResourceList{
			desired.ResourceAgents:         resource.MustParse(agents),
			corev1.ResourceRequestsStorage: resource.MustParse(disk),
		}
	}
	return &corev1.ResourceQuota{
		Spec:   corev1.ResourceQuotaSpec{Hard: list(agents, disk)},
		Status: corev1.ResourceQuotaStatus{Hard: list(agents, disk), Used: list(usedAgents, usedDisk)},
	}
}

func spec(alter func(*v1alpha1.TenantSpec)) change {
	return func(s *situation) { alter(&s.Tenant.Spec) }
}

func before(alter func(*v1alpha1.TenantStatus)) change {
	return func(s *situation) { alter(&s.Tenant.Status) }
}

// was has the tenant have been in a phase.
func was(phase v1alpha1.TenantPhase) change {
	return before(func(status *v1alpha1.TenantStatus) { status.Phase = phase })
}

func suspended(s *situation)       { s.Tenant.Spec.Suspend = true }
func parentSuspended(s *situation) { s.Ancestors[0].Spec.Suspend = true }
func parentGoing(s *situation)     { s.Ancestors[0].DeletionTimestamp = &then }

// going is deleted, and purged at once.
func going(s *situation) {
	s.Tenant.DeletionTimestamp = &then
	s.Tenant.Spec.RetainFor = &metav1.Duration{}
}

// deleted is deleted, and kept for as long as the operator keeps tenants.
func deleted(s *situation) { s.Tenant.DeletionTimestamp = &then }

func withChildren(s *situation) { s.Children = 2 }
func withOneChild(s *situation) { s.Children = 1 }

func refused(reason string, stalled bool) change {
	return func(s *situation) {
		s.Seen = standing.Seen{Refusal: &desired.Refusal{Reason: reason, Message: "refused: do this", Stalled: stalled}}
	}
}

func failing(problem *standing.Problem) change {
	return func(s *situation) { s.Problem = problem }
}

func waiting(s *situation) { s.Waiting = "waiting for Kubernetes to enforce the quota" }

func seeding(s *situation) { s.Seeding = []string{"playbooks", "welcome"} }

func heldBy(namespace, name string) change {
	return func(s *situation) { s.Host = desired.HostClaim{HolderNamespace: namespace, HolderName: name} }
}

func withPlan(s *situation) {
	s.Tenant.Spec.PlanRef = &v1alpha1.LocalReference{Name: "standard"}
	s.License.Plan = &v1alpha1.LicensePlan{
		ObjectMeta: metav1.ObjectMeta{Namespace: "acme", Name: "standard"},
		Spec:       v1alpha1.LicensePlanSpec{Model: v1alpha1.LicensePerAgent},
	}
}

// includes says how many seats the plan includes.
func includes(agents int32) change {
	return func(s *situation) { s.License.Plan.Spec.Included = &v1alpha1.Included{Agents: &agents} }
}

func planMissing(s *situation) {
	s.License.Missing = "standard"
	s.refuse()
}

func undecided(s *situation) {
	s.License.Undecided = true
	s.refuse()
}

func trialOver(s *situation) {
	s.License.TrialOver = true
	s.License.Trial = &license.Trial{Plan: "trial", EndsAt: now.Time}
}

// holds says how many seats the tenant was given.
func holds(agents int64) change {
	return func(s *situation) { s.License.Share = &license.Entry{Own: license.Amounts{1, agents, 10 << 30}} }
}

func waitsForCapacity(s *situation) {
	s.waits(&license.Lack{Plan: "standard", Of: "agents", Asked: 10, Cap: 30})
}
func asksForTooMuch(s *situation) {
	s.waits(&license.Lack{Plan: "standard", Of: "agents", Asked: 40, Cap: 30})
}
func waitsForOthers(s *situation) { s.waits(nil) }

func (s *situation) waits(lack *license.Lack) {
	s.License.Waiting, s.License.Lack = true, lack
	s.refuse()
}

// refuse asks what the reconciler asks before anything is made.
func (s *situation) refuse() {
	if s.Refusal = desired.Refuse(s.Inputs); s.Refusal != nil {
		s.HasPlace = false
	}
}

// wears has the tenant bear profile acme-brand of a namespace, as far as there is no fault.
func wears(namespace string, from v1alpha1.BrandOrigin, via ...string) change {
	return func(s *situation) {
		profile := &v1alpha1.WhiteLabelProfile{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "acme-brand"}, Spec: v1alpha1.WhiteLabelProfileSpec{CompanyName: "Acme"}}
		s.Brand = brand.Brand{Profile: profile, From: from, Via: via, Fault: s.Brand.Fault}
		s.Look = brand.Render(profile.Spec, brand.Files{})
	}
}

func brandless(reason, message string) change {
	return func(s *situation) { s.Brand.Fault = &brand.Fault{Reason: reason, Message: message} }
}

func withCustomHost(s *situation) {
	s.Tenant.Spec.Domain = &v1alpha1.Domain{Custom: &v1alpha1.CustomDomain{Host: "support.cybercorp.example"}}
}

func withPartnerDomain(s *situation) {
	s.Tenant.Spec.Partner = &v1alpha1.Partner{Domain: "portal.acme.example"}
}

func overLimit(s *situation) { s.Quota = quota("12", "10", "1Gi", "10Gi") }

func condition(t *testing.T, status v1alpha1.TenantStatus, kind string) metav1.Condition {
	t.Helper()
	found := meta.FindStatusCondition(status.Conditions, kind)
	if found == nil {
		t.Fatalf("there is no condition %s", kind)
	}
	return *found
}

func trial(plan string, endsAt time.Time) *license.Trial {
	return &license.Trial{Plan: plan, EndsAt: endsAt}
}
