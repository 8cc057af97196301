// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
)

// LocalReference names an object of a fixed kind in the same namespace.
type LocalReference struct {
	// name of the object.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern="^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"
	Name string `json:"name"`
}

// Selection picks Tenants of one namespace by name or by label.
// +kubebuilder:validation:XValidation:rule="has(self.names) != has(self.selector)",message="set exactly one of names and selector"
type Selection struct {
	// names of the Tenants.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=1000
	Names []TenantName `json:"names,omitempty"`
	// selector matches the labels of the Tenants. An empty one matches them all.
	// +optional
	Selector *LabelSelector `json:"selector,omitempty"`
}

// LabelSelector picks objects by their labels: metav1.LabelSelector with bounds, checked at admission.
// All that is said must hold; an empty one picks everything.
type LabelSelector struct {
	// matchLabels are labels with the value that they must have.
	// +optional
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(k, !format.qualifiedName().validate(k).hasValue())",message="every key must be a label's: an optional DNS prefix and '/', then at most 63 letters, digits, '-', '_' and '.'"
	MatchLabels map[string]LabelValue `json:"matchLabels,omitempty"`
	// matchExpressions are requirements on labels.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	MatchExpressions []LabelSelectorRequirement `json:"matchExpressions,omitempty"`
}

// LabelSelectorRequirement is what one label must be: metav1.LabelSelectorRequirement with bounds.
// +kubebuilder:validation:XValidation:rule="self.operator in ['In', 'NotIn'] || !has(self.values) || size(self.values) == 0",fieldPath=".values",message="must be left out: Exists and DoesNotExist take no values"
// +kubebuilder:validation:XValidation:rule="self.operator in ['Exists', 'DoesNotExist'] || (has(self.values) && size(self.values) > 0)",fieldPath=".values",message="must hold at least one value: In and NotIn compare with it"
type LabelSelectorRequirement struct {
	// key of the label.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=317
	// +kubebuilder:validation:XValidation:rule="!format.qualifiedName().validate(self).hasValue()",message="must be a label's key: an optional DNS prefix and '/', then at most 63 letters, digits, '-', '_' and '.'"
	Key string `json:"key"`
	// operator relates the label to values.
	// +required
	Operator LabelSelectorOperator `json:"operator"`
	// values to compare with: for In and NotIn alone.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	Values []LabelValue `json:"values,omitempty"`
}

// LabelSelectorOperator relates a label to values.
// +kubebuilder:validation:Enum=In;NotIn;Exists;DoesNotExist
type LabelSelectorOperator string

// LabelValue is the value of a label.
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern="^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$"
type LabelValue string

// Limits are what a tenant may use.
type Limits struct {
	// agents is the number of seats: users of the customer, a grant each.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000
	Agents *int32 `json:"agents,omitempty"`
	// disk is the sum of the storage that the tenant's volumes may claim: 0 to 1Ei.
	// ---
	// The rule looks at the text first: an API server that reads 1e-99999999999 as a quantity is busy
	// for minutes, and answers nobody in time.
	// +optional
	// +kubebuilder:validation:XValidation:rule="string(self).matches('^[0-9]{1,18}([.][0-9]{1,9})?([mkMGTPE]|[KMGTPE]i|[eE][0-9]{1,2})?$') && quantity(string(self)).compareTo(quantity('1Ei')) <= 0",message="must be a quantity between 0 and 1Ei, such as 50Gi, without a sign"
	Disk *resource.Quantity `json:"disk,omitempty"`
}

// Capacity is what the children of a partner, or the tenants on a plan, may hold together.
type Capacity struct {
	// tenants is their number.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000
	Tenants *int32 `json:"tenants,omitempty"`
	// agents is the sum of their seats.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100000000
	Agents *int32 `json:"agents,omitempty"`
	// disk is the sum of their disk limits: 0 to 1Ei.
	// +optional
	// +kubebuilder:validation:XValidation:rule="string(self).matches('^[0-9]{1,18}([.][0-9]{1,9})?([mkMGTPE]|[KMGTPE]i|[eE][0-9]{1,2})?$') && quantity(string(self)).compareTo(quantity('1Ei')) <= 0",message="must be a quantity between 0 and 1Ei, such as 50Gi, without a sign"
	Disk *resource.Quantity `json:"disk,omitempty"`
}

// TenantName is the name of a Tenant: a DNS label.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern="^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
type TenantName string

// Host is a DNS name of at least two labels, in lower case and without a trailing dot.
// +kubebuilder:validation:MinLength=3
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:XValidation:rule="self.matches('^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?[.])+[a-z]([-a-z0-9]{0,61}[a-z0-9])?$')",message="must be a DNS name of two labels or more, such as portal.acme.example: in lower case, without https://, port or path, no wildcard, no address, and no dot at the end"
type Host string

// Email is a mail address without a display name (RFC 5321 mailbox, local part of the plain kind).
// +kubebuilder:validation:MinLength=3
// +kubebuilder:validation:MaxLength=254
// +kubebuilder:validation:Pattern="^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?$"
type Email string

// DisplayText is a line of text for people: no control characters, and none that turn the direction of
// the text around them, so that it shows as what it is in a table or a mail.
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:Pattern="^[^\\x00-\\x1f\\x7f-\\x9f]*$"
// +kubebuilder:validation:XValidation:rule="!self.matches('[\\\\x{2028}-\\\\x{202e}\\\\x{2066}-\\\\x{2069}]')",message="must hold no line separators and no characters that change the direction of text (U+2028 to U+202E, U+2066 to U+2069)"
type DisplayText string

// HTTPSURL is an absolute URL that a browser opens over TLS, without user information.
// +kubebuilder:validation:MinLength=9
// +kubebuilder:validation:MaxLength=2048
// +kubebuilder:validation:XValidation:rule="self.matches('^https://[A-Za-z0-9.:[\\\\]-]+([/?#][A-Za-z0-9._~:/?#@!$&()*+,;=%-]*)?$') && isURL(self) && url(self).getHostname().size() > 0",message="must be an absolute URL that begins with https:// and holds no user, space or quote, such as https://acme.example/logo.svg"
type HTTPSURL string

// RequestID asks for something once: each new value is a new request, the value itself means nothing.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern="^[^\\x00-\\x1f\\x7f-\\x9f]+$"
type RequestID string
