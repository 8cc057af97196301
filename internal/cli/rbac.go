// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tenantry/tenantry/config"
	"github.com/tenantry/tenantry/internal/directory"
	"github.com/tenantry/tenantry/internal/rights"
)

var (
	roleBindings        = rbacv1.SchemeGroupVersion.WithResource("rolebindings")
	clusterRoleBindings = rbacv1.SchemeGroupVersion.WithResource("clusterrolebindings")
	namespacedRoles     = rbacv1.SchemeGroupVersion.WithResource("roles")
	clusterRoles        = rbacv1.SchemeGroupVersion.WithResource("clusterroles")
)

// unserving are resources that RBAC knows of and no API serves: of who may be impersonated.
var unserving = []string{"users", "groups"}

// question is whether somebody may do something in a place; inPlace says whether what is bound there may give the right to. Resource is
// TYPE, TYPE/SUBRESOURCE or TYPE/NAME.
func (c cluster) question(verb, resource, subresource, place string) (question rights.Question, inPlace bool, err error) {
	kind, more, _ := strings.Cut(resource, "/")
	question = rights.Question{Verb: strings.ToLower(verb), Group: rights.All, Resource: kind}
	if kind != rights.All {
		mapping, err := c.mapping(kind)
		if err != nil {
			return question, false, err
		}
		question.Group, question.Resource = mapping.Resource.Group, mapping.Resource.Resource
		inPlace = mapping.Scope.Name() == meta.RESTScopeNameNamespace
		// A namespace lies in itself: whoever may get it there may get it by its name.
		inPlace = inPlace || mapping.Resource.GroupResource() == (schema.GroupResource{Resource: "namespaces"}) && more == place
		if subresource == "" {
			serves, err := c.servesSubresource(mapping.Resource, more)
			if err != nil {
				return question, false, err
			}
			if serves {
				subresource, more = more, ""
			}
		}
	}
	if kind == rights.All && subresource == "" { // as RBAC writes it: */scale
		subresource, more = more, ""
	}
	question.Name = more
	if subresource != "" {
		question.Resource += "/" + subresource
	}
	return question, inPlace || kind == rights.All, nil
}

// mapping of a resource as kubectl takes it: in the plural or not, by a short name, with its group or not.
func (c cluster) mapping(kind string) (*meta.RESTMapping, error) {
	if slices.Contains(unserving, kind) {
		return &meta.RESTMapping{Resource: schema.GroupVersionResource{Resource: kind}, Scope: meta.RESTScopeRoot}, nil
	}
	if err := c.keepInside(); err != nil {
		return nil, err
	}
	mapper, err := c.flags.ToRESTMapper()
	if err != nil {
		return nil, kubeconfigError(err)
	}
	versioned, grouped := schema.ParseResourceArg(strings.ToLower(kind))
	var found schema.GroupVersionKind
	if versioned != nil {
		found, _ = mapper.KindFor(*versioned)
	}
	if found.Empty() {
		found, err = mapper.KindFor(grouped.WithVersion(""))
	}
	if meta.IsNoMatchError(err) {
		return nil, &failure{code: exitNotFound, err: fmt.Errorf("the cluster serves no %q", kind), hint: "kubectl api-resources"}
	}
	if err != nil {
		return nil, explain(err)
	}
	return mapper.RESTMapping(found.GroupKind(), found.Version)
}

// servesSubresource says whether the cluster serves a resource's subresource of that name.
func (c cluster) servesSubresource(resource schema.GroupVersionResource, name string) (bool, error) {
	if name == "" || slices.Contains(unserving, resource.Resource) {
		return false, nil
	}
	discovery, err := c.flags.ToDiscoveryClient()
	if err != nil {
		return false, kubeconfigError(err)
	}
	served, err := discovery.ServerResourcesForGroupVersion(resource.GroupVersion().String())
	if err != nil {
		return false, explain(err)
	}
	return slices.ContainsFunc(served.APIResources, func(one metav1.APIResource) bool { return one.Name == resource.Resource+"/"+name }), nil
}

// bindings are who has which role in a place, as far as the caller may see it.
type bindings struct {
	bindings []rights.Binding
	// objects are the bindings, as the API server has them.
	objects []*unstructured.Unstructured
	// roles that they give, and what those allow.
	roles map[rights.Role][]rbacv1.PolicyRule
	// hidden is what the caller may not see.
	hidden []string
	// shipped says that the rules of the operator's ClusterRoles are those of its manifests.
	shipped bool
}

// bindings of a place. It fails for who may not see those of the place itself: what is bound in the whole cluster is not what was asked.
func (c cluster) bindings(ctx context.Context, place string) (bindings, error) {
	found := bindings{roles: map[rights.Role][]rbacv1.PolicyRule{}}
	own, err := c.listed(ctx, roleBindings, place, "")
	if err != nil {
		return found, explain(err)
	}
	everywhere, err := c.listed(ctx, clusterRoleBindings, "", "")
	if err := found.unseen(err, "what is bound in the whole cluster"); err != nil {
		return found, err
	}
	found.objects = slices.Concat(own, everywhere)
	for _, object := range own {
		binding, err := typed[rbacv1.RoleBinding](object)
		if err != nil {
			return found, err
		}
		found.bindings = append(found.bindings, rights.OfNamespace(binding))
	}
	for _, object := range everywhere {
		binding, err := typed[rbacv1.ClusterRoleBinding](object)
		if err != nil {
			return found, err
		}
		found.bindings = append(found.bindings, rights.OfCluster(binding))
	}
	return found, c.readRoles(ctx, place, &found)
}

// readRoles reads what the roles allow.
func (c cluster) readRoles(ctx context.Context, place string, found *bindings) error {
	own, err := c.listed(ctx, namespacedRoles, place, "")
	if err := found.unseen(err, "what the place's Roles allow"); err != nil {
		return err
	}
	for _, object := range own {
		role, err := typed[rbacv1.Role](object)
		if err != nil {
			return err
		}
		found.roles[rights.Role{Namespace: role.Namespace, Name: role.Name}] = role.Rules
	}
	everywhere, err := c.listed(ctx, clusterRoles, "", "")
	if apierrors.IsForbidden(err) {
		return found.ship()
	}
	if err != nil {
		return explain(err)
	}
	for _, object := range everywhere {
		role, err := typed[rbacv1.ClusterRole](object)
		if err != nil {
			return err
		}
		found.roles[rights.Role{Name: role.Name}] = role.Rules
	}
	return nil
}

// unseen notes what the caller may not see, where that is why an error came.
func (b *bindings) unseen(err error, what string) error {
	if apierrors.IsForbidden(err) {
		b.hidden = append(b.hidden, what)
		return nil
	}
	return explain(err)
}

// ship takes the rules of the operator's ClusterRoles from its manifests: whoever may read no ClusterRoles, as a partner's people, has nearly
// none but those. Of others it notes that they can't be seen.
func (b *bindings) ship() error {
	manifests, err := rights.Read(config.Manifests, "rbac/roles")
	if err != nil {
		return err
	}
	rules, err := rights.Aggregate(manifests)
	if err != nil {
		return err
	}
	var strange []string
	for _, binding := range b.bindings {
		role := binding.Role
		if role.Namespace != "" {
			continue
		}
		allowed, known := rules[role.Name]
		if !known {
			strange = append(strange, "what ClusterRole "+directory.Printable(role.Name)+" allows")
			continue
		}
		b.roles[role], b.shipped = allowed, true
	}
	if b.shipped { // the platform may add to them by labels
		strange = append(strange, "what was added to the operator's own ClusterRoles")
	}
	slices.Sort(strange)
	b.hidden = append(b.hidden, slices.Compact(strange)...)
	return nil
}
