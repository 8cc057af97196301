// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
)

// words stand for verbs that come together.
var words = []struct {
	word  string
	verbs []string
}{
	{"read", []string{"get", "list", "watch"}},
	{"write", []string{"create", "update", "patch", "delete", "deletecollection"}},
}

// target is what a right is for: a resource with its group, or those of one name.
type target struct{ resource, name string }

// line is what some targets share: the cells, and of named ones the resource.
type line struct{ resource, cells string }

// table writes what people may do in a place. Targets on which all roles may do the same share a line.
func table(p place, rules map[string][]rbacv1.PolicyRule) string {
	var always, lasting []map[target][]string
	targets := map[target]bool{}
	for _, column := range p {
		always = append(always, rightsOf(column.always, rules, targets))
		lasting = append(lasting, rightsOf(column.lasting, rules, targets))
	}
	sharers := map[line][]string{}
	for about := range targets {
		var cells strings.Builder
		for i := range p {
			fmt.Fprintf(&cells, " %s |", cell(always[i][about], lasting[i][about]))
		}
		shared, sharer := line{cells: cells.String()}, about.resource
		if about.name != "" {
			shared.resource, sharer = about.resource, about.name
		}
		sharers[shared] = append(sharers[shared], "`"+sharer+"`")
	}
	return head(p) + rows(sharers)
}

func head(p place) string {
	titles, dashes := "| |", "|---|"
	for _, column := range p {
		titles += " " + column.title + " |"
		dashes += "---|"
	}
	return titles + "\n" + dashes + "\n"
}

// rows are the lines of a table, in the order of what they are about.
func rows(sharers map[line][]string) string {
	var rows []string
	for shared, names := range sharers {
		slices.Sort(names)
		about := strings.Join(names, ", ")
		if shared.resource != "" {
			about = "`" + shared.resource + "` of name " + about
		}
		rows = append(rows, "| "+about+" |"+shared.cells+"\n")
	}
	slices.Sort(rows)
	return strings.Join(rows, "")
}

// cell writes verbs, and with a mark those that lasting grants give beside them.
func cell(always, lasting []string) string {
	said := say(always)
	for _, word := range say(without(lasting, always)) {
		said = append(said, word+"¹")
	}
	if len(said) == 0 {
		return "–"
	}
	return strings.Join(said, ", ")
}

// say shortens verbs by the words that stand for some of them.
func say(verbs []string) []string {
	var said []string
	for _, short := range words {
		if len(without(short.verbs, verbs)) == 0 {
			said = append(said, short.word)
			verbs = without(verbs, short.verbs)
		}
	}
	return append(said, verbs...)
}

// without are those of all that are not among some.
func without(all, some []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(one string) bool { return slices.Contains(some, one) })
}

// rightsOf are the verbs that a ClusterRole gives, by what they are for, which is added to targets.
func rightsOf(role string, rules map[string][]rbacv1.PolicyRule, targets map[target]bool) map[target][]string {
	verbs := map[target][]string{}
	for _, rule := range rules[role] {
		for _, about := range targetsOf(rule) {
			targets[about] = true
			verbs[about] = append(verbs[about], without(rule.Verbs, verbs[about])...)
		}
	}
	return verbs
}

func targetsOf(rule rbacv1.PolicyRule) []target {
	var targets []target
	for _, group := range rule.APIGroups {
		for _, resource := range rule.Resources {
			if group != "" {
				resource += "." + group
			}
			if len(rule.ResourceNames) == 0 {
				targets = append(targets, target{resource: resource})
			}
			for _, name := range rule.ResourceNames {
				targets = append(targets, target{resource: resource, name: name})
			}
		}
	}
	return targets
}
