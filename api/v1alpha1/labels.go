// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Labels and annotations that scripts may rely on. All of them are set by the operator or at
// admission, never by users, except where a comment says otherwise.
const (
	// Prefix begins every label and annotation of Tenantry.
	Prefix = "tenantry.io/"

	// LabelManaged is "true" on everything that the operator makes.
	LabelManaged = Prefix + "managed"
	// LabelTenant is the name of the Tenant that an object was made for.
	LabelTenant = Prefix + "tenant"
	// LabelParent is the namespace of the Tenant that an object was made for.
	LabelParent = Prefix + "parent"
	// LabelRegion is the storage region of the Tenant; on its namespace.
	LabelRegion = Prefix + "region"

	// AnnotationTenantUID is the UID of the Tenant whose place a namespace is.
	AnnotationTenantUID = Prefix + "tenant-uid"
	// AnnotationCreatedBy is the user who created a Tenant, grant or schedule: stamped at
	// admission and immutable.
	AnnotationCreatedBy = Prefix + "created-by"

	// AnnotationDefault, set to "true" by a partner on one WhiteLabelProfile, makes it the brand of
	// every child that says nothing else.
	AnnotationDefault = Prefix + "default"
	// LabelSync, set by a partner on objects in a master's place, is the category of a sync that
	// carries them: email-notifications, content or false-positive-suppression.
	LabelSync = Prefix + "sync"
	// AnnotationSubstitute, set to "true" by a partner on such an object, has the tenant's name and
	// host filled in where the object asks for them.
	AnnotationSubstitute = Prefix + "substitute"

	// Finalizer keeps an object until what was made for it is gone.
	Finalizer = Prefix + "cleanup"
	// FieldManager is the name under which the operator writes.
	FieldManager = "tenantry"
)
