// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
)

// place is a table: what people may do in one kind of place.
type place []column

// column is what people of one role may do: by the ClusterRole that is bound for every grant, and by the one
// that is bound instead for grants that have no end and are no delegations, if that is another.
type column struct {
	title           string
	always, lasting string
}

var (
	customersPlace = place{
		{title: "Owner", always: "tenantry:limited-owner", lasting: "tenantry:owner"},
		{title: "Admin", always: "tenantry:limited-admin", lasting: "tenantry:admin"},
		{title: "Editor", always: "tenantry:editor"},
		{title: "Viewer", always: "tenantry:viewer"},
		{title: "Reporter", always: "tenantry:reporter"},
	}
	partnersPlace = place{
		{title: "Owner", always: "tenantry:partner-limited-owner", lasting: "tenantry:partner-owner"},
		{title: "Admin", always: "tenantry:partner-limited-admin", lasting: "tenantry:partner-admin"},
		{title: "Editor", always: "tenantry:partner-editor"},
		{title: "Viewer", always: "tenantry:partner-viewer"},
		{title: "Reporter", always: "tenantry:partner-reporter"},
		{title: "Super admin", always: "tenantry:super-admin"},
		{title: "Mail domain", always: "tenantry:domain"},
	}
)

// roles are the names of all ClusterRoles that a table shows.
func (p place) roles() []string {
	var names []string
	for _, column := range p {
		names = append(names, column.always)
		if column.lasting != "" {
			names = append(names, column.lasting)
		}
	}
	return names
}

// forPeople says whether a role is one that people are given, and not a piece of one nor the operator's.
func forPeople(role rbacv1.ClusterRole) bool {
	return role.AggregationRule != nil && strings.HasPrefix(role.Name, "tenantry:")
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
