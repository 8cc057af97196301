// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// MaxContent is the most bytes of text that an object may hold to be carried, Secrets and binary data decoded: as much as
// Kubernetes lets a ConfigMap hold.
const MaxContent = 1 << 20

// maxAnnotations is the most bytes that the carried annotations may have. Each copy holds them in the operator's memory, by which is seen
// that somebody changed one: Kubernetes would take 256 KiB.
const maxAnnotations = 4 << 10

// Source is an object in the master's place as it is carried, or the reason why it is not. It is made once for
// each version of the object and shared by all syncs and tenants: nothing in it may be changed. It prints as its
// key: what is in a Secret is in no log.
type Source struct {
	// Key of the object, and of its copies.
	Key Key
	// Mark is the value of the object's label tenantry.io/sync; empty for one that nobody marked.
	Mark string
	// From is what copies bear as tenantry.io/synced-from: namespace/name of the object.
	From string
	// Version changes with all that is carried: content and metadata; of a Secret it tells UID and resource
	// version alone.
	Version string
	// Substitute says that the tenant's name and host are filled in.
	Substitute bool
	// Going says that the object is being deleted.
	Going bool
	// Refusal says why the object is not carried, and what to do; empty if it is.
	Refusal string

	object              *unstructured.Unstructured
	abridged            bool // the object lacks its content
	gist                gist
	labels, annotations map[string]string // those that are carried
	secretType          string
}

// Read judges an object of the master's place, and reads what is carried of it. It costs a digest of the whole
// object, unless that was abridged: call it once for each version, and keep the answer. The object must not change afterwards.
func (r *Rules) Read(object *unstructured.Unstructured) *Source {
	key := KeyOf(object.GroupVersionKind(), object.GetName())
	source := &Source{
		Key:        key,
		Mark:       object.GetLabels()[v1alpha1.LabelSync],
		From:       object.GetNamespace() + "/" + object.GetName(),
		Going:      object.GetDeletionTimestamp() != nil,
		Substitute: object.GetAnnotations()[v1alpha1.AnnotationSubstitute] == "true",
		object:     object,
	}
	source.gist, source.abridged = gistIn(object)
	if source.Refusal = r.refuse(key, object); source.Refusal != "" {
		return source
	}
	source.labels = carried(object.GetLabels(), r.labels)
	source.annotations = carried(object.GetAnnotations(), r.annotations)
	if !source.abridged {
		source.gist = r.gistOf(object)
	}
	if source.Refusal = source.gist.tooMuch(); source.Refusal != "" {
		return source
	}
	source.Substitute = source.Substitute && source.gist.blanks != blanks{}
	if key.isSecret() {
		source.secretType, _, _ = unstructured.NestedString(object.UnstructuredContent(), "type")
		source.Version = digestOf("secret", source.From, string(object.GetUID()), object.GetResourceVersion())
		return source
	}
	source.Version = source.versionOfContent()
	return source
}

// versionOfContent is the version of what is not a Secret.
func (s *Source) versionOfContent() string {
	sum := newDigest()
	sum.text(s.From)
	sum.text(s.gist.content)
	sum.texts(s.labels)
	sum.texts(s.annotations)
	return sum.String()
}

// refuse says why an object is not carried, and what to do; empty if it is.
func (r *Rules) refuse(key Key, object *unstructured.Unstructured) string {
	labels := object.GetLabels()
	_, known := marks[labels[v1alpha1.LabelSync]]
	owner := metav1.GetControllerOfNoCopy(object)
	switch {
	case r.refuseKind(key.GVK()) != "":
		return r.refuseKind(key.GVK())
	case isReserved(key):
		return "the name is kept for what the operator or Kubernetes makes in every place; use another name"
	case hasAny(labels, copyLabels):
		return "it was made by the operator, and copies are not copied on; make an object of your own"
	case owner != nil:
		return fmt.Sprintf("it is kept by %s %s, which makes it what it likes; make an object of your own", shorten(owner.Kind, maxName), shorten(owner.Name, maxName))
	case !known:
		return fmt.Sprintf("label %s must be one of %s", v1alpha1.LabelSync, markNames())
	case key.isSecret():
		return refuseSecret(object)
	}
	return ""
}

func hasAny(labels map[string]string, keys []string) bool {
	for _, key := range keys {
		if _, there := labels[key]; there {
			return true
		}
	}
	return false
}

// secretTypes are those that may be carried: none is bound to an account or a node.
var secretTypes = map[string]bool{
	"":                               true, // Opaque
	"Opaque":                         true,
	"kubernetes.io/dockerconfigjson": true,
	"kubernetes.io/dockercfg":        true,
	"kubernetes.io/basic-auth":       true,
	"kubernetes.io/ssh-auth":         true,
	"kubernetes.io/tls":              true,
}

func refuseSecret(object *unstructured.Unstructured) string {
	kind, _, _ := unstructured.NestedString(object.UnstructuredContent(), "type")
	if secretTypes[kind] {
		return ""
	}
	return fmt.Sprintf("Secrets of type %q are never copied: they are bound to an account, or a tool's own; "+
		"use Opaque, or one of kubernetes.io/dockerconfigjson, dockercfg, basic-auth, ssh-auth and tls", shorten(kind, 64))
}

func lengthOf(texts map[string]string) int {
	length := 0
	for key, value := range texts {
		length += len(key) + len(value)
	}
	return length
}

func tooLarge(size int) string {
	return fmt.Sprintf("it holds %d bytes, and copies hold at most %d; divide it into several objects", size, MaxContent)
}

// String is the key.
func (s Source) String() string { return s.Key.String() }

// GoString is the key.
func (s Source) GoString() string { return s.Key.String() }
