// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package pricing

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

func TestTheWorkedExampleIsExactToTheCent(t *testing.T) {
	var example struct {
		Plans   []v1alpha1.LicensePlan
		Tenants []v1alpha1.Tenant
		Lists   []v1alpha1.PriceList
	}
	read(t, "testdata/example.yaml", &example)
	in := Inputs{Plans: map[string]*v1alpha1.LicensePlan{}, Tenants: map[string][]*v1alpha1.Tenant{}}
	for i := range example.Plans {
		in.Plans[example.Plans[i].Name] = &example.Plans[i]
	}
	for i := range example.Tenants {
		plan := example.Tenants[i].Status.Plan
		in.Tenants[plan] = append(in.Tenants[plan], &example.Tenants[i])
	}
	for i := range example.Lists {
		in.Lists = append(in.Lists, &example.Lists[i])
	}
	statuses := map[string]v1alpha1.PriceListStatus{}
	for i, status := range Statuses(in, now) {
		status.Conditions = nil // what they say is another test's
		statuses[in.Lists[i].Name] = status
	}
	want := map[string]v1alpha1.PriceListStatus{}
	read(t, "testdata/example.golden.yaml", &want)
	if diff := cmp.Diff(want, statuses); diff != "" {
		got, _ := yaml.Marshal(statuses)
		t.Errorf("(-want +got):\n%s\n%s", diff, got)
	}
	page, err := os.ReadFile("../../docs/reference/prices.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range want {
		for _, sums := range append([]v1alpha1.PriceSums{status.PriceSums, *status.Partner}, ofTenants(status)...) {
			row := fmt.Sprintf("| %d | %d | %s | %s | %s |", *sums.Units, *sums.PrepaidUnits, sums.Revenue, sums.Cost, sums.Margin)
			if !strings.Contains(string(page), row) {
				t.Errorf("docs/reference/prices.md does not show %s", row)
			}
		}
	}
}

func ofTenants(status v1alpha1.PriceListStatus) []v1alpha1.PriceSums {
	var each []v1alpha1.PriceSums
	for _, tenant := range status.Tenants {
		each = append(each, tenant.PriceSums)
	}
	return each
}

func TestAListSays(t *testing.T) {
	for name, test := range map[string]struct {
		list *v1alpha1.PriceList
		used []int64
		want v1alpha1.PriceSums
	}{
		"nothing of no tenants":                            {listOf("l", "standard"), nil, said(0, 0, "0.00", "0.00", "0.00")},
		"price less cost of each unit":                     {listOf("l", "standard"), []int64{3, 4}, said(7, 0, "28.00", "17.50", "10.50")},
		"a loss as such":                                   {listOf("l", "standard", in("EUR", "1", "2.5")), []int64{3}, said(3, 0, "3.00", "7.50", "-4.50")},
		"prepaid units at their own cost":                  {listOf("l", "standard", prepaid(5, "2.00")), []int64{3, 1}, said(4, 4, "16.00", "8.00", "8.00")},
		"what comes after them at the usual":               {listOf("l", "standard", prepaid(5, "2.00")), []int64{4, 4}, said(8, 5, "32.00", "17.50", "14.50")},
		"the usual cost where nothing is left of them":     {listOf("l", "standard", prepaid(0, "2.00")), []int64{4}, said(4, 0, "16.00", "10.00", "6.00")},
		"what prepaid units that cost more do to it":       {listOf("l", "standard", prepaid(2, "5.00")), []int64{3}, said(3, 2, "12.00", "12.50", "-0.50")},
		"fractions of a cent, and rounds none":             {listOf("l", "standard", in("EUR", "0.000001", "0")), []int64{3}, said(3, 0, "0.000003", "0.000000", "0.000003")},
		"yen without places":                               {listOf("l", "standard", in("JPY", "400", "250")), []int64{3}, said(3, 0, "1200", "750", "450")},
		"yen with the places of their price":               {listOf("l", "standard", in("JPY", "400.5", "250")), []int64{3}, said(3, 0, "1201.5", "750.0", "451.5")},
		"dinars with three places":                         {listOf("l", "standard", in("KWD", "4", "2.5")), []int64{1}, said(1, 0, "4.000", "2.500", "1.500")},
		"two places in a currency that nobody knows":       {listOf("l", "standard", in("QQQ", "4", "2.5")), []int64{1}, said(1, 0, "4.00", "2.50", "1.50")},
		"the greatest prices of the greatest use in full":  {listOf("l", "standard", in("EUR", "999999999999.999999", "0")), []int64{maxUnits, maxUnits}, said(2*maxUnits, 0, "1999999999999999998000.000000", "0.000000", "1999999999999999998000.000000")},
		"nothing of a use below nothing":                   {listOf("l", "standard"), []int64{-7}, said(0, 0, "0.00", "0.00", "0.00")},
		"no more than can be used of a use that can't be":  {listOf("l", "standard", in("EUR", "1", "1")), []int64{1 << 62}, said(maxUnits, 0, "1000000000.00", "1000000000.00", "0.00")},
		"no prepaid units where a number below nothing is": {listOf("l", "standard", prepaid(-5, "2.00")), []int64{1}, said(1, 0, "4.00", "2.50", "1.50")},
	} {
		t.Run(name, func(t *testing.T) {
			var tenants []*v1alpha1.Tenant
			for i, assets := range test.used {
				tenants = append(tenants, using(fmt.Sprintf("t%d", i), i, assets))
			}
			status := only(t, world([]*v1alpha1.PriceList{test.list}, tenants...))
			if diff := cmp.Diff(test.want, status.PriceSums); diff != "" {
				t.Errorf("sums (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(&test.want, status.Partner); diff != "" {
				t.Errorf("partner (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPrepaidUnitsGoToTheOldestTenantsFirst(t *testing.T) {
	status := only(t, world([]*v1alpha1.PriceList{listOf("l", "standard", prepaid(5, "2.00"))},
		using("young", 9, 2), using("b", 5, 3), using("a", 5, 1), using("zoe", 1, 2)))
	want := []v1alpha1.TenantSums{
		{Name: "a", PriceSums: said(1, 1, "4.00", "2.00", "2.00")},
		{Name: "b", PriceSums: said(3, 2, "12.00", "6.50", "5.50")},
		{Name: "young", PriceSums: said(2, 0, "8.00", "5.00", "3.00")},
		{Name: "zoe", PriceSums: said(2, 2, "8.00", "4.00", "4.00")},
	}
	if diff := cmp.Diff(want, status.Tenants); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestListsOfOneCurrencyAddUpToThePartners(t *testing.T) {
	in := Inputs{
		Lists: []*v1alpha1.PriceList{
			listOf("standard", "standard"), listOf("premium", "premium", in("EUR", "10.125", "1")),
			listOf("japan", "japan", in("JPY", "400", "250")), listOf("again", "premium", madeAfter(1)), listOf("lost", "gone"),
		},
		Plans: map[string]*v1alpha1.LicensePlan{
			"standard": planOf("standard", v1alpha1.LicensePerAsset), "premium": planOf("premium", v1alpha1.LicenseUnlimited),
			"japan": planOf("japan", v1alpha1.LicensePerAsset), "gone": nil,
		},
		Tenants: map[string][]*v1alpha1.Tenant{
			"standard": {using("a", 1, 2)}, "premium": {using("b", 1, 99)}, "japan": {using("c", 1, 3)},
		},
	}
	statuses := Statuses(in, now)
	euros, yen := said(3, 0, "18.125", "6.000", "12.125"), said(3, 0, "1200", "750", "450")
	for i, want := range []*v1alpha1.PriceSums{&euros, &euros, &yen, nil, nil} {
		if diff := cmp.Diff(want, statuses[i].Partner); diff != "" {
			t.Errorf("%s (-want +got):\n%s", in.Lists[i].Name, diff)
		}
	}
}

func TestOfAPlansListsTheOldestSpeaks(t *testing.T) {
	lists := []*v1alpha1.PriceList{listOf("b", "standard", madeAfter(2)), listOf("c", "standard", madeAfter(1)), listOf("a", "standard", madeAfter(2)), listOf("d", "standard", madeAfter(1))}
	for i, status := range Statuses(world(lists, using("t", 1, 1)), now) {
		ready := status.Conditions[0]
		if speaks := lists[i].Name == "c"; speaks != (ready.Status == metav1.ConditionTrue) || speaks != (status.Units != nil) {
			t.Errorf("%s: %s, %v", lists[i].Name, ready.Reason, status.Units)
		} else if !speaks && (ready.Reason != v1alpha1.ReasonDuplicate || !strings.Contains(ready.Message, `"c"`) || len(status.Conditions) != 2) {
			t.Errorf("%s: %+v", lists[i].Name, status.Conditions)
		}
	}
}

func TestAListThatCantBeReckonedSaysSoAndNoSum(t *testing.T) {
	unpriced := func(l *v1alpha1.PriceList) { l.Spec.EndUserPrice = "1e9" }
	uncosted := func(l *v1alpha1.PriceList) { l.Spec.Prepaid = new(int32) }
	for name, test := range map[string]struct {
		list    *v1alpha1.PriceList
		reason  string
		stalled bool
	}{
		"of no plan":                    {listOf("l", "gone"), v1alpha1.ReasonUnresolved, false},
		"whose price is none":           {listOf("l", "standard", unpriced), v1alpha1.ReasonFailed, true},
		"whose prepaid units cost what": {listOf("l", "standard", uncosted), v1alpha1.ReasonFailed, true},
	} {
		t.Run(name, func(t *testing.T) {
			was := said(1, 0, "1.00", "1.00", "0.00")
			test.list.Status = v1alpha1.PriceListStatus{Period: "2026-11", PriceSums: was, Partner: &was, Tenants: []v1alpha1.TenantSums{{Name: "t", PriceSums: was}}}
			status := only(t, world([]*v1alpha1.PriceList{test.list}, using("t", 1, 1)))
			ready := status.Conditions[0]
			if ready.Status != metav1.ConditionFalse || ready.Reason != test.reason || test.stalled != (len(status.Conditions) == 2) {
				t.Errorf("%+v", status.Conditions)
			}
			if strings.Contains(ready.Message, "1e9") {
				t.Errorf("the message quotes a price: %s", ready.Message)
			}
			status.Conditions = nil
			if diff := cmp.Diff(v1alpha1.PriceListStatus{ObservedGeneration: 3, Period: "2026-11"}, status); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheFirstTenantsAreNamedAndAllAreSummed(t *testing.T) {
	var tenants []*v1alpha1.Tenant
	for i := range maxTenants + 1 {
		tenants = append(tenants, using(fmt.Sprintf("t%04d", i), 1, 1))
	}
	status := only(t, world([]*v1alpha1.PriceList{listOf("l", "standard")}, tenants...))
	if len(status.Tenants) != maxTenants || status.Tenants[maxTenants-1].Name != "t1999" || *status.Units != maxTenants+1 {
		t.Errorf("%d tenants up to %s, %d units", len(status.Tenants), status.Tenants[len(status.Tenants)-1].Name, *status.Units)
	}
	if message := status.Conditions[0].Message; !strings.Contains(message, "the first 2000") {
		t.Error(message)
	}
}

func TestStatusesChangeNothingOfWhatTheyAreMadeFrom(t *testing.T) {
	in := world([]*v1alpha1.PriceList{listOf("l", "standard", prepaid(5, "2.00"))}, using("b", 2, 3), using("a", 1, 4))
	before := Inputs{Lists: []*v1alpha1.PriceList{in.Lists[0].DeepCopy()}, Plans: in.Plans, Tenants: map[string][]*v1alpha1.Tenant{"standard": {using("b", 2, 3), using("a", 1, 4)}}}
	first := Statuses(in, now)
	if diff := cmp.Diff(before, in); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
	in.Lists[0].Status = first[0]
	later := metav1.NewTime(now.Add(time.Hour))
	if diff := cmp.Diff(first, Statuses(in, later)); diff != "" {
		t.Errorf("the second look (-first +second):\n%s", diff)
	}
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(content, into); err != nil {
		t.Fatal(err)
	}
}
