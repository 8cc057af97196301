// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replicas

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/intern"
	"github.com/tenantry/tenantry/internal/replication"
)

// Copy is how a copy is held: the metadata that somebody looks at, and a digest of the content. There are as many as tenants times what
// each gets: so it is a structure, and what is the same in many is kept once. Of what kind it is, its cache tells.
type Copy struct {
	metav1.ObjectMeta

	// Content is the digest of its content: see replication.Digest.
	Content string
	// Immutable says that the API server lets nobody change its content.
	Immutable bool
	// Trimmed says that annotations are left out that stay when the copy is written over.
	Trimmed bool
}

var _ client.Object = &Copy{}

// GetObjectKind implements runtime.Object.
func (c *Copy) GetObjectKind() schema.ObjectKind { return schema.EmptyObjectKind }

// DeepCopyObject implements runtime.Object.
func (c *Copy) DeepCopyObject() runtime.Object { return c.DeepCopy() }

// DeepCopy returns one that shares nothing that can be changed.
func (c *Copy) DeepCopy() *Copy {
	copied := *c
	c.DeepCopyInto(&copied.ObjectMeta)
	return &copied
}

// held is what is decided on.
func (c *Copy) held(kind schema.GroupVersionKind) replication.Held {
	held := replication.NewHeld(replication.KeyOf(kind, c.Name), c, c.Content)
	held.Immutable = c.Immutable
	return held
}

// writing is what the cache of copies may tell of, of an object that is being written.
func writing(object *unstructured.Unstructured) *Copy {
	return &Copy{ObjectMeta: metav1.ObjectMeta{Namespace: object.GetNamespace(), Name: object.GetName()}}
}

// written is the version that was made of it.
func written(object *unstructured.Unstructured) *Copy {
	made := writing(object)
	made.UID, made.ResourceVersion = object.GetUID(), object.GetResourceVersion()
	return made
}

// What is remembered of what is the same in many copies: names of places, labels of a sync in one of them, and what is said of an
// object of the master's, which is another in each place only if something is filled in. Copies bear what whoever may publish has
// written, and it is remembered for a while when they don't any more: at most some 8 MB of texts, 40 MB of labels and 16 MB of
// annotations.
const (
	mostTexts     = 1 << 15
	longestText   = 256
	mostLabels    = 1 << 15
	largestLabels = 1 << 10
	mostNotes     = 1 << 11
	largestNotes  = 8 << 10 // more than copies carry
)

// digester makes Copies of copies as they are read.
type digester struct {
	rules         *replication.Rules
	texts         intern.Strings
	labels, notes intern.Maps
}

// Digested is the transform of the cache of copies: it replaces an object by what is held of it. Doing it again changes nothing.
func Digested(rules *replication.Rules) toolscache.TransformFunc {
	return (&digester{
		rules:  rules,
		texts:  intern.Strings{Most: mostTexts, Longest: longestText},
		labels: intern.Maps{Most: mostLabels, Largest: largestLabels},
		notes:  intern.Maps{Most: mostNotes, Largest: largestNotes},
	}).digest
}

func (d *digester) digest(object any) (any, error) {
	whole, ok := object.(*unstructured.Unstructured)
	if !ok { // a Copy: an object of the first list is seen twice
		return object, nil
	}
	held := replication.Observe(whole)
	annotations, complete := d.rules.Trim(held.Annotations)
	copied := &Copy{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:         d.texts.Text(held.Namespace),
			Name:              d.texts.Text(held.Key.Name),
			UID:               held.UID,
			ResourceVersion:   held.ResourceVersion,
			DeletionTimestamp: whole.GetDeletionTimestamp(),
			Labels:            d.labels.Share(d.pairs(held.Labels)),
			Annotations:       d.notes.Share(d.pairs(annotations)),
			OwnerReferences:   whole.GetOwnerReferences(),
			Finalizers:        whole.GetFinalizers(),
		},
		Content:   d.texts.Text(held.Content),
		Immutable: held.Immutable,
		Trimmed:   !complete,
	}
	return copied, nil
}

func (d *digester) pairs(pairs map[string]string) map[string]string {
	return d.texts.Pairs(pairs, d.texts.Text)
}

// indexSync finds copies by the sync that they are of: one that leaves asks again with each tenant that it has left.
const indexSync = "sync"

// bySync is the index of that name.
func bySync(object any) ([]string, error) {
	labels := object.(*Copy).Labels
	return []string{client.ObjectKey{Namespace: labels[v1alpha1.LabelParent], Name: labels[v1alpha1.LabelSyncedBy]}.String()}, nil
}
