// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// WhiteLabelProfile is a brand: what portals and mails of the tenants that wear it look like. The one
// with annotation `tenantry.io/default: "true"` is worn by every child that says nothing else.
//
// +kubebuilder:object:root=true
// +kubebuilder:ac:root=true
// +kubebuilder:resource:shortName=wlp,categories=tenantry
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Company",type=string,JSONPath=`.spec.companyName`
// +kubebuilder:printcolumn:name="Default",type=string,JSONPath=`.metadata.annotations.tenantry\.io/default`
// +kubebuilder:printcolumn:name="Tenants",type=integer,JSONPath=`.status.tenants`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="From",type=string,priority=1,JSONPath=`.spec.emailFrom`
// +kubebuilder:printcolumn:name="Reason",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
type WhiteLabelProfile struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is what is wanted.
	// +optional
	// +kubebuilder:default={}
	Spec WhiteLabelProfileSpec `json:"spec,omitzero"`
	// status is what the operator saw last.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status WhiteLabelProfileStatus `json:"status,omitzero"`
}

// WhiteLabelProfileList is a list of WhiteLabelProfiles.
//
// +kubebuilder:object:root=true
type WhiteLabelProfileList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []WhiteLabelProfile `json:"items"`
}

// WhiteLabelProfileSpec is a brand. What is left out is the product's own.
//
// +kubebuilder:validation:XValidation:rule="!has(self.smtpSecretRef) || has(self.emailFrom)",fieldPath=".emailFrom",message="set the address that mails through smtpSecretRef's server come from"
type WhiteLabelProfileSpec struct {
	// companyName that portals and mails bear.
	// +optional
	CompanyName DisplayText `json:"companyName,omitempty"`
	// logo of the company.
	// +optional
	Logo *Image `json:"logo,omitempty"`
	// favicon of the portal.
	// +optional
	Favicon *Image `json:"favicon,omitempty"`
	// colors of portal and mails.
	// +optional
	Colors *Colors `json:"colors,omitempty"`
	// supportEmail is where customers write to.
	// +optional
	SupportEmail Email `json:"supportEmail,omitempty"`
	// supportURL is where customers find help.
	// +optional
	SupportURL HTTPSURL `json:"supportURL,omitempty"`
	// emailFrom is the sender of mails that go through smtpSecretRef's server, which needs it. Without such a
	// server mails come from the operator's address, and answers go to supportEmail, else here. Default: the
	// operator's.
	// +optional
	EmailFrom Email `json:"emailFrom,omitempty"`
	// smtpSecretRef names a Secret of type tenantry.io/smtp in the same namespace, with the mail server to send
	// through: keys host, port (default 587), username and password, ca.crt. It never leaves the namespace, and
	// serves the tenants in it alone. Needs emailFrom. Default: the operator's server.
	// +optional
	SMTPSecretRef *LocalReference `json:"smtpSecretRef,omitempty"`
	// hideVendor leaves out the name of the software's vendor.
	// +optional
	HideVendor bool `json:"hideVendor,omitempty"`
	// hidePricing leaves out what things cost.
	// +optional
	HidePricing bool `json:"hidePricing,omitempty"`
	// customCSS is added to the portal's style sheet, at most 16384 characters. It loads nothing: no url(), no
	// @import, no escapes. One that does is left out, and condition Ready says what is wrong.
	// +optional
	// +kubebuilder:validation:MaxLength=16384
	// +kubebuilder:validation:Pattern="^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$"
	// +kubebuilder:validation:XValidation:rule="!self.contains('<')",message="must not contain '<': a style sheet needs none, and it could end the page's style element"
	CustomCSS string `json:"customCSS,omitempty"`
}

// Image is a picture, by reference.
// +kubebuilder:validation:XValidation:rule="has(self.configMapKeyRef) != has(self.url)",message="set exactly one of configMapKeyRef and url"
type Image struct {
	// configMapKeyRef names a ConfigMap in the profile's own namespace, and a key in it.
	// +optional
	ConfigMapKeyRef *ConfigMapKeyReference `json:"configMapKeyRef,omitempty"`
	// url of the picture.
	// +optional
	URL HTTPSURL `json:"url,omitempty"`
}

// ConfigMapKeyReference names a key of a ConfigMap in the same namespace.
type ConfigMapKeyReference struct {
	// name of the ConfigMap.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern="^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"
	Name string `json:"name"`
	// key in the ConfigMap.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern="^[-._a-zA-Z0-9]+$"
	Key string `json:"key"`
}

// Colors of portal and mails.
type Colors struct {
	// primary is for headers and buttons.
	// +optional
	Primary Color `json:"primary,omitempty"`
	// accent is for links and highlights.
	// +optional
	Accent Color `json:"accent,omitempty"`
	// background of the page.
	// +optional
	Background Color `json:"background,omitempty"`
}

// Color is a CSS color: hexadecimal, rgb(), hsl(), or one of the names of CSS 2.1.
// +kubebuilder:validation:MinLength=3
// +kubebuilder:validation:MaxLength=64
// +kubebuilder:validation:XValidation:rule="self.lowerAscii().matches('^(#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|(rgb|hsl)a?[(] *[0-9.]+(deg|%)?( *, *| +)[0-9.]+%?( *, *| +)[0-9.]+%?( *[,/] *[0-9.]+%?)? *[)]|transparent|aqua|black|blue|fuchsia|gray|green|lime|maroon|navy|olive|orange|purple|red|silver|teal|white|yellow)$')",message="must be a CSS color: #rgb, #rrggbb, with alpha #rgba or #rrggbbaa, rgb(), hsl(), or a basic name such as navy"
type Color string

// WhiteLabelProfileStatus is what the operator saw and did last. Only the operator writes it.
type WhiteLabelProfileStatus struct {
	// observedGeneration is the generation of the spec that this status speaks of; -1 before the first look.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions: Ready; MailServerReady where smtpSecretRef is; Stalled while true.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// tenants is the number of tenants that wear the brand.
	// +optional
	Tenants *int32 `json:"tenants,omitempty"`
	// images that the brand takes from ConfigMaps, as they were read last.
	// +optional
	// +listType=map
	// +listMapKey=field
	// +kubebuilder:validation:MaxItems=4
	Images []BrandImage `json:"images,omitempty"`
}

// BrandImage is a picture that a brand takes from a ConfigMap.
type BrandImage struct {
	// field of the spec: logo or favicon.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Field string `json:"field"`
	// type of the picture, such as image/png.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Type string `json:"type"`
	// bytes that tenants get: of an SVG, as it was written anew.
	// +required
	// +kubebuilder:validation:Minimum=1
	Bytes int32 `json:"bytes"`
	// digest of these bytes.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Digest string `json:"digest"`
}

// IsDefault says whether the profile is marked to be worn by whoever says nothing else.
func (p *WhiteLabelProfile) IsDefault() bool { return p.Annotations[AnnotationDefault] == "true" }

// SecretTypeSMTP is the type of the Secrets that hold a partner's mail server: keys host, port, username,
// password and ca.crt, of which host alone must be there.
const SecretTypeSMTP = Prefix + "smtp"
