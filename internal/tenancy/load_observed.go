// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"context"
	"fmt"
	"math"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/license"
)

// observed reads what is enforced in the places of those who hold more than they ask for, or are new to the books,
// or whose children hold more than they were given for them.
func (l *Loader) observed(ctx context.Context, _ string, _ client.Reader, c *Capacity) error {
	c.Observed = map[string]license.Observed{}
	unsettled := map[string]bool{}
	for _, name := range license.Unsettled(c.Before, c.Asks) {
		unsettled[name] = true
	}
	for _, ask := range c.Asks {
		place := c.places[ask.Name]
		if place == "" {
			continue
		}
		below, err := l.Shelf.At(ctx, l.Reader, place)
		if err != nil {
			return err
		}
		if !unsettled[ask.Name] && (ask.Children == nil || !below.Exceeded()) {
			continue
		}
		observed, seen, err := l.Observe(ctx, place)
		if err != nil {
			return err
		}
		if seen && ask.Children == nil {
			// The children of one that is no partner any more go on with what they have.
			if seen, err = l.childless(ctx, place); err != nil {
				return err
			}
		}
		if !seen {
			continue
		}
		if ask.Children != nil {
			observed = c.withChildren(ask, observed, below)
		}
		c.Observed[ask.Name] = observed
	}
	return nil
}

// childless says that no tenant in a namespace has a place of its own, there or kept.
func (l *Loader) childless(ctx context.Context, namespace string) (bool, error) {
	tenants, records := &v1alpha1.TenantList{}, &v1alpha1.RetainedTenantList{}
	for _, list := range []client.ObjectList{tenants, records} {
		if err := l.Reader.List(ctx, list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
			return false, fmt.Errorf("listing the children in namespace %q: %w", namespace, err)
		}
	}
	// Of one that nobody has looked at yet it is not known.
	placed := slices.ContainsFunc(tenants.Items, func(t v1alpha1.Tenant) bool {
		return t.Status.Namespace != "" || t.Status.Phase != v1alpha1.PhasePending
	})
	return !placed && len(records.Items) == 0, nil
}

// withChildren adds what is enforced among the children of a partner: by their books. What the partner does not
// use of its own is not theirs.
func (c *Capacity) withChildren(ask license.Ask, of license.Observed, below Books) license.Observed {
	entry, known := c.Before.Entries[ask.Name]
	own := license.Amounts{}
	for d := range own {
		own[d] = max(of.Enforced[d], of.Used[d])
	}
	// No quota counts a partner's own seats: the operator does, by what was given.
	own[license.Agents] = ask.Own[license.Agents]
	if known {
		own[license.Agents] = entry.Own[license.Agents]
	}
	of.Enforced[license.Agents] = own[license.Agents]
	wanted := c.ChildrenOf(ask)
	for d, limit := range below.Partner {
		switch {
		case limit != license.NoCap:
			of.Below[d] = limit
		case wanted[d] != license.NoCap, known && entry.Children != nil && entry.Children[d] != license.NoCap:
			of.Below[d] = math.MaxInt64 // not yet
		}
	}
	if below.Object != nil {
		of.Serial = min(of.Serial, below.Share)
	}
	held, _ := below.Held("")
	of.Used = own.Plus(held)
	return of
}
