// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Copy is a source as one tenant is to have it. Comparing it costs no more than strings; only Object makes it. It
// prints as its key.
//
// What is written last is told by annotation tenantry.io/synced-digest: the version, and after a dot the digest of the
// content that was written. Of a Secret it is the version alone. So a copy whose version is another's is behind the
// master; one whose content is not what the annotation says was changed by somebody.
type Copy struct {
	// Key of the copy.
	Key Key
	// Version of what is written: that of the source, and of the tenant's values where they are filled in.
	Version string

	source    *Source
	values    values
	sync      string
	namespace string
	labels    map[string]string
	seed      bool
	waits     string // for what of the tenant that is not known yet
	refusal   string // why it can't be written
}

// Wanted is a source as a tenant is to have it, in the tenant's namespace, with the labels of all that the operator
// makes for that tenant (desired.OwnerLabels). Labels are shared, not copied. Of a sync with trigger OnCreate it is a
// seed: an object of the tenant's own, that bears none of them.
func Wanted(source *Source, sync *v1alpha1.MasterTenantSync, tenant *v1alpha1.Tenant, namespace string, labels map[string]string) Copy {
	wanted := Copy{
		Key:       source.Key,
		Version:   source.Version,
		source:    source,
		sync:      sync.Name,
		namespace: namespace,
		labels:    labels,
		seed:      sync.Spec.Trigger == v1alpha1.TriggerOnCreate,
		refusal:   source.Refusal,
	}
	if !source.Substitute || source.Refusal != "" {
		return wanted
	}
	wanted.values = valuesOf(tenant)
	filled := wanted.values.needed(source.gist.blanks)
	if source.gist.blanks.host > 0 && filled.host == "" {
		wanted.waits = "the tenant's host, which is to be filled in, is not known yet"
		return wanted
	}
	if size := source.gist.size + filled.growth(source.gist.blanks); size > MaxContent {
		wanted.refusal = tooLarge(size)
	}
	wanted.Version = digestOf(source.Version, filled.name, filled.displayName, filled.host)
	return wanted
}

// errNotWritable says that a copy is asked for that can't be written yet, or never.
var errNotWritable = errors.New("the copy can't be written as it is")

// Object is the copy as it is written, an object of its own. TakenOver says that it takes the place of an object of the
// tenant's own. There is none of a copy that Actions waits for or refuses, nor of an abridged source.
func (c Copy) Object(takenOver bool) (*unstructured.Unstructured, error) {
	if c.source == nil || c.source.abridged || c.waits != "" || c.refusal != "" {
		return nil, errNotWritable
	}
	object := &unstructured.Unstructured{Object: c.content()}
	object.SetGroupVersionKind(c.Key.GVK())
	object.SetNamespace(c.namespace)
	object.SetName(c.Key.Name)
	labels, notes := maps.Clone(c.source.labels), maps.Clone(c.source.annotations)
	notes[v1alpha1.AnnotationSyncedFrom] = c.source.From
	if !c.seed {
		maps.Copy(labels, c.labels)
		labels[v1alpha1.LabelSyncedBy] = c.sync
		notes[v1alpha1.AnnotationSyncedDigest] = c.Version
		if !c.Key.isSecret() {
			notes[v1alpha1.AnnotationSyncedDigest] += "." + Digest(object)
		}
		if takenOver {
			notes[v1alpha1.AnnotationTakenOver] = "true"
		}
	}
	object.SetLabels(labels)
	object.SetAnnotations(notes)
	return object, nil
}

// content of the copy, of its own.
func (c Copy) content() map[string]any {
	fields := c.source.object.UnstructuredContent()
	content := map[string]any{}
	for _, name := range contentFields(fields) {
		if c.source.Substitute {
			content[name] = c.values.filled(c.Key, name, fields[name])
		} else {
			content[name] = runtime.DeepCopyJSONValue(fields[name])
		}
	}
	return content
}

// difference of a copy that is held from what is wanted.
type difference int

const (
	same    difference = iota
	behind             // the master is another, or the copy was another sync's
	drifted            // somebody changed the copy
)

// compare says how a copy that is held differs. It makes nothing but of a Secret that is filled in.
func (c Copy) compare(held Held) difference {
	version, written, _ := strings.Cut(held.Annotations[v1alpha1.AnnotationSyncedDigest], ".")
	if !c.Key.isSecret() && held.Content != written && (c.source.Substitute || held.Content != c.source.gist.content) {
		return drifted
	}
	switch {
	case held.SyncedBy() != c.sync, version != c.Version:
		return behind
	case held.Annotations[v1alpha1.AnnotationSyncedFrom] != c.source.From, !contains(held.Labels, c.source.labels),
		!contains(held.Annotations, c.source.annotations), c.strays(held):
		return drifted
	case c.Key.isSecret() && held.Content != c.secretContent():
		return drifted
	case !c.Key.isSecret() && !c.source.Substitute && written != c.source.gist.content:
		return behind
	}
	return same
}

// strays says whether a copy that is held bears a label or an annotation of the operator's that it gives to no copy: a mark by which it would be
// carried on, above all.
func (c Copy) strays(held Held) bool {
	for label := range held.Labels {
		if _, wanted := c.labels[label]; !wanted && isOurs(label) && label != v1alpha1.LabelSyncedBy {
			return true
		}
	}
	for note := range held.Annotations {
		if isOurs(note) && !slices.Contains(copyNotes, note) {
			return true
		}
	}
	return false
}

// secretContent is the digest of a Secret's content, for comparison in memory alone.
func (c Copy) secretContent() string {
	if !c.source.Substitute {
		return c.source.gist.content
	}
	return Digest(&unstructured.Unstructured{Object: c.content()})
}

// fixed says whether a copy that is held can't be changed into what is wanted.
func (c Copy) fixed(held Held) bool {
	return held.Immutable || held.Type != "" && held.Type != c.source.secretType
}

// String is the key.
func (c Copy) String() string { return c.Key.String() }

// GoString is the key.
func (c Copy) GoString() string { return c.Key.String() }
