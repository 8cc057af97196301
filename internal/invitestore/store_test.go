// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package invitestore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestInvitationsAreKeptWhereTheOperatorMayKeepThem(t *testing.T) {
	for file, want := range map[string]string{
		"rbac/mail_role.yaml":     "  name: tenantry-mail\n  namespace: " + Namespace + "\n",
		"policy/operator.yaml":    "request.namespace == '" + Namespace + "'",
		"manager/deployment.yaml": "  namespace: " + Namespace + "\n",
	} {
		text, err := os.ReadFile(filepath.Join("..", "..", "config", file))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), want) {
			t.Errorf("config/%s does not say %q", file, want)
		}
	}
}
