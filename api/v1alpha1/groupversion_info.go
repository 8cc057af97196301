// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package v1alpha1 is the API of Tenantry: tenants of a managed-service provider, who may
// enter them, what they are licensed for, how they look and what is pushed to them.
// +kubebuilder:object:generate=true
// +kubebuilder:ac:generate=true
// +kubebuilder:ac:output:package="applyconfiguration"
// +groupName=tenantry.io
package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the API group and version of every kind in this package.
var GroupVersion = schema.GroupVersion{Group: "tenantry.io", Version: "v1alpha1"}

// SchemeGroupVersion is GroupVersion under the name that the generated apply configurations use.
var SchemeGroupVersion = GroupVersion

var (
	// SchemeBuilder registers the kinds of this package.
	SchemeBuilder = runtime.NewSchemeBuilder(addKnownTypes)
	// AddToScheme adds the kinds of this package to a scheme.
	AddToScheme = SchemeBuilder.AddToScheme
)

func addKnownTypes(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion,
		&Tenant{}, &TenantList{},
		&TenantAccessGrant{}, &TenantAccessGrantList{},
		&LicensePlan{}, &LicensePlanList{},
		&PriceList{}, &PriceListList{},
		&AssetInventory{}, &AssetInventoryList{},
		&ScanSchedule{}, &ScanScheduleList{},
		&WhiteLabelProfile{}, &WhiteLabelProfileList{},
		&MasterTenantSync{}, &MasterTenantSyncList{},
		&RetainedTenant{}, &RetainedTenantList{},
	)
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
