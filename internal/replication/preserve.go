// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Preserve adds to a copy that is written over an object what others wrote to that object's metadata: finalizers,
// owners, and the labels and annotations that are neither carried nor the operator's.
func (r *Rules) Preserve(object, over metav1.Object) {
	object.SetFinalizers(over.GetFinalizers())
	object.SetOwnerReferences(over.GetOwnerReferences())
	object.SetLabels(preserved(object.GetLabels(), over.GetLabels(), r.labels))
	object.SetAnnotations(preserved(object.GetAnnotations(), over.GetAnnotations(), r.annotations))
}

// Trim is the part of an object's annotations that is looked at: the operator's own, and those that are carried. Others are as large as
// somebody likes: kubectl keeps the whole object in one. Whole says that none is left out that Preserve would keep.
func (r *Rules) Trim(annotations map[string]string) (trimmed map[string]string, whole bool) {
	trimmed, whole = carried(annotations, r.annotations), true
	for key, value := range annotations {
		switch {
		case isOurs(key):
			trimmed[key] = value
		case isOthers(key, r.annotations):
			whole = false
		}
	}
	return trimmed, whole
}

// preserved are the wanted labels or annotations, and of those that are there the others'.
func preserved(wanted, there map[string]string, named map[string]bool) map[string]string {
	for key, value := range there {
		if _, ours := wanted[key]; !ours && isOthers(key, named) {
			wanted[key] = value
		}
	}
	return wanted
}

// isOthers says whether a label or annotation is neither carried nor the operator's.
func isOthers(key string, named map[string]bool) bool {
	return strings.Contains(key, "/") && !named[key] && !isOurs(key)
}

// isOurs says whether a label or annotation is one of the operator's.
func isOurs(key string) bool {
	prefix, _, _ := strings.Cut(key, "/")
	return prefix == "tenantry.io" || strings.HasSuffix(prefix, ".tenantry.io")
}

// Refused is the action that writes nothing, because what it would write is not taken, and why.
func (a Action) Refused(why string) Action { return a.without(Refuse, why) }

// IsSecret says whether it is a Secret, which is neither listed nor watched.
func (k Key) IsSecret() bool { return k.isSecret() }
