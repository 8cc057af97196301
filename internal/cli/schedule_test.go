// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/cli/contexts"
)

func TestWhatACommandDoesToASchedule(t *testing.T) {
	type decide = func(*scheduleOptions, *v1alpha1.ScanSchedule) (scheduleStep, error)
	for name, test := range map[string]struct {
		decide  decide
		suspend bool
		want    string
	}{
		"run":                              {runSchedule, false, "spec.run=1795435200000"},
		"run one that is suspended":        {runSchedule, true, "schedule acme/gold is suspended"},
		"suspend":                          {suspendSchedule, false, "spec.suspend=true"},
		"suspend one that is so":           {suspendSchedule, true, ""},
		"resume":                           {resumeSchedule, true, "spec.suspend=<nil>"},
		"resume one that is not suspended": {resumeSchedule, false, ""},
	} {
		schedule := &v1alpha1.ScanSchedule{}
		schedule.Namespace, schedule.Name, schedule.Spec.Suspend = "acme", "gold", test.suspend
		o := newStepOptions[v1alpha1.ScanSchedule](genericiooptions.IOStreams{}, cluster{flags: genericclioptions.NewConfigFlags(false)}, "schedule", schedules)
		o.now = func() time.Time { return noon }
		step, err := test.decide(o, schedule)
		var got string
		for _, field := range step.fields {
			got += fmt.Sprintf("%s=%v", strings.Join(field.Path, "."), field.Value)
		}
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestABrowserOpensPortalsAndReportsAlone(t *testing.T) {
	tenant := contexts.Tenant{Name: "cybercorp", Parent: "acme"}
	for address, want := range map[string]bool{
		"https://cybercorp-acme.tenantry.example": true,
		"": false, "http://cybercorp.example": false, "file:///etc/passwd": false, "javascript:alert(1)": false, "https:///x": false, "--help": false,
	} {
		if got, err := portalOf(entrance{tenant: tenant, url: address}); (err == nil) != want || err == nil && got != address {
			t.Errorf("%q: %q, %v", address, got, err)
		}
	}
	for link, want := range map[string]bool{
		"https://reports.example/1/weekly/2": true,
		"":                                   false, "http://reports.example/2": false, "file:///etc/passwd": false, "javascript:alert(1)": false, "https:///x": false, "--help": false,
	} {
		if got, err := reportOf("acme/cybercorp", link); (err == nil) != want || err == nil && got != link {
			t.Errorf("%q: %q, %v", link, got, err)
		}
	}
	if _, err := portalOf(entrance{tenant: tenant, url: "https://cybercorp.example", suspended: true}); err == nil {
		t.Error("a suspended tenant's portal is served")
	}
}
