// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/license"
)

// ErrBehind says that somebody wrote the books who knew more than the caches have yet.
var ErrBehind = errors.New("the books of capacity were written by somebody who knows more than the cache has yet")

// Capacity is what decides who holds what of the capacity of one namespace.
type Capacity struct {
	license.Inputs
	// Books as they are.
	Books Books
	// Next is when the clock alone changes what a tenant asks for; zero if it does not.
	Next time.Time
	// plans of the namespace, by name: the cache's own, which must not be changed.
	plans map[string]*v1alpha1.LicensePlan
	// places are the namespaces of the Tenants that have one, by name.
	places map[string]string
}

// LoadCapacity reads what decides about the capacity of the Tenants in a namespace. It asks the API server
// itself about those that are in the books and not in the caches. False says that nothing is limited there.
func (l *Loader) LoadCapacity(ctx context.Context, namespace string, live client.Reader) (*Capacity, bool, error) {
	c := &Capacity{
		Inputs: license.Inputs{Plans: map[string]license.Cap{}, Sources: map[string]uint64{}, Now: l.Clock.Now()},
		plans:  map[string]*v1alpha1.LicensePlan{},
		places: map[string]string{},
	}
	var err error
	if c.Books, err = l.Shelf.At(ctx, l.Reader, namespace); err != nil {
		return c, false, err
	}
	c.Before = c.Books.Books
	if err := l.limits(ctx, namespace, live, c); err != nil {
		return c, false, err
	}
	if c.Before.Stale(c.Sources) {
		return c, true, ErrBehind
	}
	if !c.Partner.Limits() && len(c.Plans) == 0 {
		return c, false, nil
	}
	for _, step := range []func(context.Context, string, client.Reader, *Capacity) error{l.asks, l.keptPlaces, l.observed} {
		if err := step(ctx, namespace, live, c); err != nil {
			return c, true, err
		}
	}
	return c, true, nil
}

// limits reads what is limited: by the partner whose place the namespace is, and by the plans in it.
func (l *Loader) limits(ctx context.Context, namespace string, live client.Reader, c *Capacity) error {
	c.Partner = license.Uncapped()
	partner, kind, err := ownerOf(ctx, l.Reader, namespace)
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	if err == nil && kind == desired.ParentKnown && partner.Spec.Partner != nil {
		in, err := l.load(ctx, partner, l.ancestors, l.ancestorPlans, l.place, l.license)
		if err != nil {
			return err
		}
		c.Partner = in.License.Granted
		if in.License.Share != nil {
			c.Share = in.License.Share.Serial
		}
		if version := VersionOf(partner); version != 0 { // a deleted one, of which a record tells, has none
			c.Sources["partner"] = version
		}
		if err := l.booksAbove(ctx, partner.Namespace, live, c); err != nil {
			return err
		}
	}
	plans := &v1alpha1.LicensePlanList{}
	if err := l.Reader.List(ctx, plans, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return fmt.Errorf("listing the license plans in namespace %q: %w", namespace, err)
	}
	for i := range plans.Items {
		plan := &plans.Items[i]
		if limits := license.CapOf(plan.Spec.Capacity); limits.Limits() {
			c.Plans[plan.Name] = limits
		}
		c.plans[plan.Name] = plan
		c.Sources["plan/"+plan.Name] = VersionOf(plan)
	}
	return nil
}

// booksAbove notes the version of the books that say what the partner was given. That there are none any more is
// the API server's to say: the cache may only not have them yet.
func (l *Loader) booksAbove(ctx context.Context, namespace string, live client.Reader, c *Capacity) error {
	above, err := l.Shelf.At(ctx, l.Reader, namespace)
	switch {
	case err != nil:
		return err
	case above.Object != nil:
		c.Sources["books"] = above.Version
		return nil
	case c.Before.Sources["books"] == 0:
		return nil
	}
	above, err = (&Shelf{}).At(ctx, live, namespace)
	if err == nil && above.Object != nil {
		return ErrBehind
	}
	return err
}

// asks reads what the Tenants ask for.
func (l *Loader) asks(ctx context.Context, namespace string, _ client.Reader, c *Capacity) error {
	tenants := &v1alpha1.TenantList{}
	if err := l.Reader.List(ctx, tenants, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return fmt.Errorf("listing the tenants in namespace %q: %w", namespace, err)
	}
	for i := range tenants.Items {
		tenant := &tenants.Items[i]
		trials, err := l.trialsAskedFor(ctx, tenant, c.plans)
		if err != nil {
			return err
		}
		plan := license.Resolve(tenant.Spec.PlanRef, func(name string) *v1alpha1.LicensePlan { return c.plans[name] }, trials, c.Now)
		entry, known := c.Before.Entries[tenant.Name]
		kept, err := l.keptOf(ctx, tenant)
		if err != nil {
			return err
		}
		if known && (kept || plan.Missing != "" || tenant.DeletionTimestamp != nil) {
			c.Kept = append(c.Kept, tenant.Name) // it keeps what it has
			continue
		}
		if tenant.Status.Namespace == "" && (plan.Missing != "" || tenant.DeletionTimestamp != nil) {
			continue
		}
		ask := desired.Ask(desired.Inputs{Tenant: tenant, Config: l.Config, License: desired.License{InEffect: plan}})
		ask.Runs = tenant.Status.Namespace != "" && (!known || entry.Incarnation == ask.Incarnation)
		c.places[tenant.Name] = tenant.Status.Namespace
		c.Asks = append(c.Asks, ask)
		if ends := plan.Ends(); !ends.IsZero() && (c.Next.IsZero() || ends.Before(c.Next)) {
			c.Next = ends
		}
	}
	return nil
}

// trialsAskedFor are those of a Tenant that bear on what it asks for. Its place is asked only for one that its status
// does not tell of.
func (l *Loader) trialsAskedFor(ctx context.Context, tenant *v1alpha1.Tenant, plans map[string]*v1alpha1.LicensePlan) (license.Trials, error) {
	told, ref := license.Trials{}.Known(license.TrialOf(tenant)), tenant.Spec.PlanRef
	if ref == nil || tenant.Status.Namespace == "" || plans[ref.Name] == nil || plans[ref.Name].Spec.Trial == nil || told.Of(ref.Name) != nil {
		return told, nil
	}
	trials, err := l.trialsOf(ctx, tenant, tenant.Status.Namespace)
	if apierrors.IsNotFound(err) {
		return told, nil
	}
	return trials, err
}

// keptOf says that the place of a former Tenant is kept under a Tenant's name, and not the Tenant's yet: until then
// it is not known which trial it had, and whether it is the Tenant's to have.
func (l *Loader) keptOf(ctx context.Context, tenant *v1alpha1.Tenant) (bool, error) {
	if tenant.Status.Namespace != "" {
		return false, nil
	}
	record := &v1alpha1.RetainedTenant{}
	if err := l.Reader.Get(ctx, client.ObjectKeyFromObject(tenant), record); err != nil {
		return false, client.IgnoreNotFound(err)
	}
	return record.Spec.UID != string(tenant.UID), nil
}

// keptPlaces reads whose places are kept. Who is in the books, and in no cache, is there all the same if the API
// server says so.
func (l *Loader) keptPlaces(ctx context.Context, namespace string, live client.Reader, c *Capacity) error {
	there := make(map[string]bool, len(c.Asks))
	for _, ask := range c.Asks {
		there[ask.Name] = true
	}
	for _, name := range c.Kept {
		there[name] = true
	}
	for name := range c.Before.Entries {
		if there[name] {
			continue
		}
		key := client.ObjectKey{Namespace: namespace, Name: name}
		err := l.Reader.Get(ctx, key, &v1alpha1.RetainedTenant{})
		if apierrors.IsNotFound(err) {
			err = live.Get(ctx, key, &v1alpha1.RetainedTenant{})
		}
		if err == nil {
			c.Kept = append(c.Kept, name)
			continue
		}
		if client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("reading retained tenant %q in namespace %q: %w", name, namespace, err)
		}
		err = live.Get(ctx, key, &v1alpha1.Tenant{})
		if err == nil {
			return ErrBehind
		}
		if client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("reading tenant %q in namespace %q: %w", name, namespace, err)
		}
	}
	return nil
}
