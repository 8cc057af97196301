// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/brand"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/status"
)

// whiteLabel says whether the tenant's brand is what it was meant to be.
func whiteLabel(in desired.Inputs) metav1.Condition {
	switch fault := in.Brand.Fault; {
	case fault != nil:
		return status.Condition(v1alpha1.ConditionWhiteLabelReady, false, fault.Reason, fault.Message)
	case in.Brand.Profile == nil:
		return status.Condition(v1alpha1.ConditionWhiteLabelReady, true, v1alpha1.ReasonNoBrand, "the tenant bears no brand")
	}
	return status.Condition(v1alpha1.ConditionWhiteLabelReady, true, v1alpha1.ReasonBranded,
		fmt.Sprintf("the tenant bears WhiteLabelProfile %q%s", in.Brand.NameIn(in.Tenant.Namespace), origin(in.Brand)))
}

// origin says where a profile in effect comes from.
func origin(b brand.Brand) string {
	via := strings.Join(b.Via, ", of ")
	switch b.From {
	case v1alpha1.BrandFromSibling:
		return ", copied from tenant " + via
	case v1alpha1.BrandFromSync:
		return ", set by MasterTenantSync " + via
	case v1alpha1.BrandFromParent:
		return ", the default in its namespace"
	}
	return ""
}

// branded says what the tenant bears.
func branded(after *v1alpha1.TenantStatus, in desired.Inputs) {
	after.WhiteLabelProfile = in.Brand.NameIn(in.Tenant.Namespace)
	after.Brand = nil
	if in.Look != nil {
		after.Brand = brand.Effective(in.Brand, in.Look, in.Tenant.Namespace)
	}
}

// ProfileSeen is what was found out about a WhiteLabelProfile.
type ProfileSeen struct {
	// Look is what was made of it.
	Look *brand.Look
	// Customer is the name of the tenant whose place it lies in, where that is no partner's; empty elsewhere.
	Customer string
	// Tenants that bear it.
	Tenants int
	// OlderDefault is the profile that is its namespace's default in its place, where both are marked.
	OlderDefault string
	// MailServer is what is known of its own mail server.
	MailServer MailServerSeen
}

// MailServerSeen is what is known of a partner's mail server.
type MailServerSeen struct {
	// Silent says that the operator has no mail server of its own, and sends no mails.
	Silent bool
	// Unusable is why it can't be used, as its Secret was read just now; empty if there is nothing against it.
	Unusable string
	// Tried says that a mail was handed to it, or could not be, since the operator has begun and the Secret is as it
	// is, and Failed why it could not.
	Tried  bool
	Failed string
}

// OfProfile is the status of a profile. Now is the time of a change of a condition.
func OfProfile(profile *v1alpha1.WhiteLabelProfile, seen ProfileSeen, now metav1.Time) v1alpha1.WhiteLabelProfileStatus {
	after := *profile.Status.DeepCopy()
	after.ObservedGeneration = profile.Generation
	after.Tenants = new(int32(seen.Tenants))
	after.Images = seen.Look.Images
	server := mailServerReady(profile, seen.MailServer)
	ready, stalled := profileReady(profile, seen, server)
	conditions := []metav1.Condition{ready}
	if server != nil {
		conditions = append(conditions, *server)
	}
	if stalled {
		conditions = append(conditions, status.Condition(v1alpha1.ConditionStalled, true, ready.Reason, ready.Message))
	}
	after.Conditions = status.Conditions(profile.Status.Conditions, conditions, profile.Generation, now)
	return after
}

// mailServerReady says whether the profile's own mail server takes mails; nil where it has none. A mail server that
// failed before the operator was started anew goes on to be said to, until it is tried again.
func mailServerReady(profile *v1alpha1.WhiteLabelProfile, seen MailServerSeen) *metav1.Condition {
	if profile.Spec.SMTPSecretRef == nil {
		return nil
	}
	condition := func(ready bool, reason, message string) *metav1.Condition {
		made := status.Condition(v1alpha1.ConditionMailServerReady, ready, reason, message)
		return &made
	}
	const waiting = "; mails wait, and go through no other server: they are tried again by themselves"
	before := meta.FindStatusCondition(profile.Status.Conditions, v1alpha1.ConditionMailServerReady)
	switch {
	case seen.Unusable != "":
		return condition(false, v1alpha1.ReasonUnresolved, seen.Unusable+waiting)
	case seen.Silent:
		return condition(false, v1alpha1.ReasonUnresolved,
			"the operator has no mail server of its own, without which it sends no mails, through this one either: whoever runs the cluster sets smtp.address of its configuration")
	case seen.Failed != "":
		return condition(false, v1alpha1.ReasonMailServerFailed, seen.Failed+waiting)
	case !seen.Tried && before != nil && before.Reason == v1alpha1.ReasonMailServerFailed && before.ObservedGeneration == profile.Generation:
		return before.DeepCopy()
	}
	return condition(true, v1alpha1.ReasonReady, "mails of the tenants that bear the brand go through its own mail server")
}

// profileReady says whether all of the profile is worn, and whether it takes a person to mend it.
func profileReady(profile *v1alpha1.WhiteLabelProfile, seen ProfileSeen, server *metav1.Condition) (ready metav1.Condition, stalled bool) {
	is := func(ok bool, reason, message string) metav1.Condition {
		return status.Condition(v1alpha1.ConditionReady, ok, reason, message)
	}
	switch {
	case seen.Customer != "":
		return is(false, v1alpha1.ReasonNotAPlace, fmt.Sprintf(
			"the profile has no effect: it serves the Tenants beside it, and namespace %q is the place of tenant %q, which is no partner and has none; make it beside the Tenants that are to bear it",
			profile.Namespace, seen.Customer)), true
	case seen.OlderDefault != "":
		return is(false, v1alpha1.ReasonDuplicate, fmt.Sprintf(
			"WhiteLabelProfile %q is older and the default of its namespace too, and is worn: take annotation tenantry.io/default off one of the two", seen.OlderDefault)), true
	case len(seen.Look.Faults) > 0:
		return is(false, v1alpha1.ReasonInvalidBrand, "left out, and the product's own in its place: "+strings.Join(seen.Look.Faults, "; ")), true
	case server != nil && server.Status != metav1.ConditionTrue:
		return is(false, server.Reason, server.Message), false
	}
	return is(true, v1alpha1.ReasonReady, "tenants can bear the brand"), false
}
