// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/tenantry/tenantry/internal/desired"
)

// counts lets events of quotas through but for those that only count what nobody reads: each object that is made in
// a place would have its tenant looked at.
func counts() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, quota := e.ObjectOld.(*corev1.ResourceQuota)
		if !quota || before.ResourceVersion == e.ObjectNew.GetResourceVersion() {
			return true
		}
		after := e.ObjectNew.(*corev1.ResourceQuota)
		return before.UID != after.UID ||
			(before.DeletionTimestamp == nil) != (after.DeletionTimestamp == nil) ||
			!maps.Equal(before.Labels, after.Labels) ||
			!maps.Equal(before.Annotations, after.Annotations) ||
			!equality.Semantic.DeepEqual(before.Spec, after.Spec) ||
			!equality.Semantic.DeepEqual(before.Status.Hard, after.Status.Hard) ||
			!equality.Semantic.DeepEqual(readCounts(before), readCounts(after))
	}}
}

// readCounts are what a tenant's status tells of, what says whether anything runs, what exceeds the quota, and which
// are there at all.
func readCounts(quota *corev1.ResourceQuota) corev1.ResourceList {
	read := make(corev1.ResourceList, len(quota.Status.Used))
	for name, used := range quota.Status.Used {
		switch hard := quota.Spec.Hard[name]; {
		case name == desired.ResourceAgents, name == corev1.ResourceRequestsStorage, name == corev1.ResourcePods, used.Cmp(hard) > 0:
			read[name] = used
		default:
			read[name] = hard
		}
	}
	return read
}
