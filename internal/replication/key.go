// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package replication decides what a MasterTenantSync copies where, and in which order. It is pure: no client,
// no clock, no logger. What is read of the master's place, of the tenants and of their places goes in; what is
// to be written comes out.
//
// A source is read once for each of its versions (Rules.Read), picked by the syncs that carry it (Rules.Select),
// and compared with what each tenant holds (Wanted, Actions) by strings alone: the copy itself is made only when
// it is written (Action.Object). Who is written to when is the rollout's (Step).
package replication

import (
	"cmp"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tenantry/tenantry/internal/desired"
)

// Key is an object in one place: its kind and name.
type Key struct {
	// Group is empty for the core group.
	Group, Version, Kind, Name string
}

// KeyOf is the key of an object of a kind.
func KeyOf(gvk schema.GroupVersionKind, name string) Key {
	return Key{Group: gvk.Group, Version: gvk.Version, Kind: gvk.Kind, Name: name}
}

// BrandKey stands for the brand that a sync with category WhiteLabel sets: the object that the operator makes of it.
var BrandKey = Key{Version: "v1", Kind: "ConfigMap", Name: desired.BrandName}

// GVK is the kind of the object.
func (k Key) GVK() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: k.Group, Version: k.Version, Kind: k.Kind}
}

// String is for people: ConfigMap/welcome, Widget.example.com/welcome.
func (k Key) String() string {
	if k.Group == "" {
		return k.Kind + "/" + k.Name
	}
	return k.Kind + "." + k.Group + "/" + k.Name
}

// Compare orders keys by kind, name, group and version, as slices.SortFunc wants it.
func (k Key) Compare(other Key) int {
	return cmp.Or(cmp.Compare(k.Kind, other.Kind), cmp.Compare(k.Name, other.Name),
		cmp.Compare(k.Group, other.Group), cmp.Compare(k.Version, other.Version))
}

// isSecret says whether it is a Secret, of which nothing may be told.
func (k Key) isSecret() bool { return k.Group == "" && k.Kind == "Secret" }
