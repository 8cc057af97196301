// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

const maxAgents = 1_000_000

var maxDisk = resource.MustParse("1Ei")

// countedResources are the names of a quota, other than count/<resource>.<group>, that count objects.
var countedResources = sets.New(
	corev1.ResourcePods,
	corev1.ResourceServices,
	corev1.ResourceServicesNodePorts,
	corev1.ResourceServicesLoadBalancers,
	corev1.ResourceReplicationControllers,
	corev1.ResourceQuotas,
	corev1.ResourceSecrets,
	corev1.ResourceConfigMaps,
	corev1.ResourcePersistentVolumeClaims,
)

// measuredResources are the names of a quota that sum up what pods ask for.
var measuredResources = sets.New(
	corev1.ResourceCPU,
	corev1.ResourceMemory,
	corev1.ResourceEphemeralStorage,
	corev1.ResourceRequestsCPU,
	corev1.ResourceRequestsMemory,
	corev1.ResourceRequestsEphemeralStorage,
	corev1.ResourceLimitsCPU,
	corev1.ResourceLimitsMemory,
	corev1.ResourceLimitsEphemeralStorage,
)

// ownObjects is what the operator and Kubernetes make in every place, and how many. A lower quota
// would keep them from being repaired.
var ownObjects = map[corev1.ResourceName]int64{
	corev1.ResourceConfigMaps: 3, // tenantry, brand, kube-root-ca.crt
	corev1.ResourceQuotas:     2, // tenantry, suspended
	corev1.ResourceSecrets:    1, // tenant-admin
	corev1.ResourceServices:   1, // portal
}

// containerResources are what a LimitRange may bound.
var containerResources = sets.New(corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage)

func validateQuota(hard corev1.ResourceList, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, name := range sortedKeys(hard) {
		quantity, path := hard[name], path.Key(string(name))
		errs = append(errs, validateQuotaName(name, path)...)
		errs = append(errs, validateQuantity(quantity, path)...)
		if countsObjects(name) && quantity.MilliValue()%1000 != 0 {
			errs = append(errs, field.Invalid(path, quantity.String(), "must be a whole number"))
		}
		if own, ok := ownObjects[name]; ok && quantity.CmpInt64(own) < 0 {
			errs = append(errs, field.Invalid(path, quantity.String(),
				fmt.Sprintf("must be at least %d: what the operator and Kubernetes make in every place counts too", own)))
		}
	}
	return errs
}

func validateQuotaName(name corev1.ResourceName, path *field.Path) field.ErrorList {
	switch {
	case name == resourceInventories || name == resourceSchedules:
		return nil
	case name == corev1.ResourceRequestsStorage || strings.HasSuffix(string(name), "/requests.storage"):
		return field.ErrorList{field.Forbidden(path, "a tenant's disk is limited by limits.disk, its plan or itself")}
	case strings.HasPrefix(string(name), "count/") && strings.HasSuffix(string(name), ".tenantry.io"):
		return field.ErrorList{field.Forbidden(path, "seats are limited by limits.agents, the tenant's plan or itself")}
	case countedResources.Has(name) || measuredResources.Has(name) || isHugePages(name):
		return nil
	case strings.Contains(string(name), "/"):
		return messages(string(name), path, validation.IsQualifiedName(string(name)))
	default:
		return field.ErrorList{field.NotSupported(path, name, sets.List(countedResources.Union(measuredResources)))}
	}
}

func isHugePages(name corev1.ResourceName) bool {
	return strings.HasPrefix(strings.TrimPrefix(string(name), "requests."), corev1.ResourceHugePagesPrefix)
}

func countsObjects(name corev1.ResourceName) bool {
	return countedResources.Has(name) || strings.HasPrefix(string(name), "count/")
}

func validateLimits(l *LimitDefaults, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if l.Agents != nil && (*l.Agents < 0 || *l.Agents > maxAgents) {
		errs = append(errs, field.Invalid(path.Child("agents"), *l.Agents, fmt.Sprintf("must be between 0 and %d", maxAgents)))
	}
	if l.Disk != nil && (l.Disk.Sign() < 0 || l.Disk.Cmp(maxDisk) > 0) {
		errs = append(errs, field.Invalid(path.Child("disk"), l.Disk.String(), "must be between 0 and 1Ei, such as 50Gi"))
	}
	return errs
}

// validateLimitRange repeats what the API server asks of a LimitRange, with this file's paths.
func validateLimitRange(l *LimitRange, path *field.Path) field.ErrorList {
	errs := validateContainerResources(l.Default, path.Child("default"))
	errs = append(errs, validateContainerResources(l.DefaultRequest, path.Child("defaultRequest"))...)
	errs = append(errs, validateContainerResources(l.Max, path.Child("max"))...)
	errs = append(errs, validateAtMost(l.DefaultRequest, l.Default, path.Child("defaultRequest"), "default")...)
	return append(errs, validateAtMost(l.Default, l.Max, path.Child("default"), "max")...)
}

func validateContainerResources(list corev1.ResourceList, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, name := range sortedKeys(list) {
		if !containerResources.Has(name) {
			errs = append(errs, field.NotSupported(path.Key(string(name)), name, sets.List(containerResources)))
		}
		errs = append(errs, validateQuantity(list[name], path.Key(string(name)))...)
	}
	return errs
}

func validateAtMost(list, most corev1.ResourceList, path *field.Path, mostName string) field.ErrorList {
	var errs field.ErrorList
	for _, name := range sortedKeys(list) {
		quantity := list[name]
		if limit, ok := most[name]; ok && quantity.Cmp(limit) > 0 {
			errs = append(errs, field.Invalid(path.Key(string(name)), quantity.String(),
				fmt.Sprintf("must be at most the %s of %s: lower it, or raise %s", limit.String(), mostName, mostName)))
		}
	}
	return errs
}

// validateQuantity refuses null too, which decodes to 0 and which nobody who writes it means.
func validateQuantity(quantity resource.Quantity, path *field.Path) field.ErrorList {
	switch {
	case quantity == (resource.Quantity{}):
		return field.ErrorList{field.Required(path, "set a quantity: a default may be changed, not taken away")}
	case quantity.Sign() < 0:
		return field.ErrorList{field.Invalid(path, quantity.String(), "must not be negative")}
	default:
		return nil
	}
}

// sortedKeys gives errors the same order at every start.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
