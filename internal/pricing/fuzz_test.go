// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package pricing

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Whatever the prices and the use: nothing panics, the sums are those of the whole numbers that Go's big
// rationals reckon, and what the parts say is what the whole says.
func FuzzSumsAddUp(f *testing.F) {
	f.Add("4.00", "2.50", "2.00", int32(300), uint64(1))
	f.Add("0", "999999999999.999999", "0.000001", int32(100000000), uint64(2))
	f.Add("1e999999999", "-1", "", int32(-1), uint64(3))
	f.Add("0x10", "1_000", "NaN", int32(1), uint64(4))
	f.Add("7351.87", "6117.293", "٤.٠٠", int32(7), uint64(5))
	f.Fuzz(func(t *testing.T, endUser, unit, prepaidUnit string, prepaidUnits int32, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 7))
		first := listOf("first", "standard", in("EUR", v1alpha1.Price(endUser), v1alpha1.Price(unit)), prepaid(prepaidUnits, v1alpha1.Price(prepaidUnit)))
		second := listOf("second", "more", in("EUR", "0.1", "0.03"), prepaid(int32(random.IntN(50)), "0.000007"))
		world := Inputs{
			Lists: []*v1alpha1.PriceList{first, second},
			Plans: map[string]*v1alpha1.LicensePlan{"standard": planOf("standard", models[random.IntN(len(models))]), "more": planOf("more", models[random.IntN(len(models))])},
			Tenants: map[string][]*v1alpha1.Tenant{
				"standard": someTenants(random), "more": someTenants(random),
			},
		}
		statuses := Statuses(world, now)
		for i, status := range statuses {
			if ready := status.Conditions[0].Status == metav1.ConditionTrue; ready != (status.Units != nil) || ready != (status.Partner != nil) {
				t.Fatalf("%s: Ready and its sums differ: %+v", world.Lists[i].Name, status)
			}
			if status.Units != nil {
				addsUp(t, world.Lists[i].Spec, status)
			}
		}
		addsUpToPartner(t, statuses)
	})
}

var models = []v1alpha1.LicenseModel{v1alpha1.LicensePerAsset, v1alpha1.LicensePerScan, v1alpha1.LicensePerAgent, v1alpha1.LicenseUnlimited, "PerMoon"}

func someTenants(random *rand.Rand) []*v1alpha1.Tenant {
	var tenants []*v1alpha1.Tenant
	for i := range random.IntN(20) {
		tenant := using(fmt.Sprintf("t%02d", i), random.IntN(5), random.Int64N(1<<random.IntN(62)+1)-1)
		tenant.Status.Usage.Agents = random.Int64N(100) - 1
		tenant.Status.Usage.Scans, tenant.Status.Usage.Period = random.Int64N(1000), []string{"2026-10", "2026-11", ""}[random.IntN(3)]
		if random.IntN(9) == 0 {
			tenant.Status.Usage = nil
		}
		tenants = append(tenants, tenant)
	}
	return tenants
}

// total adds sums up, in big rationals.
type total struct {
	units, prepaid        int64
	revenue, cost, margin big.Rat
}

func (s *total) add(t *testing.T, sums v1alpha1.PriceSums) {
	t.Helper()
	s.units += *sums.Units
	s.prepaid += *sums.PrepaidUnits
	for _, each := range []struct {
		amount v1alpha1.Amount
		sum    *big.Rat
	}{{sums.Revenue, &s.revenue}, {sums.Cost, &s.cost}, {sums.Margin, &s.margin}} {
		each.sum.Add(each.sum, rational(t, string(each.amount)))
	}
}

func (s *total) is(t *testing.T, sums v1alpha1.PriceSums) {
	t.Helper()
	whole := total{}
	whole.add(t, sums)
	if s.units != whole.units || s.prepaid != whole.prepaid || s.revenue.Cmp(&whole.revenue) != 0 || s.cost.Cmp(&whole.cost) != 0 || s.margin.Cmp(&whole.margin) != 0 {
		t.Fatalf("the parts are %+v, the whole is %+v", s, whole)
	}
}

// addsUp checks one list against its tenants, and against its prices.
func addsUp(t *testing.T, spec v1alpha1.PriceListSpec, status v1alpha1.PriceListStatus) {
	t.Helper()
	parts := total{}
	for _, tenant := range status.Tenants {
		parts.add(t, tenant.PriceSums)
		meetsPrices(t, spec, tenant.PriceSums)
	}
	parts.is(t, status.PriceSums)
	meetsPrices(t, spec, status.PriceSums)
	if want := min(*status.Units, max(int64(*spec.Prepaid), 0)); *status.PrepaidUnits != want {
		t.Fatalf("%d of %d units are prepaid, of %d that were paid for", *status.PrepaidUnits, *status.Units, *spec.Prepaid)
	}
}

// meetsPrices checks that revenue is units by price, cost is units by their cost, and margin the difference.
func meetsPrices(t *testing.T, spec v1alpha1.PriceListSpec, sums v1alpha1.PriceSums) {
	t.Helper()
	times := func(units int64, price v1alpha1.Price) *big.Rat {
		return new(big.Rat).Mul(new(big.Rat).SetInt64(units), rational(t, string(price)))
	}
	revenue := times(*sums.Units, spec.EndUserPrice)
	cost := new(big.Rat).Add(times(*sums.PrepaidUnits, spec.PrepaidUnitCost), times(*sums.Units-*sums.PrepaidUnits, spec.UnitCost))
	margin := new(big.Rat).Sub(revenue, cost)
	for amount, want := range map[*v1alpha1.Amount]*big.Rat{&sums.Revenue: revenue, &sums.Cost: cost, &sums.Margin: margin} {
		if rational(t, string(*amount)).Cmp(want) != 0 {
			t.Fatalf("%s is not %s: %+v of %+v", *amount, want.FloatString(6), sums, spec)
		}
	}
}

func addsUpToPartner(t *testing.T, statuses []v1alpha1.PriceListStatus) {
	t.Helper()
	parts := total{}
	for _, status := range statuses {
		if status.Units != nil {
			parts.add(t, status.PriceSums)
		}
	}
	for _, status := range statuses {
		if status.Partner != nil {
			parts.is(t, *status.Partner)
		}
	}
}

// rational reads an amount, which must be one by the API's schema.
func rational(t *testing.T, amount string) *big.Rat {
	t.Helper()
	read, ok := new(big.Rat).SetString(amount)
	if !ok || len(amount) > 40 {
		t.Fatalf("%q is no amount", amount)
	}
	return read
}
