// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package access

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Names of the ClusterRoles that are bound, and of the RoleBindings that bind them.
const (
	prefix        = "tenantry:"
	partnerPrefix = prefix + "partner-"
	limitedInfix  = "limited-"
	// SuperAdminRole reads prices.
	SuperAdminRole = prefix + "super-admin"
	// DomainRole sees the list of a partner's customers.
	DomainRole = prefix + "domain"
	// DomainGroupPrefix begins the group of all who have a mail address of a partner's domain.
	DomainGroupPrefix = prefix + "domain:"
)

// Binding is a ClusterRole with all who hold it in a place.
type Binding struct {
	// Name of the RoleBinding.
	Name string
	// ClusterRole that it binds.
	ClusterRole string
	// Subjects who hold it, in order, each once.
	Subjects []Subject
}

// Bindings of a place: who holds which ClusterRole in it. There are none without subjects.
func Bindings(in Inputs) []Binding {
	if in.Place.Closed {
		return nil
	}
	held := holders{}
	entries := Entries(in)
	for _, entry := range entries {
		role := clusterRole(in.Place, entry)
		held.add(role, role, entry.Subject)
	}
	held.addPermissions(in, entries)
	if in.Place.IsPartners() {
		if in.Place.SuperAdmin != "" {
			held.add(SuperAdminRole, SuperAdminRole, Subject{Kind: v1alpha1.SubjectUser, Name: in.Place.SuperAdmin})
		}
		for _, domain := range in.Place.Tenant.Spec.Partner.EmailDomains {
			held.add(DomainRole, DomainRole, Subject{Kind: v1alpha1.SubjectGroup, Name: DomainGroupPrefix + string(domain)})
		}
	}
	return held.bindings()
}

// clusterRole that a way in gives: by its role, by the kind of place, and by whether it lasts, without
// which an Owner or Admin lets nobody else in.
func clusterRole(place Place, entry Entry) string {
	role := strings.ToLower(string(entry.Role))
	if entry.Temporary && (entry.Role == v1alpha1.RoleOwner || entry.Role == v1alpha1.RoleAdmin) {
		role = limitedInfix + role
	}
	if place.IsPartners() {
		return partnerPrefix + role
	}
	return prefix + role
}

// holders are the subjects of each binding.
type holders map[string]*held

type held struct {
	clusterRole string
	subjects    map[Subject]bool
}

func (h holders) add(name, clusterRole string, subject Subject) {
	if h[name] == nil {
		h[name] = &held{clusterRole: clusterRole, subjects: map[Subject]bool{}}
	}
	h[name].subjects[subject] = true
}

func (h holders) bindings() []Binding {
	var bindings []Binding
	for _, name := range slices.Sorted(maps.Keys(h)) {
		bindings = append(bindings, Binding{
			Name:        name,
			ClusterRole: h[name].clusterRole,
			Subjects:    slices.SortedFunc(maps.Keys(h[name].subjects), compareSubjects),
		})
	}
	return bindings
}

func compareSubjects(a, b Subject) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}
