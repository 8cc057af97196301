// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package replicas reads what syncs carry, and reads and writes the copies. What decides is internal/replication.
//
// Marked objects and copies have caches of their own, each with a selector of its own. Of both are held the metadata and a
// digest of the content, so that memory grows with their number and not with their size: whoever may publish a gigabyte
// can't have the operator hold it. What is written is read by then, and kept for the next tenants while there is room.
package replicas

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/selection"
	toolscache "k8s.io/client-go/tools/cache"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

// Stores are the caches of marked objects and of copies, and the client that writes copies. It reads past the caches,
// and so does not see its own writes in them at once: every write names the version that was looked at.
type Stores struct {
	// Rules are what may be carried.
	Rules *replication.Rules
	// Marked is the cache of the objects that bear a mark and are no copies: metadata, and the gist of the content.
	Marked cache.Cache
	// Copies is the cache of copies, each held as a Copy, which it can't be asked for: see CopiesIn and CopiesOf.
	Copies cache.Cache
	// Kinds that are watched, in the order of Rules.Kinds: those that the cluster serves.
	Kinds []schema.GroupVersionKind
	// Writing, if set, is told before a copy is created or written over. What it returns is handed what the API
	// server answered; nil for an error. Both are Copies, as the watches tell of: of the first, namespace and name alone are set,
	// of the second UID and version, too.
	Writing func(object client.Object) (answered func(answer client.Object))

	direct   client.Client
	copies   map[schema.GroupVersionKind]toolscache.SharedIndexInformer
	sources  sources
	contents contents
}

// New makes the caches, as part of the manager's start. A kind that the cluster does not serve when the manager
// starts is left out.
func New(mgr ctrl.Manager, rules *replication.Rules) (*Stores, error) {
	s := &Stores{Rules: rules, copies: map[schema.GroupVersionKind]toolscache.SharedIndexInformer{}}
	var err error
	if s.Marked, err = AddCache(mgr, cache.Options{DefaultLabelSelector: isMarked(), DefaultTransform: Carried(rules)}); err != nil {
		return nil, fmt.Errorf("making the cache of marked objects: %w", err)
	}
	if s.Copies, err = AddCache(mgr, cache.Options{DefaultLabelSelector: isCopy(), DefaultTransform: Digested(rules)}); err != nil {
		return nil, fmt.Errorf("making the cache of copies: %w", err)
	}
	options := client.Options{Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper(), HTTPClient: mgr.GetHTTPClient()}
	if s.direct, err = client.New(mgr.GetConfig(), options); err != nil {
		return nil, fmt.Errorf("making the client of copies: %w", err)
	}
	for _, kind := range rules.Kinds() {
		if kind == secretKind {
			continue
		}
		if _, err := mgr.GetRESTMapper().RESTMapping(kind.GroupKind(), kind.Version); err != nil {
			mgr.GetLogger().Info("A kind of sync.kinds is not served by this cluster: it is not copied until the manager starts anew", "kind", kind.String())
			continue
		}
		if _, err := s.Marked.GetInformer(context.Background(), ObjectOf(kind)); err != nil {
			return nil, fmt.Errorf("caching what is marked of %s: %w", kind, err)
		}
		if s.copies[kind], err = copiesOf(s.Copies, kind); err != nil {
			return nil, fmt.Errorf("caching copies of %s: %w", kind, err)
		}
		s.Kinds = append(s.Kinds, kind)
	}
	return s, nil
}

// copiesOf is what holds the copies of a kind, with their indexes. It is asked and not the cache, which takes all that it
// holds for what it was told to watch.
func copiesOf(copies cache.Cache, kind schema.GroupVersionKind) (toolscache.SharedIndexInformer, error) {
	made, err := copies.GetInformer(context.Background(), ObjectOf(kind))
	if err != nil {
		return nil, err
	}
	informer, ok := made.(toolscache.SharedIndexInformer)
	if !ok {
		return nil, fmt.Errorf("an informer of type %T has no index", made)
	}
	return informer, informer.AddIndexers(toolscache.Indexers{indexSync: bySync})
}

// started has a cache start with the manager's own, before any controller and whoever leads.
type started struct{ cache.Cache }

// GetCache tells the manager that it is one.
func (s started) GetCache() cache.Cache { return s.Cache }

// AddCache adds a cache to the manager that it starts with its own. What is read from it must not be changed.
func AddCache(mgr ctrl.Manager, options cache.Options) (cache.Cache, error) {
	options.Scheme, options.Mapper, options.HTTPClient = mgr.GetScheme(), mgr.GetRESTMapper(), mgr.GetHTTPClient()
	options.DefaultUnsafeDisableDeepCopy = new(true)
	made, err := cache.New(mgr.GetConfig(), options)
	if err != nil {
		return nil, err
	}
	return made, mgr.Add(started{made})
}

// isMarked selects what bears a mark and is not the operator's own.
func isMarked() labels.Selector {
	return labels.NewSelector().Add(requirement(v1alpha1.LabelSync, selection.Exists), requirement(v1alpha1.LabelManaged, selection.DoesNotExist),
		requirement(v1alpha1.LabelSyncedBy, selection.DoesNotExist))
}

// isCopy selects copies.
func isCopy() labels.Selector {
	return labels.NewSelector().Add(requirement(v1alpha1.LabelSyncedBy, selection.Exists), requirement(v1alpha1.LabelManaged, selection.Exists))
}

func requirement(key string, operator selection.Operator) labels.Requirement {
	made, err := labels.NewRequirement(key, operator, nil)
	if err != nil {
		panic(err) // the keys are constants
	}
	return *made
}

// ObjectOf is an empty object of a kind.
func ObjectOf(kind schema.GroupVersionKind) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind)
	return object
}

func listOf(kind schema.GroupVersionKind) *unstructured.UnstructuredList {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
	return list
}
