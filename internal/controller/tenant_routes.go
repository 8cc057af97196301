// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// dropRoutes deletes the routes in a place, of the tenant's own too, that name a host which the tenant
// gives up: admission judged them when they were written, and the next holder's requests must not go
// astray. The API server itself is asked: the caches hold only what the operator made.
func (r *TenantReconciler) dropRoutes(ctx context.Context, in desired.Inputs, namespace string, hosts []string) error {
	for route, err := range tenancy.RoutesTo(ctx, r.Live, r.Kinds, namespace, hosts) {
		if err != nil {
			return err
		}
		uid, version := route.GetUID(), route.GetResourceVersion()
		err = r.Client.Delete(ctx, route.Object, client.Preconditions{UID: &uid, ResourceVersion: &version})
		if client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("removing route %q in namespace %q of host %q: %w", route.GetName(), namespace, route.Host, err)
		}
		if !ours(route) {
			r.Reporter.RouteRemoved(in, route.Object, route.Host)
		}
	}
	return nil
}

func ours(object client.Object) bool { return object.GetLabels()[v1alpha1.LabelManaged] == "true" }
