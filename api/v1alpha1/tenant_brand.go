// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// BrandOrigin says where a part of a tenant's brand comes from.
// +kubebuilder:validation:Enum=Tenant;Sibling;Sync;Parent;Product
type BrandOrigin string

// Where a part of a tenant's brand comes from.
const (
	// BrandFromTenant: the profile that the Tenant itself names.
	BrandFromTenant BrandOrigin = "Tenant"
	// BrandFromSibling: the brand of the sibling that the Tenant copies.
	BrandFromSibling BrandOrigin = "Sibling"
	// BrandFromSync: the brand of a MasterTenantSync's master.
	BrandFromSync BrandOrigin = "Sync"
	// BrandFromParent: the default profile in the namespace that the Tenant lies in.
	BrandFromParent BrandOrigin = "Parent"
	// BrandFromProduct: no profile says it, or what it says is no good; it is the product's own.
	BrandFromProduct BrandOrigin = "Product"
)

// EffectiveBrand is the brand that a tenant bears, and where each part of it comes from.
type EffectiveBrand struct {
	// from where the profile in effect comes.
	// +required
	From BrandOrigin `json:"from"`
	// via names what it comes by: the siblings that it is copied from, the nearest first, or the sync.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=253
	Via []string `json:"via,omitempty"`
	// fields of the profile's spec, and where each comes from.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	Fields []EffectiveBrandField `json:"fields,omitempty"`
}

// EffectiveBrandField is a part of the brand that a tenant bears.
type EffectiveBrandField struct {
	// name of the field, as in the profile's spec, such as companyName or colors.primary.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`
	// from where it comes.
	// +required
	From BrandOrigin `json:"from"`
}
