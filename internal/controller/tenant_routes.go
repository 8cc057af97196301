// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

// dropRoutes deletes the routes in a place, of the tenant's own too, that name a host which the tenant
// gives up: admission judged them when they were written, and the next holder's requests must not go
// astray. The API server itself is asked: the caches hold only what the operator made.
func (r *TenantReconciler) dropRoutes(ctx context.Context, in desired.Inputs, namespace string, hosts []string) error {
	for _, list := range r.routes() {
		if err := r.Live.List(ctx, list, client.InNamespace(namespace)); err != nil {
			return fmt.Errorf("listing the routes in namespace %q: %w", namespace, err)
		}
		for _, route := range routesOf(list) {
			host := slices.IndexFunc(hosts, func(host string) bool { return slices.Contains(hostsOf(route), host) })
			if host < 0 {
				continue
			}
			uid, version := route.GetUID(), route.GetResourceVersion()
			err := r.Client.Delete(ctx, route, client.Preconditions{UID: &uid, ResourceVersion: &version})
			if client.IgnoreNotFound(err) != nil {
				return fmt.Errorf("removing route %q in namespace %q of host %q: %w", route.GetName(), namespace, hosts[host], err)
			}
			if !ours(route) {
				r.Reporter.RouteRemoved(in, route, hosts[host])
			}
		}
	}
	return nil
}

func ours(object client.Object) bool { return object.GetLabels()[v1alpha1.LabelManaged] == "true" }

func routesOf(list client.ObjectList) []client.Object {
	var routes []client.Object
	switch list := list.(type) {
	case *networkingv1.IngressList:
		for i := range list.Items {
			routes = append(routes, &list.Items[i])
		}
	case *gatewayv1.HTTPRouteList:
		for i := range list.Items {
			routes = append(routes, &list.Items[i])
		}
	case *gatewayv1.ListenerSetList:
		for i := range list.Items {
			routes = append(routes, &list.Items[i])
		}
	}
	return routes
}

// hostsOf are the hosts that a route names.
func hostsOf(route client.Object) []string {
	var hosts []string
	switch route := route.(type) {
	case *networkingv1.Ingress:
		for _, rule := range route.Spec.Rules {
			hosts = append(hosts, rule.Host)
		}
		for _, block := range route.Spec.TLS {
			hosts = append(hosts, block.Hosts...)
		}
	case *gatewayv1.HTTPRoute:
		for _, host := range route.Spec.Hostnames {
			hosts = append(hosts, string(host))
		}
	case *gatewayv1.ListenerSet:
		for _, listener := range route.Spec.Listeners {
			if listener.Hostname != nil {
				hosts = append(hosts, string(*listener.Hostname))
			}
		}
	}
	return hosts
}
