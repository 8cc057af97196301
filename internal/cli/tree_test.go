// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"strings"
	"testing"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

func TestATreeIsShown(t *testing.T) {
	listed, _ := arrange(some(t), "", false)
	partner := tenantNode(listed[2])
	partner.children = []node{tenantNode(listed[0]), tenantNode(listed[1])}
	place := node{text: "Namespace acme-umbrella", children: []node{
		objectNode("ConfigMap", "rules", map[string]string{v1alpha1.LabelSyncedBy: "alerts"}), objectNode("ResourceQuota", "tenantry", nil),
	}}
	var out strings.Builder
	root := node{text: "namespace platform (cluster eu-1)", children: []node{partner, {text: "umbrella", children: []node{place}}}}
	if err := root.print(&out); err != nil {
		t.Fatal(err)
	}
	golden(t, "tree", out.String())
}
