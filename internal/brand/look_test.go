// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package brand_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/brand"
)

var update = flag.Bool("update", false, "write the golden files of testdata instead of comparing with them")

func fromKey(key string) *v1alpha1.Image {
	return &v1alpha1.Image{ConfigMapKeyRef: &v1alpha1.ConfigMapKeyReference{Name: "files", Key: key}}
}

// everything is a profile that says all there is.
func everything() v1alpha1.WhiteLabelProfileSpec {
	return v1alpha1.WhiteLabelProfileSpec{
		CompanyName:  "Acme & Söhne <MSP>",
		Logo:         fromKey("logo"),
		Favicon:      &v1alpha1.Image{URL: "https://acme.example/favicon.ico?v=2"},
		Colors:       &v1alpha1.Colors{Primary: "#0A7", Accent: "hsl(30 100% 50%)", Background: "rgba(255, 255, 255, .5)"},
		SupportEmail: "o'help@acme.example", SupportURL: "https://acme.example/help?a=b&c=d#top",
		EmailFrom: "no-reply@acme.example", SMTPSecretRef: &v1alpha1.LocalReference{Name: "smtp"},
		HideVendor: true, HidePricing: true,
		CustomCSS: ".portal > h1 { color: var(--brand-primary) }\n\n",
	}
}

const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"></path></svg>` + "\n"

func TestALookIsAsInItsGoldenFiles(t *testing.T) {
	for name, tc := range map[string]struct {
		spec  v1alpha1.WhiteLabelProfileSpec
		files brand.Files
	}{
		"everything": {everything(), brand.Files{Logo: brand.File{Data: []byte(svg)}}},
		"name_alone": {v1alpha1.WhiteLabelProfileSpec{CompanyName: "Acme"}, brand.Files{}},
		"no_good": {v1alpha1.WhiteLabelProfileSpec{
			CompanyName: "Acme\r\nBcc: x@evil.example", Logo: fromKey("logo"), Favicon: fromKey("favicon"),
			Colors:       &v1alpha1.Colors{Primary: "red; } body { display: none", Accent: "#ff8a00"},
			SupportEmail: "a@acme.example\r\nBcc: x@evil.example", SupportURL: "javascript:alert(1)", EmailFrom: "x",
			CustomCSS: "@import 'https://evil.example';",
		}, brand.Files{Logo: brand.File{Data: []byte("<svg onload='alert(1)'/>")}, Favicon: brand.File{Lack: `names ConfigMap "files", which is not in namespace "acme": make it`}}},
	} {
		t.Run(name, func(t *testing.T) {
			look := brand.Render(tc.spec, tc.files)
			effective := brand.Effective(brand.Brand{Profile: &v1alpha1.WhiteLabelProfile{}, From: v1alpha1.BrandFromParent}, look, "")
			got, err := json.MarshalIndent(map[string]any{"data": look.Data, "binary": look.Binary, "images": look.Images, "faults": look.Faults, "effective": effective}, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			golden := filepath.Join("testdata", name+".golden.json")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v: go test ./internal/brand -update writes it", err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("(-want +got); if it should be so, go test ./internal/brand -update:\n%s", diff)
			}
		})
	}
}

func TestTheSampleIsWornWhole(t *testing.T) {
	sample, err := os.ReadFile("../../config/samples/brands/acme.yaml")
	if err != nil {
		t.Fatal(err)
	}
	profile, files := v1alpha1.WhiteLabelProfile{}, corev1.ConfigMap{}
	documents := strings.SplitN(string(sample), "\n---\n", 2)
	for i, into := range []any{&profile, &files} {
		if err := yaml.UnmarshalStrict([]byte(documents[i]), into); err != nil {
			t.Fatal(err)
		}
	}
	look := brand.Render(profile.Spec, brand.Files{Logo: brand.File{Data: []byte(files.Data[profile.Spec.Logo.ConfigMapKeyRef.Key])}})
	if len(look.Faults) != 0 || len(look.Images) != 1 {
		t.Errorf("%v, %v", look.Faults, look.Images)
	}
}

func TestPicturesAreWhatTheyHold(t *testing.T) {
	drawn := func(encode func(*bytes.Buffer, image.Image) error, side int) []byte {
		var out bytes.Buffer
		if err := encode(&out, image.NewPaletted(image.Rect(0, 0, side, 1), nil)); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	inPNG := func(out *bytes.Buffer, picture image.Image) error {
		return png.Encode(out, image.NewGray(picture.Bounds()))
	}
	inJPEG := func(out *bytes.Buffer, picture image.Image) error {
		return jpeg.Encode(out, image.NewGray(picture.Bounds()), nil)
	}
	inGIF := func(out *bytes.Buffer, picture image.Image) error {
		return gif.Encode(out, image.NewGray(picture.Bounds()), nil)
	}
	for name, tc := range map[string]struct {
		data  []byte
		key   string
		fault string
	}{
		"PNG":                       {drawn(inPNG, 8), "favicon.png", ""},
		"JPEG":                      {drawn(inJPEG, 8), "favicon.jpg", ""},
		"GIF":                       {drawn(inGIF, 8), "favicon.gif", ""},
		"ICO":                       {[]byte("\x00\x00\x01\x00\x01\x00\x10\x10"), "favicon.ico", ""},
		"WebP":                      {[]byte("RIFF\x00\x00\x00\x00WEBPVP8 "), "favicon.webp", ""},
		"SVG":                       {[]byte(svg), "favicon.svg", ""},
		"a bomb":                    {drawn(inPNG, 5000), "", "5000 by 1 points"},
		"a beginning of a PNG":      {[]byte("\x89PNG\x0d\x0a\x1a\x0a<script>"), "", "can't be read"},
		"HTML":                      {[]byte("<!doctype html><script>alert(1)</script>"), "", "must have no DOCTYPE"},
		"a script":                  {[]byte("alert(1)"), "", "no svg element"},
		"an archive":                {[]byte("PK\x03\x04"), "", "no picture"},
		"nothing":                   {nil, "", "no svg element"},
		"more than there is room":   {make([]byte, brand.MaxFavicon+1), "", "of at most"},
		"SVG with a script":         {[]byte(strings.Replace(svg, "<path", "<script/><path", 1)), "", "script"},
		"SVG that grows beyond all": {[]byte(strings.Replace(svg, "</svg>", strings.Repeat("<g/>", brand.MaxFavicon/5)+"</svg>", 1)), "", "written anew"},
	} {
		t.Run(name, func(t *testing.T) {
			look := brand.Render(v1alpha1.WhiteLabelProfileSpec{Favicon: fromKey("x")}, brand.Files{Favicon: brand.File{Data: tc.data}})
			if tc.fault != "" {
				if len(look.Faults) != 1 || !strings.Contains(look.Faults[0], tc.fault) || len(look.Binary) != 0 || len(look.Images) != 0 {
					t.Fatalf("%v %v, want %q", look.Faults, look.Images, tc.fault)
				}
				return
			}
			if len(look.Faults) != 0 || len(look.Binary) != 1 || look.Binary[tc.key] == nil || len(look.Images) != 1 {
				t.Fatalf("%v %v %v", look.Faults, look.Binary, look.Images)
			}
		})
	}
}

func TestSenderAndMailServerOfAProfileElsewhereAreNotTheTenants(t *testing.T) {
	spec := everything()
	worn := brand.Brand{Profile: &v1alpha1.WhiteLabelProfile{Spec: spec}, From: v1alpha1.BrandFromSync, Via: []string{"baseline"}}
	worn.Profile.Namespace = "platform"
	look := brand.Render(spec, brand.Files{Logo: brand.File{Data: []byte(svg)}})
	var products []string
	for _, field := range brand.Effective(worn, look, "acme").Fields {
		if field.From == v1alpha1.BrandFromProduct {
			products = append(products, field.Name)
		}
	}
	if diff := cmp.Diff([]string{"emailFrom", "smtpSecretRef"}, products); diff != "" {
		t.Error(diff)
	}
}

// FuzzRender puts what somebody wrote into every field, with no schema before it, and has it read back by others.
func FuzzRender(f *testing.F) {
	f.Add("Acme", "red", "a {}", "https://acme.example/")
	f.Add("</script><script>alert(1)</script>", "#fff;}", "</style>", "https://acme.example/\"onload=")
	f.Add("\u2028\u202e", "rgb(1,2,3)", "a{b:c}", "https://a/')")
	f.Fuzz(func(t *testing.T, name, color, sheet, link string) {
		look := brand.Render(v1alpha1.WhiteLabelProfileSpec{
			CompanyName: v1alpha1.DisplayText(name), SupportEmail: v1alpha1.Email(name), EmailFrom: v1alpha1.Email(link),
			Colors:     &v1alpha1.Colors{Primary: v1alpha1.Color(color), Accent: v1alpha1.Color(name), Background: v1alpha1.Color(link)},
			SupportURL: v1alpha1.HTTPSURL(link), Logo: &v1alpha1.Image{URL: v1alpha1.HTTPSURL(link)}, Favicon: fromKey("x"), CustomCSS: sheet,
		}, brand.Files{Favicon: brand.File{Data: []byte(sheet)}})
		again := brand.Render(v1alpha1.WhiteLabelProfileSpec{CompanyName: v1alpha1.DisplayText(name)}, brand.Files{})
		text := look.Data[brand.KeyJSON]
		var read map[string]any
		if err := json.Unmarshal([]byte(text), &read); err != nil {
			t.Fatalf("%q is no JSON: %v", text, err)
		}
		for _, page := range []string{"<script>var brand = " + text + "</script>", "<style>" + look.Data[brand.KeyCSS] + "</style>", "<script>" + again.Data[brand.KeyJSON] + "</script>"} {
			if strays := elementsBesides(t, page, "html", "head", "body", "script", "style"); len(strays) > 0 {
				t.Errorf("%q breaks out as %v", page, strays)
			}
		}
		if strings.ContainsAny(text, "<>&\u2028\u2029\u202e\u2066") {
			t.Errorf("%q holds what a page would read", text)
		}
		if strings.Count(look.Data[brand.KeyCSS], "@import") > 0 && !strings.ContainsAny(sheet, `"'*`) {
			t.Errorf("%q loads", look.Data[brand.KeyCSS])
		}
	})
}

// elementsBesides are what a browser finds in a page, and what of a page's end is left over.
func elementsBesides(t *testing.T, page string, known ...string) []string {
	t.Helper()
	document, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var strays []string
	for node := range document.Descendants() {
		if node.Type == html.ElementNode && !slices.Contains(known, node.Data) || node.Type == html.TextNode && node.Parent.Data == "body" && strings.TrimSpace(node.Data) != "" {
			strays = append(strays, node.Data)
		}
	}
	return strays
}
