// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// ruleBook has the rules of every ClusterRole by its name, aggregated as the controller manager does.
type ruleBook map[string][]rbacv1.PolicyRule

// readRoles reads the ClusterRoles in a directory's manifests.
func readRoles(directory string) ([]rbacv1.ClusterRole, error) {
	files, err := filepath.Glob(filepath.Join(directory, "*.yaml"))
	if err != nil {
		return nil, err
	}
	var roles []rbacv1.ClusterRole
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(content), 4096); ; {
			var role rbacv1.ClusterRole
			if err := decoder.Decode(&role); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			if role.Kind == "ClusterRole" {
				roles = append(roles, role)
			}
		}
	}
	if len(roles) == 0 {
		return nil, fmt.Errorf("no ClusterRoles in %s", directory)
	}
	return roles, nil
}

// aggregate gathers the rules of all roles with those of the pieces that they select.
func aggregate(roles []rbacv1.ClusterRole) (ruleBook, error) {
	rules := ruleBook{}
	for _, role := range roles {
		all, err := rulesOf(role, roles)
		if err != nil {
			return nil, fmt.Errorf("ClusterRole %s: %w", role.Name, err)
		}
		rules[role.Name] = all
	}
	return rules, nil
}

func rulesOf(role rbacv1.ClusterRole, roles []rbacv1.ClusterRole) ([]rbacv1.PolicyRule, error) {
	rules := slices.Clone(role.Rules)
	if role.AggregationRule == nil {
		return rules, nil
	}
	for _, chosen := range role.AggregationRule.ClusterRoleSelectors {
		selector, err := metav1.LabelSelectorAsSelector(&chosen)
		if err != nil {
			return nil, err
		}
		for _, piece := range roles {
			if piece.Name == role.Name || !selector.Matches(labels.Set(piece.Labels)) {
				continue
			}
			more, err := rulesOf(piece, roles)
			if err != nil {
				return nil, err
			}
			rules = append(rules, more...)
		}
	}
	return rules, nil
}

// complete returns an error unless the page shows every role that people are given, and no other.
func complete(roles []rbacv1.ClusterRole) error {
	shown := slices.Concat(customersPlace.roles(), partnersPlace.roles())
	for _, name := range shown {
		if !slices.ContainsFunc(roles, func(role rbacv1.ClusterRole) bool { return role.Name == name }) {
			return fmt.Errorf("there is no ClusterRole %s: take it out of hack/genroles/places.go", name)
		}
	}
	for _, role := range roles {
		if forPeople(role) && !slices.Contains(shown, role.Name) {
			return fmt.Errorf("ClusterRole %s is in no table: add it to hack/genroles/places.go", role.Name)
		}
	}
	return nil
}
