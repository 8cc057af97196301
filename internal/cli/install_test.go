// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/internal/cli/files"
	"github.com/tenantry/tenantry/internal/version"
)

func TestTheOperatorsManifestsAreThoseOfThisVersion(t *testing.T) {
	const digest = "@sha256:0123456789012345678901234567890123456789012345678901234567890123"
	for given, want := range map[string]string{
		"":                                      "ghcr.io/tenantry/tenantry:v0.1.0",
		"registry.example:5000/msp/tenantry:v2": "registry.example:5000/msp/tenantry:v2",
		"tenantry" + digest:                     "tenantry" + digest,
	} {
		code, out, errOut := run("install", "--image", given)
		if code != exitOK || !strings.Contains(errOut, "name yours with --config") {
			t.Fatalf("%q: exit code %d, %s", given, code, errOut)
		}
		documents, err := files.Parse("install.yaml", []byte(out))
		if err != nil {
			t.Fatal(err)
		}
		kinds := map[string]int{}
		for _, document := range documents {
			kinds[document.Object.GetKind()]++
			if document.Object.GetKind() != "Deployment" {
				continue
			}
			containers, _, _ := unstructured.NestedSlice(document.Object.Object, "spec", "template", "spec", "containers")
			if got := containers[0].(map[string]any)["image"]; len(containers) != 1 || got != want {
				t.Errorf("%q: the image is %s, want %s", given, got, want)
			}
		}
		if kinds["CustomResourceDefinition"] != 9 || kinds["Deployment"] != 1 || kinds["ValidatingAdmissionPolicy"] == 0 || kinds["Secret"] != 0 {
			t.Errorf("%q: it holds %v", given, kinds)
		}
	}
}

func TestABuildWithoutAVersionHasNoImage(t *testing.T) {
	for given, fails := range map[string]bool{"v0.1.0": false, version.Unknown: true, "(devel)": true, "v0.1.1-0.20261122+dirty": true} {
		streams, _, _, _ := genericiooptions.NewTestIOStreams()
		o := &InstallOptions{IOStreams: streams, Client: version.Info{Version: given}}
		if _, err := o.image(); (err != nil) != fails {
			t.Errorf("%s: %v", given, err)
		}
	}
}

func TestTheOperatorsConfigurationIsOneThatItStartsWith(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.yaml")
	const whole = "apiVersion: config.tenantry.io/v1alpha1\nkind: Configuration\nbaseDomain: msp.example\n"
	for text, want := range map[string]string{whole: "", whole + "retainFor: 3d\n": file + ": ", whole + "baseDomains: []\n": file + ": ", "": file + ": "} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errOut := run("install", "--config", file)
		switch refused := want != ""; {
		case refused && (code != exitUsage || out != "" || !strings.Contains(errOut, want)):
			t.Errorf("%s: exit code %d, %s", text, code, errOut)
		case !refused && (code != exitOK || !strings.Contains(out, "baseDomain: msp.example") || strings.Contains(out, "tenantry.example")):
			t.Errorf("%s: exit code %d, %s", text, code, errOut)
		}
	}
}
