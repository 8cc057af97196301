// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication

import (
	"fmt"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// fieldGist is where an abridged object says what its content was. A kind may let people write any field: see gistIn.
const fieldGist = v1alpha1.Prefix + "gist"

// maxLabels is the most bytes that the labels of an object may have to be carried: the operator holds them, by which it is selected.
// Kubernetes takes any number.
const maxLabels = 16 << 10

// gist is all that is asked of an object before it is written, beside its name and the metadata that is selected by or carried.
type gist struct {
	content string // digest of the content, for comparison in memory alone
	size    int    // of the content, in bytes of text
	blanks  blanks // what is filled in
	// labels of all sorts, and annotations that are carried, in bytes of text.
	labels, annotations int
}

func (r *Rules) gistOf(object *unstructured.Unstructured) gist {
	size, found := measure(KeyOf(object.GroupVersionKind(), object.GetName()), object.UnstructuredContent())
	return gist{
		content: Digest(object), size: size, blanks: found,
		labels: lengthOf(object.GetLabels()), annotations: lengthOf(carried(object.GetAnnotations(), r.annotations)),
	}
}

// tooMuch says why an object of this gist is not carried, and what to do; empty if it is.
func (g gist) tooMuch() string {
	switch {
	case g.size > MaxContent:
		return tooLarge(g.size)
	case g.labels > maxLabels:
		return fmt.Sprintf("its labels hold %d bytes, and may hold at most %d; take those away that nobody selects by", g.labels, maxLabels)
	case g.annotations > maxAnnotations:
		return fmt.Sprintf("its annotations hold %d bytes, and copies carry at most %d; shorten them, or take those away that are not to be carried", g.annotations, maxAnnotations)
	}
	return ""
}

// Abridge returns of an object what Read asks of it, which takes some 20 KiB at most, whoever made it. What was abridged already is
// returned as it is.
func (r *Rules) Abridge(object *unstructured.Unstructured) *unstructured.Unstructured {
	if _, done := gistIn(object); done {
		return object
	}
	of := r.gistOf(object)
	short := &unstructured.Unstructured{Object: map[string]any{
		// In types of JSON, as whoever copies the object expects.
		fieldGist: map[string]any{
			"content": of.content, "size": int64(of.size), "labels": int64(of.labels), "annotations": int64(of.annotations),
			"names": int64(of.blanks.name), "displayNames": int64(of.blanks.displayName), "hosts": int64(of.blanks.host),
		},
	}}
	short.SetGroupVersionKind(object.GroupVersionKind())
	short.SetNamespace(object.GetNamespace())
	short.SetName(object.GetName())
	short.SetUID(object.GetUID())
	short.SetResourceVersion(object.GetResourceVersion())
	short.SetDeletionTimestamp(object.GetDeletionTimestamp())
	if owner := metav1.GetControllerOf(object); owner != nil {
		owner.APIVersion, owner.Kind, owner.Name = "", shorten(owner.Kind, maxName), shorten(owner.Name, maxName)
		short.SetOwnerReferences([]metav1.OwnerReference{*owner})
	}
	labels, notes := object.GetLabels(), carried(object.GetAnnotations(), r.annotations)
	if of.labels > maxLabels {
		labels = some(labels, append(slices.Clone(copyLabels), v1alpha1.LabelSync))
	}
	if of.annotations > maxAnnotations {
		notes = map[string]string{}
	}
	maps.Copy(notes, some(object.GetAnnotations(), []string{v1alpha1.AnnotationSubstitute}))
	short.SetLabels(labels)
	short.SetAnnotations(notes)
	return short
}

// maxName is the most bytes that the name of an object has.
const maxName = 253

// some are the labels or annotations that are there of those named, with values that are labels' at most: others say nothing to the operator.
func some(pairs map[string]string, keys []string) map[string]string {
	found := map[string]string{}
	for _, key := range keys {
		if value, there := pairs[key]; there {
			found[key] = shorten(value, validation.LabelValueMaxLength)
		}
	}
	return found
}

// gistIn is what an object says that was abridged. One that has a time of creation was not: whoever may publish has written that.
func gistIn(object *unstructured.Unstructured) (of gist, abridged bool) {
	fields, abridged := object.Object[fieldGist].(map[string]any)
	if created := object.GetCreationTimestamp(); !created.IsZero() {
		return gist{}, false
	}
	number := func(name string) int {
		value, _ := fields[name].(int64)
		return int(value)
	}
	of.content, _ = fields["content"].(string)
	of.size, of.labels, of.annotations = number("size"), number("labels"), number("annotations")
	of.blanks = blanks{number("names"), number("displayNames"), number("hosts")}
	return of, abridged
}

// ContentKey tells the content of a source from that of any other, and of the same object at another time.
func (s *Source) ContentKey() string { return string(s.object.GetUID()) + "/" + s.gist.content }

// Namespace is the one that the source was read in.
func (s *Source) Namespace() string { return s.object.GetNamespace() }

// IsOf says whether the source was read of this object, with the content that it has now.
func (s *Source) IsOf(object *unstructured.Unstructured) bool {
	return object.GetUID() == s.object.GetUID() && Digest(object) == s.gist.content
}

// Abridged is the source that the action writes a copy of, where it was read of an abridged object: see With. Otherwise it is nil.
func (a Action) Abridged() *Source {
	source := a.wanted.source
	if source == nil || !source.abridged || !a.Verb.Writes() || a.Verb.Removes() {
		return nil
	}
	return source
}

// With is the action with the object that its source was read of, which must not change afterwards.
func (a Action) With(whole *unstructured.Unstructured) Action {
	source := *a.wanted.source
	source.object, source.abridged = whole, false
	a.wanted.source = &source
	return a
}
