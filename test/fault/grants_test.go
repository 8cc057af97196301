// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"fmt"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

// Who is let into the families' places, each by a grant of that name.
const (
	staffUser  = "pat"
	techUser   = "tech"
	firstUser  = "first"
	secondUser = "second"
)

// place of the customer.
func (f family) place() string { return f.partner.Name + "-" + f.child.Name }

// siblings are the customer's.
func (f family) siblings() []client.ObjectKey {
	return []client.ObjectKey{{Namespace: f.child.Namespace, Name: "initech"}, {Namespace: f.child.Namespace, Name: "hooli"}}
}

// grant lets a user in, again and again. One that is there is not asked for: quotas count that too, for
// minutes.
func (f family) grant(ctx context.Context, namespace, user string, role v1alpha1.Role, change ...func(*v1alpha1.TenantAccessGrantSpec)) error {
	err := f.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: user}, &v1alpha1.TenantAccessGrant{})
	if !apierrors.IsNotFound(err) {
		return err
	}
	grant := &v1alpha1.TenantAccessGrant{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: user},
		Spec:       v1alpha1.TenantAccessGrantSpec{Subject: v1alpha1.Subject{Kind: v1alpha1.SubjectUser, Name: user}, Role: role},
	}
	for _, change := range change {
		change(&grant.Spec)
	}
	return client.IgnoreAlreadyExists(f.Client.Create(ctx, grant))
}

// regrant changes a grant.
func (f family) regrant(ctx context.Context, namespace, user string, change func(*v1alpha1.TenantAccessGrantSpec)) error {
	grant := &v1alpha1.TenantAccessGrant{}
	if err := f.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: user}, grant); err != nil {
		return err
	}
	before := grant.DeepCopy()
	change(&grant.Spec)
	return f.Client.Patch(ctx, grant, client.MergeFrom(before))
}

// revoke takes a grant away.
func (f family) revoke(ctx context.Context, namespace, user string) error {
	return client.IgnoreNotFound(f.Client.Delete(ctx, &v1alpha1.TenantAccessGrant{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: user}}))
}

// is returns an error until a user may do as much in a place as a role says, and no more: Admin, Viewer,
// or nothing.
func (f family) is(ctx context.Context, user string, role v1alpha1.Role, namespaces ...string) error {
	for _, namespace := range namespaces {
		for resource, wanted := range map[string]bool{"configmaps": role != "", "secrets": role == v1alpha1.RoleAdmin} {
			review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
				User: user, ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: "get", Resource: resource, Namespace: namespace},
			}}
			if err := f.Client.Create(ctx, review); err != nil {
				return err
			}
			if review.Status.Allowed != wanted {
				return fmt.Errorf("%s may get %s in namespace %s: %t, and is to be %q", user, resource, namespace, review.Status.Allowed, role)
			}
		}
	}
	return nil
}

// customers are the namespaces of all customers.
func (f family) customers() []string {
	all := []string{f.place()}
	for _, sibling := range f.siblings() {
		all = append(all, f.partner.Name+"-"+sibling.Name)
	}
	return all
}

func asRole(role v1alpha1.Role) func(*v1alpha1.TenantAccessGrantSpec) {
	return func(spec *v1alpha1.TenantAccessGrantSpec) { spec.Role = role }
}

// ending is the end of a grant, in a while.
func ending(while time.Duration) func(*v1alpha1.TenantAccessGrantSpec) {
	return func(spec *v1alpha1.TenantAccessGrantSpec) {
		spec.ExpiresAt = &metav1.Time{Time: time.Now().Add(while).Truncate(time.Second)}
	}
}

func delegating(names ...v1alpha1.TenantName) func(*v1alpha1.TenantAccessGrantSpec) {
	return func(spec *v1alpha1.TenantAccessGrantSpec) { spec.Tenants = &v1alpha1.Selection{Names: names} }
}

// populous is a family whose partner has three customers.
func populous(ctx context.Context, f family) error {
	if err := active(ctx, f); err != nil {
		return err
	}
	for _, sibling := range f.siblings() {
		if err := client.IgnoreAlreadyExists(f.Client.Create(ctx, customerTenant(sibling))); err != nil {
			return err
		}
		if err := f.inPhase(ctx, sibling, v1alpha1.PhaseActive); err != nil {
			return err
		}
	}
	return nil
}

// open is a family whose customer's own people are let in.
func open(ctx context.Context, f family) error {
	return first(active(ctx, f),
		f.change(ctx, f.child, func(tenant *v1alpha1.Tenant) { tenant.Spec.CustomerAccess = v1alpha1.CustomerAccessFullAccess }),
		inPhases(ctx, f, v1alpha1.PhaseActive))
}

// staffed is a populous family with a member of staff, of that role.
func staffed(role v1alpha1.Role) func(context.Context, family) error {
	return func(ctx context.Context, f family) error {
		inside := v1alpha1.Role("")
		if role == v1alpha1.RoleAdmin {
			inside = v1alpha1.RoleAdmin
		}
		return first(populous(ctx, f), f.grant(ctx, f.partner.Name, staffUser, role), f.is(ctx, staffUser, role, f.partner.Name), f.is(ctx, staffUser, inside, f.customers()...))
	}
}

// promoted and demoted are a partner's admin and the same person as a viewer, everywhere.
func promoted(ctx context.Context, f family) error {
	return f.is(ctx, staffUser, v1alpha1.RoleAdmin, append(f.customers(), f.partner.Name)...)
}

func demoted(ctx context.Context, f family) error {
	return first(f.is(ctx, staffUser, "", f.customers()...), f.is(ctx, staffUser, v1alpha1.RoleViewer, f.partner.Name))
}

func promote(ctx context.Context, f family) error {
	return f.regrant(ctx, f.partner.Name, staffUser, asRole(v1alpha1.RoleAdmin))
}

func demote(ctx context.Context, f family) error {
	return f.regrant(ctx, f.partner.Name, staffUser, asRole(v1alpha1.RoleViewer))
}

// administered is an open family whose customer has a first administrator.
func administered(ctx context.Context, f family) error {
	return first(open(ctx, f), f.administer(ctx, firstUser), f.is(ctx, firstUser, v1alpha1.RoleAdmin, f.place()))
}

// administer names the customer's first administrator.
func (f family) administer(ctx context.Context, user string) error {
	return f.change(ctx, f.child, func(tenant *v1alpha1.Tenant) { tenant.Spec.Admin = &v1alpha1.Administrator{Username: user} })
}

// crowded is an open family whose customer has one seat, which a user has, and a first administrator who waits for it.
func crowded(ctx context.Context, f family) error {
	tenant := &v1alpha1.Tenant{}
	if err := f.Client.Get(ctx, f.child, tenant); client.IgnoreNotFound(err) != nil {
		return err
	}
	if tenant.Spec.Admin == nil {
		for _, step := range []func() error{
			func() error { return open(ctx, f) },
			func() error {
				return f.change(ctx, f.child, func(tenant *v1alpha1.Tenant) { tenant.Spec.Limits.Agents = new(int32(1)) })
			},
			func() error { return f.hasSeats(ctx, 1) },
			func() error { return f.grant(ctx, f.place(), firstUser, v1alpha1.RoleViewer) },
			func() error { return f.is(ctx, firstUser, v1alpha1.RoleViewer, f.place()) },
			func() error { return f.administer(ctx, secondUser) },
		} {
			if err := step(); err != nil {
				return err
			}
		}
	}
	return first(f.is(ctx, secondUser, "", f.place()), f.inPhase(ctx, f.child, v1alpha1.PhaseDegraded))
}

// hasSeats returns an error until Kubernetes enforces that the customer has so many seats: who gets one before that keeps it.
func (f family) hasSeats(ctx context.Context, seats int64) error {
	quota := &corev1.ResourceQuota{}
	if err := f.Client.Get(ctx, client.ObjectKey{Namespace: f.place(), Name: desired.QuotaName}, quota); err != nil {
		return err
	}
	if hard := quota.Status.Hard[desired.ResourceAgents]; hard.Value() != seats {
		return fmt.Errorf("namespace %s has %d seats, and is to have %d", f.place(), hard.Value(), seats)
	}
	return nil
}

// recount has Kubernetes count anew what the customer uses, as it does by itself every five minutes, and
// whenever something that a quota counts goes. Until then it counts what two managers made at the same
// time twice: the quota is charged for a create before that is refused because the object exists.
func (f family) recount(ctx context.Context) error {
	counted := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: f.place(), GenerateName: "counted-"}}
	if err := f.Client.Create(ctx, counted); err != nil {
		return err
	}
	return f.Client.Delete(ctx, counted)
}

// grantings are what users ask for when they let people in and out.
func grantings() []operation {
	return []operation{
		{name: "makes a partner's viewer an admin, with three customers", given: staffed(v1alpha1.RoleViewer), when: promote, then: promoted, keeps: true},
		{name: "makes a partner's admin a viewer, with three customers", given: staffed(v1alpha1.RoleAdmin), when: demote, then: demoted, keeps: true},
		{
			name:  "ends a partner's admin's time",
			given: staffed(v1alpha1.RoleAdmin),
			when: func(ctx context.Context, f family) error {
				return f.regrant(ctx, f.partner.Name, staffUser, ending(2*time.Second))
			},
			then: func(ctx context.Context, f family) error {
				return f.is(ctx, staffUser, "", append(f.customers(), f.partner.Name)...)
			},
			keeps: true,
		},
		{
			name:  "delegates two of three customers",
			given: populous,
			when: func(ctx context.Context, f family) error {
				return f.grant(ctx, f.partner.Name, techUser, v1alpha1.RoleAdmin, delegating("customer", "initech"))
			},
			then: func(ctx context.Context, f family) error {
				return f.is(ctx, techUser, v1alpha1.RoleAdmin, f.customers()[:2]...)
			},
			keeps: true,
		},
		{
			name:  "lets a first administrator in",
			given: open,
			when:  func(ctx context.Context, f family) error { return f.administer(ctx, firstUser) },
			then:  func(ctx context.Context, f family) error { return f.is(ctx, firstUser, v1alpha1.RoleAdmin, f.place()) },
			keeps: true,
		},
		{
			name:  "replaces the first administrator",
			given: administered,
			when:  func(ctx context.Context, f family) error { return f.administer(ctx, secondUser) },
			then: func(ctx context.Context, f family) error {
				return first(f.is(ctx, secondUser, v1alpha1.RoleAdmin, f.place()), f.is(ctx, firstUser, "", f.place()))
			},
			keeps: true,
		},
		{
			name:  "gives a freed seat to who waits for it",
			given: crowded,
			when:  func(ctx context.Context, f family) error { return f.revoke(ctx, f.place(), firstUser) },
			then: func(ctx context.Context, f family) error {
				return first(f.is(ctx, firstUser, "", f.place()), f.is(ctx, secondUser, v1alpha1.RoleAdmin, f.place()), f.inPhase(ctx, f.child, v1alpha1.PhaseActive))
			},
			keeps: true,
		},
	}
}
