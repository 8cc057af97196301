// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Condition types. Ready is always there; Reconciling and Stalled only while they are true
// (the "abnormal-true" conditions of sigs.k8s.io/cli-utils kstatus).
const (
	// ConditionReady says whether the object is as its spec asks; it is computed from the others.
	ConditionReady = "Ready"
	// ConditionReconciling is there only while the operator works on the object.
	ConditionReconciling = "Reconciling"
	// ConditionStalled is there only while nothing goes on until a person acts.
	ConditionStalled = "Stalled"

	// ConditionAccessReady says whether everybody who was let into a Tenant can enter it.
	ConditionAccessReady = "AccessReady"
	// ConditionLicenseReady says whether a Tenant's plan is known and has room for it.
	ConditionLicenseReady = "LicenseReady"
	// ConditionDomainSecure says whether every domain of a Tenant is proven and has a good certificate.
	ConditionDomainSecure = "DomainSecure"
	// ConditionWhiteLabelReady says whether a Tenant's brand is known.
	ConditionWhiteLabelReady = "WhiteLabelReady"
	// ConditionMailServerReady says whether the mail server of a WhiteLabelProfile takes mails. There only where
	// the profile names one.
	ConditionMailServerReady = "MailServerReady"
)

// Reasons of a Tenant's conditions.
const (
	// ReasonReady: all is well.
	ReasonReady = "Ready"
	// ReasonProvisioning: the place is being made.
	ReasonProvisioning = "Provisioning"
	// ReasonSuspended: the Tenant is suspended by its spec.
	ReasonSuspended = "Suspended"
	// ReasonParentSuspended: a partner above the Tenant is suspended or going.
	ReasonParentSuspended = "ParentSuspended"
	// ReasonNoPlan: the Tenant names no plan and needs none.
	ReasonNoPlan = "NoPlan"
	// ReasonNoGrants: nobody was let in but those who inherit it.
	ReasonNoGrants = "NoGrants"
	// ReasonPermissionUnbound: the operator may not bind the ClusterRole of a permission.
	ReasonPermissionUnbound = "PermissionUnbound"
	// ReasonNoCustomDomain: the Tenant asks for no domain of its own.
	ReasonNoCustomDomain = "NoCustomDomain"
	// ReasonNoBrand: the Tenant has no brand of its own and inherits none.
	ReasonNoBrand = "NoBrand"
	// ReasonBranded: the Tenant bears a brand.
	ReasonBranded = "Branded"
	// ReasonSyncConflict: several MasterTenantSyncs would each set the Tenant's brand, and none does.
	ReasonSyncConflict = "SyncConflict"
	// ReasonUnresolved: something that the spec refers to is missing, or nothing serves it.
	ReasonUnresolved = "Unresolved"
	// ReasonHostConflict: the host is held by another Tenant, or reserved.
	ReasonHostConflict = "HostConflict"
	// ReasonNamespaceConflict: the namespace exists and is not this Tenant's. It is left alone.
	ReasonNamespaceConflict = "NamespaceConflict"
	// ReasonObjectConflict: an object of that name stands in the place and is not the operator's. It is left alone.
	ReasonObjectConflict = "ObjectConflict"
	// ReasonParentNotPartner: the Tenant lies in the place of a Tenant that may have no children.
	ReasonParentNotPartner = "ParentNotPartner"
	// ReasonInvalidName: the name can't be a place's name.
	ReasonInvalidName = "InvalidName"
	// ReasonQuotaBlocked: a quota in the place keeps the operator from making what belongs there.
	ReasonQuotaBlocked = "QuotaBlocked"
	// ReasonOverLimit: more is used than the limits allow; nothing new gets in.
	ReasonOverLimit = "OverLimit"
	// ReasonCapacityExhausted: the partner, or the plan, has no capacity left for what is asked.
	ReasonCapacityExhausted = "CapacityExhausted"
	// ReasonTrialEnded: the trial of the Tenant's plan is over, and the Tenant suspended by it.
	ReasonTrialEnded = "TrialEnded"
	// ReasonTrialEnding: the trial of the Tenant's plan is over soon; an event.
	ReasonTrialEnding = "TrialEnding"
	// ReasonLicensed: the plan is known, and has what the Tenant asks for.
	ReasonLicensed = "Licensed"
	// ReasonNearLimit: what is used has reached the plan's alertAt.
	ReasonNearLimit = "NearLimit"
	// ReasonLimitReached: all that the plan includes is used.
	ReasonLimitReached = "LimitReached"
	// ReasonPurging: the Tenant is deleted and its place is going, with all data.
	ReasonPurging = "Purging"
	// ReasonChildrenRemain: the Tenant is deleted and waits for its children to be deleted first.
	ReasonChildrenRemain = "ChildrenRemain"
	// ReasonRetaining: the Tenant is deleted; its place is being closed and kept.
	ReasonRetaining = "Retaining"
	// ReasonRetained: a place is kept under the Tenant's name, and it is not its creator's.
	ReasonRetained = "Retained"
	// ReasonRestored: the place that was kept was taken back; an event.
	ReasonRestored = "Restored"
	// ReasonFailed: the last attempt failed; the operator tries again by itself.
	ReasonFailed = "Failed"
)

// Reasons of condition DomainSecure, beside HostConflict, and Expired for a certificate that is not
// valid yet, or not any more.
const (
	// ReasonDomainSecure: every domain is proven, and the custom host's certificate is good.
	ReasonDomainSecure = "Secure"
	// ReasonNotProven: the DNS record that proves a domain is not there.
	ReasonNotProven = "NotProven"
	// ReasonNoCertificate: there is no certificate, or it can't be read.
	ReasonNoCertificate = "NoCertificate"
	// ReasonUntrusted: the certificate does not lead to a root that is trusted.
	ReasonUntrusted = "Untrusted"
	// ReasonWrongHost: the certificate is another host's.
	ReasonWrongHost = "WrongHost"
	// ReasonBadKey: the private key is not the certificate's, or too weak.
	ReasonBadKey = "BadKey"
)

// Reasons of condition Ready of LicensePlans, PriceLists, WhiteLabelProfiles and AssetInventories.
const (
	// ReasonInUse: a LicensePlan is deleted, and stays until no Tenant is on it.
	ReasonInUse = "InUse"
	// ReasonOverAllocated: more is held than there is capacity for, since the capacity was lowered.
	ReasonOverAllocated = "OverAllocated"
	// ReasonDuplicate: an older PriceList speaks of the same plan, or an older WhiteLabelProfile is the default.
	ReasonDuplicate = "Duplicate"
	// ReasonInvalidBrand: some fields of a WhiteLabelProfile are no good, and left out.
	ReasonInvalidBrand = "InvalidBrand"
	// ReasonMailServerFailed: the mail server of a WhiteLabelProfile can't be used, or takes no mails.
	ReasonMailServerFailed = "MailServerFailed"
	// ReasonInvalidAssets: some lines of an AssetInventory could not be understood, and count for nothing.
	ReasonInvalidAssets = "InvalidAssets"
)

// Reasons of condition Ready of MasterTenantSyncs, and of status.syncs of Tenants, beside Ready, Suspended, Failed,
// ObjectConflict, and NotAPlace for a sync that does not lie in a partner's place.
const (
	// ReasonSynced: all targets are as the master.
	ReasonSynced = "Synced"
	// ReasonSyncing: what differs is being written, as fast as the rollout allows.
	ReasonSyncing = "Syncing"
	// ReasonPlanned: mode is Plan, and status.plan waits for approval.
	ReasonPlanned = "Planned"
	// ReasonPlanStale: tenants are no longer as in the approved plan, and were not written to.
	ReasonPlanStale = "PlanStale"
	// ReasonPlanTooLarge: what the approved plan allows does not fit into one object, and nothing is written by it.
	ReasonPlanTooLarge = "PlanTooLarge"
	// ReasonWaitingForRun: trigger is Manual, and the present value of spec.run was served.
	ReasonWaitingForRun = "WaitingForRun"
	// ReasonWaiting: something that copies need of the tenant, or of its place, is not there yet.
	ReasonWaiting = "Waiting"
	// ReasonSoaking: the canary is as the master, and the rest follows when it was so for the time it is to soak.
	ReasonSoaking = "Soaking"
	// ReasonHalted: so many tenants failed that the rollout stopped.
	ReasonHalted = "Halted"
	// ReasonNoCanary: the canary picks none of the targets, and the rest waits for it.
	ReasonNoCanary = "NoCanary"
	// ReasonCanaryFailed: tenants of the canary failed, and the rest waits for them.
	ReasonCanaryFailed = "CanaryFailed"
	// ReasonNoTargets: the sync picks no tenant.
	ReasonNoTargets = "NoTargets"
	// ReasonNoSources: nothing in the master's place is carried.
	ReasonNoSources = "NoSources"
	// ReasonSourceRefused: something that the sync asks for is missing, or is not carried; the rest is.
	ReasonSourceRefused = "SourceRefused"
	// ReasonNoMaster: the tenant that masterRef names is missing, or can't be a master.
	ReasonNoMaster = "NoMaster"
	// ReasonConflict: several syncs carry the same to one tenant.
	ReasonConflict = "Conflict"
	// ReasonKept: objects of the tenant's own stand where copies belong, and conflict is Keep; all else is as the master.
	ReasonKept = "Kept"
	// ReasonDrifted: somebody changed a copy, and onDrift is Report.
	ReasonDrifted = "Drifted"
	// ReasonContentRefused: what is to be written can't be, such as a text that is too long once the tenant's name is filled in.
	ReasonContentRefused = "ContentRefused"
)

// Reasons of condition Ready of ScanSchedules, and of their events, beside Ready, Suspended, Unresolved, Failed, QuotaBlocked,
// ObjectConflict, NotAPlace, ParentNotPartner for spec.tenants in the place of who is no partner, and NoTargets for a tenant
// without assets to scan.
const (
	// ReasonInvalidSchedule: the schedule is never due, or its time zone is unknown.
	ReasonInvalidSchedule = "InvalidSchedule"
	// ReasonNoTenants: the schedule reaches no tenant.
	ReasonNoTenants = "NoTenants"
	// ReasonTooManySchedules: so many others start runs in the place of a tenant that this one starts nothing there.
	ReasonTooManySchedules = "TooManySchedules"
	// ReasonTooManyTargets: a run would look at more assets than one may, and was not started.
	ReasonTooManyTargets = "TooManyTargets"
	// ReasonMissedRuns: runs were due and not started; an event.
	ReasonMissedRuns = "MissedRuns"
)
