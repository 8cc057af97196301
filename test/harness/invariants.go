// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Invariants are what must hold throughout, whatever befalls the operator:
//
//   - nobody is let in (an Ingress, a RoleBinding) before the tenant's quota is enforced;
//   - nothing of one tenant is made in another's place;
//   - no host is routed in two namespaces at once;
//   - the operator routes no host into a place without the claim of it, nor while another's has it;
//   - no use grows over its quota.
//
// They are judged on every single change, by watches: resource versions put changes of different
// kinds in order. What existed before the watch began is taken as it is.
type Invariants struct {
	cluster *Cluster
	cancel  context.CancelFunc
	done    sync.WaitGroup

	mu sync.Mutex // guards what follows
	// anyLimit says that a quota's former limits do: see TakeAnyLimit.
	anyLimit bool
	// lists counts how often all quotas were listed again: changes just before that were missed.
	lists int
	// claimLists counts the same of ConfigMaps, among them the claims.
	claimLists int
	claims     map[string][]claimState
	routings   []routing
	quotas     map[client.ObjectKey][]quotaState
	namespaces map[string][]namespaceState
	entries    []creation
	made       []creation
	routes     map[client.ObjectKey]map[string]bool
	violations []string
	taken      map[string]bool
}

// creation of an object.
type creation struct {
	what    string
	key     client.ObjectKey
	version uint64
	labels  map[string]string
	// lists is how often all quotas had been listed when it was seen.
	lists int
}

// WatchInvariants begins to watch, and returns when all is watched.
func (c *Cluster) WatchInvariants(ctx context.Context) (*Invariants, error) {
	ctx, cancel := context.WithCancel(ctx)
	w := &Invariants{
		cluster:    c,
		cancel:     cancel,
		quotas:     map[client.ObjectKey][]quotaState{},
		namespaces: map[string][]namespaceState{},
		routes:     map[client.ObjectKey]map[string]bool{},
		claims:     map[string][]claimState{},
		taken:      map[string]bool{},
	}
	var synced []cache.InformerSynced
	for _, kind := range []struct {
		object client.Object
		list   client.ObjectList
	}{
		{&corev1.Namespace{}, &corev1.NamespaceList{}},
		{&corev1.ResourceQuota{}, &corev1.ResourceQuotaList{}},
		{&corev1.ConfigMap{}, &corev1.ConfigMapList{}},
		{&corev1.Secret{}, &corev1.SecretList{}},
		{&corev1.LimitRange{}, &corev1.LimitRangeList{}},
		{&corev1.Service{}, &corev1.ServiceList{}},
		{&networkingv1.NetworkPolicy{}, &networkingv1.NetworkPolicyList{}},
		{&networkingv1.Ingress{}, &networkingv1.IngressList{}},
		{&rbacv1.RoleBinding{}, &rbacv1.RoleBindingList{}},
	} {
		informer := cache.NewSharedInformer(c.listWatch(kind.list, w.listed), kind.object, 0)
		registration, err := informer.AddEventHandler(w)
		if err != nil {
			cancel()
			return nil, err
		}
		w.done.Go(func() { informer.RunWithContext(ctx) })
		synced = append(synced, registration.HasSynced)
	}
	if !cache.WaitForCacheSync(ctx.Done(), synced...) {
		cancel()
		return nil, fmt.Errorf("watching the invariants: %w", context.Cause(ctx))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lists, w.claimLists = 0, 0
	return w, nil
}

// Stop ends the watch and returns the violations that were not taken, as sentences. Call it at rest:
// changes of the last milliseconds may not have arrived.
func (w *Invariants) Stop() []string {
	fresh := w.Take()
	w.cancel()
	w.done.Wait()
	return append(fresh, w.Take()...)
}

// Violations since Take was last called.
func (w *Invariants) Violations() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fresh()
}

// Take returns the violations since it was last called. It waits for the watches that are behind before it finds any: one
// that broke with the API server comes back some seconds after another.
func (w *Invariants) Take() []string {
	if len(w.Violations()) > 0 {
		w.catchUp()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	fresh := w.fresh()
	for _, violation := range fresh {
		w.taken[violation] = true
	}
	return fresh
}

// longestPause of a watch that comes back: client-go waits for 60 seconds at most before it lists again.
const longestPause = 75 * time.Second

// catchUp waits until the watches have told what is, or for longestPause.
func (w *Invariants) catchUp() {
	_ = wait.PollUntilContextTimeout(context.Background(), 100*time.Millisecond, longestPause, true, func(ctx context.Context) (bool, error) {
		var quotas corev1.ResourceQuotaList
		var namespaces corev1.NamespaceList
		err := errors.Join(w.cluster.Client.List(ctx, &quotas), w.cluster.Client.List(ctx, &namespaces))
		return err == nil && w.told(quotas.Items, namespaces.Items), nil // as long as it is away, the watches are too
	})
}

func (w *Invariants) fresh() []string {
	return slices.DeleteFunc(w.judge(), func(violation string) bool { return w.taken[violation] })
}

// OnAdd implements cache.ResourceEventHandler.
func (w *Invariants) OnAdd(object any, initial bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.observe(nil, object, initial, false)
}

// OnUpdate implements cache.ResourceEventHandler.
func (w *Invariants) OnUpdate(before, after any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	// A relist shows an object that was deleted and made again as an update.
	if before.(client.Object).GetUID() != after.(client.Object).GetUID() {
		w.observe(nil, after, false, false)
		return
	}
	w.observe(before, after, false, false)
}

// OnDelete implements cache.ResourceEventHandler.
func (w *Invariants) OnDelete(object any) {
	if tombstone, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = tombstone.Obj
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.observe(nil, object, false, true)
}

func (w *Invariants) observe(before, object any, initial, gone bool) {
	switch object := object.(type) {
	case *corev1.Namespace:
		w.observeNamespace(object, gone)
	case *corev1.ResourceQuota:
		was, _ := before.(*corev1.ResourceQuota)
		w.observeQuota(was, object, gone)
	case *corev1.ConfigMap:
		w.observeClaim(object, initial, gone)
	case *networkingv1.Ingress:
		w.observeRoute(object, gone)
		w.observeRouting(object, initial, gone)
	}
	if before == nil && !initial && !gone {
		w.observeCreation(object.(client.Object))
	}
}

// listed hears that all objects of a kind are listed: changes since the watch broke are missed.
func (w *Invariants) listed(list client.ObjectList) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch list.(type) {
	case *corev1.ResourceQuotaList:
		w.lists++
	case *corev1.ConfigMapList:
		w.claimLists++
	}
}

func (c *Cluster) listWatch(list client.ObjectList, listed func(client.ObjectList)) *cache.ListWatch {
	return &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			listed(list)
			fresh := list.DeepCopyObject().(client.ObjectList)
			return fresh, c.Client.List(ctx, fresh, &client.ListOptions{Raw: &options})
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			if ptr.Deref(options.SendInitialEvents, false) {
				listed(list)
			}
			return c.Client.Watch(ctx, list.DeepCopyObject().(client.ObjectList), &client.ListOptions{Raw: &options})
		},
	}
}
