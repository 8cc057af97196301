// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

func TestATenantIsMadeOfWhatIsSaid(t *testing.T) {
	const file = "{kind: Tenant, metadata: {name: cybercorp, labels: {team: north}}, spec: {planRef: {name: free}, contact: {name: Kim}}}"
	for name, test := range map[string]struct {
		said     newTenant
		manifest string
		metadata string
		spec     string
		fails    string
	}{
		"its name alone": {metadata: "{name: cybercorp}", spec: "{}"},
		"all": {
			said:     newTenant{plan: "gold", region: "eu", displayName: "CyberCorp", access: "readonly", admin: "oidc:kim:kim@cybercorp.example", brand: "dark", labels: map[string]string{"tier": "gold"}},
			metadata: "{name: cybercorp, labels: {tier: gold}}",
			spec:     "{planRef: {name: gold}, region: eu, displayName: CyberCorp, customerAccess: ReadOnly, admin: {username: 'oidc:kim', email: kim@cybercorp.example}, whiteLabel: {profileRef: {name: dark}}}",
		},
		"an administrator who gets no mail": {said: newTenant{admin: "kim@cybercorp.example:"}, metadata: "{name: cybercorp}", spec: "{admin: {username: kim@cybercorp.example}}"},
		"a file":                            {manifest: file, metadata: "{name: cybercorp, labels: {team: north}}", spec: "{planRef: {name: free}, contact: {name: Kim}}"},
		"a file, and more": {
			manifest: file, said: newTenant{plan: "gold", labels: map[string]string{"tier": "gold"}},
			metadata: "{name: cybercorp, labels: {team: north, tier: gold}}", spec: "{planRef: {name: gold}, contact: {name: Kim}}",
		},
		"an administrator without a colon": {said: newTenant{admin: "kim"}, fails: "--admin is USER:EMAIL"},
		"nobody with an address":           {said: newTenant{admin: ":kim@cybercorp.example"}, fails: "--admin is USER:EMAIL"},
		"an unknown access":                {said: newTenant{access: "Full"}, fails: `--customer-access: unknown value "Full"`},
		"a file of something else":         {manifest: "{kind: Secret}", fails: "t.yaml holds no Tenant, but a Secret"},
		"a file of another":                {manifest: "{metadata: {name: initech}}", fails: `t.yaml names tenant "initech", and the argument "cybercorp"`},
		"a file that is none":              {manifest: "{", fails: "t.yaml: "},
	} {
		t.Run(name, func(t *testing.T) {
			test.said.name, test.said.file = "cybercorp", "t.yaml"
			got, err := test.said.object([]byte(test.manifest))
			if test.fails != "" {
				if err == nil || !strings.HasPrefix(err.Error(), test.fails) {
					t.Errorf("got %v, want %s", err, test.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var want map[string]any
			if err := yaml.Unmarshal([]byte("{apiVersion: tenantry.io/v1alpha1, kind: Tenant, metadata: "+test.metadata+", spec: "+test.spec+"}"), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got.Object); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
