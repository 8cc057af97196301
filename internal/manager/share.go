// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"maps"
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
)

// Most entries of a table of shared values. A table that is full is begun anew, so that values which
// nobody has any more don't stay.
const (
	maxSharedLabels = 1 << 16 // one for each tenant
	maxSharedSpecs  = 1 << 12
)

// sharing is a transform of the caches of what the operator made, and only compares: values that are
// the same in many objects are kept once. Most tenants have the same limits, and all objects of one
// tenant have the same labels; of a tenant's memory these are more than half.
type sharing struct {
	labels   table[map[string]string]
	lists    table[corev1.ResourceList]
	limits   table[[]corev1.LimitRangeItem]
	networks table[networkingv1.NetworkPolicySpec]
}

func newSharing() *sharing {
	return &sharing{
		labels:   table[map[string]string]{most: maxSharedLabels},
		lists:    table[corev1.ResourceList]{most: maxSharedSpecs},
		limits:   table[[]corev1.LimitRangeItem]{most: maxSharedSpecs},
		networks: table[networkingv1.NetworkPolicySpec]{most: maxSharedSpecs},
	}
}

// transform drops managedFields and shares what it can. Doing it again changes nothing.
func (s *sharing) transform(object any) (any, error) {
	accessor, err := meta.Accessor(object)
	if err != nil {
		return object, nil //nolint:nilerr // the tombstone of an object is none
	}
	accessor.SetManagedFields(nil)
	if labels := accessor.GetLabels(); len(labels) > 0 {
		accessor.SetLabels(s.labels.share(labelsKey(labels), labels))
	}
	switch object := object.(type) {
	case *corev1.ResourceQuota:
		for _, list := range []*corev1.ResourceList{&object.Spec.Hard, &object.Status.Hard, &object.Status.Used} {
			*list = s.lists.share(listKey(*list), *list)
		}
	case *corev1.LimitRange:
		if key, err := object.Spec.Marshal(); err == nil {
			object.Spec.Limits = s.limits.share(string(key), object.Spec.Limits)
		}
	case *networkingv1.NetworkPolicy:
		if key, err := object.Spec.Marshal(); err == nil {
			object.Spec = s.networks.share(string(key), object.Spec)
		}
	}
	return object, nil
}

func labelsKey(labels map[string]string) string {
	var key strings.Builder
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		key.WriteString(name + "=" + labels[name] + "\x00")
	}
	return key.String()
}

func listKey(list corev1.ResourceList) string {
	var key strings.Builder
	for _, name := range slices.Sorted(maps.Keys(list)) {
		quantity := list[name]
		key.WriteString(string(name) + "=" + string(quantity.Format) + quantity.String() + "\x00")
	}
	return key.String()
}

// table keeps one of the values of each key. It is safe for concurrent use.
type table[T any] struct {
	most int

	mu     sync.Mutex
	values map[string]T
}

// share returns the value that was kept for the key, or keeps this one.
func (t *table[T]) share(key string, value T) T {
	t.mu.Lock()
	defer t.mu.Unlock()
	if kept, found := t.values[key]; found {
		return kept
	}
	if t.values == nil || len(t.values) >= t.most {
		t.values = map[string]T{}
	}
	t.values[key] = value
	return value
}
