// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"context"
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/license"
)

// plans finds the LicensePlans of one namespace.
type plans struct {
	reader    client.Reader
	namespace string
	err       error
}

// find is the plan of that name; nil if it is not there.
func (p *plans) find(ctx context.Context) func(name string) *v1alpha1.LicensePlan {
	return func(name string) *v1alpha1.LicensePlan {
		plan := &v1alpha1.LicensePlan{}
		err := p.reader.Get(ctx, client.ObjectKey{Namespace: p.namespace, Name: name}, plan)
		if apierrors.IsNotFound(err) {
			return nil
		}
		if err != nil {
			p.err = fmt.Errorf("reading license plan %q in namespace %q: %w", name, p.namespace, err)
			return nil
		}
		return plan
	}
}

// inEffect is the plan of a Tenant that had some trials.
func (l *Loader) inEffect(ctx context.Context, tenant *v1alpha1.Tenant, was license.Trials) (license.InEffect, error) {
	beside := plans{reader: l.Reader, namespace: tenant.Namespace}
	found := license.Resolve(tenant.Spec.PlanRef, beside.find(ctx), was, l.Clock.Now())
	return found, beside.err
}

// ancestorPlans are the plans of the partners above the tenant, and what its parent was given.
func (l *Loader) ancestorPlans(ctx context.Context, in *desired.Inputs) error {
	place := in.Tenant.Namespace
	for above, ancestor := range in.Ancestors {
		was, err := l.trialsOf(ctx, ancestor, place)
		if err != nil {
			return err
		}
		plan, err := l.inEffect(ctx, ancestor, was)
		if err != nil {
			return err
		}
		books, err := l.Shelf.At(ctx, l.Reader, ancestor.Namespace)
		if err != nil {
			return err
		}
		if entry, known := books.Entries[ancestor.Name]; known {
			if plan, err = l.asGiven(ctx, ancestor.Namespace, plan, entry, was); err != nil {
				return err
			}
			if above == 0 {
				in.ParentShare = &entry
			}
		}
		in.AncestorPlans = append(in.AncestorPlans, plan)
		place = ancestor.Namespace
	}
	return nil
}

// trialsOf are those of a Tenant with that place. The status tells of the latest alone, and of one that was made again
// of none yet.
func (l *Loader) trialsOf(ctx context.Context, tenant *v1alpha1.Tenant, place string) (license.Trials, error) {
	namespace := &corev1.Namespace{}
	if err := l.Reader.Get(ctx, client.ObjectKey{Name: place}, namespace); err != nil {
		return nil, fmt.Errorf("reading namespace %q: %w", place, err)
	}
	return license.ParseTrials(namespace.Annotations[v1alpha1.AnnotationTrial]).Known(license.TrialOf(tenant)), nil
}

// asGiven is the plan in effect for who was given capacity of one: another is in effect when there is capacity of
// that, too.
func (l *Loader) asGiven(ctx context.Context, namespace string, plan license.InEffect, given license.Entry, was license.Trials) (license.InEffect, error) {
	if plan.Missing != "" || plan.Plan != nil && plan.Plan.Name == given.Plan || plan.Plan == nil && given.Plan == "" {
		return plan, nil
	}
	beside := plans{reader: l.Reader, namespace: namespace}
	var stays *v1alpha1.LicensePlan
	if given.Plan != "" {
		stays = beside.find(ctx)(given.Plan)
	}
	return license.Before(stays, was, l.Clock.Now()), beside.err
}

// license says which plan is in effect, and what the tenant was given of what is limited.
func (l *Loader) license(ctx context.Context, in *desired.Inputs) error {
	was := in.License.Trials.Known(license.TrialOf(in.Tenant)) // what its place tells comes first
	plan, err := l.inEffect(ctx, in.Tenant, was)
	if err != nil {
		return err
	}
	in.License = desired.License{InEffect: plan, Granted: license.Uncapped()}
	if err := l.share(ctx, in); err != nil {
		return err
	}
	if share := in.License.Share; share != nil {
		if in.License.InEffect, err = l.asGiven(ctx, in.Tenant.Namespace, plan, *share, was); err != nil {
			return err
		}
	}
	return l.heldBelow(ctx, in)
}

// share is what the books say of the tenant.
func (l *Loader) share(ctx context.Context, in *desired.Inputs) error {
	books, err := l.Shelf.At(ctx, l.Reader, in.Tenant.Namespace)
	if err != nil {
		return err
	}
	entry, given := books.Entries[in.Tenant.Name]
	_, waits := books.Waiting[in.Tenant.Name]
	// Of a former Tenant of that name, whose place is there no more, nothing comes to this one.
	given = given && (in.PlaceUID != "" || in.Kept != nil || entry.Incarnation == license.IncarnationOf(in.Tenant.UID))
	switch {
	case books.Object == nil && !l.limited(*in):
		return nil
	case given:
		in.License.Share = &entry
	case !waits:
		in.License.Undecided = true
	}
	if waits {
		in.License.Waiting, in.License.Lack = true, books.Lacks(desired.Ask(*in))
	}
	if in.License.Undecided && in.PlaceUID != "" {
		return l.asEnforced(ctx, in)
	}
	return nil
}

// limited says that something limits what the tenant may be given, whether or not the books tell so yet.
func (l *Loader) limited(in desired.Inputs) bool {
	plan := in.License.Plan
	return plan != nil && license.CapOf(plan.Spec.Capacity).Limits() || partnerCap(in).Limits()
}

// partnerCap is what the partner above the tenant was given for its children.
func partnerCap(in desired.Inputs) license.Cap {
	if len(in.Ancestors) == 0 || in.Ancestors[0].Spec.Partner == nil {
		return license.Uncapped()
	}
	if in.ParentShare != nil && in.ParentShare.Children != nil {
		return *in.ParentShare.Children
	}
	return license.CapOf(in.Ancestors[0].Spec.Partner.Capacity)
}

// asEnforced has a tenant that was there before anything was limited go on with what is enforced in its place,
// until the books tell of it.
func (l *Loader) asEnforced(ctx context.Context, in *desired.Inputs) error {
	observed, seen, err := l.Observe(ctx, desired.NamespaceName(*in))
	if err != nil || !seen {
		return err
	}
	ask := desired.Ask(*in)
	own := license.Amounts{1, ask.Own[license.Agents], observed.Enforced[license.Disk]}
	if in.Tenant.Spec.Partner == nil {
		own[license.Agents] = observed.Enforced[license.Agents]
	}
	in.License.Share = &license.Entry{Incarnation: ask.Incarnation, Generation: ask.Generation, Plan: ask.Plan, Own: own, Children: ask.Children, Serial: observed.Serial}
	return nil
}

// Observe reads what is enforced in a place by its quota, and used. False says that nothing is enforced there.
func (l *Loader) Observe(ctx context.Context, place string) (license.Observed, bool, error) {
	quota := &corev1.ResourceQuota{}
	err := l.Reader.Get(ctx, client.ObjectKey{Namespace: place, Name: desired.QuotaName}, quota)
	if err != nil {
		return license.Observed{}, false, client.IgnoreNotFound(err)
	}
	observed := license.Observed{}
	for d, name := range map[int]corev1.ResourceName{license.Agents: desired.ResourceAgents, license.Disk: corev1.ResourceRequestsStorage} {
		wanted, enforced, used := quota.Spec.Hard[name], quota.Status.Hard[name], quota.Status.Used[name]
		// Until Kubernetes has taken it up, the former one may be in force.
		observed.Enforced[d] = max(wanted.Value(), enforced.Value())
		observed.Used[d] = used.Value()
	}
	observed.Enforced[license.Tenants], observed.Used[license.Tenants] = 1, 1
	if serial, err := strconv.ParseInt(quota.Annotations[v1alpha1.AnnotationShare], 10, 64); err == nil {
		observed.Serial = serial
	}
	return observed, true, nil
}

// heldBelow is what a partner was given for its children, and what they hold of it.
func (l *Loader) heldBelow(ctx context.Context, in *desired.Inputs) error {
	partner := in.Tenant.Spec.Partner
	if partner == nil {
		return nil
	}
	in.License.Granted = license.CapOf(partner.Capacity)
	if share := in.License.Share; share != nil && share.Children != nil {
		in.License.Granted = *share.Children
	}
	books, err := l.Shelf.At(ctx, l.Reader, desired.NamespaceName(*in))
	if err == nil && books.Object != nil {
		in.License.Below = new(books.Books)
	}
	return err
}
