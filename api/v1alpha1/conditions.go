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
	// ReasonNoCustomDomain: the Tenant asks for no domain of its own.
	ReasonNoCustomDomain = "NoCustomDomain"
	// ReasonNoBrand: the Tenant has no brand of its own and inherits none.
	ReasonNoBrand = "NoBrand"
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
