// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// served is a quantity as the API server keeps it in a quota or a limit range: rounded up, at least
// to thousandths, and in the notation in which it is read back. Any other would differ for ever.
func served(quantity resource.Quantity, scale resource.Scale) resource.Quantity {
	rounded := quantity.DeepCopy()
	rounded.RoundUp(scale)
	return resource.MustParse(rounded.String()) // reads what it printed itself
}

// servedList is a list of quantities of its own, each as the API server keeps it.
func servedList(list corev1.ResourceList) corev1.ResourceList {
	if list == nil {
		return nil
	}
	kept := make(corev1.ResourceList, len(list))
	for name, quantity := range list {
		kept[name] = served(quantity, resource.Milli)
	}
	return kept
}
