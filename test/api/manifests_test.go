// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// manifest is an object of one kind that the API accepts, as a user writes it in YAML. Each row of
// a table changes it a little.
type manifest struct {
	kind string
	spec string
}

// with returns the object after change, a JSON merge patch of the whole object in YAML.
func (m manifest) with(change string) *unstructured.Unstructured {
	GinkgoHelper()
	content := map[string]any{
		"metadata": map[string]any{"name": "sample", "namespace": metav1.NamespaceDefault},
		"spec":     parse(m.spec),
	}
	merge(content, parse(change))
	obj := &unstructured.Unstructured{Object: content}
	obj.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(m.kind))
	return obj
}

// accepts proves that the API takes the manifest with change, and that what it would store is what
// the Go type reads, without a field too many. Nothing is stored.
func (m manifest) accepts(ctx SpecContext, change string) {
	GinkgoHelper()
	obj := m.with(change)
	Expect(create(ctx, obj, client.DryRunAll)).To(Succeed())
	typed, err := scheme.Scheme.New(obj.GroupVersionKind())
	Expect(err).NotTo(HaveOccurred())
	Expect(runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(obj.Object, typed, true)).To(Succeed())
}

// refuses proves that the API does not take the manifest with change, for one cause alone: at field,
// with a message that contains words.
func (m manifest) refuses(ctx SpecContext, change, field, words string) {
	GinkgoHelper()
	expectRefusal(create(ctx, m.with(change), client.DryRunAll), field, words)
}

// defaults proves that the manifest with change, once accepted, has all that want says, in YAML.
func (m manifest) defaults(ctx SpecContext, change, want string) {
	GinkgoHelper()
	obj := m.with(change)
	Expect(create(ctx, obj, client.DryRunAll)).To(Succeed())
	merged := obj.DeepCopy()
	merge(merged.Object, parse(want))
	Expect(toYAML(obj.Object)).To(Equal(toYAML(merged.Object)))
}

// keeps proves that the manifest, once stored after first, can be changed by second.
func (m manifest) keeps(ctx SpecContext, first, second string) {
	GinkgoHelper()
	Expect(m.change(ctx, first, second)).To(Succeed())
}

// forbids proves that the manifest, once stored after first, can't be changed by second.
func (m manifest) forbids(ctx SpecContext, first, second, field, words string) {
	GinkgoHelper()
	expectRefusal(m.change(ctx, first, second), field, words)
}

// change stores the manifest after first in a namespace of its own and then patches it with second.
func (m manifest) change(ctx SpecContext, first, second string) error {
	GinkgoHelper()
	obj := m.with(first)
	obj.SetNamespace(newNamespace(ctx))
	store(ctx, obj)
	return patch(ctx, obj, second)
}

// store creates obj, and sees to it that nothing of it is left when the spec ends.
func store(ctx SpecContext, obj client.Object) {
	GinkgoHelper()
	Expect(create(ctx, obj)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) {
		Expect(k8sClient.Delete(ctx, obj)).To(Succeed())
		Expect(client.IgnoreNotFound(patch(ctx, obj, "{metadata: {finalizers: null}}"))).To(Succeed())
	})
}

// create creates obj and, as kubectl does, lets no field pass that the API does not know.
func create(ctx SpecContext, obj client.Object, options ...client.CreateOption) error {
	author := k8sClient
	if obj.GetObjectKind().GroupVersionKind().Kind == "RetainedTenant" { // people make none
		author = exempt()
	}
	strict := client.WithFieldValidation(author, metav1.FieldValidationStrict)
	return strict.Create(ctx, obj, options...)
}

// patch changes obj by a JSON merge patch in YAML.
func patch(ctx SpecContext, obj client.Object, change string) error {
	GinkgoHelper()
	body, err := yaml.YAMLToJSON([]byte(change))
	Expect(err).NotTo(HaveOccurred())
	return k8sClient.Patch(ctx, obj, client.RawPatch(types.MergePatchType, body))
}

// expectRefusal proves that err says that an object is invalid for one cause alone.
func expectRefusal(err error, field, words string) {
	GinkgoHelper()
	Expect(causes(err)).To(HaveLen(1), "got: %v", err)
	expectCause(err, field, words)
}

// expectCause proves that err says that an object is invalid, and names field with a message that
// contains words among the causes.
func expectCause(err error, field, words string) {
	GinkgoHelper()
	Expect(causes(err)).To(ContainElement(And(
		HaveField("Field", field),
		HaveField("Message", ContainSubstring(words)),
	)), "got: %v", err)
}

// causes are those for which err says that an object is invalid, but for the API server's remark that
// it did not look for more.
func causes(err error) []metav1.StatusCause {
	GinkgoHelper()
	Expect(err).To(Satisfy(apierrors.IsInvalid), "got: %v", err)
	var refusal *apierrors.StatusError
	Expect(errors.As(err, &refusal)).To(BeTrue())
	return slices.DeleteFunc(refusal.ErrStatus.Details.Causes, func(cause metav1.StatusCause) bool {
		return strings.Contains(cause.Message, "some validation rules were not checked")
	})
}

// parse reads YAML as kubectl does.
func parse(text string) map[string]any {
	GinkgoHelper()
	content := map[string]any{}
	Expect(yaml.Unmarshal([]byte(text), &content)).To(Succeed(), text)
	return content
}

// toYAML writes content as kubectl does.
func toYAML(content map[string]any) string {
	GinkgoHelper()
	text, err := yaml.Marshal(content)
	Expect(err).NotTo(HaveOccurred())
	return string(text)
}

// merge changes target as a JSON merge patch (RFC 7386) does.
func merge(target, patch map[string]any) {
	for key, value := range patch {
		nested, isMap := value.(map[string]any)
		switch {
		case value == nil:
			delete(target, key)
		case isMap:
			if _, there := target[key].(map[string]any); !there {
				target[key] = map[string]any{}
			}
			merge(target[key].(map[string]any), nested)
		default:
			target[key] = value
		}
	}
}

// spec writes the change of one or more fields of the spec, in YAML's flow style.
func spec(fields string) string {
	return fmt.Sprintf("{spec: {%s}}", fields)
}

// long is a text of n letters.
func long(n int) string {
	return strings.Repeat("a", n)
}

// times writes n numbered items in YAML's flow style; each is format with the number.
func times(n int, format string) string {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(items, ", ")
}
