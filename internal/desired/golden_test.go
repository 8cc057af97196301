// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/brand"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/license"
)

// kinds are those that a place may hold.
var kinds = func() *runtime.Scheme {
	all := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, gatewayv1.Install, certmanagerv1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(all); err != nil {
			panic(err)
		}
	}
	return all
}()

var update = flag.Bool("update", false, "write testdata/*/golden.yaml instead of comparing with it")

// scenario is a testdata/*/in.yaml. What is left out is as for a root without a host.
type scenario struct {
	Tenant    v1alpha1.Tenant    `json:"tenant"`
	Parent    string             `json:"parent"` // None, Known or Gone
	Ancestors []*v1alpha1.Tenant `json:"ancestors"`
	Children  int                `json:"children"`
	Host      hostClaim          `json:"host"`
	// PartnerDomains are those of the ancestors.
	PartnerDomains []string `json:"partnerDomains"`
	// CustomHeld says that the tenant holds its custom host; CustomInsecure, why it is not secure.
	CustomHeld     bool                         `json:"customHeld"`
	CustomInsecure string                       `json:"customInsecure"`
	Config         configv1alpha1.Configuration `json:"config"`
	// Plan in effect, Trial as it is written on the place, and Share of what is limited.
	Plan  *v1alpha1.LicensePlan `json:"plan"`
	Trial string                `json:"trial"`
	Share *license.Entry        `json:"share"`
	// AncestorPlans are in effect for the ancestors.
	AncestorPlans []*v1alpha1.LicensePlan `json:"ancestorPlans"`
	// Profile that the tenant bears, with its Logo.
	Profile *v1alpha1.WhiteLabelProfile `json:"profile"`
	Logo    string                      `json:"logo"`
	// Grants in the place, and StaffGrants in the partner's above it.
	Grants      []*v1alpha1.TenantAccessGrant `json:"grants"`
	StaffGrants []*v1alpha1.TenantAccessGrant `json:"staffGrants"`
}

type hostClaim struct {
	Held            bool   `json:"held"`
	HolderNamespace string `json:"holderNamespace"`
	HolderName      string `json:"holderName"`
}

func TestAPlaceIsAsInItsGoldenFile(t *testing.T) {
	forEachScenario(t, func(t *testing.T, directory string, in desired.Inputs) {
		if refusal := desired.Refuse(in); refusal != nil {
			t.Fatalf("refused: %s: %s", refusal.Reason, refusal.Message)
		}
		got := printed(t, desired.For(in).All())
		golden := filepath.Join(directory, "golden.yaml")
		if *update {
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatalf("%v: go test ./internal/desired -update writes it", err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got); if it should be so, go test ./internal/desired -update:\n%s", golden, diff)
		}
	})
}

// forEachScenario calls test with the Inputs of every testdata/*/in.yaml.
func forEachScenario(t *testing.T, test func(t *testing.T, directory string, in desired.Inputs)) {
	t.Helper()
	files, err := filepath.Glob("testdata/*/in.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios in testdata: %v", err)
	}
	for _, file := range files {
		directory := filepath.Dir(file)
		t.Run(filepath.Base(directory), func(t *testing.T) {
			test(t, directory, readInputs(t, file))
		})
	}
}

func readInputs(t *testing.T, file string) desired.Inputs {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var s scenario
	if err := yaml.UnmarshalStrict(data, &s); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	parents := map[string]desired.Parent{"None": desired.ParentNone, "Known": desired.ParentKnown, "Gone": desired.ParentGone}
	kind, ok := parents[s.Parent]
	if !ok {
		t.Fatalf("%s: parent is %q; it must be None, Known or Gone", file, s.Parent)
	}
	in := desired.Inputs{
		Tenant:         &s.Tenant,
		Parent:         kind,
		Ancestors:      s.Ancestors,
		PartnerDomains: s.PartnerDomains,
		Children:       s.Children,
		Host:           desired.HostClaim(s.Host),
		Config:         configuration(t, &s.Config),
		License:        desired.License{InEffect: license.InEffect{Plan: s.Plan, Trials: license.ParseTrials(s.Trial)}, Share: s.Share},
	}
	for _, plan := range s.AncestorPlans {
		in.AncestorPlans = append(in.AncestorPlans, license.InEffect{Plan: plan})
	}
	people := access.Inputs{Place: access.Place{Tenant: in.Tenant, Namespace: desired.NamespaceName(in), Closed: in.Closed(), Grants: s.Grants}.WithSeats(len(s.Grants))}
	if len(s.Ancestors) > 0 {
		people.Parent = &access.Place{Tenant: s.Ancestors[0], Namespace: s.Tenant.Namespace, Grants: s.StaffGrants}
		*people.Parent = people.Parent.WithSeats(len(s.StaffGrants))
	}
	in.Bindings = access.Bindings(people)
	if s.Profile != nil {
		in.Brand = brand.Brand{Profile: s.Profile, From: v1alpha1.BrandFromParent}
		in.Look = brand.Render(s.Profile.Spec, brand.Files{Logo: brand.File{Data: []byte(s.Logo)}})
	}
	if s.CustomHeld {
		in.Custom = &desired.CustomHost{Claim: desired.HostClaim{Held: true}}
	}
	if s.CustomInsecure != "" {
		in.Custom.Insecure = &desired.Insecurity{Reason: s.CustomInsecure}
	}
	return in
}

// printed is intents as a stream of YAML documents. Comments say what an object does not show.
func printed(t *testing.T, intents []apply.Intent) []byte {
	t.Helper()
	var out bytes.Buffer
	for _, intent := range intents {
		out.WriteString("---\n")
		if len(intent.ServerFields) > 0 {
			paths := make([]string, 0, len(intent.ServerFields))
			for _, path := range intent.ServerFields {
				paths = append(paths, strings.Join(path, "."))
			}
			fmt.Fprintf(&out, "# server fields: %s\n", strings.Join(paths, ", "))
		}
		for key := range intent.Generate {
			fmt.Fprintf(&out, "# made once: data.%s\n", key)
		}
		document, err := yaml.Marshal(fields(t, intent))
		if err != nil {
			t.Fatal(err)
		}
		out.Write(document)
	}
	return out.Bytes()
}

// fields of an intent's object, without its status.
func fields(t *testing.T, intent apply.Intent) map[string]any {
	t.Helper()
	kind, err := apiutil.GVKForObject(intent.Object, kinds)
	if err != nil {
		t.Fatal(err)
	}
	values, err := runtime.DefaultUnstructuredConverter.ToUnstructured(intent.Object)
	if err != nil {
		t.Fatal(err)
	}
	delete(values, "status")
	values["apiVersion"], values["kind"] = kind.GroupVersion().String(), kind.Kind
	return values
}
