// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package assets_test

import (
	"fmt"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/assets"
)

func names(values ...string) []v1alpha1.Asset {
	var listed []v1alpha1.Asset
	for _, value := range values {
		listed = append(listed, v1alpha1.Asset{Type: domain, Value: v1alpha1.AssetValue(value)})
	}
	return listed
}

func TestAnAssetCountsInTheOldestInventoryThatNamesIt(t *testing.T) {
	for _, test := range []struct {
		name        string
		inventories [][]v1alpha1.Asset
		counted     []int
	}{
		{"no inventory", nil, []int{}},
		{"an empty one", [][]v1alpha1.Asset{nil}, []int{0}},
		{"one that says it twice", [][]v1alpha1.Asset{names("a.example", "b.example", "A.example.")}, []int{2}},
		{"two that say the same", [][]v1alpha1.Asset{names("a.example", "b.example"), names("B.example", "A.example")}, []int{2, 0}},
		{"three that overlap", [][]v1alpha1.Asset{names("a.example"), names("a.example", "b.example"), names("c.example", "b.example", "a.example")}, []int{1, 1, 1}},
		{"what is not understood counts nowhere", [][]v1alpha1.Asset{names("-a.example"), names("-a.example", "a.example")}, []int{0, 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var read []assets.Reading
			for _, listed := range test.inventories {
				read = append(read, assets.Read(listed))
			}
			if counted := assets.Count(read); !slices.Equal(counted, test.counted) {
				t.Errorf("counted %v, want %v", counted, test.counted)
			}
		})
	}
}

func TestAReadingNamesTheFirstThatAreNotUnderstood(t *testing.T) {
	listed := names("a.example")
	for i := range 30 {
		listed = append(listed, names(fmt.Sprintf("-%d.example", i))...)
	}
	read := assets.Read(listed)
	if read.Assets != 31 || read.NotUnderstood != 30 || read.Unique() != 1 || len(read.Invalid) != assets.MaxInvalid {
		t.Fatalf("%d assets, %d not understood, %d unique, %d named", read.Assets, read.NotUnderstood, read.Unique(), len(read.Invalid))
	}
	for i, invalid := range read.Invalid {
		if int(invalid.Index) != i+1 || utf8.RuneCountInString(invalid.Message) > 256 {
			t.Errorf("%d: %+v", i, invalid)
		}
	}
}

func TestNearDuplicatesAreNotMistakenForEachOther(t *testing.T) {
	var listed []v1alpha1.Asset
	for i := range 1000 {
		listed = append(listed,
			v1alpha1.Asset{Type: webApp, Value: v1alpha1.AssetValue(fmt.Sprintf("https://a.example/%d", i))},
			v1alpha1.Asset{Type: webApp, Value: v1alpha1.AssetValue(fmt.Sprintf("HTTPS://A.example:443/x/../%d/?#%d", i, i))})
	}
	if read := assets.Read(listed); read.Unique() != 1000 {
		t.Errorf("2,000 spellings of 1,000 assets count as %d", read.Unique())
	}
}

func TestTheOlderInventoryComesFirstAndOfOneSecondTheOneWhoseNameDoes(t *testing.T) {
	at := func(name string, seconds int64) *v1alpha1.AssetInventory {
		return &v1alpha1.AssetInventory{ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: metav1.Time{Time: time.Unix(seconds, 0)}}}
	}
	inventories := []*v1alpha1.AssetInventory{at("c", 2), at("b", 1), at("a", 2), at("z", 0)}
	slices.SortFunc(inventories, assets.Older)
	var order string
	for _, inventory := range inventories {
		order += inventory.Name
	}
	if order != "zbac" {
		t.Errorf("the order is %q", order)
	}
}

func BenchmarkRead2000(b *testing.B) {
	var listed []v1alpha1.Asset
	for i := range 2000 {
		listed = append(listed, v1alpha1.Asset{Type: webApp, Value: v1alpha1.AssetValue(fmt.Sprintf("https://shop-%d.example.com/store", i))})
	}
	for b.Loop() {
		assets.Read(listed)
	}
}
