// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// maker makes values by the schema of a kind, by a seed.
type maker struct {
	random *rand.Rand
	spec   *apiextensionsv1.JSONSchemaProps
}

// newMaker of a kind, by the schema that the API server has.
func newMaker(ctx context.Context, seed uint64, name string) *maker {
	GinkgoHelper()
	stored := &unstructured.Unstructured{}
	stored.SetGroupVersionKind(apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition"))
	Expect(here.Client.Get(ctx, client.ObjectKey{Name: name}, stored)).To(Succeed())
	kind := &apiextensionsv1.CustomResourceDefinition{}
	Expect(runtime.DefaultUnstructuredConverter.FromUnstructured(stored.Object, kind)).To(Succeed())
	spec := kind.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
	return &maker{random: rand.New(rand.NewPCG(seed, 7)), spec: &spec}
}

// value of a schema: one that it allows, on its boundary more often than not; an odd one may be one
// that it does not allow.
func (m *maker) value(schema *apiextensionsv1.JSONSchemaProps, odd bool) any {
	switch {
	case len(schema.Enum) > 0 && !m.now(odd):
		var value any
		Expect(json.Unmarshal(pick(m.random, schema.Enum).Raw, &value)).To(Succeed())
		return value
	case schema.XIntOrString:
		return m.quantity(odd)
	case schema.Type == "object" && schema.AdditionalProperties != nil:
		return m.table(schema, odd)
	case schema.Type == "object":
		return m.object(schema, odd)
	case schema.Type == "array":
		return m.list(schema, odd)
	case schema.Type == "boolean":
		return m.random.IntN(2) == 0
	case schema.Type == "integer":
		return m.integer(schema, odd)
	}
	return m.text(schema, odd)
}

// now and then an odd value is one that is not allowed.
func (m *maker) now(odd bool) bool { return odd && m.random.IntN(8) == 0 }

func (m *maker) object(schema *apiextensionsv1.JSONSchemaProps, odd bool) map[string]any {
	object := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		property := schema.Properties[name]
		if slices.Contains(schema.Required, name) && !m.now(odd) || m.random.IntN(3) == 0 {
			object[name] = m.value(&property, odd)
		}
	}
	return object
}

func (m *maker) table(schema *apiextensionsv1.JSONSchemaProps, odd bool) map[string]any {
	table := map[string]any{}
	for n := range m.size(schema.MaxProperties, tooMany, odd) {
		table[fmt.Sprintf("Name%d", n)] = m.value(schema.AdditionalProperties.Schema, odd)
	}
	if m.now(odd) {
		table[pick(m.random, texts())] = m.value(schema.AdditionalProperties.Schema, odd)
	}
	return table
}

func (m *maker) list(schema *apiextensionsv1.JSONSchemaProps, odd bool) []any {
	list := []any{}
	length := m.size(schema.MaxItems, 1, odd)
	if schema.MinItems != nil && !m.now(odd) {
		length = max(length, int(*schema.MinItems))
	}
	for range length {
		value := m.value(schema.Items.Schema, odd)
		if set := schema.XListType != nil && *schema.XListType == "set"; set && slices.Contains(list, value) && !m.now(odd) {
			continue
		}
		list = append(list, value)
	}
	return list
}

// tooMany is by how many a table is too long; a list, which may be one of lists, is by one.
const tooMany = 1000

// size of a list or table: none, one, as many as there may be, or too many.
func (m *maker) size(most *int64, beyond int, odd bool) int {
	limit := 16
	if most != nil {
		limit = int(*most)
	}
	if m.now(odd) {
		return limit + beyond
	}
	return pick(m.random, []int{0, 1, 2, limit})
}

func (m *maker) integer(schema *apiextensionsv1.JSONSchemaProps, odd bool) any {
	all := []int64{0, 1, -1, 2, 10, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64}
	if schema.Minimum != nil {
		all = append(all, int64(*schema.Minimum), int64(*schema.Minimum)-1)
	}
	if schema.Maximum != nil {
		all = append(all, int64(*schema.Maximum), int64(*schema.Maximum)+1)
	}
	return fitting(m, all, odd, func(value int64) bool {
		within := schema.Format != "int32" || value == int64(int32(value))
		return within && (schema.Minimum == nil || value >= int64(*schema.Minimum)) && (schema.Maximum == nil || value <= int64(*schema.Maximum))
	})
}

func (m *maker) text(schema *apiextensionsv1.JSONSchemaProps, odd bool) any {
	all := append(texts(), m.name(odd))
	if schema.MaxLength != nil {
		most := int(*schema.MaxLength)
		all = append(all, strings.Repeat("a", most), strings.Repeat("é", most), strings.Repeat("a", most+1))
	}
	pattern := regexp.MustCompile(schema.Pattern)
	return fitting(m, all, odd, func(value string) bool {
		length := int64(utf8.RuneCountInString(value))
		return pattern.MatchString(value) && (schema.MinLength == nil || length >= *schema.MinLength) && (schema.MaxLength == nil || length <= *schema.MaxLength)
	})
}

// fitting is one of the values that fit; now and then an odd one is any.
func fitting[T any](m *maker, all []T, odd bool, fits func(T) bool) any {
	good := slices.DeleteFunc(slices.Clone(all), func(value T) bool { return !fits(value) })
	if len(good) == 0 || m.now(odd) {
		good = all
	}
	return pick(m.random, good)
}

// name that a Tenant may have, up to the limit of a DNS label; an odd one may be none.
func (m *maker) name(odd bool) string {
	token := fmt.Sprintf("%08x", m.random.Uint32())
	if m.now(odd) {
		return pick(m.random, []string{"-" + token, "ü" + token, "X" + token, "kube-system", "customer", strings.Repeat("t", 56) + token})
	}
	return pick(m.random, []string{"f" + token, token, "0" + token, strings.Repeat("l", 55) + token})
}

// quantities, as they may be and as they may not.
func (m *maker) quantity(odd bool) any {
	if m.now(odd) {
		return pick(m.random, []any{"9999999999999999999999", "-1", "1n", int64(-1), "1Zi", "", "ten"})
	}
	return pick(m.random, []any{"0", "1", "1Gi", "2Ti", "1e3", "9223372036854775807", int64(3), int64(0)})
}

// texts that software stumbles over.
func texts() []string {
	return []string{
		"", "a", "customer", "nowhere", "default", "kube-system", "0s", "1ns", "1h30m", "8760h", "8760h0m0.001s", "99999999h", "true", "null", "{}", "[]", "$(HOST)", "${HOST}", "{{ .Host }}",
		"Acme Ltd", "Zażółć gęślą jaźń", "日本語の会社", "👩‍👩‍👧‍👦", "\u202eevil", "a\u0000b", "a\nb: c", "\ufeffbom", "' OR 1=1 --", "<script>", "../../etc/passwd", "%s%n", "-a", "a-", "a--b", "A", "_",
		"acme.example", "www.acme.example", "xn--bcher-kva.example", "bücher.example", "*.acme.example", "localhost", "192.0.2.1", "a..b", ".", "acme.example.", "tenantry.example", "x.tenantry.example",
		strings.Repeat("a", 63) + ".example", strings.Repeat(strings.Repeat("b", 61)+".", 4) + "ex", strings.Repeat("c", 64) + ".example", strings.Repeat("d", 300),
		"v1", "example.com/v1", "10m", "#0b5fff", "https://acme.example/logo.svg", "ConfigMap", "Secret", motd, terms,
		"a@acme.example", "a@b", "@", "ü@acme.example", "system:admin", "system:masters", "+49 30 123456", strings.Repeat("e", 10_000),
	}
}
