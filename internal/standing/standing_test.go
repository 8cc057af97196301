// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/standing"
)

const (
	oldHost = v1alpha1.Host("old-acme.tenantry.example")
	newHost = v1alpha1.Host("cybercorp-acme.tenantry.example")
)

func holding(hosts ...v1alpha1.Host) change {
	return before(func(s *v1alpha1.TenantStatus) {
		s.Namespace, s.Hosts, s.URL = "acme-cybercorp", hosts, "https://"+string(hosts[0])
	})
}

func heldCustomHost(s *situation) {
	s.Custom = &desired.CustomHost{Claim: desired.HostClaim{Held: true}}
}

func insecure(s *situation) {
	s.Custom.Insecure = &desired.Insecurity{Reason: v1alpha1.ReasonWrongHost, Message: "the certificate is another host's"}
}

func TestTheChallengeIsThePlaces(t *testing.T) {
	here := func(s *situation) { s.PlaceUID = "uid-of-the-namespace" }
	for _, test := range []struct {
		name string
		when []change
		want bool
	}{
		{"told where a domain must be proven", []change{withCustomHost, here}, true},
		{"told of a partner's domain too", []change{withPartnerDomain, here}, true},
		{"not there before there is a place", []change{withCustomHost}, false},
		{"not there where no domain is asked for", []change{here}, false},
		{"not there where nothing is proven", []change{withCustomHost, here, func(s *situation) { s.Config.Domains.Proof = "None" }}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := complete(test.when...).of().DomainChallenge; (got != "") != test.want {
				t.Errorf("got %q", got)
			}
		})
	}
}

func withoutPlace(s *situation) { s.HasPlace = false }

func TestWhere(t *testing.T) {
	conflict := failing(&standing.Problem{Reason: v1alpha1.ReasonNamespaceConflict, Phase: v1alpha1.PhasePending, Stalled: true, Message: "no"})
	failed := failing(&standing.Problem{Reason: v1alpha1.ReasonFailed, Phase: v1alpha1.PhaseDegraded, Message: "no"})
	type where struct {
		namespace string
		hosts     []v1alpha1.Host
		url       string
	}
	here := func(url v1alpha1.Host, hosts ...v1alpha1.Host) where {
		if url != "" {
			url = "https://" + url
		}
		return where{"acme-cybercorp", hosts, string(url)}
	}
	for _, test := range []struct {
		name string
		when []change
		want where
	}{
		{"nowhere before there is a place", []change{withoutPlace, waiting}, where{}},
		{"nowhere where nothing is made", []change{refused("InvalidName", true)}, where{}},
		{"nowhere where the namespace is another's", []change{withoutPlace, conflict}, where{}},
		{"in its namespace, with its host", nil, here(newHost, newHost)},
		{"in its namespace, with its host, while it is made", []change{waiting}, here(newHost, newHost)},
		{"without a host that is another's", []change{heldBy("globex", "hooli")}, here("")},
		{"with its host while it is suspended", []change{suspended}, here(newHost, newHost)},
		{"with its host while it is going", []change{holding(oldHost), going}, here(newHost, newHost)},
		{"without the former host", []change{holding(oldHost), heldBy("globex", "hooli")}, here("")},
		{"with its custom host too", []change{withCustomHost, heldCustomHost}, here(newHost, newHost, "support.cybercorp.example")},
		{"without a custom host that is not proven", []change{withCustomHost}, here(newHost, newHost)},
		{"as before while it is refused", []change{holding(oldHost), heldBy("", ""), refused("Unresolved", false),
			func(s *situation) { s.HasPlace = true }}, here(oldHost, oldHost)},
		{"as before, where it is not known whether there is a place", []change{holding(oldHost), withoutPlace, failed}, here(oldHost, oldHost)},
		{"with the former host where the namespace became another's", []change{holding(oldHost), withoutPlace, conflict}, where{hosts: []v1alpha1.Host{oldHost}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			status := complete(test.when...).of()
			got := where{status.Namespace, status.Hosts, status.URL}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(where{})); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestUsage(t *testing.T) {
	type use struct{ Agents, Disk, UsedDisk string }
	for _, test := range []struct {
		name string
		when []change
		want use
	}{
		{"is what the quota counts", nil, use{"4/10", "1Gi/10Gi", "1Gi"}},
		{"is zero at first", []change{func(s *situation) { s.Quota = quota("0", "10", "0", "10Gi") }}, use{"0/10", "0/10Gi", ""}},
		{"may be beyond the limit", []change{overLimit}, use{"12/10", "1Gi/10Gi", "1Gi"}},
		{"has no seats in a partner's place", []change{func(s *situation) {
			delete(s.Quota.Spec.Hard, desired.ResourceAgents)
			delete(s.Quota.Status.Used, desired.ResourceAgents)
		}}, use{"", "1Gi/10Gi", "1Gi"}},
		{"has no seats in a place that became a partner's", []change{func(s *situation) { delete(s.Quota.Spec.Hard, desired.ResourceAgents) }},
			use{"", "1Gi/10Gi", "1Gi"}},
		{"is unknown before it is counted", []change{func(s *situation) { s.Quota.Status.Used = nil }}, use{}},
		{"is unknown before there is a quota", []change{func(s *situation) { s.Quota = nil }}, use{}},
		{"is as before while the quota is not looked at", []change{before(func(s *v1alpha1.TenantStatus) { s.Agents, s.Disk = "3/10", "2Gi/10Gi" }),
			func(s *situation) { s.Quota = nil }}, use{"3/10", "2Gi/10Gi", ""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			status := complete(test.when...).of()
			got := use{Agents: status.Agents, Disk: status.Disk}
			if status.Usage != nil && status.Usage.Disk != nil {
				got.UsedDisk = status.Usage.Disk.String()
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestSuperAdmin(t *testing.T) {
	named := spec(func(s *v1alpha1.TenantSpec) { s.SuperAdmin = "pat@acme.example" })
	createdBy := func(user string) change {
		return func(s *situation) { s.Tenant.Annotations = map[string]string{v1alpha1.AnnotationCreatedBy: user} }
	}
	former := func(s *situation) { s.FormerSuperAdmin = "sam@acme.example" }
	parents := func(s *situation) { s.Ancestors[0].Status.SuperAdmin = "boss@acme.example" }
	for _, test := range []struct {
		name string
		when []change
		want string
	}{
		{"is the one who is named", []change{named, createdBy("jo@acme.example"), parents}, "pat@acme.example"},
		{"is the one who is named, in a place that was taken back too", []change{named, former}, "pat@acme.example"},
		{"is else who came with a place that was taken back", []change{former, createdBy("jo@acme.example"), parents}, "sam@acme.example"},
		{"is else the person who created the tenant", []change{createdBy("jo@acme.example"), parents}, "jo@acme.example"},
		{"is else the parent's: a ServiceAccount is none", []change{createdBy("system:serviceaccount:argocd:controller"), parents}, "boss@acme.example"},
		{"is else the parent's: nobody is known to have created it", []change{parents}, "boss@acme.example"},
		{"is else the parent's: a status can't hold so long a name", []change{createdBy(strings.Repeat("x", 255)), parents}, "boss@acme.example"},
		{"is nobody in a root that a ServiceAccount created", []change{createdBy("system:admin"), func(s *situation) { s.Ancestors = nil }}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := complete(test.when...).of().SuperAdmin; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestParts(t *testing.T) {
	overBefore := before(func(s *v1alpha1.TenantStatus) {
		s.Conditions = []metav1.Condition{{Type: "LicenseReady", Status: metav1.ConditionFalse, Reason: "OverLimit", Message: "too much", LastTransitionTime: then}}
	})
	unseen := func(s *situation) { s.Quota = nil }
	for _, test := range []struct {
		name string
		when []change
		kind string
		met  metav1.ConditionStatus
		want string
	}{
		{"access without grants is neutral", nil, "AccessReady", "True", "NoGrants"},
		{"no plan is neutral", nil, "LicenseReady", "True", "NoPlan"},
		{"a plan that is not there is unresolved", []change{planMissing}, "LicenseReady", "False", "Unresolved"},
		{"a plan is in effect", []change{withPlan}, "LicenseReady", "True", "Licensed"},
		{"use near what the plan includes is told", []change{withPlan, includes(4)}, "LicenseReady", "True", "LimitReached"},
		{"use at alertAt is told", []change{withPlan, includes(5), func(s *situation) { s.License.Plan.Spec.AlertAt = new(int32(80)) }}, "LicenseReady", "True", "NearLimit"},
		{"no capacity for more is told", []change{withPlan, holds(5), waitsForCapacity}, "LicenseReady", "False", "CapacityExhausted"},
		{"more of a partner's seats than there are is told", []change{func(s *situation) {
			s.Tenant.Spec.Partner, s.Tenant.Spec.Limits, s.Seats = &v1alpha1.Partner{}, &v1alpha1.Limits{Agents: new(int32(1))}, 3
		}}, "LicenseReady", "False", "OverLimit"},
		{"the end of a trial is told", []change{trialOver}, "LicenseReady", "False", "TrialEnded"},
		{"use beyond the limits is told", []change{overLimit}, "LicenseReady", "False", "OverLimit"},
		{"use at the limit is none beyond it", []change{func(s *situation) { s.Quota = quota("10", "10", "10Gi", "10Gi") }}, "LicenseReady", "True", "NoPlan"},
		{"use beyond the limits is told until a quota says otherwise", []change{overBefore, unseen}, "LicenseReady", "False", "OverLimit"},
		{"use beyond the limits is over when the quota says so", []change{overBefore}, "LicenseReady", "True", "NoPlan"},
		{"no domain is neutral", nil, "DomainSecure", "True", "NoCustomDomain"},
		{"a custom host must be proven", []change{withCustomHost}, "DomainSecure", "False", "NotProven"},
		{"a custom host may be another's", []change{withCustomHost, func(s *situation) {
			s.Custom = &desired.CustomHost{Claim: desired.HostClaim{HolderNamespace: "globex", HolderName: "hooli"}}
		}}, "DomainSecure", "False", "HostConflict"},
		{"a custom host under the base domain is the operator's", []change{withCustomHost, spec(func(s *v1alpha1.TenantSpec) {
			s.Domain.Custom.Host = "shop.tenantry.example"
		})}, "DomainSecure", "False", "HostConflict"},
		{"a custom host without a good certificate is not secure", []change{withCustomHost, heldCustomHost, insecure}, "DomainSecure", "False", "WrongHost"},
		{"a custom host without cert-manager has no certificate", []change{withCustomHost, heldCustomHost, insecure,
			func(s *situation) { s.Uncertified = "cert-manager is not installed" }}, "DomainSecure", "False", "NoCertificate"},
		{"a custom host that is proven and has a certificate is secure", []change{withCustomHost, heldCustomHost}, "DomainSecure", "True", "Secure"},
		{"a partner's domain must be proven", []change{withPartnerDomain}, "DomainSecure", "False", "NotProven"},
		{"a partner's domain that is proven is secure", []change{withPartnerDomain, func(s *situation) { s.Domain = &desired.HostClaim{Held: true} }},
			"DomainSecure", "True", "Secure"},
		{"a subdomain is no domain of its own", []change{spec(func(s *v1alpha1.TenantSpec) { s.Domain = &v1alpha1.Domain{Subdomain: "x"} })}, "DomainSecure", "True", "NoCustomDomain"},
		{"no brand is neutral", nil, "WhiteLabelReady", "True", "NoBrand"},
		{"a brand that is not there is unresolved", []change{brandless("Unresolved", "make it")}, "WhiteLabelReady", "False", "Unresolved"},
		{"a brand that two syncs would set is nobody's", []change{brandless("SyncConflict", "take one away"), wears("acme", "Parent")}, "WhiteLabelReady", "False", "SyncConflict"},
		{"a brand is borne", []change{wears("acme", "Tenant")}, "WhiteLabelReady", "True", "Branded"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := condition(t, complete(test.when...).of(), test.kind)
			if got.Status != test.met || got.Reason != test.want || got.Message == "" {
				t.Errorf("%s is %s, %s: %q; want %s, %s", test.kind, got.Status, got.Reason, got.Message, test.met, test.want)
			}
		})
	}
}

func TestOfKeepsWhatOthersOwnAndLeavesTheTenantAlone(t *testing.T) {
	s := complete(before(func(s *v1alpha1.TenantStatus) {
		s.LastActivity = &then
	}))
	was := s.Tenant.DeepCopy()
	status := s.of()
	if !status.LastActivity.Equal(&then) {
		t.Errorf("lost: %+v", status)
	}
	if diff := cmp.Diff(was, s.Tenant); diff != "" {
		t.Errorf("the Tenant was changed (-before +after):\n%s", diff)
	}
}
