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
		return func(before, _ *v1alpha1.Tenant) (*page, *page, error) {
			now, err := look(before)
			return now, then, err
		}, nil
	}
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
