// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/assets"
	"github.com/tenantry/tenantry/internal/standing"
)

func read(values ...string) assets.Reading {
	var listed []v1alpha1.Asset
	for _, value := range values {
		listed = append(listed, v1alpha1.Asset{Type: v1alpha1.AssetDomain, Value: v1alpha1.AssetValue(value)})
	}
	return assets.Read(listed)
}

func TestWhatIsSaidOfAnInventory(t *testing.T) {
	for _, test := range []struct {
		name    string
		seen    standing.InventorySeen
		reason  string
		stalled bool
		numbers []int32 // assets, unique, counted; none where nothing is counted
		invalid int
	}{
		{"it is empty", standing.InventorySeen{Reading: read()}, "Ready", false, []int32{0, 0, 0}, 0},
		{"all is understood", standing.InventorySeen{Reading: read("a.example", "A.example", "b.example"), Counted: 1}, "Ready", false, []int32{3, 2, 1}, 0},
		{"a line is not understood", standing.InventorySeen{Reading: read("a.example", "-"), Counted: 1}, "InvalidAssets", true, []int32{2, 1, 1}, 1},
		{"it lies in no place", standing.InventorySeen{NotAPlace: true}, "NotAPlace", true, nil, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			inventory := &v1alpha1.AssetInventory{
				ObjectMeta: metav1.ObjectMeta{Generation: 7},
				Status:     v1alpha1.AssetInventoryStatus{Counted: new(int32(9)), Invalid: []v1alpha1.InvalidAsset{{Index: 3}, {Index: 4}}},
			}
			got := standing.OfInventory(inventory, test.seen, now)
			ready := meta.FindStatusCondition(got.Conditions, v1alpha1.ConditionReady)
			stalled := meta.IsStatusConditionTrue(got.Conditions, v1alpha1.ConditionStalled)
			if ready.Reason != test.reason || stalled != test.stalled || (ready.Status == metav1.ConditionTrue) == test.stalled || ready.Message == "" {
				t.Errorf("ready %+v, stalled %v", ready, stalled)
			}
			var numbers []int32
			for _, number := range []*int32{got.Assets, got.Unique, got.Counted} {
				if number != nil {
					numbers = append(numbers, ptr.Deref(number, 0))
				}
			}
			if diff := cmp.Diff(test.numbers, numbers); diff != "" {
				t.Errorf("assets, unique, counted: -want +got:\n%s", diff)
			}
			if len(got.Invalid) != test.invalid || got.ObservedGeneration != 7 {
				t.Errorf("got %+v", got)
			}
			inventory.Status = got
			if diff := cmp.Diff(got, standing.OfInventory(inventory, test.seen, metav1.NewTime(now.AddDate(0, 0, 1)))); diff != "" {
				t.Errorf("said again, it is something else:\n%s", diff)
			}
		})
	}
}

func TestUsageHasTheAssetsWhateverIsKnownOfTheQuota(t *testing.T) {
	used := before(func(s *v1alpha1.TenantStatus) {
		s.Usage = &v1alpha1.Usage{Agents: 3, Assets: 5, Scans: 7, Period: "2026-11"}
	})
	assets := func(n int64) change { return func(s *situation) { s.Assets = n } }
	noQuota := func(s *situation) { s.Quota = nil }
	sells := func(s *situation) { s.Tenant.Spec.Partner = &v1alpha1.Partner{} }
	for _, test := range []struct {
		name string
		when []change
		want *v1alpha1.Usage
	}{
		{"some, with a quota", []change{used, assets(12), func(s *situation) { s.Quota = quota("4", "10", "0", "10Gi") }}, &v1alpha1.Usage{Agents: 4, Assets: 12, Scans: 7, Period: "2026-11"}},
		{"some, and the quota is not looked at", []change{used, assets(12), noQuota}, &v1alpha1.Usage{Agents: 3, Assets: 12, Scans: 7, Period: "2026-11"}},
		{"none any more", []change{before(func(s *v1alpha1.TenantStatus) { s.Usage = &v1alpha1.Usage{Assets: 5} }), noQuota}, nil},
		{"a partner's seats, which no quota counts", []change{used, assets(5), sells, func(s *situation) { s.Seats, s.Quota = 6, quota("4", "10", "0", "10Gi") }}, &v1alpha1.Usage{Agents: 6, Assets: 5, Scans: 7, Period: "2026-11"}},
		{"a partner's seats, and the quota is not looked at", []change{noQuota, sells, func(s *situation) { s.Seats = 6 }}, &v1alpha1.Usage{Agents: 6}},
		{"the first", []change{assets(1), noQuota}, &v1alpha1.Usage{Assets: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, complete(test.when...).of().Usage); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
