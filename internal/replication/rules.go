// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

// Rules are what may be carried: kinds and metadata. They are safe for concurrent use.
type Rules struct {
	// versions of the kinds: each is carried in one.
	versions            map[schema.GroupKind]string
	labels, annotations map[string]bool
}

// NewRules are the rules of a configuration that was defaulted and validated. What is never carried is not, though
// it were configured.
func NewRules(config *configv1alpha1.Sync) *Rules {
	rules := &Rules{
		versions:    map[schema.GroupKind]string{},
		labels:      keySet(alwaysCarried, config.Labels),
		annotations: keySet(config.Annotations),
	}
	for _, configured := range config.Kinds {
		kind := configured.GroupVersionKind()
		if kind.Version != "" && configv1alpha1.NeverCopied(kind.GroupKind()) == "" {
			rules.versions[kind.GroupKind()] = kind.Version
		}
	}
	return rules
}

// alwaysCarried are the labels with a prefix that are carried whatever is configured.
var alwaysCarried = []string{
	"app.kubernetes.io/name", "app.kubernetes.io/component", "app.kubernetes.io/part-of", "app.kubernetes.io/version",
}

func keySet(lists ...[]string) map[string]bool {
	set := map[string]bool{}
	for _, key := range slices.Concat(lists...) {
		set[key] = true
	}
	return set
}

// Kinds that may be carried, sorted: those to watch, Secrets aside, which are read by name.
func (r *Rules) Kinds() []schema.GroupVersionKind {
	kinds := make([]schema.GroupVersionKind, 0, len(r.versions))
	for kind, version := range r.versions {
		kinds = append(kinds, kind.WithVersion(version))
	}
	slices.SortFunc(kinds, func(a, b schema.GroupVersionKind) int { return KeyOf(a, "").Compare(KeyOf(b, "")) })
	return kinds
}

// Allows says whether objects of a kind, in this version, may be carried.
func (r *Rules) Allows(kind schema.GroupVersionKind) bool {
	version, allowed := r.versions[kind.GroupKind()]
	return allowed && version == kind.Version
}

// refuseKind says why a kind is not carried, and what to do; empty if it is.
func (r *Rules) refuseKind(kind schema.GroupVersionKind) string {
	version, allowed := r.versions[kind.GroupKind()]
	why := configv1alpha1.NeverCopied(kind.GroupKind())
	switch {
	case why != "":
		return "objects of this kind are never copied: " + why + "; leave them out"
	case !allowed:
		return "the operator's configuration does not allow to copy this kind (sync.kinds); leave it out, or ask the operator of this cluster"
	case version != kind.Version:
		return fmt.Sprintf("this kind is copied in version %s; set apiVersion to %s", version, kind.GroupKind().WithVersion(version).GroupVersion())
	}
	return ""
}

// carried is the part of labels or annotations that copies have too: those without a prefix, and those that are named.
func carried(all map[string]string, named map[string]bool) map[string]string {
	kept := map[string]string{}
	for key, value := range all {
		if (!strings.Contains(key, "/") || named[key]) && !configv1alpha1.NeverCarried(key) {
			kept[key] = value
		}
	}
	return kept
}

// reservedNames are those of the ConfigMaps and Secrets that the operator, Kubernetes and its distributions make in
// a place: each is kept free of both kinds.
var reservedNames = []string{
	desired.SettingsName, desired.BrandName, desired.AdminSecretName, desired.IssuedSecretName, desired.PortalName,
	"kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert",
}

// reservedPrefixes begin the names of what tools keep their own state in, and the operator that of scans.
var reservedPrefixes = []string{v1alpha1.ScanPrefix, "tenantry-", "tenantry.", "sh.helm.release.v1."}

// isReserved says whether a name is kept for what others make. Names of objects are in lower case; in
// any other there could be no copy.
func isReserved(key Key) bool {
	if key.Group != "" {
		return false // kinds that the operator makes are never copied
	}
	name := strings.ToLower(key.Name)
	return slices.Contains(reservedNames, name) ||
		slices.ContainsFunc(reservedPrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// marks are the values of the mark, and the category that carries each; none for what spec.resources alone picks.
var marks = map[string]v1alpha1.SyncCategory{
	v1alpha1.MarkEmailNotifications:       v1alpha1.SyncEmailNotifications,
	v1alpha1.MarkContent:                  v1alpha1.SyncContent,
	v1alpha1.MarkFalsePositiveSuppression: v1alpha1.SyncFalsePositiveSuppression,
	v1alpha1.MarkResource:                 "",
}

// MarksOf are the values of the mark that have objects carried by a sync, sorted; none for one that carries none, or names each.
func MarksOf(spec *v1alpha1.MasterTenantSyncSpec) []string {
	var values []string
	for value, category := range marks {
		if category != "" && slices.Contains(spec.Categories, category) {
			values = append(values, value)
		}
	}
	if slices.ContainsFunc(spec.Resources, func(resource v1alpha1.SyncResource) bool { return resource.Selector != nil }) {
		values = append(values, v1alpha1.MarkResource)
	}
	slices.Sort(values)
	return values
}

func markNames() string {
	return strings.Join(slices.Sorted(maps.Keys(marks)), ", ")
}
