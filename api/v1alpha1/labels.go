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
	// LabelPartner is "true" on the namespace of a partner: delegations and staff lie in it.
	LabelPartner = Prefix + "partner"
	// LabelPermission is the permission that a Tenant must have for a ClusterRole to be bound in its place.
	LabelPermission = Prefix + "permission"
	// LabelDirectory is "true" on the namespaces that directories lie in, and on all that is in them.
	LabelDirectory = Prefix + "directory"
	// LabelRegion is the storage region of the Tenant; on its namespace.
	LabelRegion = Prefix + "region"

	// AnnotationTenantUID is the UID of the Tenant whose place a namespace is.
	AnnotationTenantUID = Prefix + "tenant-uid"
	// AnnotationCreatedBy is the user who created a Tenant, grant or schedule: stamped at
	// admission and immutable. On a namespace it is the creator of the Tenant whose place it is, who
	// gets a place that was kept back by making the Tenant again.
	AnnotationCreatedBy = Prefix + "created-by"
	// AnnotationChangedBy is the user who changed last what a ScanSchedule does: stamped at admission, and immutable
	// but by another change. A schedule that nobody changed has none.
	AnnotationChangedBy = Prefix + "changed-by"
	// AnnotationPermissionRoles are the roles, with commas between, whose holders get a ClusterRole that bears
	// LabelPermission.
	AnnotationPermissionRoles = Prefix + "permission-roles"
	// AnnotationRetainedUntil is when a namespace that was kept after its Tenant's deletion is
	// purged, RFC 3339.
	AnnotationRetainedUntil = Prefix + "retained-until"
	// AnnotationSuperAdmin is the super admin in effect of the Tenant whose place a namespace is, who
	// stays it when the place is taken back.
	AnnotationSuperAdmin = Prefix + "super-admin"
	// AnnotationFormerSuperAdmin is the super admin that came with a place which was taken back, where
	// the Tenant itself would have another.
	AnnotationFormerSuperAdmin = Prefix + "former-super-admin"
	// AnnotationTrial are the trials that the tenant of a namespace had, plan=end (RFC 3339) between commas, the
	// latest first: none begins anew, though the Tenant be deleted and its place taken back. Of 16 plans.
	AnnotationTrial = Prefix + "trial"
	// AnnotationShare is the serial of the line in the books of capacity that a quota follows: it only grows.
	AnnotationShare = Prefix + "share"
	// AnnotationHosts are the hosts that lead into a namespace, between commas: admission policies
	// hold the tenant's own routes to them.
	AnnotationHosts = Prefix + "hosts"
	// AnnotationNodeSelector is the node selector of a namespace's region, label=value between commas:
	// an admission policy puts it on pods.
	AnnotationNodeSelector = Prefix + "node-selector"
	// AnnotationPurge, set by a person to the Tenant's own name, makes its deletion purge the place at
	// once. Alone it does nothing.
	AnnotationPurge = Prefix + "purge"

	// AnnotationGrant is the namespace/name of the TenantAccessGrant that a Secret in the operator's own
	// namespace keeps the invitation of.
	AnnotationGrant = Prefix + "grant"

	// LabelSchedule is the UID of the ScanSchedule that a Job, its pods and its targets are of: names are longer than
	// labels may be.
	LabelSchedule = Prefix + "schedule-uid"
	// AnnotationSchedule is the namespace/name of that ScanSchedule.
	AnnotationSchedule = Prefix + "schedule"
	// AnnotationRun is the number of a run in its tenant's place, on its Job and targets.
	AnnotationRun = Prefix + "run"

	// AnnotationDefault, set to "true" by a partner on one WhiteLabelProfile, makes it the brand of
	// every child that says nothing else.
	AnnotationDefault = Prefix + "default"
	// LabelSync, set by a partner on an object in a master's place, marks it to be carried by syncs, and
	// says as what: email-notifications, content, false-positive-suppression or resource.
	LabelSync = Prefix + "sync"
	// AnnotationSubstitute, set to "true" by a partner on such an object, has the tenant's name and
	// host filled in where the object asks for them.
	AnnotationSubstitute = Prefix + "substitute"
	// LabelSyncedBy is the name of the MasterTenantSync whose copy an object in a tenant's place is.
	LabelSyncedBy = Prefix + "synced-by"
	// AnnotationSyncedFrom is the namespace/name of what an object was copied from.
	AnnotationSyncedFrom = Prefix + "synced-from"
	// AnnotationSyncedDigest says what was written last to a copy: it tells what somebody changed in the copy
	// from a change in the master. Of a Secret it tells nothing of the values.
	AnnotationSyncedDigest = Prefix + "synced-digest"
	// AnnotationTakenOver is "true" on a copy that was an object of the tenant's own before: it is released
	// where other copies are deleted.
	AnnotationTakenOver = Prefix + "taken-over"

	// Finalizer keeps an object until what was made for it is gone.
	Finalizer = Prefix + "cleanup"
	// FieldManager is the name under which the operator writes.
	FieldManager = "tenantry"
)

// Names in a tenant's place that begin with ScanPrefix are kept for what runs there for ScanSchedules.
const (
	// ScanPrefix begins the names of the Jobs of runs, and of the ConfigMaps of their targets.
	ScanPrefix = "scan-"
	// ScanLedgerName is the name of the ConfigMap that runs are counted in. No run has it: theirs end in a number.
	ScanLedgerName = ScanPrefix + "ledger"
	// ScanFeedsName is the name of the ConfigMap in the operator's own namespace that feeds of vulnerabilities write
	// their versions to.
	ScanFeedsName = ScanPrefix + "feeds"
)

// Values of LabelSync. Whatever its value, a marked object can be picked by spec.resources of a sync.
const (
	// MarkEmailNotifications is for category EmailNotifications.
	MarkEmailNotifications = "email-notifications"
	// MarkContent is for category Content.
	MarkContent = "content"
	// MarkFalsePositiveSuppression is for category FalsePositiveSuppression.
	MarkFalsePositiveSuppression = "false-positive-suppression"
	// MarkResource is for no category.
	MarkResource = "resource"
)
