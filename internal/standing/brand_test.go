// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/brand"
	"github.com/tenantry/tenantry/internal/standing"
)

func TestTheStatusSaysWhichBrandAndWhereItComesFrom(t *testing.T) {
	for name, tc := range map[string]struct {
		wears   change
		profile string
		says    string
	}{
		"its own":              {wears("acme", v1alpha1.BrandFromTenant), "acme-brand", `the tenant bears WhiteLabelProfile "acme-brand"`},
		"a copy of a copy":     {wears("acme", v1alpha1.BrandFromSibling, "initech", "hooli"), "acme-brand", "copied from tenant initech, of hooli"},
		"a sync's":             {wears("acme", v1alpha1.BrandFromSync, "baseline"), "acme-brand", "set by MasterTenantSync baseline"},
		"a sync's, from above": {wears("platform", v1alpha1.BrandFromSync, "baseline"), "platform/acme-brand", `"platform/acme-brand", set by MasterTenantSync baseline`},
		"the default":          {wears("acme", v1alpha1.BrandFromParent), "acme-brand", "the default in its namespace"},
	} {
		t.Run(name, func(t *testing.T) {
			s := complete(tc.wears)
			status := s.of()
			if status.WhiteLabelProfile != tc.profile || status.Brand == nil || status.Brand.From != s.Brand.From || status.Brand.Fields[0].From != s.Brand.From {
				t.Errorf("%q, %+v", status.WhiteLabelProfile, status.Brand)
			}
			if said := condition(t, status, v1alpha1.ConditionWhiteLabelReady).Message; !strings.Contains(said, tc.says) {
				t.Errorf("%q does not say %q", said, tc.says)
			}
		})
	}
}

func TestABrandThatGoesLeavesNoTrace(t *testing.T) {
	status := complete(before(func(s *v1alpha1.TenantStatus) {
		s.WhiteLabelProfile, s.Brand = "acme-brand", &v1alpha1.EffectiveBrand{From: v1alpha1.BrandFromTenant}
	})).of()
	if status.WhiteLabelProfile != "" || status.Brand != nil {
		t.Errorf("%q, %+v", status.WhiteLabelProfile, status.Brand)
	}
}

func TestAProfileSaysWhatIsWrongWithIt(t *testing.T) {
	withServer := v1alpha1.WhiteLabelProfileSpec{EmailFrom: "a@acme.example", SMTPSecretRef: &v1alpha1.LocalReference{Name: "smtp"}}
	failed := metav1.Condition{Type: v1alpha1.ConditionMailServerReady, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonMailServerFailed, Message: "it was down", ObservedGeneration: 7}
	of := func(spec v1alpha1.WhiteLabelProfileSpec, seen standing.ProfileSeen, before ...metav1.Condition) v1alpha1.WhiteLabelProfileStatus {
		profile := &v1alpha1.WhiteLabelProfile{ObjectMeta: metav1.ObjectMeta{Namespace: "acme-cybercorp", Generation: 7}, Spec: spec}
		profile.Status.Conditions = before
		seen.Look = brand.Render(spec, brand.Files{})
		return standing.OfProfile(profile, seen, now)
	}
	for name, tc := range map[string]struct {
		status   v1alpha1.WhiteLabelProfileStatus
		ready    metav1.ConditionStatus
		reason   string
		server   string
		stalled  bool
		contains string
	}{
		"all is well":                           {of(v1alpha1.WhiteLabelProfileSpec{}, standing.ProfileSeen{}), "True", "Ready", "", false, "can bear"},
		"an older default":                      {of(v1alpha1.WhiteLabelProfileSpec{}, standing.ProfileSeen{OlderDefault: "first"}), "False", "Duplicate", "", true, `"first" is older`},
		"a field that is no good":               {of(v1alpha1.WhiteLabelProfileSpec{CustomCSS: "@import 'x';"}, standing.ProfileSeen{}), "False", "InvalidBrand", "", true, "spec.customCSS must not contain the rule"},
		"a mail server that is not tried yet":   {of(withServer, standing.ProfileSeen{}), "True", "Ready", "Ready", false, "can bear"},
		"in a customer's place":                 {of(v1alpha1.WhiteLabelProfileSpec{}, standing.ProfileSeen{Customer: "cybercorp", OlderDefault: "first"}), "False", "NotAPlace", "", true, `has no effect: it serves the Tenants beside it, and namespace "acme-cybercorp" is the place of tenant "cybercorp"`},
		"no mail server of the operator's":      {of(withServer, standing.ProfileSeen{MailServer: standing.MailServerSeen{Silent: true}}), "False", "Unresolved", "Unresolved", false, "smtp.address"},
		"neither a Secret nor an operator's":    {of(withServer, standing.ProfileSeen{MailServer: standing.MailServerSeen{Silent: true, Unusable: "there is no Secret"}}), "False", "Unresolved", "Unresolved", false, "there is no Secret"},
		"no mail server at all":                 {of(v1alpha1.WhiteLabelProfileSpec{}, standing.ProfileSeen{MailServer: standing.MailServerSeen{Silent: true}}), "True", "Ready", "", false, "can bear"},
		"a Secret that can't be used":           {of(withServer, standing.ProfileSeen{MailServer: standing.MailServerSeen{Unusable: "there is no Secret"}}), "False", "Unresolved", "Unresolved", false, "there is no Secret; mails wait"},
		"a Secret that could not be used":       {of(withServer, standing.ProfileSeen{}, metav1.Condition{Type: v1alpha1.ConditionMailServerReady, Status: "False", Reason: "Unresolved", ObservedGeneration: 7}), "True", "Ready", "Ready", false, "can bear"},
		"a mail server that failed":             {of(withServer, standing.ProfileSeen{MailServer: standing.MailServerSeen{Tried: true, Failed: "it is down"}}), "False", "MailServerFailed", "MailServerFailed", false, "it is down; mails wait"},
		"a mail server that failed before":      {of(withServer, standing.ProfileSeen{}, failed), "False", "MailServerFailed", "MailServerFailed", false, "it was down"},
		"a mail server that is well again":      {of(withServer, standing.ProfileSeen{MailServer: standing.MailServerSeen{Tried: true}}, failed), "True", "Ready", "Ready", false, "can bear"},
		"a mail server that is another now":     {of(withServer, standing.ProfileSeen{}, func() metav1.Condition { other := failed; other.ObservedGeneration = 6; return other }()), "True", "Ready", "Ready", false, "can bear"},
		"a mail server that is named no longer": {of(v1alpha1.WhiteLabelProfileSpec{}, standing.ProfileSeen{}, failed), "True", "Ready", "", false, "can bear"},
	} {
		t.Run(name, func(t *testing.T) {
			ready := meta.FindStatusCondition(tc.status.Conditions, v1alpha1.ConditionReady)
			if ready.Status != tc.ready || ready.Reason != tc.reason || !strings.Contains(ready.Message, tc.contains) {
				t.Errorf("%+v", ready)
			}
			server := meta.FindStatusCondition(tc.status.Conditions, v1alpha1.ConditionMailServerReady)
			if (server == nil) != (tc.server == "") || server != nil && server.Reason != tc.server {
				t.Errorf("%+v", server)
			}
			if stalled := meta.FindStatusCondition(tc.status.Conditions, v1alpha1.ConditionStalled); (stalled != nil) != tc.stalled {
				t.Errorf("%+v", stalled)
			}
		})
	}
}
