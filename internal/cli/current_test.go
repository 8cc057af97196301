// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"testing"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/tenantry/tenantry/internal/cli/contexts"
)

func TestTheTenantOfTheContextIsShown(t *testing.T) {
	hermetic(t)
	path := os.Getenv("KUBECONFIG")
	config, err := clientcmd.LoadFromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := contexts.Enter(config, "acme", contexts.Tenant{Name: "cybercorp", Parent: "acme", Namespace: "acme-cybercorp"}, noon); err != nil {
		t.Fatal(err)
	}
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"current":         {"current"},
		"current-json":    {"current", "-o", "json"},
		"current-yaml":    {"current", "-o", "yaml"},
		"current-name":    {"current", "-o", "name"},
		"current-short":   {"current", "--short"},
		"current-prompt":  {"current", "--prompt"},
		"current-another": {"current", "--context", "initech"},
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, screen(args)) })
	}
}
