// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package directory

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/desired"
)

// Labels are on every object of a directory, and on the namespaces that they lie in.
func Labels() map[string]string {
	return map[string]string{v1alpha1.LabelManaged: "true", v1alpha1.LabelDirectory: "true"}
}

// For decides what there should be of a subject's directory, in the order in which it is written: the
// namespace, the right to read, and the shards, the first of which tells of the others and is the last.
// There is nothing without entries.
func For(subject access.Subject, entries []Entry) []apply.Intent {
	if len(entries) == 0 {
		return nil
	}
	key := KeyOf(subject)
	shards := Encode(entries)
	intents := []apply.Intent{key.namespace(), key.role(len(shards)), key.binding(subject)}
	for number, text := range slices.Backward(shards) {
		intents = append(intents, apply.Intent{Object: &corev1.ConfigMap{
			ObjectMeta: key.meta(key.Shard(number)),
			Data:       map[string]string{DataKey: text},
		}})
	}
	return intents
}

// namespace holds the directories of all subjects whose hashes begin alike, and nothing else. No pod runs in it.
func (k Key) namespace() apply.Intent {
	labels := Labels()
	labels[desired.PodSecurityPrefix+"enforce"] = "restricted"
	labels[desired.PodSecurityPrefix+"enforce-version"] = "latest"
	return apply.Intent{
		Object: &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: k.Namespace, Labels: labels}},
		// The namespace controller's own finalizer.
		ServerFields: [][]string{{"spec"}},
	}
}

// role is the right to get the shards, each by its name: to list or to watch is no right to name.
func (k Key) role(shards int) apply.Intent {
	names := make([]string, 0, shards)
	for number := range shards {
		names = append(names, k.Shard(number))
	}
	return apply.Intent{Object: &rbacv1.Role{
		ObjectMeta: k.meta(k.Hash),
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"configmaps"}, ResourceNames: names, Verbs: []string{"get"}}},
	}}
}

func (k Key) binding(subject access.Subject) apply.Intent {
	return apply.Intent{Object: &rbacv1.RoleBinding{
		ObjectMeta: k.meta(k.Hash),
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: k.Hash},
		Subjects:   []rbacv1.Subject{desired.RBACSubject(subject)},
	}}
}

func (k Key) meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: k.Namespace, Name: name, Labels: Labels()}
}
