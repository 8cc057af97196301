// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
)

// now is the time in all tests.
var now = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

type change func(*v1alpha1.TenantAccessGrant)

// grant of a role to a user of that name. It is an hour old.
func grant(user string, role v1alpha1.Role, changes ...change) *v1alpha1.TenantAccessGrant {
	made := &v1alpha1.TenantAccessGrant{
		ObjectMeta: metav1.ObjectMeta{Name: user, CreationTimestamp: metav1.NewTime(now.Add(-time.Hour))},
		Spec:       v1alpha1.TenantAccessGrantSpec{Subject: v1alpha1.Subject{Kind: v1alpha1.SubjectUser, Name: user}, Role: role},
	}
	for _, change := range changes {
		change(made)
	}
	return made
}

func to(names ...v1alpha1.TenantName) change {
	return func(g *v1alpha1.TenantAccessGrant) { g.Spec.Tenants = &v1alpha1.Selection{Names: names} }
}

func tiered(tier string) change {
	return func(g *v1alpha1.TenantAccessGrant) {
		g.Spec.Tenants = &v1alpha1.Selection{Selector: &v1alpha1.LabelSelector{MatchLabels: map[string]v1alpha1.LabelValue{"tier": v1alpha1.LabelValue(tier)}}}
	}
}

func until(end time.Time) change {
	return func(g *v1alpha1.TenantAccessGrant) { g.Spec.ExpiresAt = &metav1.Time{Time: end} }
}

func lasting(duration time.Duration, since *time.Time) change {
	return func(g *v1alpha1.TenantAccessGrant) {
		g.Spec.Duration = &metav1.Duration{Duration: duration}
		if since != nil {
			g.Status.ActiveSince = &metav1.Time{Time: *since}
		}
	}
}

func suspendedGrant(g *v1alpha1.TenantAccessGrant) { g.Spec.Suspend = true }

func group(g *v1alpha1.TenantAccessGrant) { g.Spec.Subject.Kind = v1alpha1.SubjectGroup }

func account(namespace string) change {
	return func(g *v1alpha1.TenantAccessGrant) {
		g.Spec.Subject.Kind, g.Spec.Subject.Namespace = v1alpha1.SubjectServiceAccount, namespace
	}
}

func aged(age time.Duration) change {
	return func(g *v1alpha1.TenantAccessGrant) { g.CreationTimestamp = metav1.NewTime(now.Add(-age)) }
}

// partner is acme's place.
func partner(grants ...*v1alpha1.TenantAccessGrant) access.Place {
	return access.Place{
		Tenant: &v1alpha1.Tenant{
			ObjectMeta: metav1.ObjectMeta{Name: "acme", Namespace: "platform"},
			Spec:       v1alpha1.TenantSpec{Partner: &v1alpha1.Partner{Staff: v1alpha1.StaffInherit}},
		},
		Namespace: "acme",
		Grants:    grants,
	}.WithSeats(100)
}

// customer is the place of acme's customer cybercorp, whose own people are let in.
func customer(grants ...*v1alpha1.TenantAccessGrant) access.Place {
	return access.Place{
		Tenant: &v1alpha1.Tenant{
			ObjectMeta: metav1.ObjectMeta{Name: "cybercorp", Namespace: "acme", Labels: map[string]string{"tier": "gold"}},
			Spec:       v1alpha1.TenantSpec{CustomerAccess: v1alpha1.CustomerAccessFullAccess},
		},
		Namespace: "acme-cybercorp",
		Grants:    grants,
	}.WithSeats(100)
}
