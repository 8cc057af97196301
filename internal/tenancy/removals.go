// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"context"
	"fmt"
	"iter"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/kinds"
)

// Removals reads what the operator takes away of what is there for a tenant.
type Removals struct {
	// Reader of the API server (Live).
	Reader client.Reader
	// Scheme of the kinds.
	Scheme *runtime.Scheme
	// Kinds of others that the cluster serves.
	Kinds kinds.Served
}

// Of a tenant that is looked at as it is, or would be: who is let in no more, what is made in a place and not wanted there, and the hosts that
// it keeps no longer, with all routes that name them. Of one that is refused nothing else is touched.
func (r Removals) Of(ctx context.Context, in desired.Inputs, place desired.Place) ([]client.Object, error) {
	if in.PlaceUID == "" {
		return nil, nil
	}
	bound, err := Bound(ctx, r.Reader, in)
	if err != nil {
		return nil, err
	}
	pruning := apply.Pruning{Reader: r.Reader, Scheme: r.Scheme, Ownership: desired.Ownership()}
	going := pruning.UnwantedOf(place.Bindings, bound...)
	for live, err := range pruning.Unwanted(ctx, place.InNamespace(), r.made(in)...) {
		if err != nil {
			return nil, err
		}
		going = append(going, live)
	}
	hosts, claims, err := r.givenUp(ctx, in)
	if err != nil || len(hosts) == 0 {
		return going, err
	}
	var routes []Route
	for route, err := range RoutesTo(ctx, r.Reader, r.Kinds, desired.NamespaceName(in), hosts) {
		if err != nil {
			return nil, err
		}
		routes = append(routes, route)
	}
	return slices.Concat(going, r.others(routes, place.Entry, going), claims), nil
}

// others are the routes that are neither among what goes already nor among what is made: those of the operator's come to name other hosts.
func (r Removals) others(routes []Route, made []apply.Intent, going []client.Object) []client.Object {
	key := func(object client.Object) string { return apply.KindOf(r.Scheme, object) + "/" + object.GetName() }
	known := map[string]bool{}
	for _, intent := range made {
		known[key(intent.Object)] = true
	}
	for _, object := range going {
		known[key(object)] = true
	}
	var others []client.Object
	for _, route := range routes {
		if !known[key(route.Object)] {
			others = append(others, route.Object)
		}
	}
	return others
}

// made are the objects that are taken away where nothing asks for them.
func (r Removals) made(in desired.Inputs) []client.Object {
	switch {
	case desired.Refuse(in) == nil:
		return r.Kinds.Only(desired.Made(in))
	case in.Closed():
		return r.Kinds.Only(desired.MadeEntry(in))
	default:
		return nil
	}
}

// givenUp are the hosts that the tenant keeps no longer, and their claims.
func (r Removals) givenUp(ctx context.Context, in desired.Inputs) (hosts []string, going []client.Object, err error) {
	claims, err := ClaimsOf(ctx, r.Reader, HolderFor(in.Tenant))
	if err != nil {
		return nil, nil, err
	}
	keep := desired.Asked(in)
	if desired.Refuse(in) != nil {
		keep, _ = HostsOfRefused(in, claims)
	}
	for i := range claims {
		if !slices.Contains(keep, claims[i].Name) {
			hosts, going = append(hosts, claims[i].Name), append(going, &claims[i])
		}
	}
	return hosts, going, nil
}

// Bound are the tenant's bindings in its place.
func Bound(ctx context.Context, reader client.Reader, in desired.Inputs, options ...client.ListOption) ([]client.Object, error) {
	namespace, list := desired.NamespaceName(in), &rbacv1.RoleBindingList{}
	options = append(options, client.InNamespace(namespace), client.MatchingLabels(desired.OwnerLabels(in.Tenant)))
	if err := reader.List(ctx, list, options...); err != nil {
		return nil, fmt.Errorf("listing the bindings in namespace %q: %w", namespace, err)
	}
	return objectsIn(list), nil
}

// ClaimsOf are the claims of one Tenant, and not of another of its name: of a cache, they must not be changed.
func ClaimsOf(ctx context.Context, reader client.Reader, tenant Holder) ([]corev1.ConfigMap, error) {
	claims, err := ClaimsOfName(ctx, reader, tenant.NamespacedName)
	return slices.DeleteFunc(claims, func(claim corev1.ConfigMap) bool { return HolderOf(&claim) != tenant }), err
}

// ClaimsOfName are the claims of all Tenants of a name: of a cache, they must not be changed.
func ClaimsOfName(ctx context.Context, reader client.Reader, name client.ObjectKey) ([]corev1.ConfigMap, error) {
	list := &corev1.ConfigMapList{}
	err := reader.List(ctx, list, client.InNamespace(desired.ClaimNamespace), client.MatchingFields{IndexClaims: name.String()}, client.UnsafeDisableDeepCopy)
	if err != nil {
		return nil, fmt.Errorf("listing the hosts of tenant %q: %w", name.Name, err)
	}
	return list.Items, nil
}

// HostsOfRefused are the hosts that a refused tenant keeps of its claims, and those that it loses because they lie under a partner's domain
// which no partner above it holds any more.
func HostsOfRefused(in desired.Inputs, claims []corev1.ConfigMap) (kept, lost []string) {
	for i := range claims {
		host := claims[i].Name
		if claims[i].Data[desired.ClaimKind] == desired.ClaimSubdomain && desired.Orphaned(in, host) {
			lost = append(lost, host)
			continue
		}
		kept = append(kept, host)
	}
	return kept, lost
}

// Route leads requests for a host into a place.
type Route struct {
	client.Object
	// Host that it names, of those that were asked for.
	Host string
}

// RoutesTo are the routes in a namespace, whoever made them, that name any of some hosts: of the edge that is configured and of a former one. A
// kind is read when those of the one before were taken, so that one which can't be read keeps no others.
func RoutesTo(ctx context.Context, reader client.Reader, served kinds.Served, namespace string, hosts []string) iter.Seq2[Route, error] {
	lists := []client.ObjectList{&networkingv1.IngressList{}}
	if served.Gateway {
		lists = append(lists, &gatewayv1.HTTPRouteList{}, &gatewayv1.ListenerSetList{})
	}
	return func(yield func(Route, error) bool) {
		for _, list := range lists {
			if err := reader.List(ctx, list, client.InNamespace(namespace)); err != nil {
				yield(Route{}, fmt.Errorf("listing the routes in namespace %q: %w", namespace, err))
				return
			}
			for _, route := range objectsIn(list) {
				host := slices.IndexFunc(hosts, func(host string) bool { return slices.Contains(hostsOf(route), host) })
				if host >= 0 && !yield(Route{Object: route, Host: hosts[host]}, nil) {
					return
				}
			}
		}
	}
}

// objectsIn a list.
func objectsIn(list client.ObjectList) []client.Object {
	objects := make([]client.Object, 0, meta.LenList(list))
	_ = meta.EachListItem(list, func(object runtime.Object) error { // which fails for what is no list alone
		objects = append(objects, object.(client.Object))
		return nil
	})
	return objects
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
