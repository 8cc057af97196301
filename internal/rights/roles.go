// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package rights tells who may do what by RBAC: what roles allow, and whom bindings give them. It is pure: no client, no clock, no logger.
package rights

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// Read reads the ClusterRoles in a directory of manifests.
func Read(manifests fs.FS, directory string) ([]rbacv1.ClusterRole, error) {
	files, err := fs.Glob(manifests, path.Join(directory, "*.yaml"))
	if err != nil {
		return nil, err
	}
	var roles []rbacv1.ClusterRole
	for _, file := range files {
		content, err := fs.ReadFile(manifests, file)
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

// Aggregate gathers the rules of ClusterRoles by their names, with those of the pieces that they select, as the controller manager does.
func Aggregate(roles []rbacv1.ClusterRole) (map[string][]rbacv1.PolicyRule, error) {
	rules := make(map[string][]rbacv1.PolicyRule, len(roles))
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
