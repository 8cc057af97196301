// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// Snapshot is the end state of some tenants and of all that was made for them.
type Snapshot struct {
	// Objects as YAML, by kind, namespace and name, without what differs from run to run: UIDs,
	// versions, times, generated values and addresses. Two snapshots are compared by these.
	Objects map[string]string
	// Kept are fingerprints of what must survive whatever befalls a tenant that is not deleted: the
	// UIDs of its namespace and Secret, and the Secret's generated password.
	Kept map[string]string
}

// Snapshot takes one. What was made for a tenant is what its namespace holds and what bears its
// labels anywhere; the objects that Kubernetes itself makes in a namespace are left out.
func (c *Cluster) Snapshot(ctx context.Context, tenants ...client.ObjectKey) (Snapshot, error) {
	taken := Snapshot{Objects: map[string]string{}, Kept: map[string]string{}}
	for _, tenant := range tenants {
		objects, err := c.ObjectsOf(ctx, tenant)
		if err != nil {
			return taken, err
		}
		for _, object := range objects {
			if err := taken.add(object); err != nil {
				return taken, err
			}
		}
	}
	return taken, nil
}

// Rename is the snapshot with every occurrence of one text replaced by another, so that those of
// tenants with different names can be compared.
func (s Snapshot) Rename(from, to string) Snapshot {
	renamed := Snapshot{Objects: map[string]string{}, Kept: map[string]string{}}
	for key, text := range s.Objects {
		renamed.Objects[strings.ReplaceAll(key, from, to)] = strings.ReplaceAll(text, from, to)
	}
	for key, text := range s.Kept {
		renamed.Kept[strings.ReplaceAll(key, from, to)] = text
	}
	return renamed
}

// ObjectsOf a tenant are its Tenant, its namespace, what is in that, and what bears its labels; not
// the objects that Kubernetes itself makes.
func (c *Cluster) ObjectsOf(ctx context.Context, key client.ObjectKey) ([]*unstructured.Unstructured, error) {
	kinds, err := c.discovered()
	if err != nil {
		return nil, err
	}
	found := map[string]*unstructured.Unstructured{}
	tenant, err := c.get(ctx, v1alpha1.GroupVersion.WithKind("Tenant"), key)
	if err != nil {
		return nil, err
	}
	namespace := ""
	if tenant != nil {
		found["tenant"] = tenant
		namespace, _, _ = unstructured.NestedString(tenant.Object, "status", "namespace")
	}
	labelled := client.MatchingLabels{v1alpha1.LabelTenant: key.Name, v1alpha1.LabelParent: key.Namespace}
	if err := c.collect(ctx, found, schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}, labelled); err != nil {
		return nil, err
	}
	for _, kind := range kinds {
		if err := c.collect(ctx, found, kind, labelled); err != nil {
			return nil, err
		}
		if namespace == "" {
			continue
		}
		if err := c.collect(ctx, found, kind, client.InNamespace(namespace)); err != nil {
			return nil, err
		}
	}
	return slices.Collect(maps.Values(found)), nil
}

func (c *Cluster) collect(ctx context.Context, found map[string]*unstructured.Unstructured, kind schema.GroupVersionKind, which client.ListOption) error {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
	if err := c.Client.List(ctx, list, which); err != nil {
		return fmt.Errorf("listing every %s: %w", kind.Kind, err)
	}
	for i := range list.Items {
		if object := &list.Items[i]; !kubernetesOwn(object) {
			found[string(object.GetUID())] = object
		}
	}
	return nil
}

func (c *Cluster) get(ctx context.Context, kind schema.GroupVersionKind, key client.ObjectKey) (*unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind)
	err := c.Client.Get(ctx, key, object)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return object, err
}

// kubernetesOwn objects are made in every namespace, or of other objects.
func kubernetesOwn(object *unstructured.Unstructured) bool {
	switch object.GetKind() {
	case "Event", "Endpoints", "EndpointSlice", "Lease":
		return true
	case "ConfigMap":
		return object.GetName() == "kube-root-ca.crt"
	case "ServiceAccount":
		return object.GetName() == "default"
	}
	return false
}

// discoverKinds finds the kinds that lie in namespaces and can be listed.
func discoverKinds(client discovery.DiscoveryInterface) ([]schema.GroupVersionKind, error) {
	lists, err := client.ServerPreferredNamespacedResources()
	if err != nil {
		return nil, fmt.Errorf("asking the API server for its kinds: %w", err)
	}
	lists = discovery.FilteredBy(discovery.SupportsAllVerbs{Verbs: []string{"list"}}, lists)
	var kinds []schema.GroupVersionKind
	for _, list := range lists {
		version, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return nil, err
		}
		for _, resource := range list.APIResources {
			if !derived(resource) {
				kinds = append(kinds, version.WithKind(resource.Kind))
			}
		}
	}
	return kinds, nil
}

// derived kinds are not worth listing: Kubernetes makes them of others.
func derived(resource metav1.APIResource) bool {
	return slices.Contains([]string{"Event", "Endpoints", "EndpointSlice", "Lease"}, resource.Kind)
}

// onceDiscovered asks for the kinds only once.
func onceDiscovered(client discovery.DiscoveryInterface) func() ([]schema.GroupVersionKind, error) {
	return sync.OnceValues(func() ([]schema.GroupVersionKind, error) { return discoverKinds(client) })
}

func (s Snapshot) add(object *unstructured.Unstructured) error {
	if object.GetNamespace() == tenancy.SyncsNamespace {
		object.SetName("<uid>")
	}
	key := fmt.Sprintf("%s %s/%s", object.GetKind(), object.GetNamespace(), object.GetName())
	for name, value := range kept(object) {
		s.Kept[key+" "+name] = value
	}
	normalise(object)
	text, err := yaml.Marshal(object.Object)
	if err != nil {
		return fmt.Errorf("printing %s: %w", key, err)
	}
	s.Objects[key] = string(text)
	return nil
}

// kept are the fingerprints of an object that must survive.
func kept(object *unstructured.Unstructured) map[string]string {
	switch object.GetKind() {
	case "Namespace":
		return map[string]string{"uid": string(object.GetUID())}
	case "Secret":
		password, _, _ := unstructured.NestedString(object.Object, "data", "password")
		return map[string]string{
			"uid":      string(object.GetUID()),
			"password": fmt.Sprintf("%x", sha256.Sum256([]byte(password))),
		}
	}
	return nil
}
