// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Tenant is a customer or a partner: a place of its own in the cluster. It lies in the namespace of
// its parent, and the operator makes a namespace for it.
//
// +kubebuilder:object:root=true
// +kubebuilder:ac:root=true
// +kubebuilder:resource:shortName=tn,categories=tenantry
// +kubebuilder:subresource:status
// +kubebuilder:selectablefield:JSONPath=`.spec.planRef.name`
// +kubebuilder:selectablefield:JSONPath=`.spec.region`
// +kubebuilder:selectablefield:JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="Company",type=string,JSONPath=`.spec.displayName`
// +kubebuilder:printcolumn:name="Plan",type=string,JSONPath=`.spec.planRef.name`
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="Agents",type=string,JSONPath=`.status.agents`
// +kubebuilder:printcolumn:name="Disk",type=string,JSONPath=`.status.disk`
// +kubebuilder:printcolumn:name="Host",type=string,JSONPath=`.status.hosts[0]`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Region",type=string,priority=1,JSONPath=`.spec.region`
// +kubebuilder:printcolumn:name="Access",type=string,priority=1,JSONPath=`.spec.customerAccess`
// +kubebuilder:printcolumn:name="Namespace",type=string,priority=1,JSONPath=`.status.namespace`
// +kubebuilder:printcolumn:name="Last Activity",type=date,priority=1,JSONPath=`.status.lastActivity`
// +kubebuilder:printcolumn:name="Reason",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$') && self.metadata.name.size() <= 63",fieldPath=".metadata",message="name must be a DNS label: at most 63 of a-z, 0-9 and '-', and no '-' at either end"
// +kubebuilder:validation:XValidation:rule="!has(self.spec.partner) || !self.metadata.name.contains('-')",fieldPath=".metadata",message="the name of a partner must not contain '-': it begins the names of its children's namespaces"
// +kubebuilder:validation:XValidation:rule="!has(self.spec.whiteLabel) || !has(self.spec.whiteLabel.copyFrom) || self.spec.whiteLabel.copyFrom.name != self.metadata.name",fieldPath=".spec.whiteLabel.copyFrom.name",message="a tenant can't copy its brand from itself"
type Tenant struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is what is wanted.
	// +optional
	// +kubebuilder:default={}
	Spec TenantSpec `json:"spec,omitzero"`
	// status is what the operator saw last.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status TenantStatus `json:"status,omitzero"`
}

// TenantList is a list of Tenants.
//
// +kubebuilder:object:root=true
type TenantList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Tenant `json:"items"`
}

// TenantSpec is what a partner asks for a customer.
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.region) || (has(self.region) && self.region == oldSelf.region)",fieldPath=".region",message="is immutable once set: data stays where it was put; make a new tenant in the other region and move the data"
// +kubebuilder:validation:XValidation:rule="!has(self.partner) || !has(self.partner.domain) || !has(self.domain) || !has(self.domain.custom) || self.partner.domain != self.domain.custom.host",fieldPath=".partner.domain",message="must differ from domain.custom.host: it is the parent of the children's hosts"
type TenantSpec struct {
	// displayName is the company's name, for people.
	// +optional
	DisplayName DisplayText `json:"displayName,omitempty"`
	// region is where the data lies: one of the operator's configured regions. Immutable once set.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",message="must be the name of a region, such as eu-west: a-z, 0-9 and '-' in lower case, and no '-' at either end"
	Region string `json:"region,omitempty"`
	// planRef names the LicensePlan, in the Tenant's own namespace.
	// +optional
	PlanRef *LocalReference `json:"planRef,omitempty"`
	// limits override the plan's. They may be raised and lowered at any time: what exists stays.
	// +optional
	Limits *Limits `json:"limits,omitempty"`
	// admin is the first administrator: one seat and an invitation.
	// +optional
	Admin *Administrator `json:"admin,omitempty"`
	// superAdmin is the one super admin; by default the person who created the Tenant.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=254
	// +kubebuilder:validation:Pattern="^[^\\x00-\\x20\\x7f-\\x9f]+$"
	// +kubebuilder:validation:XValidation:rule="!self.startsWith('system:')",message="must be a person: a name that begins with 'system:' is Kubernetes' own"
	SuperAdmin string `json:"superAdmin,omitempty"`
	// customerAccess caps what the customer's own people may do. Default: Disabled.
	// +optional
	// +kubebuilder:default=Disabled
	CustomerAccess CustomerAccess `json:"customerAccess,omitempty"`
	// permissions override the plan's features, by name.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^[A-Za-z][A-Za-z0-9]{0,62}$'))",message="names are letters and digits, begin with a letter, at most 63"
	Permissions map[string]bool `json:"permissions,omitempty"`
	// domain says under which hosts the tenant is reached.
	// +optional
	Domain *Domain `json:"domain,omitempty"`
	// whiteLabel says whose brand the tenant bears. Default: its parent's.
	// +optional
	WhiteLabel *WhiteLabel `json:"whiteLabel,omitempty"`
	// portal is the switch of the tenant's portal.
	// +optional
	Portal *Portal `json:"portal,omitempty"`
	// suspend takes access and the route away, stops work and keeps the data. Resume restores what was.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
	// contact is the customer's contact, for people.
	// +optional
	Contact *Contact `json:"contact,omitempty"`
	// retainFor is how long the place is kept after deletion, at most a year (8760h). 0s purges it at
	// once. Default: the operator's, 168h where it says nothing else.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]+([.][0-9]+)?(ms|s|m|h))+$')",message="must be a time in hours, minutes or seconds, e.g. 168h for a week: days and weeks have no letter of their own"
	// +kubebuilder:validation:XValidation:rule="!self.matches('^([0-9]+([.][0-9]+)?(ms|s|m|h))+$') || duration(self) <= duration('8760h')",message="must be at most a year (8760h)"
	RetainFor *metav1.Duration `json:"retainFor,omitempty"`
	// restoreFrom names the place that is kept under this Tenant's name and is to be taken back. Only
	// who may administer the Tenant sets it; the creator of the deleted Tenant needs none.
	// +optional
	RestoreFrom *RestoreReference `json:"restoreFrom,omitempty"`
	// partner, when present, lets the tenant have children.
	// +optional
	Partner *Partner `json:"partner,omitempty"`
}

// RestoreReference names a place that is kept.
type RestoreReference struct {
	// uid of the deleted Tenant: spec.uid of its RetainedTenant.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	UID string `json:"uid"`
}

// CustomerAccess caps the rights of a customer's own people.
// +kubebuilder:validation:Enum=Disabled;ReadOnly;FullAccess
type CustomerAccess string

// How far a customer's own people are let in.
const (
	CustomerAccessDisabled   CustomerAccess = "Disabled"
	CustomerAccessReadOnly   CustomerAccess = "ReadOnly"
	CustomerAccessFullAccess CustomerAccess = "FullAccess"
)

// Administrator is the first administrator of a tenant.
type Administrator struct {
	// username is the name that the cluster's authentication gives the person.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=254
	// +kubebuilder:validation:Pattern="^[^\\x00-\\x20\\x7f-\\x9f\\p{Z}\\p{Cf}]+$"
	// +kubebuilder:validation:XValidation:rule="!self.startsWith('system:')",message="must be a person: a name that begins with 'system:' is Kubernetes' own"
	Username string `json:"username"`
	// email is where the invitation goes.
	// +optional
	Email Email `json:"email,omitempty"`
	// firstName is used to address the person.
	// +optional
	FirstName DisplayText `json:"firstName,omitempty"`
	// invitation controls the mail to email.
	// +optional
	Invitation *Invitation `json:"invitation,omitempty"`
}

// Domain says under which hosts a tenant is reached.
type Domain struct {
	// subdomain is the label under the partner's domain or the base domain. Default: the Tenant's name.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",message="must be one label of a host, such as cyber-corp: a-z, 0-9 and '-' in lower case, no '-' at either end, and no dot: the rest is the partner's domain or the base domain"
	Subdomain string `json:"subdomain,omitempty"`
	// custom is a host of the customer's own. It works only while it is proven and secure.
	// +optional
	Custom *CustomDomain `json:"custom,omitempty"`
}

// CustomDomain is a host of the customer's own, with its certificate.
// +kubebuilder:validation:XValidation:rule="has(self.certificateRef) != has(self.issuerRef)",message="set exactly one of certificateRef and issuerRef"
type CustomDomain struct {
	// host is the DNS name.
	// +required
	Host Host `json:"host"`
	// certificateRef names a Secret of type kubernetes.io/tls in the tenant's own namespace.
	// +optional
	CertificateRef *LocalReference `json:"certificateRef,omitempty"`
	// issuerRef lets cert-manager get the certificate.
	// +optional
	IssuerRef *IssuerReference `json:"issuerRef,omitempty"`
}

// IssuerReference names an issuer of cert-manager.
type IssuerReference struct {
	// name of the issuer.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern="^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"
	Name string `json:"name"`
	// kind of the issuer. Default: Issuer.
	// +optional
	// +kubebuilder:default=Issuer
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern="^[A-Z][A-Za-z0-9]*$"
	Kind string `json:"kind,omitempty"`
	// group of the issuer. Default: cert-manager.io.
	// +optional
	// +kubebuilder:default=cert-manager.io
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern="^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"
	Group string `json:"group,omitempty"`
}

// WhiteLabel says whose brand a tenant bears.
// +kubebuilder:validation:XValidation:rule="(has(self.profileRef) ? 1 : 0) + (has(self.copyFrom) ? 1 : 0) + (has(self.none) ? 1 : 0) <= 1",message="set at most one of profileRef, copyFrom and none"
type WhiteLabel struct {
	// profileRef names a WhiteLabelProfile in the Tenant's own namespace.
	// +optional
	ProfileRef *LocalReference `json:"profileRef,omitempty"`
	// copyFrom names a sibling: whatever it uses, this tenant uses.
	// +optional
	CopyFrom *TenantReference `json:"copyFrom,omitempty"`
	// none asks for no brand.
	// +optional
	None *NoWhiteLabel `json:"none,omitempty"`
}

// NoWhiteLabel has no fields: its presence is what it says.
type NoWhiteLabel struct{}

// TenantReference names a Tenant in the same namespace.
type TenantReference struct {
	// name of the Tenant.
	// +required
	Name TenantName `json:"name"`
}

// Portal is the switch of a tenant's portal.
type Portal struct {
	// active says whether the portal is routed. false takes the route away and nothing else. Default: true.
	// +optional
	// +kubebuilder:default=true
	Active *bool `json:"active,omitempty"`
}

// Contact is the customer's contact, for people.
type Contact struct {
	// name of the person.
	// +optional
	Name DisplayText `json:"name,omitempty"`
	// email of the person.
	// +optional
	Email Email `json:"email,omitempty"`
	// phone number of the person, E.164 or with the usual separators.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:Pattern="^[+]?[0-9 ()./-]*$"
	Phone string `json:"phone,omitempty"`
}

// Partner is what a tenant needs to have children.
type Partner struct {
	// staff says how the partner's admins get into its children. Default: Inherit.
	// +optional
	// +kubebuilder:default=Inherit
	Staff StaffMode `json:"staff,omitempty"`
	// domain is the parent of the children's hosts, once it is proven.
	// +optional
	Domain Host `json:"domain,omitempty"`
	// emailDomains are the partner's mail domains: group `tenantry:domain:<domain>` sees the list of customers.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	EmailDomains []Host `json:"emailDomains,omitempty"`
	// capacity is what the children may hold together.
	// +optional
	Capacity *Capacity `json:"capacity,omitempty"`
}

// StaffMode says how a partner's admins get into its children.
// +kubebuilder:validation:Enum=Inherit;Explicit
type StaffMode string

// How a partner's admins get into its children.
const (
	// StaffInherit: the partner's admins own every child.
	StaffInherit StaffMode = "Inherit"
	// StaffExplicit: only grants that name the child let in.
	StaffExplicit StaffMode = "Explicit"
)
