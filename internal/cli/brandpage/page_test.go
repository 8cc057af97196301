// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package brandpage

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/brand"
)

var update = flag.Bool("update", false, "write the golden files")

const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>`

// TestRender compares the pages of brands with testdata/<name>.golden.
func TestRender(t *testing.T) {
	ofKey := func(key string) *v1alpha1.Image {
		return &v1alpha1.Image{ConfigMapKeyRef: &v1alpha1.ConfigMapKeyReference{Name: "pictures", Key: key}}
	}
	for name, c := range map[string]struct {
		spec  v1alpha1.WhiteLabelProfileSpec
		files brand.Files
	}{
		"empty": {},
		"full": {
			spec: v1alpha1.WhiteLabelProfileSpec{
				CompanyName: "Acme & Söhne", Logo: ofKey("logo.svg"), Favicon: &v1alpha1.Image{URL: "https://acme.example/favicon.ico?v=2"},
				Colors:       &v1alpha1.Colors{Primary: "#00aa77", Accent: "#ff8000", Background: "#ffffff80"},
				SupportEmail: "help@acme.example", SupportURL: "https://acme.example/help", EmailFrom: "noreply@acme.example",
				HideVendor: true, CustomCSS: ".portal h1 { color: var(--brand-primary) }",
			},
			files: brand.Files{Logo: brand.File{Data: []byte(svg)}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := rendered(t, c.spec, c.files)
			golden := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("the page differs from %s (-want +got); -update writes it:\n%s", golden, diff)
			}
		})
	}
}

// TestRenderHostile: whoever writes a brand runs nothing in the browser of who looks at it, and breaks out of nothing.
func TestRenderHostile(t *testing.T) {
	const script = `</style></title><script>alert(1)</script>`
	got := rendered(t, v1alpha1.WhiteLabelProfileSpec{
		CompanyName: script, SupportEmail: `"><script>alert(1)</script>@acme.example`, SupportURL: "javascript:alert(1)",
		Logo: &v1alpha1.Image{URL: "javascript:alert(1)"}, Favicon: &v1alpha1.Image{URL: `https://acme.example/"onload="alert(1)`},
		Colors: &v1alpha1.Colors{Primary: "red;}" + script}, CustomCSS: "a{} " + script,
	}, brand.Files{})
	for _, hostile := range []string{"<script", "javascript:", "onload=\"", "red;}"} {
		if strings.Contains(strings.ToLower(got), hostile) {
			t.Errorf("the page holds %q:\n%s", hostile, got)
		}
	}
	if !strings.Contains(got, "default-src 'none'") || !strings.Contains(got, "<iframe sandbox ") {
		t.Error("the page must forbid scripts, and the mail's frame must be closed off")
	}
}

func rendered(t *testing.T, spec v1alpha1.WhiteLabelProfileSpec, files brand.Files) string {
	t.Helper()
	profile := &v1alpha1.WhiteLabelProfile{ObjectMeta: metav1.ObjectMeta{Namespace: "acme", Name: "acme"}, Spec: spec}
	look := brand.Render(spec, files)
	page, err := Render(profile, look, look.Faults)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}
