// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/internal/rights"
)

// boundIn testdata is what a place's people may, by the manifests' ClusterRoles.
func boundIn(t *testing.T) bindings {
	t.Helper()
	known := bindings{objects: objectsOf(t, "bindings.yaml"), roles: map[rights.Role][]rbacv1.PolicyRule{}}
	for _, object := range known.objects {
		if object.GetKind() == "ClusterRoleBinding" {
			known.bindings = append(known.bindings, rights.OfCluster(must[rbacv1.ClusterRoleBinding](t, object)))
			continue
		}
		known.bindings = append(known.bindings, rights.OfNamespace(must[rbacv1.RoleBinding](t, object)))
	}
	if err := known.ship(); err != nil {
		t.Fatal(err)
	}
	return known
}

func must[T any](t *testing.T, object *unstructured.Unstructured) *T {
	t.Helper()
	known, err := typed[T](object)
	if err != nil {
		t.Fatal(err)
	}
	return known
}

func TestWhoCanIsShown(t *testing.T) {
	for name, test := range map[string]struct {
		question rights.Question
		format   string
	}{
		"who-can":          {question: rights.Question{Verb: "get", Resource: "pods"}},
		"who-can-json":     {question: rights.Question{Verb: "get", Resource: "secrets"}, format: outputJSON},
		"who-can-yaml":     {question: rights.Question{Verb: "get", Resource: "secrets"}, format: outputYAML},
		"who-can-name":     {question: rights.Question{Verb: "get", Resource: "pods"}, format: "name"},
		"who-can-jsonpath": {question: rights.Question{Verb: "get", Resource: "pods"}, format: "jsonpath={.items[*].metadata.name}"},
		"who-can-nobody":   {question: rights.Question{Verb: "create", Resource: "serviceaccounts/token"}},
	} {
		t.Run(name, func(t *testing.T) {
			streams, _, out, complaints := genericiooptions.NewTestIOStreams()
			o := &AccessWhoCanOptions{IOStreams: streams, output: newOutput()}
			*o.output.flags.OutputFormat = test.format
			known := boundIn(t)
			if err := o.print(known, rights.WhoCan(test.question, known.bindings, known.roles)); err != nil {
				t.Fatal(err)
			}
			golden(t, name, out.String()+"--- standard error\n"+complaints.String())
		})
	}
}
