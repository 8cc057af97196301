// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/pager"
)

const (
	// tabTimeout is how long somebody waits for what Tab offers.
	tabTimeout = 3 * time.Second
	// offered is how many names that come near are offered at most.
	offered = 3
)

// nouns are what people call an object of a resource.
var nouns = map[schema.GroupVersionResource]string{tenants: "tenant", retained: "deleted tenant", grants: "grant", licensePlans: "plan"}

// find objects of a resource by their names, in the namespace that is meant. Where the context leads to a customer's place, what lies
// beside Tenants is found where its Tenant lies: no Tenants lie in the place itself.
func (c cluster) find(ctx context.Context, resource schema.GroupVersionResource, names ...string) ([]*unstructured.Unstructured, error) {
	namespace, err := c.namespace()
	if err != nil {
		return nil, err
	}
	var found []*unstructured.Unstructured
	for _, name := range names {
		object, err := c.get(ctx, resource, namespace, name)
		if absent := apierrors.IsNotFound(err) && !unserved(err); len(found) == 0 && c.upward(resource) && (absent || apierrors.IsForbidden(err)) {
			if parent := c.parent(ctx, namespace, !absent); parent != "" && parent != namespace {
				namespace = parent
				object, err = c.get(ctx, resource, namespace, name)
			}
		}
		if apierrors.IsNotFound(err) && !unserved(err) {
			return nil, c.missing(ctx, resource, namespace, name)
		}
		if err != nil {
			return nil, explain(err)
		}
		found = append(found, object)
	}
	return found, nil
}

// get one object of a resource.
func (c cluster) get(ctx context.Context, resource schema.GroupVersionResource, namespace, name string) (*unstructured.Unstructured, error) {
	objects, err := c.objects(resource)
	if err != nil {
		return nil, err
	}
	return objects.Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
}

// choose the objects of a resource that a selector picks, in the namespace that is meant.
func (c cluster) choose(ctx context.Context, resource schema.GroupVersionResource, selector string) ([]*unstructured.Unstructured, error) {
	return meant(ctx, c, resource, func(namespace string) ([]*unstructured.Unstructured, error) {
		return c.listed(ctx, resource, namespace, selector)
	})
}

// meant is what is read of a resource in the namespace that is meant or, where that has none and the context alone says it, above it.
func meant[T any](ctx context.Context, c cluster, resource schema.GroupVersionResource, read func(namespace string) ([]T, error)) ([]T, error) {
	namespace, err := c.namespace()
	if err != nil {
		return nil, err
	}
	found, err := read(namespace)
	if len(found) == 0 && c.upward(resource) && (err == nil || apierrors.IsForbidden(err)) {
		if parent := c.parent(ctx, namespace, err != nil); parent != "" && parent != namespace {
			found, err = read(parent)
		}
	}
	return found, explain(err)
}

// listed are the objects of a resource in a namespace.
func (c cluster) listed(ctx context.Context, resource schema.GroupVersionResource, namespace, selector string) ([]*unstructured.Unstructured, error) {
	objects, err := c.objects(resource)
	if err != nil {
		return nil, err
	}
	var found []*unstructured.Unstructured
	err = paged(ctx, pageSize, metav1.ListOptions{LabelSelector: selector}, objects.Namespace(namespace).List, func(object *unstructured.Unstructured) {
		found = append(found, object)
	})
	return found, err
}

// names of the objects of a resource in a namespace. The API server sends no more than their metadata: of thousands, Tab waits for no status.
func (c cluster) names(ctx context.Context, resource schema.GroupVersionResource, namespace string) ([]string, error) {
	config, err := c.config()
	if err != nil {
		return nil, err
	}
	client, err := metadata.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	var names []string
	err = paged(ctx, pageSize, metav1.ListOptions{}, client.Resource(resource).Namespace(namespace).List, func(object *metav1.PartialObjectMetadata) {
		names = append(names, object.Name)
	})
	return names, err
}

// paged hands over each object of a list that is read so many at a time, or all at once if that is 0.
func paged[L, T runtime.Object](ctx context.Context, size int64, options metav1.ListOptions, list func(context.Context, metav1.ListOptions) (L, error), take func(T)) error {
	pages := pager.New(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		return list(ctx, options)
	})
	pages.PageSize = size
	return pages.EachListItem(ctx, options, func(object runtime.Object) error {
		take(object.(T))
		return nil
	})
}

// missing says that there is no such object, and which names come near.
func (c cluster) missing(ctx context.Context, resource schema.GroupVersionResource, namespace, name string) error {
	message := fmt.Sprintf("no %s %q in namespace %s", nouns[resource], name, namespace)
	if names, err := c.names(ctx, resource, namespace); err == nil {
		if names := near(names, name); len(names) > 0 {
			message += "; did you mean " + strings.Join(names, ", ") + "?"
		}
	}
	absent := &failure{code: exitNotFound, err: errors.New(message)}
	switch resource {
	case tenants:
		absent.hint = c.command("list")
	case licensePlans:
		absent.hint = c.command("plan", "list")
	}
	return absent
}

func namesOf(objects []*unstructured.Unstructured) []string {
	names := make([]string, 0, len(objects))
	for _, object := range objects {
		names = append(names, object.GetName())
	}
	return names
}

// near are the names that begin as the one that was given, else those that it is a part of, or that are a part of it.
func near(names []string, given string) []string {
	pick := func(comesNear func(string) bool) []string {
		var picked []string
		for _, name := range names {
			if comesNear(name) {
				picked = append(picked, name)
			}
		}
		slices.Sort(picked)
		return picked[:min(offered, len(picked))]
	}
	if picked := pick(func(name string) bool { return strings.HasPrefix(name, given) }); len(picked) > 0 {
		return picked
	}
	return pick(func(name string) bool { return strings.Contains(name, given) || strings.Contains(given, name) })
}

// completeNames offers the names of the objects of a resource that are not named yet, as many as a command takes.
func (c cluster) completeNames(resource schema.GroupVersionResource, most int) cobra.CompletionFunc {
	return func(cmd *cobra.Command, given []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if most > 0 && len(given) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), tabTimeout)
		defer cancel()
		names, err := meant(ctx, c, resource, func(namespace string) ([]string, error) { return c.names(ctx, resource, namespace) })
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(given, name) }), cobra.ShellCompDirectiveNoFileComp
	}
}
