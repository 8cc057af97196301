// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/cli/edit"
)

// testCluster is the one that the kubeconfig of the tests names, as called with these flags.
func testCluster(t *testing.T, change ...func(*genericclioptions.ConfigFlags)) cluster {
	t.Helper()
	hermetic(t)
	flags := genericclioptions.NewConfigFlags(false)
	flags.Context = new("acme")
	for _, change := range change {
		change(flags)
	}
	return cluster{flags: flags}
}

// results of suspending the tenants of the tests: one is changed, one was so before, one fails.
func someResults(t *testing.T) []result {
	t.Helper()
	tenants := some(t)
	changed, err := edit.Preview(tenants[2], []edit.Field{edit.Set(true, "spec", "suspend")})
	if err != nil {
		t.Fatal(err)
	}
	return []result{
		{before: tenants[2], object: changed, changed: true},
		{before: tenants[1], object: tenants[1]},
		{before: tenants[3], object: tenants[3], err: &failure{code: exitRefused, err: errors.New("refused by policy tenantry-administer: ask")}},
	}
}

func TestChangesAreShown(t *testing.T) {
	for name, test := range map[string]struct {
		dryRun cmdutil.DryRunStrategy
		output string
		only   bool
	}{
		"suspend-one":     {only: true},
		"suspend-many":    {},
		"suspend-dry-run": {dryRun: cmdutil.DryRunClient, only: true},
		"suspend-server":  {dryRun: cmdutil.DryRunServer},
		"suspend-yaml":    {output: "yaml"},
		"suspend-json":    {output: "json", only: true},
		"suspend-name":    {output: "name"},
	} {
		t.Run(name, func(t *testing.T) {
			streams, _, out, errOut := genericiooptions.NewTestIOStreams()
			cluster := testCluster(t)
			o := &ChangeOptions{IOStreams: streams, writing: newWriting(cluster)}
			o.change, _, _ = suspending(nil)
			o.writing.dryRun, o.writing.print.OutputFormat = test.dryRun, &test.output
			if test.output != "" {
				var err error
				if o.writing.printer, err = o.writing.print.ToPrinter(); err != nil {
					t.Fatal(err)
				}
			}
			for _, one := range someResults(t) {
				if err := o.show(one, test.only); err != nil {
					t.Fatal(err)
				}
			}
			golden(t, name, out.String()+"--- standard error\n"+errOut.String())
		})
	}
}

func TestManyAreSummedUp(t *testing.T) {
	results := someResults(t)
	if got, want := summary(results, 3, "suspended", " (dry run)"), "1 of 3 tenants suspended (dry run), 1 as they were, 1 failed\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := summary(results[:1], 1, "suspended", ""), "1 of 1 tenants suspended\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := summary(results[:2], 9, "suspended", ""), "1 of 9 tenants suspended, 1 as they were, 7 not tried\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := together(results[:2], "suspended"); err != nil {
		t.Errorf("got %v", err)
	}
	if got := codeOf(together(results, "suspended")); got != exitRefused {
		t.Errorf("exit code %d, that of the one that failed is %d", got, exitRefused)
	}
	other := result{before: results[0].before, err: &failure{code: exitForbidden, err: errors.New("no")}}
	if got := codeOf(together(append(results, other), "suspended")); got != exitFailure {
		t.Errorf("exit code %d of two that failed with different ones", got)
	}
}

func TestACommandGoesWhereTheLastOneWent(t *testing.T) {
	for name, test := range map[string]struct {
		flags func(*genericclioptions.ConfigFlags)
		want  string
	}{
		"no flags":   {flags: func(f *genericclioptions.ConfigFlags) { f.Context = nil }, want: "kubectl tenant resume cybercorp"},
		"all":        {flags: func(f *genericclioptions.ConfigFlags) { f.Namespace, f.ClusterName = new("acme"), new("eu-1") }, want: "kubectl tenant resume cybercorp --context acme --cluster eu-1 -n acme"},
		"no secrets": {flags: func(f *genericclioptions.ConfigFlags) { f.BearerToken = new("secret") }, want: "kubectl tenant resume cybercorp --context acme"},
		"as another": {
			flags: func(f *genericclioptions.ConfigFlags) {
				f.Impersonate, f.ImpersonateUID, f.ImpersonateGroup, f.Namespace = new("pat"), new("1"), &[]string{"acme", "ops"}, new("acme")
			},
			want: "kubectl tenant resume cybercorp --context acme --as pat --as-uid 1 --as-group acme --as-group ops -n acme",
		},
		"quoted": {flags: func(f *genericclioptions.ConfigFlags) { f.Context = new("pat's; rm *") }, want: `kubectl tenant resume cybercorp --context 'pat'\''s; rm *'`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := testCluster(t, test.flags).command("resume", "cybercorp"); got != test.want {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestACommandOfKubectlsGoesWhereTheLastOneWent(t *testing.T) {
	cluster := testCluster(t, func(f *genericclioptions.ConfigFlags) { f.Namespace = new("acme-cybercorp") })
	if got, want := cluster.kubectl("acme", "get", "tenants"), "kubectl get tenants --context acme -n acme"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestATargetIsToldFromAllOthers(t *testing.T) {
	cluster := testCluster(t)
	if got, want := announced(cluster, some(t)[2:3]), "tenant acme/cybercorp (cluster eu-1)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := announced(cluster, some(t)[1:]), "3 tenants of acme (cluster eu-1)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	cluster.flags.APIServer = new("https://us-1.example")
	if got, want := cluster.name(), "https://us-1.example"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNamesThatComeNearAreOffered(t *testing.T) {
	names := []string{"cyberdyne", "cybercorp", "initech", "cyberia", "cyberpunk"}
	for given, want := range map[string]string{"cyb": "cybercorp cyberdyne cyberia", "tech": "initech", "initechs": "initech", "umbrella": ""} {
		if got := strings.Join(near(names, given), " "); got != want {
			t.Errorf("%s: got %q, want %q", given, got, want)
		}
	}
}

func TestATenantIsWaitedForUntilItIsSettled(t *testing.T) {
	conditions := func(ready metav1.ConditionStatus, reason string, generation int64, more ...metav1.Condition) []metav1.Condition {
		return append(more, metav1.Condition{Type: v1alpha1.ConditionReady, Status: ready, Reason: reason, Message: "why", ObservedGeneration: generation})
	}
	stalled := metav1.Condition{Type: v1alpha1.ConditionStalled, Status: metav1.ConditionTrue}
	for name, test := range map[string]struct {
		conditions []metav1.Condition
		done       bool
		last       string
		code       int
	}{
		"ready":         {conditions: conditions("True", "Ready", 2), done: true},
		"ready before":  {conditions: conditions("True", "Ready", 1), last: "the operator has not looked at it yet"},
		"not looked at": {last: "the operator has not looked at it yet"},
		"on its way":    {conditions: conditions("False", "Provisioning", 2), last: "Provisioning: why"},
		"stalled":       {conditions: conditions("False", "NamespaceConflict", 2, stalled), last: "NamespaceConflict: why", code: exitFailure},
		"no capacity":   {conditions: conditions("False", v1alpha1.ReasonCapacityExhausted, 2), last: "CapacityExhausted: why", code: exitRefused},
	} {
		t.Run(name, func(t *testing.T) {
			tenant := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Generation: 2}, Status: v1alpha1.TenantStatus{Conditions: test.conditions}}
			done, last, err := settled(tenant)
			if done != test.done || last != test.last || err == nil != (test.code == 0) || err != nil && codeOf(err) != test.code {
				t.Errorf("got %t, %q, %v", done, last, err)
			}
		})
	}
}
