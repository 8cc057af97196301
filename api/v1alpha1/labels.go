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
	// admission and immutable. On a namespace it is the creator of the Tenant whose place it is, who
	// gets a place that was kept back by making the Tenant again.
	AnnotationCreatedBy = Prefix + "created-by"
	// AnnotationRetainedUntil is when a namespace that was kept after its Tenant's deletion is
	// purged, RFC 3339.
	AnnotationRetainedUntil = Prefix + "retained-until"
	// AnnotationSuperAdmin is the super admin of a namespace's Tenant, who stays it when the place is
	// taken back.
	AnnotationSuperAdmin = Prefix + "super-admin"
	// AnnotationHosts are the hosts that lead into a namespace, between commas: admission policies
	// hold the tenant's own routes to them.
	AnnotationHosts = Prefix + "hosts"
	// AnnotationNodeSelector is the node selector of a namespace's region, label=value between commas:
	// an admission policy puts it on pods.
	AnnotationNodeSelector = Prefix + "node-selector"
	// AnnotationPurge, set by a person to the Tenant's own name, makes its deletion purge the place at
	// once. Alone it does nothing.
	AnnotationPurge = Prefix + "purge"

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
