// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package license

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// exbibyte is the largest disk that a Tenant or a capacity names.
const exbibyte = 1 << 60

func TestSumsEndAtTheLargestNumber(t *testing.T) {
	t.Parallel()
	var books = entries(map[string]Entry{})
	for i := range 10 {
		books.Entries[fmt.Sprint(i)] = Entry{Own: Amounts{1, 1_000_000, exbibyte}}
	}
	held, tenants := books.Held("")
	if want := (Amounts{10, 10_000_000, math.MaxInt64}); held != want || tenants != 10 {
		t.Errorf("ten hold %v", held)
	}
	limits := Cap{NoCap, NoCap, exbibyte}
	if short := limits.short(held, Amounts{1, 1, 1}); short != "disk" {
		t.Errorf("too little is left of %q", short)
	}
	if more := held.beyond(Amounts{20, 0, math.MaxInt64}); more != (Amounts{0, 10_000_000, 0}) {
		t.Errorf("beyond: %v", more)
	}
}

func TestShort(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		limits     Cap
		held, need Amounts
		want       string
	}{
		{"nothing limits", Uncapped(), Amounts{math.MaxInt64, 0, 0}, Amounts{1, 1, 1}, ""},
		{"the last fits", agentsOnly(5), Amounts{1, 4, 0}, Amounts{1, 1, 0}, ""},
		{"one too many does not", agentsOnly(5), Amounts{1, 4, 0}, Amounts{1, 2, 0}, "agents"},
		{"nothing fits always", agentsOnly(5), Amounts{9, 9, 9}, Amounts{1, 0, 1}, ""},
		{"nothing is left of what is held too much of", agentsOnly(5), Amounts{0, 9, 0}, Amounts{0, 1, 0}, "agents"},
		{"of none there is none", Cap{0, NoCap, NoCap}, Amounts{}, Amounts{1, 0, 0}, "tenants"},
		{"the largest need overflows nothing", Cap{NoCap, NoCap, exbibyte}, Amounts{0, 0, 1}, Amounts{0, 0, math.MaxInt64}, "disk"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := test.limits.short(test.held, test.need); got != test.want {
				t.Errorf("short of %q", got)
			}
		})
	}
}

func TestCapacity(t *testing.T) {
	t.Parallel()
	if CapOf(nil) != Uncapped() || CapOf(&v1alpha1.Capacity{}) != Uncapped() {
		t.Error("a capacity that says nothing limits something")
	}
	if Uncapped().Capacity() != nil {
		t.Error("no limits are printed")
	}
	said := &v1alpha1.Capacity{Tenants: new(int32(0)), Disk: new(resource.MustParse("1Ei"))}
	limits := CapOf(said)
	if limits != (Cap{0, NoCap, exbibyte}) {
		t.Errorf("limits %v", limits)
	}
	if printed := limits.Capacity(); *printed.Tenants != 0 || printed.Agents != nil || printed.Disk.String() != "1Ei" {
		t.Errorf("printed %+v", printed)
	}
	if printed := (Amounts{math.MaxInt64, 3, 0}).Capacity(); *printed.Tenants != math.MaxInt32 || *printed.Agents != 3 || !printed.Disk.IsZero() {
		t.Errorf("printed %+v", printed)
	}
	if diff := cmp.Diff([]string{"tenants", "disk"}, Cap{1, NoCap, 1}.Exceeded(Amounts{2, 9, 2})); diff != "" {
		t.Error(diff)
	}
}

func TestNarrowed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ children, above, want Cap }{
		{Uncapped(), Uncapped(), Uncapped()},
		{Uncapped(), agentsOnly(5), agentsOnly(0)},
		{agentsOnly(3), agentsOnly(5), agentsOnly(3)},
		{agentsOnly(9), agentsOnly(5), agentsOnly(9)},
		{Cap{1, NoCap, NoCap}, Cap{NoCap, 0, 7}, Cap{1, 0, 0}},
	} {
		if got := test.children.narrowed(test.above); got != test.want {
			t.Errorf("%v below %v is %v, want %v", test.children, test.above, got, test.want)
		}
	}
}
