// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// brandsOutlook says what tenants look like now, and if they bear the brand of another beside them.
func brandsOutlook(from string) func(ctx context.Context, cluster cluster, namespace string) (outlook, error) {
	return func(ctx context.Context, cluster cluster, namespace string) (outlook, error) {
		object, err := cluster.get(ctx, tenants, namespace, from)
		if err != nil {
			return nil, explain(err)
		}
		source, err := typed[v1alpha1.Tenant](object)
		if err != nil {
			return nil, err
		}
		seen := map[string]*page{}
		look := func(tenant *v1alpha1.Tenant) (*page, error) {
			name := tenant.Status.WhiteLabelProfile
			if seen[name] != nil {
				return seen[name], nil
			}
			looks, err := cluster.lookOf(ctx, namespace, name)
			seen[name] = looks
			return looks, err
		}
		then, err := look(source)
		if err != nil {
			return nil, err
		}
		return func(before, after *v1alpha1.Tenant) (*page, *page, error) {
			now, err := look(before)
			return besideSaid(before, now), besideSaid(after, then), err
		}, nil
	}
}

// besideSaid is a look, below what a tenant says of its brand: what it follows from then on.
func besideSaid(tenant *v1alpha1.Tenant, look *page) *page {
	out := &page{}
	switch own := tenant.Spec.WhiteLabel; {
	case own == nil:
	case own.None != nil:
		out.say("Follows", "none")
	case own.ProfileRef != nil:
		out.say("Follows", "WhiteLabelProfile "+own.ProfileRef.Name)
	case own.CopyFrom != nil:
		out.say("Follows", "tenant "+string(own.CopyFrom.Name))
	}
	if look != nil {
		out.lines = append(out.lines, look.lines...)
	}
	return out
}

// lookOf is what a brand looks like, named as a tenant's status in a namespace names it. Of one that lies where the caller may not
// read it is said the name alone.
func (c cluster) lookOf(ctx context.Context, namespace, name string) (*page, error) {
	out := &page{}
	if name == "" {
		return out, nil
	}
	out.say("Brand", name)
	if elsewhere, its, found := strings.Cut(name, "/"); found {
		namespace, name = elsewhere, its
	}
	object, err := c.get(ctx, profiles, namespace, name)
	if apierrors.IsForbidden(err) || apierrors.IsNotFound(err) {
		return out, nil
	}
	if err != nil {
		return nil, explain(err)
	}
	profile, err := typed[v1alpha1.WhiteLabelProfile](object)
	if err != nil {
		return nil, err
	}
	out.sayLook(profile.Spec)
	return out, nil
}
