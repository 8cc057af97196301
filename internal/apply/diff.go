// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/conversion"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Annotations that remember which labels and annotations outside our prefix were set, so that one
// that is no longer wanted is removed and others' are left alone.
const (
	appliedLabels      = "applied-labels"
	appliedAnnotations = "applied-annotations"
)

// mergePatch is the JSON merge patch (RFC 7386) that makes the live object what is wanted, or nil
// if it already is. It carries the live object's resource version: what was decided on a stale
// view is refused by the API server.
func (in Intent) mergePatch(live client.Object, prefix string) ([]byte, error) {
	patch, err := in.unrevealedPatch(live, prefix)
	if err != nil || patch == nil {
		return nil, err
	}
	if err := in.revealSecret(live, prefix, patch); err != nil {
		return nil, err
	}
	metadata, _ := patch["metadata"].(map[string]any)
	if metadata == nil {
		metadata = map[string]any{}
		patch["metadata"] = metadata
	}
	metadata["resourceVersion"] = live.GetResourceVersion()
	return json.Marshal(patch)
}

// unrevealedPatch is that patch with the digests of a Secret's values in it, and without a resource version; nil for none.
func (in Intent) unrevealedPatch(live client.Object, prefix string) (map[string]any, error) {
	patch, err := in.fieldsDiff(live)
	if err != nil {
		return nil, err
	}
	if metadata := in.metadataDiff(live, prefix); metadata != nil {
		patch["metadata"] = metadata
	}
	if len(patch) == 0 {
		return nil, nil //nolint:nilnil // nothing is to be written
	}
	return patch, nil
}

// changesImmutable says whether a merge patch changes a field that can't be changed.
func (in Intent) changesImmutable(patch []byte) (bool, error) {
	if len(in.Immutable) == 0 {
		return false, nil
	}
	var changed map[string]any
	if err := json.Unmarshal(patch, &changed); err != nil {
		return false, fmt.Errorf("reading the patch of %T: %w", in.Object, err)
	}
	for _, path := range in.Immutable {
		if _, found, err := unstructured.NestedFieldNoCopy(changed, path...); err != nil || found {
			return true, err
		}
	}
	return false, nil
}

// same compares as Kubernetes does, and bytes all at once: the general way takes a millisecond for a picture.
var same = func() conversion.Equalities {
	equalities := equality.Semantic.Copy()
	if err := equalities.AddFunc(bytes.Equal); err != nil {
		panic(err)
	}
	return equalities
}()

// fieldsDiff is the part of the patch that concerns what is compared exactly: all but metadata and status.
func (in Intent) fieldsDiff(live client.Object) (map[string]any, error) {
	wanted, found := comparedPart(in.compared(live)), comparedPart(live)
	// Most often nothing differs, which costs far less to find out of typed objects than of JSON values, and least
	// of all where nothing that differs must be found to be the same.
	if reflect.DeepEqual(wanted, found) || same.DeepEqual(wanted, found) {
		return map[string]any{}, nil
	}
	want, err := exactFields(wanted)
	if err != nil {
		return nil, err
	}
	have, err := exactFields(found)
	if err != nil {
		return nil, err
	}
	for _, path := range in.ServerFields {
		remove(want, path)
		remove(have, path)
	}
	return exactDiff(want, have), nil
}

// comparedPart is a shallow copy without metadata and status, which are not compared exactly, and not
// cheap to convert; of an unstructured object, a copy.
func comparedPart(object client.Object) client.Object {
	if _, loose := object.(runtime.Unstructured); loose { // converts to itself
		return object.DeepCopyObject().(client.Object)
	}
	part := reflect.New(reflect.TypeOf(object).Elem())
	part.Elem().Set(reflect.ValueOf(object).Elem())
	for _, name := range []string{"TypeMeta", "ObjectMeta", "Status"} {
		if field := part.Elem().FieldByName(name); field.IsValid() {
			field.SetZero()
		}
	}
	return part.Interface().(client.Object)
}

// exactFields is all of an object that is compared exactly, as JSON values of its own.
func exactFields(part client.Object) (map[string]any, error) {
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(part)
	if err != nil {
		return nil, fmt.Errorf("comparing %T: %w", part, err)
	}
	for _, key := range []string{"apiVersion", "kind", "metadata", "status"} {
		delete(fields, key)
	}
	dropNulls(fields)
	// A typed object prints an empty map for a struct that nobody set, such as a spec.
	maps.DeleteFunc(fields, func(_ string, value any) bool {
		nested, ok := value.(map[string]any)
		return ok && len(nested) == 0
	})
	return fields, nil
}

// dropNulls removes the fields that are null, at any depth: that is how typed objects print what
// nobody set, and a merge patch can't write it.
func dropNulls(value any) {
	switch value := value.(type) {
	case map[string]any:
		maps.DeleteFunc(value, func(_ string, field any) bool { return field == nil })
		for _, field := range value {
			dropNulls(field)
		}
	case []any:
		for _, item := range value {
			dropNulls(item)
		}
	}
}

// exactDiff is the merge patch between two JSON maps: lists are whole, a key that is not wanted goes.
func exactDiff(want, have map[string]any) map[string]any {
	patch := map[string]any{}
	for key, value := range want {
		current, exists := have[key]
		nested, isMap := value.(map[string]any)
		currentNested, currentIsMap := current.(map[string]any)
		switch {
		case exists && isMap && currentIsMap:
			if sub := exactDiff(nested, currentNested); len(sub) > 0 {
				patch[key] = sub
			}
		case !exists || !reflect.DeepEqual(value, current):
			patch[key] = value
		}
	}
	for key := range have {
		if _, wanted := want[key]; !wanted {
			patch[key] = nil
		}
	}
	return patch
}

// metadataDiff is the part of the patch that concerns labels and annotations.
func (in Intent) metadataDiff(live client.Object, prefix string) map[string]any {
	want, patch := in.Object, map[string]any{}
	remembered := func(note string) []string { return strings.Split(live.GetAnnotations()[prefix+note], ",") }
	if labels := tolerantDiff(want.GetLabels(), live.GetLabels(), prefix, remembered(appliedLabels)); len(labels) > 0 {
		patch["labels"] = labels
	}
	annotations := tolerantDiff(annotations(want, prefix), live.GetAnnotations(), prefix, remembered(appliedAnnotations))
	maps.DeleteFunc(annotations, func(key string, _ any) bool { return slices.Contains(in.Stamped, key) })
	if len(annotations) > 0 {
		patch["annotations"] = annotations
	}
	if len(patch) == 0 {
		return nil
	}
	return patch
}

// tolerantDiff leaves others' keys alone: it removes only keys under our prefix and those remembered as ours.
func tolerantDiff(want, have map[string]string, prefix string, remembered []string) map[string]any {
	patch := map[string]any{}
	for key, value := range want {
		if current, ok := have[key]; !ok || current != value {
			patch[key] = value
		}
	}
	for key := range have {
		if _, wanted := want[key]; !wanted && (strings.HasPrefix(key, prefix) || slices.Contains(remembered, key)) {
			patch[key] = nil
		}
	}
	return patch
}

// annotations of an object as they are written: with a note of which labels and which annotations
// lie outside the prefix.
func annotations(object client.Object, prefix string) map[string]string {
	noted := maps.Clone(object.GetAnnotations())
	for note, set := range map[string]map[string]string{
		appliedLabels:      object.GetLabels(),
		appliedAnnotations: object.GetAnnotations(),
	} {
		var keys []string
		for key := range set {
			if !strings.HasPrefix(key, prefix) {
				keys = append(keys, key)
			}
		}
		if len(keys) == 0 {
			continue
		}
		if noted == nil {
			noted = map[string]string{}
		}
		noted[prefix+note] = strings.Join(slices.Sorted(slices.Values(keys)), ",")
	}
	return noted
}

// remove deletes the field at a path of JSON names.
func remove(fields map[string]any, path []string) {
	for _, key := range path[:len(path)-1] {
		nested, ok := fields[key].(map[string]any)
		if !ok {
			return
		}
		fields = nested
	}
	delete(fields, path[len(path)-1])
}
