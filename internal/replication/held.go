// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication

import (
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Held is an object in a tenant's place as it was read, that bears label tenantry.io/synced-by.
type Held struct {
	// Key of the object, and the Namespace that it lies in.
	Key       Key
	Namespace string
	// UID and ResourceVersion that were read: what is written or deleted is this very version.
	UID             types.UID
	ResourceVersion string
	// Content is the digest of its content as it is now: see Digest.
	Content string
	// Labels and Annotations that it bears, shared and not copied.
	Labels, Annotations map[string]string
	// Going says that it is being deleted.
	Going bool
	// Immutable says that the API server lets nobody change its content: it is made anew where it differs.
	Immutable bool
	// Type of a Secret, which nobody can change either; empty for other kinds, and where it is not known.
	Type string
}

// Observe is an object as it was read with its content, of which it keeps the digest alone.
func Observe(object *unstructured.Unstructured) Held {
	held := NewHeld(KeyOf(object.GroupVersionKind(), object.GetName()), object, Digest(object))
	if held.Key.Group == "" { // a ConfigMap or a Secret
		held.Immutable, _, _ = unstructured.NestedBool(object.Object, "immutable")
	}
	if held.Key.isSecret() {
		held.Type, _, _ = unstructured.NestedString(object.Object, "type")
	}
	return held
}

// NewHeld is an object whose content is no longer there, with its digest. Immutable and Type are left to the caller.
func NewHeld(key Key, metadata metav1.Object, content string) Held {
	return Held{
		Key:             key,
		Namespace:       metadata.GetNamespace(),
		UID:             metadata.GetUID(),
		ResourceVersion: metadata.GetResourceVersion(),
		Content:         content,
		Labels:          metadata.GetLabels(),
		Annotations:     metadata.GetAnnotations(),
		Going:           metadata.GetDeletionTimestamp() != nil,
	}
}

// SyncedBy is the name of the sync whose copy it is.
func (h Held) SyncedBy() string { return h.Labels[v1alpha1.LabelSyncedBy] }

// IsCopy says that it bears the labels that the cache of copies selects by. What bears one of them alone is nobody's copy: somebody
// took the other away.
func (h Held) IsCopy() bool {
	_, managed := h.Labels[v1alpha1.LabelManaged]
	_, synced := h.Labels[v1alpha1.LabelSyncedBy]
	return managed && synced
}

// TakenOver says that it was the tenant's own before: it is released where other copies are deleted.
func (h Held) TakenOver() bool { return h.Annotations[v1alpha1.AnnotationTakenOver] == "true" }

// Fingerprint tells what would be lost of it if a copy took its place: it is another for another object, content, label, or annotation
// without a prefix. Of a Secret it tells the version: see Digest.
func (h Held) Fingerprint() string {
	if h.Key.isSecret() {
		return digestOf(string(h.UID), h.ResourceVersion)
	}
	sum := newDigest()
	sum.text(string(h.UID))
	sum.text(h.Content)
	sum.texts(h.Labels)
	sum.texts(carried(h.Annotations, nil))
	return sum.String()
}

// ours says that the operator made it for the tenant whose owner labels these are. A tenant's own object is not, though
// it bore a label of a sync's.
func (h Held) ours(labels map[string]string) bool {
	return len(labels) > 0 && contains(h.Labels, labels)
}

// contains says whether a map has all that another has.
func contains(all, some map[string]string) bool {
	for key, value := range some {
		if have, there := all[key]; !there || have != value {
			return false
		}
	}
	return true
}

// copyLabels and copyAnnotations make an object a copy: without them it is the tenant's own.
var (
	copyLabels = []string{v1alpha1.LabelManaged, v1alpha1.LabelTenant, v1alpha1.LabelParent, v1alpha1.LabelSyncedBy}
	copyNotes  = []string{v1alpha1.AnnotationSyncedFrom, v1alpha1.AnnotationSyncedDigest, v1alpha1.AnnotationTakenOver}
)

// ReleasePatch is the JSON merge patch that takes from an object all that makes it a copy, in the very version that was
// read: it is the tenant's own from then on. The content is not touched, nor read.
func ReleasePatch(resourceVersion string) []byte {
	nulls := func(keys []string) map[string]any {
		gone := map[string]any{}
		for _, key := range keys {
			gone[key] = nil
		}
		return gone
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
		"resourceVersion": resourceVersion,
		"labels":          nulls(copyLabels),
		"annotations":     nulls(copyNotes),
	}})
	if err != nil {
		panic(err) // strings and nulls
	}
	return patch
}
