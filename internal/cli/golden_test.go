// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/internal/version"
)

var update = flag.Bool("update", false, "write the golden files")

const kubeconfig = `apiVersion: v1
kind: Config
clusters: [{name: eu-1, cluster: {server: "https://eu-1.example"}}]
users: [{name: pat}]
contexts: [{name: acme, context: {cluster: eu-1, user: pat}}, {name: initech, context: {cluster: eu-1, user: pat}}]
`

// TestScreens runs the plugin and compares what a person sees with testdata/<name>.golden.
func TestScreens(t *testing.T) {
	hermetic(t)
	for name, args := range map[string][]string{
		"root":                     {},
		"root-help":                {"--help"},
		"help-of-a-command":        {"help", "version"},
		"unknown-command":          {"versio"},
		"unknown-flag":             {"version", "--colour"},
		"options":                  {"options"},
		"version":                  {"version"},
		"version-json":             {"version", "-o", "json"},
		"version-yaml":             {"version", "--output=yaml"},
		"version-unknown-output":   {"version", "-o", "xml"},
		"version-argument":         {"version", "server"},
		"version-kubectl-flags":    {"version", "-n", "acme", "--context", "acme", "--as", "pat", "-v", "0"},
		"completion-help":          {"completion", "--help"},
		"completion-no-shell":      {"completion"},
		"completion-unknown-shell": {"completion", "tcsh"},
		"completion-two-shells":    {"completion", "bash", "zsh"},
		"completion-install-help":  {"completion", "install", "--help"},
		"list-help":                {"list", "--help"},
		"list-unknown-status":      {"list", "--status", "Active,Broken"},
		"list-unknown-order":       {"list", "--sort-by", "size"},
		"list-unknown-output":      {"list", "-o", "xml"},
		"list-bad-selector":        {"list", "-l", "tier in gold"},
		"list-bad-length":          {"list", "--inactive-for", "long"},
		"list-bad-limit":           {"list", "--limit", "-1"},
		"list-watch-limit":         {"list", "-w", "--limit", "3"},
		"list-bad-colour":          {"list", "--color", "blue"},
		"list-tree-filter":         {"list", "--tree", "--status", "Active", "-l", "a=b", "-n", "acme"},
		"list-argument":            {"list", "cybercorp"},
		"suspend-help":             {"suspend", "--help"},
		"suspend-no-name":          {"suspend"},
		"suspend-name-and-labels":  {"suspend", "cybercorp", "-l", "tier=gold"},
		"suspend-bad-selector":     {"suspend", "-l", "tier in gold"},
		"suspend-bad-dry-run":      {"suspend", "cybercorp", "--dry-run=maybe"},
		"suspend-unknown-output":   {"suspend", "cybercorp", "-o", "wide"},
		"suspend-no-time":          {"suspend", "cybercorp", "--wait", "--timeout", "0s"},
		"resume-help":              {"resume", "--help"},
		"activate-help":            {"activate", "--help"},
		"describe-help":            {"describe", "--help"},
		"describe-no-name":         {"describe"},
		"tree-help":                {"tree", "--help"},
		"tree-two":                 {"tree", "cybercorp", "initech"},
		"invite-help":              {"invite", "--help"},
		"invite-no-address":        {"invite", "cybercorp"},
		"invite-unknown-role":      {"invite", "cybercorp", "kim@cybercorp.example", "--role", "root"},
		"delegate-help":            {"delegate", "--help"},
		"delegate-nobody":          {"delegate", "cybercorp"},
		"delegate-no-end":          {"delegate", "cybercorp", "--to", "tech"},
		"delegate-two-ends":        {"delegate", "cybercorp", "--to", "tech", "--for", "8h", "--forever"},
		"delegate-nothing":         {"delegate", "--to", "tech", "--for", "8h"},
		"access-help":              {"access", "--help"},
		"access-unknown":           {"access", "revok"},
		"access-list-help":         {"access", "list", "--help"},
		"access-revoke-help":       {"access", "revoke", "--help"},
		"access-extend-help":       {"access", "extend", "--help"},
		"access-extend-no-end":     {"access", "extend", "kim"},
		"access-whoami-help":       {"access", "whoami", "--help"},
		"access-whoami-two":        {"access", "whoami", "cybercorp", "initech"},
		"access-whoami-bad-name":   {"access", "whoami", "acme/cyber/corp"},
		"access-who-can-help":      {"access", "who-can", "--help"},
		"access-who-can-nothing":   {"access", "who-can", "get"},
		"access-who-can-address":   {"access", "who-can", "get", "/healthz"},
		"access-who-can-parts":     {"access", "who-can", "get", "pods/web/log"},
		"tab-verb":                 {"__complete", "access", "who-can", ""},
		"tab-role":                 {"__complete", "invite", "--role", ""},
		"plan-change-help":         {"plan", "change", "--help"},
		"plan-change-none":         {"plan", "change"},
		"plan-change-no-tenant":    {"plan", "change", "gold"},
		"brand-copy-help":          {"brand", "copy", "--help"},
		"brand-copy-from-nobody":   {"brand", "copy", "--to", "initech"},
		"brand-copy-to-nobody":     {"brand", "copy", "--from", "cybercorp"},
		"brand-preview-help":       {"brand", "preview", "--help"},
		"brand-preview-file":       {"brand", "preview", "-f", "testdata/brand-valid.yaml"},
		"brand-preview-unread":     {"brand", "preview", "-f", "testdata/brand-later.yaml"},
		"brand-preview-two":        {"brand", "preview", "acme", "other"},
		"brand-preview-two-files":  {"brand", "preview", "-f", "testdata/brand-faulty.yaml", "-f", "testdata/brand-valid.yaml"},
		"brand-validate-help":      {"brand", "validate", "--help"},
		"brand-validate-valid":     {"brand", "validate", "-f", "testdata/brand-valid.yaml"},
		"brand-validate-faulty":    {"brand", "validate", "-f", "testdata/brand-faulty.yaml", "-f", "testdata/brand-valid.yaml"},
		"brand-validate-twice":     {"brand", "validate", "-f", "testdata/brand-valid.yaml", "-f", "testdata/brand-valid.yaml"},
		"brand-validate-unread":    {"brand", "validate", "-f", "testdata/brand-unread.yaml"},
		"brand-validate-no-file":   {"brand", "validate", "-f", "testdata/none.yaml"},
		"brand-preview-faulty":     {"brand", "preview", "-f", "testdata/brand-hiding.yaml"},
		"brand-validate-nothing":   {"brand", "validate"},
		"brand-validate-none":      {"brand", "validate", "-f", "testdata/tenants.yaml"},
		"brand-copy-argument":      {"brand", "copy", "--from", "cybercorp", "initech"},
		"create-help":              {"create", "--help"},
		"create-no-colon":          {"create", "cybercorp", "--admin", "kim"},
		"create-yaml":              {"create", "cybercorp", "-n", "acme", "--context", "acme", "-s", "https://127.0.0.1:1", "--token", "t", "--plan", "gold", "--labels", "tier=gold", "--dry-run=client", "-o", "yaml"},
		"delete-help":              {"delete", "--help"},
		"delete-two":               {"delete", "cybercorp", "initech"},
		"render-help":              {"render", "--help"},
		"render-nothing":           {"render"},
		"render-two":               {"render", "cybercorp", "-f", "cybercorp.yaml"},
		"render-unknown-output":    {"render", "cybercorp", "-o", "name"},
		"diff-help":                {"diff", "--help"},
		"diff-one-input":           {"diff", "-f", "-", "--config", "-"},
		"export-help":              {"export", "--help"},
		"export-nothing":           {"export"},
		"export-name-and-all":      {"export", "cybercorp", "--all"},
		"export-unknown-with":      {"export", "cybercorp", "--with", "access,secrets"},
		"export-unknown-output":    {"export", "cybercorp", "-o", "xml"},
		"export-no-directory":      {"export", "cybercorp", "-o", "dir="},
		"export-force-no-file":     {"export", "cybercorp", "--force"},
		"export-unknown-tool":      {"export", "--all", "-o", "dir=customers", "--gitops", "fleet", "--repo", "https://git.acme.example/customers.git"},
		"export-no-repo":           {"export", "--all", "-o", "dir=customers", "--gitops", "flux"},
		"export-password":          {"export", "--all", "-o", "dir=customers", "--gitops", "argocd", "--repo", "https://pat:x@git.acme.example/customers.git"},
		"export-path-outside":      {"export", "--all", "-o", "dir=customers", "--gitops", "flux", "--repo", "customers", "--repo-path", "../customers"},
		"install-help":             {"install", "--help"},
		"install-no-image":         {"install", "--image", "registry.example/Tenantry"},
		"install-no-tag":           {"install", "--image", "registry.example/tenantry"},
		"import-help":              {"import", "--help"},
		"import-nothing":           {"import"},
		"import-argument":          {"import", "cybercorp.yaml"},
		"import-no-file":           {"import", "-f", "testdata/none.yaml"},
		"tab-with":                 {"__complete", "export", "--with", ""},
		"restore-help":             {"restore", "--help"},
		"purge-help":               {"purge", "--help"},
		"set-help":                 {"set", "--help"},
		"set-nothing":              {"set", "cybercorp"},
		"set-unknown":              {"set", "cybercorp", "seats=3"},
		"set-twice":                {"set", "cybercorp", "agents=3", "agents=4"},
		"set-bad-value":            {"set", "cybercorp", "customer-access=Full"},
		"set-no-name":              {"set", "agents=3"},
		"tab-settings":             {"__complete", "set", "cybercorp", "plan=gold", ""},
		"tab-access":               {"__complete", "set", "cybercorp", "customer-access="},
		"tab-dry-run":              {"__complete", "suspend", "--dry-run", ""},
		"tab-written":              {"__complete", "suspend", "-o", ""},
		"switch-help":              {"switch", "--help"},
		"switch-no-name":           {"switch"},
		"switch-bad-name":          {"switch", "acme/cyber corp"},
		"switch-nowhere-to-go":     {"switch", "-"},
		"switch-as-somebody":       {"switch", "cybercorp", "--as", "pat"},
		"current-prompt-none":      {"current", "--prompt"},
		"current-none":             {"current"},
		"current-unknown-output":   {"current", "-o", "wide"},
		"current-help":             {"current", "--help"},
		"shell-help":               {"shell", "--help"},
		"shell-no-command":         {"shell", "cybercorp", "--"},
		"shell-two-names":          {"shell", "cybercorp", "initech"},
		"shell-no-name":            {"shell"},
		"sync":                     {"sync"},
		"sync-unknown":             {"sync", "go"},
		"sync-history-help":        {"sync", "history", "--help"},
		"sync-history-no-name":     {"sync", "history"},
		"sync-run-help":            {"sync", "run", "--help"},
		"sync-run-no-name":         {"sync", "run"},
		"plan-show-no-name":        {"plan", "show"},
		"usage-help":               {"usage", "--help"},
		"usage-unknown-order":      {"usage", "--sort-by", "size"},
		"schedule":                 {"schedule"},
		"schedule-run-no-name":     {"schedule", "run"},
		"schedule-run-help":        {"schedule", "run", "--help"},
		"margin-help":              {"margin", "--help"},
		"open-help":                {"open", "--help"},
		"open-no-name":             {"open"},
		"open-unknown-page":        {"open", "cybercorp", "--page", "admin"},
		"report-help":              {"report", "--help"},
		"report-no-name":           {"report"},
		"open-bad-name":            {"open", "acme/"},
		"tab-status":               {"__complete", "list", "--status", ""},
		"tab-order":                {"__complete", "list", "--sort-by", ""},
		"tab-colour":               {"__complete", "list", "--color", ""},
		"tab-command":              {"__complete", ""},
		"tab-shell":                {"__complete", "completion", ""},
		"tab-output":               {"__complete", "version", "-o", ""},
		"tab-context":              {"__complete", "version", "--context", ""},
		"tab-cluster":              {"__complete", "version", "--cluster", ""},
		"tab-namespace":            {"__complete", "version", "-n", ""},
		"tab-kubeconfig":           {"__complete", "version", "--kubeconfig", ""},
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name, screen(args))
		})
	}
}

// golden compares what a person sees with testdata/<name>.golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), `go test ./internal/cli -update` takes it:\n%s", path, diff)
	}
}

var build = version.Info{
	Version:   "v0.1.0",
	Commit:    "0123abc",
	Date:      "2026-11-22T00:00:00Z",
	GoVersion: "go1.26.0",
	Platform:  "linux/amd64",
}

// hermetic gives the test a kubeconfig and a cache directory of its own.
func hermetic(t *testing.T) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, []byte(kubeconfig), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", path)
	t.Setenv("KUBECACHEDIR", "/var/cache/kube")
}

// screen is the command line, standard output, standard error and exit code of one run.
func screen(args []string) string {
	code, out, errOut := run(args...)
	var b strings.Builder
	fmt.Fprintf(&b, "$ kubectl tenant")
	for _, arg := range args {
		if arg == "" {
			arg = "''"
		}
		fmt.Fprintf(&b, " %s", arg)
	}
	fmt.Fprintf(&b, "\n%s", out)
	if errOut != "" {
		fmt.Fprintf(&b, "--- standard error\n%s", errOut)
	}
	fmt.Fprintf(&b, "--- exit code %d\n", code)
	return b.String()
}

func run(args ...string) (code int, out, errOut string) {
	streams, _, stdout, stderr := genericiooptions.NewTestIOStreams()
	code = execute(context.Background(), NewCommand(streams, build), args)
	return code, stdout.String(), stderr.String()
}
