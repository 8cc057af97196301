// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// Every reason that a Tenant's conditions may have is explained to users.
func TestTheReferenceNamesEveryReason(t *testing.T) {
	reference, err := os.ReadFile("../../docs/reference/conditions.md")
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), "conditions.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var reasons int
	ast.Inspect(file, func(node ast.Node) bool {
		constant, ok := node.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(constant.Names[0].Name, "Reason") {
			return true
		}
		reasons++
		if value := constant.Values[0].(*ast.BasicLit).Value; !strings.Contains(string(reference), "`"+strings.Trim(value, `"`)+"`") {
			t.Errorf("docs/reference/conditions.md does not name reason %s", value)
		}
		return true
	})
	if reasons == 0 {
		t.Error("no reasons found in conditions.go")
	}
}
