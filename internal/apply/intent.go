// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package apply brings objects to what is wanted of them, with as few requests as can be: none
// when nothing differs, one when something does. It knows no kind of Tenantry's own.
//
// An object's first write is a create, so that nothing is ever seized: what exists already and is
// not ours is refused. Every later write is a merge patch of just what differs, under the same
// field manager (docs/adr/0003-create-then-merge-patch.md).
package apply

import (
	"fmt"
	"strconv"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Intent is an object as it should be.
//
// Of metadata, the labels and annotations that the object names are compared and others' are left
// alone. All else but status is compared exactly: what the object does not name is removed.
type Intent struct {
	// Object as it should be; never changed by this package.
	Object client.Object
	// ServerFields are the fields that the API server or its controllers fill in, as paths of JSON
	// names below the root: {"spec", "clusterIP"}. They are left alone.
	ServerFields [][]string
	// Immutable are the fields that the API server lets nobody change, as paths like those of
	// ServerFields: where one differs, the object is deleted and made again.
	Immutable [][]string
	// Stamped are the annotations under our prefix that admission sets: they are left alone.
	Stamped []string
	// Fence is an annotation that holds a number which only grows; empty for none. An object that has a larger one
	// than the intent was written by somebody who knew more, and is not patched.
	Fence string
	// Generate makes the values of a Secret that are made once: written where they are absent, and
	// neither compared nor changed afterwards.
	Generate map[string]func() ([]byte, error)
}

// New is the object as its first write makes it, with fresh values for what is made once. Prefix is
// that of Ownership.
func (in Intent) New(prefix string) (client.Object, error) {
	return in.revealed(nil, prefix)
}

// behind says that the live object was written by somebody who knew more.
func (in Intent) behind(live client.Object) bool {
	if in.Fence == "" {
		return false
	}
	number := func(object client.Object) int64 {
		value, err := strconv.ParseInt(object.GetAnnotations()[in.Fence], 10, 64)
		if err != nil {
			return 0
		}
		return value
	}
	return number(live) > number(in.Object)
}

// Ownership tells the objects that are ours from all others.
type Ownership struct {
	// Prefix of the labels and annotations that nobody else sets: one of them that an intent does not name is removed.
	Prefix string
	// Labels whose values must be the intent's for the object to be ours.
	Labels []string
	// Annotations whose values must be the intent's, where the intent has them.
	Annotations []string
}

func (o Ownership) owns(intent, live client.Object) bool {
	want, have := intent.GetLabels(), live.GetLabels()
	for _, key := range o.Labels {
		if value, ok := have[key]; !ok || value != want[key] {
			return false
		}
	}
	for _, key := range o.Annotations {
		if value, ok := intent.GetAnnotations()[key]; ok && live.GetAnnotations()[key] != value {
			return false
		}
	}
	return true
}

// Outcome of bringing one object to what is wanted.
type Outcome string

// Outcomes; they are values of a metric's label.
const (
	Unchanged Outcome = "unchanged"
	Created   Outcome = "created"
	Patched   Outcome = "patched"
	Deleted   Outcome = "deleted"
	Refused   Outcome = "conflict"
	Failed    Outcome = "failed"
)

// ConflictError says that an object exists and is not ours; it was left alone.
type ConflictError struct {
	Kind      string
	Namespace string
	Name      string
	// Terminating says that the object is being deleted.
	Terminating bool
	// Controller is what makes the object, such as CronJob "nightly", and makes it again; empty if that is not known.
	Controller string
}

func (e *ConflictError) Error() string {
	instead := ""
	if e.Controller != "" {
		instead = ", but by " + e.Controller
	}
	return fmt.Sprintf("%s exists and is not managed by Tenantry%s; it was left alone", describe(e.Kind, e.Namespace, e.Name), instead)
}

// TerminatingError says that an object of ours is being deleted; it can be made again when it is gone.
type TerminatingError struct {
	Kind      string
	Namespace string
	Name      string
}

func (e *TerminatingError) Error() string {
	return fmt.Sprintf("%s is being deleted and is made again when it is gone", describe(e.Kind, e.Namespace, e.Name))
}

func describe(kind, namespace, name string) string {
	if namespace == "" {
		return fmt.Sprintf("%s %q", kind, name)
	}
	return fmt.Sprintf("%s %q in namespace %q", kind, name, namespace)
}
