// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// quotaState is a tenant's quota as of a version.
type quotaState struct {
	version  uint64
	enforced bool
	// list is the number of the list since which it was seen.
	list int
}

// namespaceState is whose place a namespace is as of a version.
type namespaceState struct {
	version uint64
	labels  map[string]string
	gone    bool
}

func (w *Invariants) observeNamespace(namespace *corev1.Namespace, gone bool) {
	w.namespaces[namespace.Name] = append(w.namespaces[namespace.Name], namespaceState{
		version: version(namespace), labels: namespace.Labels, gone: gone,
	})
}

func (w *Invariants) observeQuota(before, quota *corev1.ResourceQuota, gone bool) {
	key := client.ObjectKeyFromObject(quota)
	w.quotas[key] = append(w.quotas[key], quotaState{version: version(quota), enforced: !gone && enforced(quota, w.anyLimit), list: w.lists})
	if before == nil || gone {
		return
	}
	for name, used := range quota.Status.Used {
		hard, limited := quota.Status.Hard[name]
		was, counted := before.Status.Used[name]
		if limited && counted && used.Cmp(hard) > 0 && used.Cmp(was) > 0 {
			w.violations = append(w.violations, fmt.Sprintf("quota %s: use of %s grew from %s to %s, over its limit of %s",
				key, name, was.String(), used.String(), hard.String()))
		}
	}
}

// TakeAnyLimit has a quota count as enforced that is so with its former limits: of two managers that both work, one
// may lower a limit just when the other lets somebody in. What no limit is enforced for is open all the same.
func (w *Invariants) TakeAnyLimit() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.anyLimit = true
}

// enforced says whether the API server holds a quota's limits, or any for the same, and has counted what is used.
func enforced(quota *corev1.ResourceQuota, anyLimit bool) bool {
	for name, want := range quota.Spec.Hard {
		hard, ok := quota.Status.Hard[name]
		if _, counted := quota.Status.Used[name]; !ok || !counted || !anyLimit && hard.Cmp(want) != 0 {
			return false
		}
	}
	return true
}

func (w *Invariants) observeRoute(ingress *networkingv1.Ingress, gone bool) {
	key := client.ObjectKeyFromObject(ingress)
	delete(w.routes, key)
	if gone {
		return
	}
	hosts := map[string]bool{}
	for _, rule := range ingress.Spec.Rules {
		hosts[rule.Host] = true
	}
	for other, taken := range w.routes {
		for host := range hosts {
			if taken[host] && other.Namespace != key.Namespace {
				w.violations = append(w.violations, fmt.Sprintf("host %s is routed by Ingress %s and by Ingress %s at once", host, other, key))
			}
		}
	}
	w.routes[key] = hosts
}

func (w *Invariants) observeCreation(object client.Object) {
	if slices.Contains([]string{"", desired.ClaimNamespace, tenancy.SyncsNamespace}, object.GetNamespace()) {
		return // in nobody's place
	}
	made := creation{
		what:    strings.TrimPrefix(fmt.Sprintf("%T", object), "*"),
		key:     client.ObjectKeyFromObject(object),
		version: version(object),
		labels:  object.GetLabels(),
		lists:   w.lists,
	}
	switch object.(type) {
	case *networkingv1.Ingress, *rbacv1.RoleBinding:
		w.entries = append(w.entries, made)
	}
	if made.labels[v1alpha1.LabelManaged] == "true" {
		w.made = append(w.made, made)
	}
}

// judge adds to the violations that were plain to see those that only the order of changes shows.
func (w *Invariants) judge() []string {
	found := slices.Concat(w.violations, w.judgeRoutings())
	for _, entry := range w.entries {
		if before, after := w.quotaAround(entry); tenantPlace(w.place(entry)) && !enforcedBetween(before, after) {
			found = append(found, fmt.Sprintf("%s %s was made before the quota of its namespace was enforced: at version %d, and the quota was %+v, then %+v",
				entry.what, entry.key, entry.version, before, after))
		}
	}
	for _, made := range w.made {
		place := w.place(made)
		if place == nil {
			continue
		}
		for _, label := range []string{v1alpha1.LabelTenant, v1alpha1.LabelParent} {
			if made.labels[label] != place[label] {
				found = append(found, fmt.Sprintf("%s %s was made with label %s=%q in a place of %q",
					made.what, made.key, label, made.labels[label], place[label]))
			}
		}
	}
	return found
}

// tenantPlace says whether a namespace is one in which a quota must be enforced: all that are the
// operator's, but for those that directories lie in.
func tenantPlace(labels map[string]string) bool {
	return labels[v1alpha1.LabelManaged] == "true" && labels[v1alpha1.LabelDirectory] != "true"
}

// place is the labels of an object's namespace at the moment when it was made; nil if unknown.
func (w *Invariants) place(made creation) map[string]string {
	var labels map[string]string
	for _, state := range w.namespaces[made.key.Namespace] {
		if state.version < made.version && !state.gone {
			labels = state.labels
		}
	}
	return labels
}

// quotaAround are what the quota of its namespace was when an entry was made, and what was seen of it next; zero for nothing.
func (w *Invariants) quotaAround(entry creation) (before, after quotaState) {
	for _, state := range w.quotas[client.ObjectKey{Namespace: entry.key.Namespace, Name: desired.QuotaName}] {
		if state.version > entry.version {
			return before, state
		}
		before = state
	}
	if w.lists > entry.lists { // all were listed since, and it was gone: what it was meanwhile, nobody has seen
		return before, quotaState{list: before.list + 1}
	}
	return before, quotaState{}
}

// told says whether the watches have told all of these quotas and namespaces, as they are now.
func (w *Invariants) told(quotas []corev1.ResourceQuota, namespaces []corev1.Namespace) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !slices.ContainsFunc(quotas, func(quota corev1.ResourceQuota) bool {
		states := w.quotas[client.ObjectKeyFromObject(&quota)]
		return len(states) == 0 || states[len(states)-1].version < version(&quota)
	}) && !slices.ContainsFunc(namespaces, func(namespace corev1.Namespace) bool {
		states := w.namespaces[namespace.Name]
		return len(states) == 0 || states[len(states)-1].version < version(&namespace)
	})
}

// enforcedBetween says whether a quota was enforced between two states that were seen one after the other. Where changes were
// missed just then, it is taken to have been.
func enforcedBetween(before, after quotaState) bool {
	return before.enforced || after.list > before.list
}

// version of an object; the API server's are numbers, and in order over all kinds.
func version(object client.Object) uint64 {
	number, err := strconv.ParseUint(object.GetResourceVersion(), 10, 64)
	if err != nil {
		panic(fmt.Sprintf("resource version %q is not a number: %v", object.GetResourceVersion(), err))
	}
	return number
}
