// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/license"
)

func licensePlan(agents int32, permissions map[string]bool) *v1alpha1.LicensePlan {
	return &v1alpha1.LicensePlan{
		ObjectMeta: metav1.ObjectMeta{Namespace: "acme", Name: "standard"},
		Spec:       v1alpha1.LicensePlanSpec{Limits: &v1alpha1.Limits{Agents: &agents}, Permissions: permissions},
	}
}

// onPlan has a plan in effect for the tenant.
func onPlan(agents int32, permissions map[string]bool) change {
	return func(in *desired.Inputs) { in.License.Plan = licensePlan(agents, permissions) }
}

// partnerHas has the partner above the tenant have features, by its plan.
func partnerHas(permissions map[string]bool) change {
	return func(in *desired.Inputs) {
		in.AncestorPlans = []license.InEffect{{Plan: licensePlan(1, permissions)}}
	}
}

func wants(limits *v1alpha1.Limits, permissions map[string]bool) change {
	return func(in *desired.Inputs) { in.Tenant.Spec.Limits, in.Tenant.Spec.Permissions = limits, permissions }
}

func given(agents, disk int64) change {
	return func(in *desired.Inputs) { in.License.Share = &license.Entry{Own: license.Amounts{1, agents, disk}} }
}

// planGone has the plan missing that gave the tenant what its status tells of.
func planGone(agents int32, disk string, permissions ...v1alpha1.EffectivePermission) change {
	return func(in *desired.Inputs) {
		in.License = desired.License{InEffect: license.InEffect{Missing: "standard"}}
		in.Tenant.Status.Effective = effective(agents, v1alpha1.OriginPlan, disk, v1alpha1.OriginPlan, permissions...)
	}
}

func effective(agents int32, agentsFrom v1alpha1.Origin, disk string, diskFrom v1alpha1.Origin, permissions ...v1alpha1.EffectivePermission) *v1alpha1.Effective {
	return &v1alpha1.Effective{
		Agents:      &v1alpha1.EffectiveCount{Value: agents, From: agentsFrom},
		Disk:        &v1alpha1.EffectiveQuantity{Value: resource.MustParse(disk), From: diskFrom},
		Permissions: permissions,
	}
}

func permission(name string, granted bool, from v1alpha1.Origin) v1alpha1.EffectivePermission {
	return v1alpha1.EffectivePermission{Name: name, Granted: granted, From: from}
}

func TestEffective(t *testing.T) {
	const own, plan, byDefault, capacity, above = v1alpha1.OriginTenant, v1alpha1.OriginPlan, v1alpha1.OriginDefault, v1alpha1.OriginCapacity, v1alpha1.OriginPartner
	for _, test := range []struct {
		name string
		in   []change
		want *v1alpha1.Effective
	}{
		{"the operator's defaults", nil, effective(10, byDefault, "10Gi", byDefault)},
		{"the plan's limits before them", []change{onPlan(25, nil)}, effective(25, plan, "10Gi", byDefault)},
		{"the tenant's own before the plan's", []change{onPlan(25, nil), wants(&v1alpha1.Limits{Agents: new(int32(3))}, nil)}, effective(3, own, "10Gi", byDefault)},
		{"none, which is a limit too", []change{onPlan(25, nil), wants(&v1alpha1.Limits{Agents: new(int32(0))}, nil)}, effective(0, own, "10Gi", byDefault)},
		{"what was given of it", []change{onPlan(25, nil), given(7, 10<<30)}, effective(7, capacity, "10Gi", byDefault)},
		{"what was given of the disk", []change{onPlan(25, nil), given(25, 1<<30)}, effective(25, plan, "1Gi", capacity)},
		{"features of the plan, as far as the partner has them", []change{onPlan(25, map[string]bool{"Contact": true, "HelpCenter": true, "Reports": false}), partnerHas(map[string]bool{"Contact": true})},
			effective(25, plan, "10Gi", byDefault, permission("Contact", true, plan), permission("HelpCenter", false, above), permission("Reports", false, plan))},
		{"features of the tenant's own, as far as the partner has them", []change{onPlan(25, map[string]bool{"Contact": true}), partnerHas(map[string]bool{"Contact": true, "HelpCenter": true}),
			wants(nil, map[string]bool{"Contact": false, "HelpCenter": true, "Scanner": true})},
			effective(25, plan, "10Gi", byDefault, permission("Contact", false, own), permission("HelpCenter", true, own), permission("Scanner", false, above))},
		{"what it had, while its plan is missing", []change{planGone(25, "50Gi", permission("Contact", true, plan)), partnerHas(map[string]bool{"Contact": true})},
			effective(25, plan, "50Gi", plan, permission("Contact", true, plan))},
		{"less than it had, while its plan is missing, where it says so itself", []change{planGone(25, "50Gi", permission("Contact", true, plan)), wants(&v1alpha1.Limits{Agents: new(int32(3))}, map[string]bool{"Contact": false})},
			effective(3, own, "50Gi", plan, permission("Contact", false, own))},
		{"less than it had, while its plan is missing, where its partner has less", []change{planGone(25, "50Gi", permission("Contact", true, plan)), partnerHas(nil)},
			effective(25, plan, "50Gi", plan, permission("Contact", false, above))},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := customer(t, test.in...)
			got := desired.Effective(in)
			if diff := cmp.Diff(*test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if limits := desired.Limits(in); *limits.Agents != got.Agents.Value || limits.Disk.Cmp(got.Disk.Value) != 0 {
				t.Errorf("limits %v, %v", *limits.Agents, limits.Disk)
			}
			for name, has := range desired.Permissions(in) {
				if listed := permissionOf(got, name); listed != has {
					t.Errorf("permission %s: %v, listed as %v", name, has, listed)
				}
			}
		})
	}
}

func permissionOf(effective v1alpha1.Effective, name string) bool {
	for _, permission := range effective.Permissions {
		if permission.Name == name {
			return permission.Granted
		}
	}
	return false
}

func TestAPartnersPlanThatIsMissingTakesNothingFromItsCustomers(t *testing.T) {
	in := customer(t, onPlan(25, map[string]bool{"Contact": true}))
	in.AncestorPlans = []license.InEffect{{Missing: "reseller"}}
	if desired.Permissions(in)["Contact"] {
		t.Error("a partner that never had it passes it on")
	}
	in.Ancestors[0].Status.Effective = effective(50, v1alpha1.OriginPlan, "1Ti", v1alpha1.OriginPlan, permission("Contact", true, v1alpha1.OriginPlan))
	if !desired.Permissions(in)["Contact"] {
		t.Error("the customer loses what its partner had")
	}
	if seats := *desired.Limits(in.Above()).Agents; seats != 50 {
		t.Errorf("the partner's staff has %d seats", seats)
	}
}

func TestAsk(t *testing.T) {
	asks := desired.Ask(customer(t, onPlan(25, nil), given(7, 1<<30)))
	if asks.Own != (license.Amounts{1, 25, 10 << 30}) || asks.Plan != "standard" || asks.Children != nil || asks.Incarnation != "uid-cybe" {
		t.Errorf("a customer asks for what it wants, not for what it has: %+v", asks)
	}
	asks = desired.Ask(customer(t, asPartner))
	if asks.Children == nil || *asks.Children != license.Uncapped() {
		t.Errorf("a partner that names nothing limits nothing itself: %+v", asks)
	}
}

func TestRefuseForItsLicense(t *testing.T) {
	waits := func(lack *license.Lack) change {
		return func(in *desired.Inputs) { in.License.Waiting, in.License.Lack = true, lack }
	}
	missing := func(in *desired.Inputs) { in.License.Missing = "standard" }
	undecided := func(in *desired.Inputs) { in.License.Undecided = true }
	going := func(in *desired.Inputs) { in.Tenant.DeletionTimestamp = &aTime }
	for _, test := range []struct {
		name, reason string
		in           []change
		says         []string
	}{
		{"a plan that is not there", v1alpha1.ReasonUnresolved, []change{missing}, []string{`no LicensePlan "standard" in namespace "acme"`, "kubectl get licenseplans -n acme"}},
		{"nothing, for one that is going", "", []change{missing, waits(nil), undecided, going}, nil},
		{"nothing was given yet, for others wait longer", v1alpha1.ReasonCapacityExhausted, []change{waits(nil)}, []string{"wait longer", "in its turn"}},
		{"nothing was given yet of the partner's", v1alpha1.ReasonCapacityExhausted, []change{waits(&license.Lack{Of: "disk", Asked: 1 << 30, Cap: 3 << 30})},
			[]string{"the partner has a capacity of 3Gi disk", "for the 1Gi", "raise spec.partner.capacity.disk of the partner"}},
		{"nothing was given yet of the plan's", v1alpha1.ReasonCapacityExhausted, []change{waits(&license.Lack{Plan: "standard", Of: "agents", Asked: 5, Cap: 10})},
			[]string{`LicensePlan "standard" has a capacity of 10 agents`, "raise spec.capacity.agents of LicensePlan"}},
		{"there will never be so much", v1alpha1.ReasonCapacityExhausted, []change{waits(&license.Lack{Of: "agents", Asked: 50, Cap: 10})}, []string{"10 agents in all", "can't be served until"}},
		{"nothing, for one that has less than it asks for", "", []change{waits(nil), given(1, 1)}, nil},
		{"nobody has looked yet", v1alpha1.ReasonProvisioning, []change{undecided}, []string{"looked at"}},
		{"nothing, for one that goes on with what is enforced", "", []change{undecided, given(1, 1)}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			refusal := desired.Refuse(customer(t, test.in...))
			if refusal == nil {
				refusal = &desired.Refusal{}
			}
			if refusal.Reason != test.reason || refusal.Stalled {
				t.Fatalf("refused: %+v", refusal)
			}
			for _, part := range test.says {
				if !strings.Contains(refusal.Message, part) {
					t.Errorf("%q does not say %q", refusal.Message, part)
				}
			}
		})
	}
}
