// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apimachinery/pkg/util/yaml"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
)

// explain adds to a decoding error where it is or what to write: of a value that can't be read, such
// as a quantity, the decoder does not name the field.
func explain(document []byte, err error) error {
	if runtime.IsMissingVersion(err) || runtime.IsMissingKind(err) || runtime.IsNotRegisteredError(err) {
		return fmt.Errorf("it must begin with apiVersion: %s and kind: %s: %w", configv1alpha1.GroupVersion, configv1alpha1.Kind, err)
	}
	var tree map[string]any
	if yaml.Unmarshal(document, &tree) != nil {
		return err
	}
	if unreadable := unreadableFields(tree, nil, func(value any) any { return value }); len(unreadable) > 0 {
		return errors.Join(unreadable...)
	}
	return err
}

// unreadableFields decodes each leaf of tree alone and returns those that can't be read, with their
// paths. within puts a value where the tree stands in the document.
func unreadableFields(tree map[string]any, path *field.Path, within func(any) any) []error {
	var found []error
	for _, key := range slices.Sorted(maps.Keys(tree)) {
		child := path.Child(key)
		at := func(value any) any { return within(map[string]any{key: value}) }
		if branch, ok := tree[key].(map[string]any); ok {
			found = append(found, unreadableFields(branch, child, at)...)
			continue
		}
		leaf, err := json.Marshal(at(tree[key]))
		if err == nil {
			err = json.Unmarshal(leaf, &configv1alpha1.Configuration{})
		}
		if err != nil {
			found = append(found, fmt.Errorf("%s: %w", child, err))
		}
	}
	return found
}
