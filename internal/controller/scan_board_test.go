// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/internal/scan"
)

func TestABoardOfScansTellsWhatIsNews(t *testing.T) {
	t.Parallel()
	tenant := types.NamespacedName{Namespace: "acme", Name: "cybercorp"}
	weekly, daily := types.NamespacedName{Namespace: "acme", Name: "weekly"}, types.NamespacedName{Namespace: "acme", Name: "daily"}
	next := time.Date(2026, time.November, 23, 2, 0, 0, 0, time.UTC)
	found := func(changes ...func(*scan.Finding)) scan.Finding {
		finding := scan.Finding{UID: "weekly", Reached: true, Next: next, Problem: &scan.Problem{Reason: "QuotaBlocked"}, Last: &scan.Outcome{Run: 1}}
		for _, change := range changes {
			change(&finding)
		}
		return finding
	}
	b := newScanBoard()
	for _, step := range []struct {
		name string
		put  map[types.NamespacedName]scan.Finding
		news []types.NamespacedName
	}{
		{"nothing", nil, nil},
		{"the first", map[types.NamespacedName]scan.Finding{weekly: found()}, []types.NamespacedName{weekly}},
		{"the same", map[types.NamespacedName]scan.Finding{weekly: found(func(f *scan.Finding) { f.Next = next.In(time.FixedZone("", 3600)) })}, nil},
		{"another, and one more", map[types.NamespacedName]scan.Finding{weekly: found(func(f *scan.Finding) { f.Last = &scan.Outcome{Run: 2} }), daily: {}}, []types.NamespacedName{daily, weekly}},
		{"without a problem", map[types.NamespacedName]scan.Finding{weekly: found(func(f *scan.Finding) { f.Last, f.Problem = &scan.Outcome{Run: 2}, nil }), daily: {}}, []types.NamespacedName{weekly}},
		{"less", map[types.NamespacedName]scan.Finding{daily: {}}, []types.NamespacedName{weekly}},
	} {
		news := b.put(tenant, step.put)
		slices.SortFunc(news, func(x, y types.NamespacedName) int { return strings.Compare(x.Name, y.Name) })
		if !slices.Equal(news, step.news) {
			t.Errorf("%s: %v", step.name, news)
		}
	}
	b.put(tenant, map[types.NamespacedName]scan.Finding{weekly: found()})
	if _, known := b.of(tenant, weekly, "another of that name"); known {
		t.Error("what was found of a schedule is told of another")
	}
	if waiting := b.waitingForQuota(); waiting != 1 {
		t.Errorf("%d wait for a quota", waiting)
	}
	if finding, known := b.of(tenant, weekly, "weekly"); !known || !finding.Reached {
		t.Errorf("%+v", finding)
	}
	if b.put(tenant, nil); len(b.places) > 0 {
		t.Error("a place without schedules takes memory")
	}
}
