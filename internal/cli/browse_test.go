// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// browsing shows objects to nobody, at noon, and returns what it showed.
func browsing(t *testing.T, format string, all bool) (o *BrowseOptions, shown func() string) {
	t.Helper()
	streams, _, out, complaints := genericiooptions.NewTestIOStreams()
	o = newBrowseOptions(streams, cluster{}, tenants)
	*o.output.flags.OutputFormat, o.output.tables, o.All = format, true, all
	o.now = func() time.Time { return noon }
	return o, func() string { return out.String() + complaints.String() }
}

func TestWhatAPartnerHasIsListed(t *testing.T) {
	for name, columns := range map[string]func(o *BrowseOptions) error{
		"plan-list": func(o *BrowseOptions) error {
			return show(o, known[v1alpha1.LicensePlan](o, objectsOf(t, "plans.yaml")), planColumns(o.output.wide()))
		},
		"brand-list": func(o *BrowseOptions) error {
			return show(o, known[v1alpha1.WhiteLabelProfile](o, objectsOf(t, "brands.yaml")), brandColumns(o.output.wide()))
		},
		"sync-list": func(o *BrowseOptions) error {
			return show(o, known[v1alpha1.MasterTenantSync](o, objectsOf(t, "syncs.yaml")), syncColumns(o.output.wide(), o.now()))
		},
		"schedule-list": func(o *BrowseOptions) error {
			return show(o, known[v1alpha1.ScanSchedule](o, objectsOf(t, "schedules.yaml")), scheduleColumns(o.output.wide(), o.now()))
		},
		"margin": func(o *BrowseOptions) error {
			return show(o, known[v1alpha1.PriceList](o, objectsOf(t, "prices.yaml")), marginColumns(o.output.wide()))
		},
		"usage": func(o *BrowseOptions) error { return show(o, usageOfSome(t, o), usageColumns(o.output.wide())) },
	} {
		for _, format := range []string{"", outputWide, outputCSV, "name", "jsonpath={.items[*].metadata.name}"} {
			t.Run(name+" "+format, func(t *testing.T) {
				o, shown := browsing(t, format, format == outputWide)
				if err := columns(o); err != nil {
					t.Fatal(err)
				}
				golden(t, strings.Trim(name+"-"+strings.NewReplacer("={.items[*].metadata.name}", "").Replace(format), "-"), shown())
			})
		}
	}
}

func TestWhatHappenedIsListed(t *testing.T) {
	at := func(minutes int) metav1.Time { return metav1.NewTime(noon.Add(-time.Duration(minutes) * time.Minute)) }
	happened := &corev1.EventList{Items: []corev1.Event{
		{Type: corev1.EventTypeNormal, Reason: v1alpha1.ReasonSynced, Message: "3 tenants are as the master", LastTimestamp: at(30)},
		{Type: corev1.EventTypeWarning, Reason: v1alpha1.ReasonHalted, Message: "hooli: \x1b[2Jrefused", Series: &corev1.EventSeries{Count: 2, LastObservedTime: metav1.NewMicroTime(at(2).Time)}},
	}}
	for name, c := range map[string]struct {
		events *corev1.EventList
		format string
	}{"sync-history": {happened, ""}, "sync-history-name": {happened, "jsonpath={.items[*].reason}"}, "sync-history-none": {&corev1.EventList{}, ""}} {
		t.Run(name, func(t *testing.T) {
			o, shown := browsing(t, c.format, false)
			if err := o.showEvents(c.events); err != nil {
				t.Fatal(err)
			}
			golden(t, name, shown())
		})
	}
}

func TestAnObjectIsShownOnAPage(t *testing.T) {
	for name, pages := range map[string]func(o *BrowseOptions) error{
		"plan-show": func(o *BrowseOptions) error {
			return showPages(o, known[v1alpha1.LicensePlan](o, objectsOf(t, "plans.yaml")), planPage)
		},
		"brand-show": func(o *BrowseOptions) error {
			return showPages(o, known[v1alpha1.WhiteLabelProfile](o, objectsOf(t, "brands.yaml")), brandPage)
		},
		"sync-status": func(o *BrowseOptions) error {
			failures := map[string][]string{"halted": {"cybercorp: its quota is full", "hooli: \x1b[2Jrefused"}, "baseline": strings.Split("a b c d e f g h i j k l", " ")}
			return showPages(o, known[v1alpha1.MasterTenantSync](o, objectsOf(t, "syncs.yaml")), func(s syncItem) *page { return syncPage(s, failures[s.is.Name], noon) })
		},
		"schedule-show": func(o *BrowseOptions) error {
			return showPages(o, known[v1alpha1.ScanSchedule](o, objectsOf(t, "schedules.yaml")), func(s scheduleItem) *page { return schedulePage(s, noon) })
		},
		"sync-plan": func(o *BrowseOptions) error {
			o.cluster = cluster{flags: genericclioptions.NewConfigFlags(false)}
			objects := objectsOf(t, "syncs.yaml")
			if err := unstructured.SetNestedField(objects[0].Object, "Plan", "spec", "mode"); err != nil {
				t.Fatal(err)
			}
			if err := o.showPlans(known[v1alpha1.MasterTenantSync](o, objects)); codeOf(err) != exitFailure {
				t.Errorf("of one the plan is not known, and not said: %v", err)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			o, shown := browsing(t, "", false)
			if err := pages(o); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(shown(), "\x1b") {
				t.Error("what others wrote moves the cursor")
			}
			golden(t, name, shown())
		})
	}
}

// usageOfSome is what some tenants use.
func usageOfSome(t *testing.T, o *BrowseOptions) []used {
	t.Helper()
	plans := map[types.NamespacedName]*v1alpha1.LicensePlan{}
	for _, plan := range known[v1alpha1.LicensePlan](o, objectsOf(t, "plans.yaml")) {
		plans[types.NamespacedName{Namespace: plan.is.Namespace, Name: plan.is.Name}] = plan.is
	}
	return usedBy(known[v1alpha1.Tenant](o, objectsOf(t, "usage.yaml")), plans, noon)
}

func TestUsageIsSorted(t *testing.T) {
	for by, want := range map[string][]string{
		"percent": {"over", "cybercorp", "scanner", "initech", "stale"},
		"assets":  {"cybercorp", "initech", "over", "scanner", "stale"},
		"scans":   {"stale", "scanner", "cybercorp", "initech", "over"},
		"agents":  {"cybercorp", "initech", "over", "scanner", "stale"},
		"disk":    {"cybercorp", "initech", "over", "scanner", "stale"},
	} {
		o, _ := browsing(t, "", false)
		rows := usageOfSome(t, o)
		slices.SortStableFunc(rows, func(a, b used) int { return strings.Compare(a.is.Name, b.is.Name) })
		slices.SortStableFunc(rows, usageOrders[by])
		var got []string
		for _, row := range rows {
			got = append(got, row.is.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("by %s (-want +got):\n%s", by, diff)
		}
	}
}

func TestASpreadsheetTakesNothingForAFormula(t *testing.T) {
	for cell, want := range map[string]string{
		"": "", "Acme": "Acme", "12%": "12%", "=cmd|' /C calc'!A0": "'=cmd|' /C calc'!A0", "+1": "+1", "+A1": "'+A1", "-1": "-1", "-1+1": "'-1+1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t'=1",
		"＝1+1": "'＝1+1", "＋A1": "'＋A1", "－A1": "'－A1", "＠SUM(A1)": "'＠SUM(A1)", "Acme;=1+1": "Acme;'=1+1", "Acme\t@A1;-A1": "Acme\t'@A1;'-A1", "Acme; Ltd": "Acme; Ltd", "a=b": "a=b", "Zürich＝": "Zürich＝",
	} {
		if got := literal(cell); got != want {
			t.Errorf("%q becomes %q, want %q", cell, got, want)
		}
	}
}
