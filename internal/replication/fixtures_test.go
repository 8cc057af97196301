// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication_test

import (
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/replication"
)

// rules allow ConfigMaps, Secrets and Rules of example.com.
var rules = replication.NewRules(&configv1alpha1.Sync{
	Kinds:       []configv1alpha1.SyncKind{{APIVersion: "v1", Kind: "ConfigMap"}, {APIVersion: "v1", Kind: "Secret"}, {APIVersion: "example.com/v1", Kind: "Rule"}},
	Labels:      []string{"example.com/tier"},
	Annotations: []string{"example.com/reload"},
})

// made is when the sync was made.
var made = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// read is an object in YAML, as numbers are read from the API server.
func read(t testing.TB, text string) *unstructured.Unstructured {
	t.Helper()
	object := &unstructured.Unstructured{}
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := object.UnmarshalJSON(data); err != nil {
		t.Fatal(err)
	}
	return object
}

// configMap is one in the master's place that is marked as content.
func configMap(name string, data map[string]any) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "data": data}}
	object.SetNamespace("acme")
	object.SetName(name)
	object.SetUID(types.UID("uid-of-" + name))
	object.SetResourceVersion("7")
	object.SetLabels(map[string]string{v1alpha1.LabelSync: v1alpha1.MarkContent})
	return object
}

// with is a copy of an object that was changed.
func with(object *unstructured.Unstructured, change func(*unstructured.Unstructured)) *unstructured.Unstructured {
	changed := object.DeepCopy()
	change(changed)
	return changed
}

// noted adds an annotation.
func noted(key, value string) func(*unstructured.Unstructured) {
	return func(object *unstructured.Unstructured) {
		notes := object.GetAnnotations()
		if notes == nil {
			notes = map[string]string{}
		}
		notes[key] = value
		object.SetAnnotations(notes)
	}
}

// labelled adds a label.
func labelled(key, value string) func(*unstructured.Unstructured) {
	return func(object *unstructured.Unstructured) {
		labels := object.GetLabels()
		if labels == nil {
			labels = map[string]string{}
		}
		labels[key] = value
		object.SetLabels(labels)
	}
}

// newSync is one of acme's that carries content.
func newSync(change ...func(*v1alpha1.MasterTenantSync)) *v1alpha1.MasterTenantSync {
	sync := &v1alpha1.MasterTenantSync{
		ObjectMeta: metav1.ObjectMeta{Namespace: "acme", Name: "baseline", CreationTimestamp: metav1.NewTime(made)},
		Spec:       v1alpha1.MasterTenantSyncSpec{Categories: []v1alpha1.SyncCategory{v1alpha1.SyncContent}},
	}
	for _, each := range change {
		each(sync)
	}
	return sync
}

// newTenant is a child of acme's that was made after the sync.
func newTenant(name string) *v1alpha1.Tenant {
	return &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{
		Namespace: "acme", Name: name, UID: types.UID("uid-of-" + name), CreationTimestamp: metav1.NewTime(made.Add(time.Hour)),
	}}
}

// site is a tenant's place on a model of an API server: what is there, and what is known of it.
type site struct {
	tenant  *v1alpha1.Tenant
	objects map[replication.Key]*unstructured.Unstructured
	// foreign are the tenant's own objects that a create ran into.
	foreign map[replication.Key]string
	version int
}

func newSite(name string) *site {
	return &site{tenant: newTenant(name), objects: map[replication.Key]*unstructured.Unstructured{}, foreign: map[replication.Key]string{}}
}

// put stores an object in a version of its own.
func (s *site) put(object *unstructured.Unstructured) {
	s.version++
	object.SetNamespace("acme-" + s.tenant.Name)
	object.SetResourceVersion(fmt.Sprint(s.version))
	if object.GetUID() == "" {
		object.SetUID(types.UID(fmt.Sprintf("uid-%d", s.version)))
	}
	s.objects[replication.KeyOf(object.GroupVersionKind(), object.GetName())] = object
}

// held is what the caches have: what bears the label of a sync's copies.
func (s *site) held() []replication.Held {
	var held []replication.Held
	for _, object := range s.objects {
		if _, synced := object.GetLabels()[v1alpha1.LabelSyncedBy]; synced {
			held = append(held, replication.Observe(object))
		}
	}
	return held
}

// wanted are the copies that a sync wants in the place.
func (s *site) wanted(sync *v1alpha1.MasterTenantSync, sources []*replication.Source) []replication.Copy {
	var wanted []replication.Copy
	for _, source := range sources {
		wanted = append(wanted, replication.Wanted(source, sync, s.tenant, "acme-"+s.tenant.Name, desired.OwnerLabels(s.tenant)))
	}
	return wanted
}

// place is what a sync looks at.
func (s *site) place(sync *v1alpha1.MasterTenantSync, sources []*replication.Source) replication.Place {
	return replication.Place{
		Labels:  desired.OwnerLabels(s.tenant),
		Wanted:  s.wanted(sync, sources),
		Held:    s.held(),
		Foreign: s.foreign,
	}
}

// apply does what an action says, as the API server takes it. It returns what is wrong with the action.
func (s *site) apply(action replication.Action) error {
	stored, there := s.objects[action.Key]
	if action.ResourceVersion != "" && (!there || stored.GetResourceVersion() != action.ResourceVersion || stored.GetUID() != action.UID) {
		return fmt.Errorf("%s is of another version", action)
	}
	if action.Verb == replication.Delete {
		delete(s.objects, action.Key)
		return nil
	}
	if action.Verb == replication.Release {
		return s.release(action, stored)
	}
	object, err := action.Object()
	if err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	switch {
	case action.Verb == replication.Create && there:
		s.foreign[action.Key] = "" // AlreadyExists
		return nil
	case action.Verb == replication.Update && isImmutable(stored):
		return fmt.Errorf("%s: it can't be changed", action)
	case action.Verb == replication.TakeOver:
		object.SetUID(stored.GetUID())
	case action.Verb == replication.Replace:
		object.SetUID("")
	}
	delete(s.foreign, action.Key)
	s.put(object)
	return nil
}

// release applies ReleasePatch, a JSON merge patch of nulls.
func (s *site) release(action replication.Action, stored *unstructured.Unstructured) error {
	var patch struct {
		Metadata struct {
			ResourceVersion     string
			Labels, Annotations map[string]any
		}
	}
	if err := yaml.Unmarshal(replication.ReleasePatch(action.ResourceVersion), &patch); err != nil {
		return err
	}
	released := stored.DeepCopy()
	labels, notes := released.GetLabels(), released.GetAnnotations()
	for key := range patch.Metadata.Labels {
		delete(labels, key)
	}
	for key := range patch.Metadata.Annotations {
		delete(notes, key)
	}
	released.SetLabels(labels)
	released.SetAnnotations(notes)
	s.put(released)
	return nil
}

func isImmutable(object *unstructured.Unstructured) bool {
	immutable, _, _ := unstructured.NestedBool(object.Object, "immutable")
	return immutable
}

// sourcesOf reads objects and picks those that a sync carries.
func sourcesOf(sync *v1alpha1.MasterTenantSync, objects ...*unstructured.Unstructured) replication.Selection {
	var marked []*replication.Source
	for _, object := range objects {
		marked = append(marked, rules.Read(object))
	}
	return rules.Select(&sync.Spec, marked)
}
