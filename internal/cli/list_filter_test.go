// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

func TestTenantsAreFilteredByWhatTheirColumnsShow(t *testing.T) {
	full := listedTenant{Tenant: &v1alpha1.Tenant{
		ObjectMeta: metav1.ObjectMeta{Name: "cybercorp", Namespace: "acme", CreationTimestamp: metav1.NewTime(noon.Add(-48 * time.Hour))},
		Spec:       v1alpha1.TenantSpec{DisplayName: "CyberCorp Ltd", Region: "eu", PlanRef: &v1alpha1.LocalReference{Name: "gold"}},
		Status: v1alpha1.TenantStatus{
			Phase:    v1alpha1.PhaseActive,
			LastScan: new(metav1.NewTime(noon.Add(-time.Hour))),
			Usage:    &v1alpha1.Usage{Agents: 24, Assets: 3, Disk: new(resource.MustParse("41Gi"))},
			Effective: &v1alpha1.Effective{
				Agents: &v1alpha1.EffectiveCount{Value: 25}, Disk: &v1alpha1.EffectiveQuantity{Value: resource.MustParse("50Gi")},
			},
		},
	}}
	empty := listedTenant{Tenant: &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Name: "new", CreationTimestamp: metav1.NewTime(noon)}}}
	for text, want := range map[string]struct{ full, empty bool }{
		"agents>20":           {true, false},
		"agents > 24":         {false, false},
		"agents>=24":          {true, false},
		"agents=0":            {false, true},
		"agents>=96%":         {true, false},
		"agents>96%":          {false, false},
		"agents<50%":          {false, false},
		"disk>40Gi":           {true, false},
		"disk<=41Gi":          {true, true},
		"disk>=82%":           {true, false},
		"disk>82.5%":          {false, false},
		"assets!=3":           {false, true},
		"last-scan>30m":       {true, true},
		"last-scan>30d":       {false, true},
		"last-scan<=1h":       {true, false},
		"age>1d":              {true, false},
		"activity>1d":         {true, true},
		"plan=gold":           {true, false},
		"plan=":               {false, true},
		"plan!=gold":          {false, true},
		"status=active":       {true, false},
		"company~CORP":        {true, false},
		"region = EU":         {true, false},
		"name~":               {true, true},
		"company=a = b":       {false, false},
		" host !=x.example\t": {true, true},
	} {
		holds, err := readFilter(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := holds(full, noon); got != want.full {
			t.Errorf("%s: %v of one that has much", text, got)
		}
		if got := holds(empty, noon); got != want.empty {
			t.Errorf("%s: %v of one that has nothing", text, got)
		}
	}
}

func TestWhatIsNoConditionIsRefused(t *testing.T) {
	for text, words := range map[string]string{
		"":             "is no condition",
		"agents":       "is no condition",
		"agents 20":    "is no condition",
		"Agents>20":    "is no condition",
		">20":          "is no condition",
		"agent>20":     "there is no agent: it is one of access, activity, age, agents,",
		"agents>many":  "is no amount",
		"agents>":      "is no amount",
		"agents>NaN%":  "is no percentage",
		"agents~2":     "~ is for texts",
		"disk>40 Gi":   "is no amount",
		"age>long":     "long",
		"company>corp": "texts take =, != and ~",
	} {
		if _, err := readFilter(text); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestADirectoryIsNotFiltered(t *testing.T) {
	o := &ListOptions{filters: []filter{func(listedTenant, time.Time) bool { return false }}}
	if err := o.showEntries(nil); codeOf(err) != exitForbidden {
		t.Errorf("all of it is shown: %v", err)
	}
}
