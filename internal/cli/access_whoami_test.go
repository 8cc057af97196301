// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/cli/contexts"
)

// reviewOf somebody of these groups, as the API server has it.
func reviewOf(user string, groups ...string) *authenticationv1.SelfSubjectReview {
	return &authenticationv1.SelfSubjectReview{Status: authenticationv1.SelfSubjectReviewStatus{
		UserInfo: authenticationv1.UserInfo{Username: user, Groups: append(groups, "system:authenticated")},
	}}
}

func cybercorpsPlace() entrance {
	return entrance{tenant: contexts.Tenant{Name: "cybercorp", Parent: "acme", Namespace: "acme-cybercorp", Cluster: "eu-1"}, admitted: true}
}

// inCybercorp is somebody in the place that testdata describes.
func inCybercorp(t *testing.T, user string, groups ...string) caller {
	t.Helper()
	world, way := pageOf(t, "describe-full"), cybercorpsPlace()
	for _, grants := range [][]*v1alpha1.TenantAccessGrant{world.people.own, world.people.partners} {
		for _, grant := range grants {
			grant.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("TenantAccessGrant"))
		}
	}
	me := caller{review: reviewOf(user, groups...), way: &way}
	me.take(world.people, world.tenant)
	return me
}

func TestWhoOneIsAndHowTheyAreLetIn(t *testing.T) {
	closed := cybercorpsPlace()
	closed.suspended, closed.admitted = true, false
	partial := inCybercorp(t, "sam@platform.example", "system:masters")
	partial.hidden = true
	for name, test := range map[string]struct {
		me     caller
		format string
	}{
		"whoami":            {me: inCybercorp(t, "tech@acme.example", "technicians")},
		"whoami-json":       {me: inCybercorp(t, "tech@acme.example", "technicians"), format: outputJSON},
		"whoami-yaml":       {me: inCybercorp(t, "tech@acme.example", "technicians"), format: outputYAML},
		"whoami-name":       {me: inCybercorp(t, "tech@acme.example", "technicians"), format: "name"},
		"whoami-groups":     {me: inCybercorp(t, "tech@acme.example", "technicians"), format: "jsonpath={.items[0].status.userInfo.groups}"},
		"whoami-superadmin": {me: inCybercorp(t, "pat@acme.example")},
		"whoami-besides":    {me: partial},
		"whoami-closed":     {me: caller{review: reviewOf("kim@cybercorp.example"), way: &closed}},
		"whoami-nowhere":    {me: caller{review: reviewOf("eve\x1b[2J", "a\x1b[1Ab")}},
	} {
		t.Run(name, func(t *testing.T) {
			streams, _, out, complaints := genericiooptions.NewTestIOStreams()
			o := &AccessWhoamiOptions{IOStreams: streams, output: newOutput(), now: func() time.Time { return noon }}
			*o.output.flags.OutputFormat = test.format
			if err := o.print(test.me); err != nil {
				t.Fatal(err)
			}
			golden(t, name, out.String()+"--- standard error\n"+complaints.String())
		})
	}
}

func TestWhoIsMeantByASubject(t *testing.T) {
	for subject, who := range map[v1alpha1.Subject][]string{
		{Kind: v1alpha1.SubjectUser, Name: "kim"}:                                {"kim"},
		{Kind: v1alpha1.SubjectGroup, Name: "staff"}:                             {"sam"},
		{Kind: v1alpha1.SubjectServiceAccount, Namespace: "acme", Name: "ci"}:    {"system:serviceaccount:acme:ci"},
		{Kind: v1alpha1.SubjectServiceAccount, Namespace: "initech", Name: "ci"}: {},
		{Kind: v1alpha1.SubjectUser, Name: "staff"}:                              {},
		{Kind: v1alpha1.SubjectUser, Name: "ci"}:                                 {},
		{Kind: v1alpha1.SubjectUser, Name: strings.Repeat("k", 3)}:               {},
	} {
		var are []string
		for _, me := range []caller{{review: reviewOf("kim")}, {review: reviewOf("sam", "staff")}, {review: reviewOf("system:serviceaccount:acme:ci")}} {
			if me.is(personOf(&v1alpha1.TenantAccessGrant{Spec: v1alpha1.TenantAccessGrantSpec{Subject: subject}}, viaGrant).subject) {
				are = append(are, me.review.Status.UserInfo.Username)
			}
		}
		if strings.Join(are, " ") != strings.Join(who, " ") {
			t.Errorf("%v: %v", subject, are)
		}
	}
}

func TestTheStrongestRoleIsTold(t *testing.T) {
	me := inCybercorp(t, "tech@acme.example")
	me.way.role, me.way.ends = "", nil
	world := pageOf(t, "describe-full")
	weaker := *world.people.partners[0].DeepCopy()
	weaker.Name, weaker.Spec.Role, weaker.Status.Role = "weaker", v1alpha1.RoleReporter, v1alpha1.RoleReporter
	world.people.partners = append([]*v1alpha1.TenantAccessGrant{&weaker}, world.people.partners...)
	me.take(world.people, world.tenant)
	if me.way.role != string(v1alpha1.RoleAdmin) || me.way.ends == nil || len(me.ways) < 2 {
		t.Errorf("%+v, %d ways", me.way, len(me.ways))
	}
	for name, test := range map[string]struct {
		role    v1alpha1.Role
		forever bool
		want    string
	}{
		"a stronger one of a group":                   {v1alpha1.RoleOwner, false, "Owner"},
		"one of a group that lasts longer":            {v1alpha1.RoleAdmin, true, "Admin"},
		"a weaker one of a group, though it lasts on": {v1alpha1.RoleViewer, true, "Admin"},
	} {
		world := pageOf(t, "describe-full")
		group := *world.people.partners[0].DeepCopy()
		group.Name, group.Spec.Role, group.Status.Role = "of-a-group", test.role, test.role
		if test.forever {
			group.Spec.ExpiresAt, group.Status.ExpiresAt = nil, nil
		}
		world.people.partners = append(world.people.partners, &group)
		me := inCybercorp(t, "tech@acme.example")
		me.way.role, me.way.ends = string(v1alpha1.RoleAdmin), new(noon.Add(time.Hour)) // as the directory tells
		me.take(world.people, world.tenant)
		if lasts := me.way.ends == nil; me.way.role != test.want || lasts != (test.forever && test.want == string(test.role)) {
			t.Errorf("%s: %s until %v", name, me.way.role, me.way.ends)
		}
	}
	robot := inCybercorp(t, "system:serviceaccount:acme-cybercorp:robot")
	if robot.way.role != "" {
		t.Errorf("by a grant that has expired: %s", robot.way.role)
	}
}
