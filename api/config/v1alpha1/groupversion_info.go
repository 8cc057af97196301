// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package v1alpha1 is the operator's configuration file: its fields, their defaults and what is
// refused. Package internal/config reads the file.
// +kubebuilder:object:generate=true
// +groupName=config.tenantry.io
package v1alpha1

import (
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Kind is the one kind of this group.
const Kind = "Configuration"

// GroupVersion is the group and version of the configuration file.
var GroupVersion = schema.GroupVersion{Group: "config.tenantry.io", Version: "v1alpha1"}

var (
	// SchemeBuilder registers the kind of this package and its defaults.
	SchemeBuilder = runtime.NewSchemeBuilder(addKnownTypes, addDefaultingFuncs)
	// AddToScheme adds the kind of this package and its defaults to a scheme.
	AddToScheme = SchemeBuilder.AddToScheme
)

func addKnownTypes(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion, &Configuration{})
	return nil
}

func addDefaultingFuncs(scheme *runtime.Scheme) error {
	scheme.AddTypeDefaultingFunc(&Configuration{}, func(obj any) { SetDefaults(obj.(*Configuration)) })
	return nil
}
