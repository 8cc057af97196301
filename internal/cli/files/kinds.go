// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package files is pure: which files objects make that belong in Git, and which objects files hold, in the order in which a cluster
// takes them.
package files

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// stage of applying: what a stage holds needs what those before it made. Each is a directory.
type stage string

// Stages, in their order.
const (
	// stageOffers are what Tenants refer to.
	stageOffers stage = "plans-and-brands"
	// stageTenants are the Tenants, which make places.
	stageTenants stage = "tenants"
	// stagePeople are what lies in places, or speaks of Tenants.
	stagePeople stage = "people-and-syncs"
)

var stages = []stage{stageOffers, stageTenants, stagePeople}

// kind of ours that people write.
type kind struct {
	name, resource string
	stage          stage
}

// kinds in the order in which they are applied.
var kinds = []kind{
	{"LicensePlan", "licenseplans", stageOffers},
	{"WhiteLabelProfile", "whitelabelprofiles", stageOffers},
	{"Tenant", "tenants", stageTenants},
	{"PriceList", "pricelists", stagePeople},
	{"MasterTenantSync", "mastertenantsyncs", stagePeople},
	{"TenantAccessGrant", "tenantaccessgrants", stagePeople},
	{"AssetInventory", "assetinventories", stagePeople},
	{"ScanSchedule", "scanschedules", stagePeople},
}

// rank of an object's kind in that order; -1 for what is none that people write.
func rank(object *unstructured.Unstructured) int {
	if object.GroupVersionKind().GroupVersion() != v1alpha1.GroupVersion {
		return -1
	}
	return slices.IndexFunc(kinds, func(k kind) bool { return k.name == object.GetKind() })
}

// ResourceOf an object. It fails for what is no kind of Tenantry's, and for one that the operator alone makes.
func ResourceOf(object *unstructured.Unstructured) (schema.GroupVersionResource, error) {
	if at := rank(object); at >= 0 {
		return v1alpha1.GroupVersion.WithResource(kinds[at].resource), nil
	}
	var names []string
	for _, kind := range kinds {
		names = append(names, kind.name)
	}
	return schema.GroupVersionResource{}, fmt.Errorf("%s of %s is no kind that is imported: those are %s of %s", object.GetKind(), object.GetAPIVersion(), strings.Join(names, ", "), v1alpha1.GroupVersion)
}
