// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// AssetInventory lists assets of the tenant in whose place it lies. An asset is counted once over all
// inventories of a tenant, however it is written.
//
// +kubebuilder:object:root=true
// +kubebuilder:ac:root=true
// +kubebuilder:resource:shortName=ainv,categories=tenantry
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Assets",type=integer,JSONPath=`.status.assets`
// +kubebuilder:printcolumn:name="Counted",type=integer,JSONPath=`.status.counted`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Reason",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
type AssetInventory struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is what is wanted.
	// +optional
	// +kubebuilder:default={}
	Spec AssetInventorySpec `json:"spec,omitzero"`
	// status is what the operator saw last.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status AssetInventoryStatus `json:"status,omitzero"`
}

// AssetInventoryList is a list of AssetInventories.
//
// +kubebuilder:object:root=true
type AssetInventoryList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []AssetInventory `json:"items"`
}

// AssetInventorySpec lists assets.
type AssetInventorySpec struct {
	// assets of the tenant. The list is written as a whole: a list by keys would more than double
	// the object's size with its field management. For more than 2000, or for a second writer, make
	// another inventory.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=2000
	Assets []Asset `json:"assets,omitempty"`
}

// Asset is something that a tenant owns and that scans look at.
// +kubebuilder:validation:XValidation:rule="!(self.type in ['Domain', 'Subdomain']) || (self.value.matches('^([^ !-,/:-@^`{-~.[\\\\]]{1,63}[.])+[^ !-,/:-@^`{-~.[\\\\]]{1,63}[.]?$') && self.value.size() <= 254)",fieldPath=".value",message="must be a DNS name of at least two labels and at most 253 characters, without scheme, port or path"
// +kubebuilder:validation:XValidation:rule="self.type != 'IPAddress' || isIP(self.value)",fieldPath=".value",message="must be one IPv4 or IPv6 address, without brackets, zone or prefix length"
// +kubebuilder:validation:XValidation:rule="!(self.type in ['WebApplication', 'API']) || (self.value.matches('^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@]+([/?#]|$)') && isURL(self.value))",fieldPath=".value",message="must be a URL that begins with http:// or https://, without user"
type Asset struct {
	// type of the asset.
	// +required
	Type AssetType `json:"type"`
	// value is the DNS name, address or base URL.
	// +required
	Value AssetValue `json:"value"`
}

// AssetType is the type of an asset.
// +kubebuilder:validation:Enum=Domain;Subdomain;IPAddress;WebApplication;API
type AssetType string

// Types of assets.
const (
	AssetDomain         AssetType = "Domain"
	AssetSubdomain      AssetType = "Subdomain"
	AssetIPAddress      AssetType = "IPAddress"
	AssetWebApplication AssetType = "WebApplication"
	AssetAPI            AssetType = "API"
)

// AssetValue is a DNS name, an address or a base URL, as a person wrote it. Its bound keeps a full
// inventory below what etcd takes.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=512
// +kubebuilder:validation:Pattern="^[^\\x00-\\x20\\x7f-\\x9f]+$"
type AssetValue string

// AssetInventoryStatus is what the operator saw and did last. Only the operator writes it.
type AssetInventoryStatus struct {
	// observedGeneration is the generation of the spec that this status speaks of; -1 before the first look.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions: Ready; Reconciling and Stalled while true.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// assets that the inventory lists.
	// +optional
	Assets *int32 `json:"assets,omitempty"`
	// unique are those of them that could be understood, each counted once.
	// +optional
	Unique *int32 `json:"unique,omitempty"`
	// counted are those that no older inventory of the tenant, and no earlier line of this one, names.
	// +optional
	Counted *int32 `json:"counted,omitempty"`
	// invalid are the first that could not be understood, and count for nothing.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	Invalid []InvalidAsset `json:"invalid,omitempty"`
}

// InvalidAsset is an asset that could not be understood.
type InvalidAsset struct {
	// index of the asset in spec.assets, from 0.
	// +required
	Index int32 `json:"index"`
	// message says what is wrong and what to write.
	// +required
	// +kubebuilder:validation:MaxLength=256
	Message string `json:"message"`
}
