// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
)

var noon = time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)

func grantTo(user string, role v1alpha1.Role, tenants ...v1alpha1.TenantName) *v1alpha1.TenantAccessGrant {
	grant := &v1alpha1.TenantAccessGrant{
		ObjectMeta: metav1.ObjectMeta{Name: user},
		Spec:       v1alpha1.TenantAccessGrantSpec{Subject: v1alpha1.Subject{Kind: v1alpha1.SubjectUser, Name: user}, Role: role},
	}
	if tenants != nil {
		grant.Spec.Tenants = &v1alpha1.Selection{Names: tenants}
	}
	return grant
}

// customerOf is tier gold's cybercorp, a customer of acme, whose staff is as said.
func customerOf(staff v1alpha1.StaffMode, grants ...*v1alpha1.TenantAccessGrant) access.Inputs {
	return access.Inputs{
		Place: access.Place{Namespace: "acme-cybercorp", Tenant: &v1alpha1.Tenant{
			ObjectMeta: metav1.ObjectMeta{Name: "cybercorp", Namespace: "acme", Labels: map[string]string{"tier": "gold"}},
			Spec:       v1alpha1.TenantSpec{CustomerAccess: v1alpha1.CustomerAccessFullAccess},
		}},
		Parent: &access.Place{Namespace: "acme", Grants: grants, Tenant: &v1alpha1.Tenant{
			ObjectMeta: metav1.ObjectMeta{Name: "acme", Namespace: "platform"},
			Spec:       v1alpha1.TenantSpec{Partner: &v1alpha1.Partner{Staff: staff}},
		}},
		Now: noon,
	}
}

func TestWhomAScheduleReaches(t *testing.T) {
	t.Parallel()
	gold := &v1alpha1.Selection{Selector: &v1alpha1.LabelSelector{MatchLabels: map[string]v1alpha1.LabelValue{"tier": "gold"}}}
	all := &v1alpha1.Selection{Selector: &v1alpha1.LabelSelector{}}
	ended := grantTo("pat", v1alpha1.RoleAdmin, "cybercorp")
	ended.Spec.ExpiresAt = &metav1.Time{Time: noon}
	inherit, explicit := v1alpha1.StaffInherit, v1alpha1.StaffExplicit
	for _, test := range []struct {
		name    string
		in      string
		tenants *v1alpha1.Selection
		into    access.Inputs
		change  func(*access.Inputs)
		want    bool
	}{
		{"its own tenant", "acme-cybercorp", nil, customerOf(explicit), nil, true},
		{"no tenant of another place", "acme-initech", nil, customerOf(inherit), nil, false},
		{"not the customers of the partner's place, if it picks none", "acme", nil, customerOf(inherit), nil, false},
		{"a customer by its label", "acme", gold, customerOf(inherit), nil, true},
		{"a customer by its name", "acme", &v1alpha1.Selection{Names: []v1alpha1.TenantName{"cybercorp"}}, customerOf(inherit), nil, true},
		{"no customer of another name", "acme", &v1alpha1.Selection{Names: []v1alpha1.TenantName{"initech"}}, customerOf(inherit), nil, false},
		{"all customers", "acme", all, customerOf(inherit), nil, true},
		{"not itself, by picking customers in a customer's place", "acme-cybercorp", all, customerOf(inherit), nil, false},
		{"no customers of another partner", "globex", all, customerOf(inherit), nil, false},
		{"no customer of who is a partner no more", "acme", all, customerOf(inherit), func(in *access.Inputs) { in.Parent.Tenant.Spec.Partner = nil }, false},
		{"no root", "platform", all, customerOf(inherit), func(in *access.Inputs) { in.Parent = nil }, false},
		{"no tenant that is going", "acme", all, customerOf(inherit), func(in *access.Inputs) { in.Place.Tenant.DeletionTimestamp = &metav1.Time{Time: noon} }, false},
		{"nobody its author has no grant for", "acme", all, customerOf(explicit, grantTo("pat", v1alpha1.RoleAdmin)), nil, false},
		{"whom its author has a grant for", "acme", all, customerOf(explicit, grantTo("pat", v1alpha1.RoleAdmin, "cybercorp")), nil, true},
		{"nobody somebody else has a grant for", "acme", all, customerOf(explicit, grantTo("sam", v1alpha1.RoleAdmin, "cybercorp")), nil, false},
		{"nobody its author may only look at", "acme", all, customerOf(explicit, grantTo("pat", v1alpha1.RoleEditor, "cybercorp")), nil, false},
		{"nobody its author had a grant for", "acme", all, customerOf(explicit, ended), nil, false},
		{"whom its author has a grant for in the customer's place", "acme", all, customerOf(explicit), func(in *access.Inputs) {
			in.Place.Grants = []*v1alpha1.TenantAccessGrant{grantTo("pat", v1alpha1.RoleOwner)}
			in.Place = in.Place.WithSeats(1)
		}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.change != nil {
				test.change(&test.into)
			}
			schedule := &v1alpha1.ScanSchedule{
				ObjectMeta: metav1.ObjectMeta{Name: "weekly", Namespace: test.in, Annotations: map[string]string{v1alpha1.AnnotationCreatedBy: "pat"}},
				Spec:       v1alpha1.ScanScheduleSpec{Tenants: test.tenants},
			}
			if got := Reaches(schedule, test.into); got != test.want {
				t.Errorf("%v", got)
			}
			if schedule.DeletionTimestamp = (&metav1.Time{Time: noon}); Reaches(schedule, test.into) {
				t.Error("a schedule that is going reaches somebody")
			}
		})
	}
}

// TestAScheduleReachesNobodyByAColleaguesChange: with staff Explicit a schedule of one who is let in is not aimed at a
// customer, or run there, by one who is not.
func TestAScheduleReachesNobodyByAColleaguesChange(t *testing.T) {
	t.Parallel()
	pats, both := grantTo("pat", v1alpha1.RoleAdmin, "cybercorp"), grantTo("sam", v1alpha1.RoleOwner, "cybercorp")
	for _, test := range []struct {
		name    string
		changer string
		into    access.Inputs
		want    bool
	}{
		{"its author changed it", "pat", customerOf(v1alpha1.StaffExplicit, pats), true},
		{"a colleague did, who is let in nowhere", "sam", customerOf(v1alpha1.StaffExplicit, pats), false},
		{"a colleague did, who is let in too", "sam", customerOf(v1alpha1.StaffExplicit, pats, both), true},
		{"a colleague did, who alone is let in", "sam", customerOf(v1alpha1.StaffExplicit, both), false},
		{"an account did", "system:serviceaccount:argocd:argocd", customerOf(v1alpha1.StaffExplicit, pats), false},
		{"nobody did that can be named", "", customerOf(v1alpha1.StaffExplicit, pats), false},
		{"a colleague did, where staff owns every customer", "sam", customerOf(v1alpha1.StaffInherit), true},
	} {
		schedule := &v1alpha1.ScanSchedule{
			ObjectMeta: metav1.ObjectMeta{Name: "weekly", Namespace: "acme", Annotations: map[string]string{
				v1alpha1.AnnotationCreatedBy: "pat", v1alpha1.AnnotationChangedBy: test.changer,
			}},
			Spec: v1alpha1.ScanScheduleSpec{Tenants: &v1alpha1.Selection{Names: []v1alpha1.TenantName{"cybercorp"}}},
		}
		if got := Reaches(schedule, test.into); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestTheOldestSchedulesStartRuns(t *testing.T) {
	t.Parallel()
	var schedules []*v1alpha1.ScanSchedule
	for n := range MaxSchedules + 2 {
		schedules = append(schedules, &v1alpha1.ScanSchedule{ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprintf("s%02d", n), CreationTimestamp: metav1.NewTime(noon.Add(-time.Duration(n/2) * time.Hour)),
		}})
	}
	admitted, refused := Admitted(schedules)
	if len(admitted) != MaxSchedules || admitted[0].Name != "s32" || len(refused) != 2 || refused[0].Name != "s00" {
		t.Errorf("%d from %s on, and not %d", len(admitted), admitted[0].Name, len(refused))
	}
	if admitted, refused = Admitted(nil); len(admitted)+len(refused) != 0 {
		t.Error("there are none")
	}
}

// TestNeitherPartnerNorCustomerKeepsTheOthersSchedulesOut: whoever has made many, and made them first.
func TestNeitherPartnerNorCustomerKeepsTheOthersSchedulesOut(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ partners, own, admittedPartners, admittedOwn int }{
		{0, 0, 0, 0}, {5, 5, 5, 5}, {16, 16, 16, 16}, {50, 0, 32, 0}, {0, 50, 0, 32}, {50, 50, 16, 16}, {50, 3, 29, 3}, {3, 50, 3, 29}, {17, 16, 16, 16},
	} {
		var schedules []*v1alpha1.ScanSchedule
		for n := range test.own {
			schedules = append(schedules, &v1alpha1.ScanSchedule{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("own-", n)}})
		}
		for n := range test.partners {
			schedules = append(schedules, &v1alpha1.ScanSchedule{
				ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("gold-", n), CreationTimestamp: metav1.NewTime(noon)},
				Spec:       v1alpha1.ScanScheduleSpec{Tenants: &v1alpha1.Selection{}},
			})
		}
		admitted, refused := Admitted(schedules)
		partners := 0
		for _, schedule := range admitted {
			if schedule.Spec.Tenants != nil {
				partners++
			}
		}
		if own := len(admitted) - partners; partners != test.admittedPartners || own != test.admittedOwn || len(admitted)+len(refused) != len(schedules) {
			t.Errorf("of %d and %d: %d and %d, and not %d", test.partners, test.own, partners, own, len(refused))
		}
	}
}

func gathered(asks *v1alpha1.ScanTargets, inventories ...[]v1alpha1.Asset) Targets {
	collection := Collect(asks)
	for _, listed := range inventories {
		collection.Add(listed)
	}
	return collection.Targets()[0]
}

func TestAScheduleTargetsEachAssetOnce(t *testing.T) {
	t.Parallel()
	inventories := [][]v1alpha1.Asset{
		{{Type: v1alpha1.AssetDomain, Value: "SHOP.cybercorp.example."}, {Type: v1alpha1.AssetIPAddress, Value: "192.0.2.1"}},
		{{Type: v1alpha1.AssetSubdomain, Value: "shop.cybercorp.example"}, {Type: v1alpha1.AssetAPI, Value: "https://api.example:443/v2/"},
			{Type: v1alpha1.AssetWebApplication, Value: "https://api.example/v2"}, {Type: v1alpha1.AssetDomain, Value: "-x"}},
	}
	for _, test := range []struct {
		name string
		asks *v1alpha1.ScanTargets
		want []string
	}{
		{"all", nil, []string{"API https://api.example/v2", "Domain shop.cybercorp.example", "IPAddress 192.0.2.1", "WebApplication https://api.example/v2"}},
		{"those of a type", &v1alpha1.ScanTargets{Selector: &v1alpha1.AssetSelector{Types: []v1alpha1.AssetType{v1alpha1.AssetAPI, v1alpha1.AssetSubdomain}}}, []string{"API https://api.example/v2", "Subdomain shop.cybercorp.example"}},
		{"those of the other type of a name that two inventories have", &v1alpha1.ScanTargets{Selector: &v1alpha1.AssetSelector{Types: []v1alpha1.AssetType{v1alpha1.AssetDomain}}}, []string{"Domain shop.cybercorp.example"}},
		{"those of a name, in whichever spelling", &v1alpha1.ScanTargets{Names: []v1alpha1.AssetValue{"Shop.Cybercorp.example", "https://API.example/v2", "192.0.2.2"}}, []string{"API https://api.example/v2", "Domain shop.cybercorp.example", "WebApplication https://api.example/v2"}},
	} {
		if got := gathered(test.asks, inventories...); !slices.Equal(got.Lines, test.want) {
			t.Errorf("%s: %q", test.name, got.Lines)
		}
	}
	if got := gathered(nil, inventories[1], inventories[0]); !slices.Equal(got.Lines, gathered(nil, inventories...).Lines) {
		t.Errorf("in the other order: %q", got.Lines)
	}
	if text := gathered(nil, inventories[0]).String(); text != "Domain shop.cybercorp.example\nIPAddress 192.0.2.1\n" {
		t.Errorf("%q", text)
	}
}

func lines(prefix string, n int) Targets {
	var targets Targets
	for i := range n {
		targets.Lines = append(targets.Lines, fmt.Sprintf("Domain %s%05d.example", prefix, i))
	}
	return targets
}

// hosts are so many domains, each listed in an inventory of its own.
func hosts(n int, format string) [][]v1alpha1.Asset {
	var inventories [][]v1alpha1.Asset
	for i := range n {
		inventories = append(inventories, []v1alpha1.Asset{{Type: v1alpha1.AssetDomain, Value: v1alpha1.AssetValue(fmt.Sprintf(format, i))}})
	}
	return inventories
}

func TestARunLooksAtSoManyTargets(t *testing.T) {
	t.Parallel()
	label := strings.Repeat("a", 60)
	long := strings.Join([]string{"h%d", label, label, label}, ".") + ".example"
	for name, test := range map[string]struct {
		listed  [][]v1alpha1.Asset
		lines   int
		tooMany bool
	}{
		"none": {nil, 0, false}, "the most": {hosts(MaxTargets, "h%d.example"), MaxTargets, false}, "one more": {hosts(MaxTargets+1, "h%d.example"), 0, true},
		"many more": {hosts(2*MaxTargets, "h%d.example"), 0, true}, "the most, twice": {slices.Concat(hosts(MaxTargets, "h%d.example"), hosts(MaxTargets, "H%d.example.")), MaxTargets, false},
		"long ones": {hosts(4800, long), 0, true},
	} {
		if got := gathered(nil, test.listed...); got.TooMany != test.tooMany || len(got.Lines) != test.lines {
			t.Errorf("%s: %d, too many %v", name, len(got.Lines), got.TooMany)
		}
	}
}

// TestSchedulesThatAskForTheSameShareIt: many schedules of a tenant with many assets take no more room than one.
func TestSchedulesThatAskForTheSameShareIt(t *testing.T) {
	t.Parallel()
	types := func(of ...v1alpha1.AssetType) *v1alpha1.ScanTargets {
		return &v1alpha1.ScanTargets{Selector: &v1alpha1.AssetSelector{Types: of}}
	}
	collection := Collect(types(v1alpha1.AssetDomain), nil, types(v1alpha1.AssetDomain), types(v1alpha1.AssetIPAddress), nil)
	for _, listed := range hosts(3, "h%d.example") {
		collection.Add(listed)
	}
	got := collection.Targets()
	if len(collection.gathered) != 3 || &got[0].Lines[0] != &got[2].Lines[0] || &got[1].Lines[0] != &got[4].Lines[0] {
		t.Errorf("%d times", len(collection.gathered))
	}
	for i, want := range []int{3, 3, 3, 0, 3} {
		if len(got[i].Lines) != want {
			t.Errorf("schedule %d: %q", i, got[i].Lines)
		}
	}
}

func TestAssetsThatAreNewAreTold(t *testing.T) {
	t.Parallel()
	few, more, none := lines("a", 3).fingerprints(), lines("a", 4).fingerprints(), Targets{}.fingerprints()
	for name, test := range map[string]struct {
		now, known string
		want       bool
	}{
		"the same": {few, few, false}, "one more": {more, few, true}, "one less": {few, more, false}, "the first": {few, none, true},
		"none any more": {none, few, false}, "others, as many": {lines("b", 3).fingerprints(), few, true},
		"too many": {ofTooMany, few, true}, "too many still": {ofTooMany, ofTooMany, false}, "too many no more": {few, ofTooMany, true},
	} {
		if adds(test.now, test.known) != test.want {
			t.Errorf("%s: %v", name, !test.want)
		}
	}
}
