// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestDocumentedDefaultsAreTheCodes(t *testing.T) {
	docs := fieldDocs(t)
	checkDocs(t, docs, "", reflect.ValueOf(*defaulted()))
}

var documentedDefault = regexp.MustCompile(`Defaults?: (.*?)\.(?: |$)`)

// checkDocs compares the "Default: …" of every field below value with the value itself.
func checkDocs(t *testing.T, docs map[string]string, path string, value reflect.Value) {
	for i := range value.NumField() {
		name, field := value.Type().Field(i).Name, value.Field(i)
		key := value.Type().Name() + "." + name
		doc, mine := docs[key]
		if !mine {
			continue
		}
		if field.Type() == reflect.TypeFor[Scans]() {
			// The defaults of a profile are those of each that is given.
			scans := Scans{Profiles: map[string]ScanProfile{"": {}}}
			setScansDefaults(&scans)
			checkDocs(t, docs, path, reflect.ValueOf(scans.Profiles[""]))
		}
		if path := path + "." + name; field.Kind() == reflect.Struct && field.Type().PkgPath() == value.Type().PkgPath() {
			checkDocs(t, docs, path, field)
			continue
		}
		found := documentedDefault.FindStringSubmatch(doc)
		if found == nil {
			if !field.IsZero() && name != "BaseDomain" {
				t.Errorf("%s is %s by default and does not say so", key, text(field))
			}
			continue
		}
		if said, is := found[1], text(field); said != is && !strings.HasPrefix(said, is+",") {
			t.Errorf("%s says that its default is %q; it is %q", key, said, is)
		}
	}
}

// text writes a value as a comment does.
func text(value reflect.Value) string {
	switch v := value.Interface().(type) {
	case corev1.ResourceList:
		return listText(v)
	case *resource.Quantity:
		return v.String()
	case metav1.Duration:
		return short(v.Duration)
	case *metav1.Duration:
		return short(v.Duration)
	case intstr.IntOrString:
		return v.String()
	case map[string]string:
		var pairs []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			pairs = append(pairs, key+": "+v[key])
		}
		return orNone(strings.Join(pairs, ", "))
	case []SyncKind:
		var kinds []string
		for _, kind := range v {
			kinds = append(kinds, kind.APIVersion+" "+kind.Kind)
		}
		return orNone(strings.Join(kinds, ", "))
	case []string:
		return orNone(strings.Join(v, ", "))
	}
	if reflect.Indirect(value).IsValid() {
		value = reflect.Indirect(value)
	}
	return orNone(strings.Trim(strings.TrimPrefix(fmt.Sprint(value), "map"), "[]"))
}

// short writes a duration as people do: 1h, not 1h0m0s.
func short(d time.Duration) string {
	return strings.NewReplacer("h0m0s", "h", "m0s", "m").Replace(d.String())
}

// listText is in the order of the documentation of Configuration.Quota.
func listText(list corev1.ResourceList) string {
	order := []corev1.ResourceName{"cpu", "memory", "ephemeral-storage", "limits.cpu", "limits.memory",
		"limits.ephemeral-storage", "pods", "services", "services.nodeports", "services.loadbalancers",
		"replicationcontrollers", "resourcequotas", "secrets", "configmaps", "persistentvolumeclaims",
		"count/assetinventories.tenantry.io", "count/scanschedules.tenantry.io"}
	var entries []string
	for _, name := range order {
		if quantity, ok := list[name]; ok {
			entries = append(entries, fmt.Sprintf("%s %s", name, quantity.String()))
		}
	}
	if len(entries) != len(list) {
		return fmt.Sprintf("more than %v", order)
	}
	return orNone(strings.Join(entries, ", "))
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// fieldDocs returns the comment of every field of this package's types, on one line, by Type.Field.
func fieldDocs(t *testing.T) map[string]string {
	t.Helper()
	docs := map[string]string{}
	for _, name := range []string{"types.go", "types_mail.go", "types_manager.go", "types_scans.go", "types_sync.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.TypeSpec)
			if !ok {
				return true
			}
			structure, ok := spec.Type.(*ast.StructType)
			if !ok {
				return false
			}
			for _, field := range structure.Fields.List {
				for _, ident := range field.Names {
					docs[spec.Name.Name+"."+ident.Name] = strings.Join(strings.Fields(field.Doc.Text()), " ")
				}
			}
			return false
		})
	}
	return docs
}
