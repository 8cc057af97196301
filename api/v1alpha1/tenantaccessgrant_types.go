// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TenantAccessGrant lets somebody in. Where it lies says where to: in a tenant's place it makes a
// user of that tenant, and takes a seat; in a partner's place it makes staff of the partner or, with
// tenants, a technician delegated to some of its customers.
//
// +kubebuilder:object:root=true
// +kubebuilder:ac:root=true
// +kubebuilder:resource:shortName=tag,categories=tenantry
// +kubebuilder:subresource:status
// +kubebuilder:selectablefield:JSONPath=`.spec.subject.kind`
// +kubebuilder:selectablefield:JSONPath=`.spec.subject.name`
// +kubebuilder:selectablefield:JSONPath=`.spec.role`
// +kubebuilder:printcolumn:name="Kind",type=string,JSONPath=`.spec.subject.kind`
// +kubebuilder:printcolumn:name="Subject",type=string,JSONPath=`.spec.subject.name`
// +kubebuilder:printcolumn:name="Role",type=string,JSONPath=`.spec.role`
// +kubebuilder:printcolumn:name="Active",type=string,JSONPath=`.status.conditions[?(@.type=="Active")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Active")].reason`
// +kubebuilder:printcolumn:name="Expires",type=string,JSONPath=`.status.expiresAt`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Email",type=string,priority=1,JSONPath=`.spec.email`
// +kubebuilder:printcolumn:name="Tenants",type=integer,priority=1,JSONPath=`.status.tenants`
// +kubebuilder:printcolumn:name="Ready",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
type TenantAccessGrant struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is what is wanted.
	// +required
	Spec TenantAccessGrantSpec `json:"spec"`
	// status is what the operator saw last.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status TenantAccessGrantStatus `json:"status,omitzero"`
}

// TenantAccessGrantList is a list of TenantAccessGrants.
//
// +kubebuilder:object:root=true
type TenantAccessGrantList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []TenantAccessGrant `json:"items"`
}

// TenantAccessGrantSpec says who is let in, as what and until when.
// +kubebuilder:validation:XValidation:rule="has(self.tenants) == has(oldSelf.tenants)",fieldPath=".tenants",message="can be neither added nor removed: staff and delegation are different things; delete this grant and make another"
// +kubebuilder:validation:XValidation:rule="!has(self.expiresAt) || !has(self.duration)",fieldPath=".duration",message="set at most one of expiresAt and duration"
// +kubebuilder:validation:XValidation:rule="!has(self.email) || self.subject.kind != 'ServiceAccount'",fieldPath=".email",message="must be left out for a ServiceAccount: invitations are for people"
// +kubebuilder:validation:XValidation:rule="self.subject.kind != 'ServiceAccount' || !(self.role in ['Owner', 'Admin'])",fieldPath=".role",message="a ServiceAccount is let in as Editor at most: whoever runs pods in a place can act as any ServiceAccount of it"
type TenantAccessGrantSpec struct {
	// subject is who is let in. Immutable.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="is immutable: delete this grant and make another for the other subject"
	Subject Subject `json:"subject"`
	// email is where the invitation goes.
	// +optional
	Email Email `json:"email,omitempty"`
	// role is what the subject may do at most.
	// +required
	Role Role `json:"role"`
	// expiresAt is when the access ends. At most one of expiresAt and duration; without both it does not end.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=35
	// +kubebuilder:validation:Pattern="^2[0-9]{3}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
	ExpiresAt *metav1.Time `json:"expiresAt,omitempty"`
	// duration is how long the access lasts from when it became active: 1m to 8760h (a year).
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]+([.][0-9]+)?(ms|s|m|h))+$') && duration(self) >= duration('1m') && duration(self) <= duration('8760h')",message="must be from 1m to 8760h (a year), such as 8h or 1h30m"
	Duration *metav1.Duration `json:"duration,omitempty"`
	// tenants are the customers that a technician is delegated to: only in a partner's place. Having
	// it or not is immutable.
	// +optional
	Tenants *Selection `json:"tenants,omitempty"`
	// suspend takes the access away and keeps the grant and its seat.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
	// invitation controls the mail to the subject.
	// +optional
	Invitation *Invitation `json:"invitation,omitempty"`
}

// Subject is who a grant is for, under the name that the cluster's authentication gives.
// +kubebuilder:validation:XValidation:rule="self.kind != 'Group' || !self.name.startsWith('tenantry:')",fieldPath=".name",message="must not begin with 'tenantry:': such groups are Tenantry's own; name a group that the cluster's authentication gives"
// +kubebuilder:validation:XValidation:rule="self.kind != 'ServiceAccount' || has(self.__namespace__)",fieldPath=".namespace",message="is required for a ServiceAccount: say in which namespace it lies"
// +kubebuilder:validation:XValidation:rule="self.kind == 'ServiceAccount' || !has(self.__namespace__)",fieldPath=".namespace",message="must be left out: only a ServiceAccount lies in a namespace"
// +kubebuilder:validation:XValidation:rule="self.kind != 'ServiceAccount' || self.name.size() <= 253 && !format.dns1123Subdomain().validate(self.name).hasValue()",fieldPath=".name",message="must be the name of a ServiceAccount: a-z, 0-9, '-' and '.', beginning and ending with a letter or digit"
type Subject struct {
	// kind of the subject. Group: only in a partner's place.
	// +required
	Kind SubjectKind `json:"kind"`
	// name of the subject; none that begins with `system:`, and no group that begins with `tenantry:`.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=254
	// +kubebuilder:validation:Pattern="^[^\\x00-\\x20\\x7f-\\x9f\\p{Z}\\p{Cf}]+$"
	// +kubebuilder:validation:XValidation:rule="!self.startsWith('system:')",message="must not begin with 'system:': such names are Kubernetes' own; for a ServiceAccount set kind, namespace and name"
	Name string `json:"name"`
	// namespace of a ServiceAccount: that of the grant itself.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern="^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
	Namespace string `json:"namespace,omitempty"`
}

// SubjectKind is the kind of a subject.
// +kubebuilder:validation:Enum=User;ServiceAccount;Group
type SubjectKind string

// Kinds of subjects.
const (
	SubjectUser           SubjectKind = "User"
	SubjectServiceAccount SubjectKind = "ServiceAccount"
	SubjectGroup          SubjectKind = "Group"
)

// Role is what somebody may do in a place; each includes the ones after it.
// +kubebuilder:validation:Enum=Owner;Admin;Editor;Viewer;Reporter
type Role string

// Roles, the strongest first.
const (
	// RoleOwner does everything that the place allows.
	RoleOwner Role = "Owner"
	// RoleAdmin manages people and settings.
	RoleAdmin Role = "Admin"
	// RoleEditor works with what is in the place.
	RoleEditor Role = "Editor"
	// RoleViewer sees what is in the place.
	RoleViewer Role = "Viewer"
	// RoleReporter sees reports.
	RoleReporter Role = "Reporter"
)

// Invitation controls the mail that invites somebody.
type Invitation struct {
	// resend sends the invitation again: any new value does.
	// +optional
	Resend RequestID `json:"resend,omitempty"`
}
