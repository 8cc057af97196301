// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

const samplesDir = "../../config/samples"

var _ = Describe("The samples", func() {
	files := sampleFiles()

	for _, file := range files {
		It("are accepted by the API: "+file, func(ctx SpecContext) {
			namespace := newNamespace(ctx)
			for _, object := range readSample(file) {
				if object.GroupVersionKind().Group != v1alpha1.GroupVersion.Group {
					continue
				}
				// Where they lie is made when they are applied.
				object.SetNamespace(namespace)
				Expect(create(ctx, object, client.DryRunAll)).To(Succeed())
			}
		})

		It("leave toggles out that are at their neutral value: "+file, func() {
			content, err := os.ReadFile(filepath.Join(samplesDir, file))
			Expect(err).NotTo(HaveOccurred())
			for line := range strings.Lines(string(content)) {
				code, _, _ := strings.Cut(line, "#")
				Expect(strings.TrimSpace(code)).NotTo(BeElementOf("suspend: false", "active: true", "hideVendor: false", "prune: true"))
			}
		})
	}

	It("show every kind", func() {
		var shown []string
		for _, file := range files {
			for _, object := range readSample(file) {
				shown = append(shown, object.GetKind())
			}
		}
		for kind := range scheme.Scheme.KnownTypes(v1alpha1.GroupVersion) {
			if _, ours := scheme.Scheme.KnownTypes(v1alpha1.GroupVersion)[kind+"List"]; ours {
				Expect(shown).To(ContainElement(kind))
			}
		}
	})
})

// sampleFiles are the manifests in config/samples, as paths in there.
func sampleFiles() []string {
	var files []string
	for _, dir := range []string{"partner", "plans", "brands", "customers", "people", "assets", "scans", "later"} {
		found, err := filepath.Glob(filepath.Join(samplesDir, dir, "*.yaml"))
		if err != nil {
			panic(err) // the pattern is a constant
		}
		for _, path := range found {
			if filepath.Base(path) != "kustomization.yaml" {
				files = append(files, filepath.Join(dir, filepath.Base(path)))
			}
		}
	}
	return slices.Sorted(slices.Values(files))
}

func readSample(file string) []*unstructured.Unstructured {
	GinkgoHelper()
	content, err := os.ReadFile(filepath.Join(samplesDir, file))
	Expect(err).NotTo(HaveOccurred())
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(content), 4096)
	var objects []*unstructured.Unstructured
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(object)
		if errors.Is(err, io.EOF) {
			return objects
		}
		Expect(err).NotTo(HaveOccurred())
		if len(object.Object) > 0 { // not a comment between two separators
			objects = append(objects, object)
		}
	}
}
