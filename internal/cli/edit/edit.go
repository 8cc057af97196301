// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package edit is pure: how a command changes some fields of an object, whether it should leave them to somebody else, and what of
// the object belongs in Git. It works on objects as the API server has them, so that nothing is lost of a version that knows more.
package edit

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
)

// Manager is the name under which the plugin writes.
const Manager = "kubectl-tenant"

// Field of an object, and what is wanted in it.
type Field struct {
	Path []string
	// Value that is wanted; nil: that the field is not there.
	Value any
	// absent is what it means that the field is not there.
	absent any
}

// Set wants a value, as JSON has it, in a field.
func Set(value any, path ...string) Field { return Field{Path: path, Value: value} }

// Unset wants a field not to be there.
func Unset(path ...string) Field { return Field{Path: path} }

// Meaning says what it means that the field is not there: a value that is as good as none.
func (f Field) Meaning(absent any) Field {
	f.absent = absent
	return f
}

// Of is the value of the field in an object, or what it means that there is none.
func (f Field) Of(object *unstructured.Unstructured) any {
	if value, found, err := unstructured.NestedFieldCopy(object.Object, f.Path...); err == nil && found {
		return value
	}
	return f.absent
}

func (f Field) wanted() any {
	if f.Value == nil {
		return f.absent
	}
	return f.Value
}

// FieldsOf an object are those that its manifest says something in: labels, annotations and the spec, down to what is no object.
func FieldsOf(manifest *unstructured.Unstructured) []Field {
	var fields []Field
	for _, path := range [][]string{{"metadata", "labels"}, {"metadata", "annotations"}, {"spec"}} {
		if value, found, err := unstructured.NestedFieldNoCopy(manifest.Object, path...); err == nil && found {
			fields = append(fields, fieldsIn(value, path)...)
		}
	}
	return fields
}

func fieldsIn(value any, path []string) []Field {
	object, nested := value.(map[string]any)
	if !nested || len(object) == 0 {
		return []Field{Set(value, path...)}
	}
	var fields []Field
	for _, name := range slices.Sorted(maps.Keys(object)) {
		fields = append(fields, fieldsIn(object[name], append(slices.Clip(path), name))...)
	}
	return fields
}

// Pending are the fields that an object has not as they are wanted.
func Pending(object *unstructured.Unstructured, fields []Field) []Field {
	return slices.DeleteFunc(slices.Clone(fields), func(f Field) bool { return equality.Semantic.DeepEqual(f.Of(object), f.wanted()) })
}

// Preview is the object with the fields as they are wanted.
func Preview(object *unstructured.Unstructured, fields []Field) (*unstructured.Unstructured, error) {
	preview := object.DeepCopy()
	return preview, write(preview.Object, fields)
}

// Patch is how fields of an object are written.
type Patch struct {
	Type types.PatchType
	Body map[string]any
}

// For writes fields of the object, as it was read. The patch is a server-side apply of what the plugin declared of the object before,
// which it would take away by leaving it out, and of the fields. Where somebody else has set one that is not to be there, it is a merge
// patch: applying takes away what one has set oneself alone.
func For(object *unstructured.Unstructured, fields []Field) (Patch, error) {
	body := map[string]any{
		"apiVersion": object.GetAPIVersion(), "kind": object.GetKind(),
		"metadata": map[string]any{
			"name": object.GetName(), "namespace": object.GetNamespace(),
			"uid": string(object.GetUID()), "resourceVersion": object.GetResourceVersion(),
		},
	}
	for _, field := range fields {
		if field.Value == nil && heldByOthers(object, field.Path) {
			return Patch{Type: types.MergePatchType, Body: body}, merge(body, fields)
		}
	}
	declared, err := declared(object)
	if err != nil {
		return Patch{}, err
	}
	return Patch{Type: types.ApplyPatchType, Body: body}, write(body, append(declared, fields...))
}

// write sets fields, and takes away what they want not to be there, with the objects that this leaves empty.
func write(object map[string]any, fields []Field) error {
	for _, field := range fields {
		if field.Value == nil {
			remove(object, field.Path)
			continue
		}
		if err := unstructured.SetNestedField(object, runtime.DeepCopyJSONValue(field.Value), field.Path...); err != nil {
			return err
		}
	}
	return nil
}

func remove(object map[string]any, path []string) {
	unstructured.RemoveNestedField(object, path...)
	if len(path) < 3 {
		return // spec is left as it is
	}
	outer := path[:len(path)-1]
	if rest, found, err := unstructured.NestedMap(object, outer...); err == nil && found && len(rest) == 0 {
		remove(object, outer)
	}
}

// merge writes fields as a merge patch has them: null is what is not to be there.
func merge(body map[string]any, fields []Field) error {
	for _, field := range fields {
		if err := unstructured.SetNestedField(body, runtime.DeepCopyJSONValue(field.Value), field.Path...); err != nil {
			return err
		}
	}
	return nil
}

// ours says whether an entry of managedFields is of what the plugin declared.
func ours(entry metav1.ManagedFieldsEntry) bool {
	return entry.Manager == Manager && entry.Operation == metav1.ManagedFieldsOperationApply && entry.Subresource == ""
}
