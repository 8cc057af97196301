// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package edit

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// clientSideApply is the name under which `kubectl apply` writes what a file declares.
const clientSideApply = "kubectl-client-side-apply"

// declared are the fields that the plugin has applied before, as the object has them.
func declared(object *unstructured.Unstructured) ([]Field, error) {
	var fields []Field
	for _, entry := range object.GetManagedFields() {
		if !ours(entry) {
			continue
		}
		set, err := pathsOf(entry)
		if err != nil {
			return nil, fmt.Errorf("reading what %s declared: %w", Manager, err)
		}
		set.Leaves().Iterate(func(path fieldpath.Path) {
			names := namesOf(path)
			if value, found, err := unstructured.NestedFieldNoCopy(object.Object, names...); err == nil && found {
				fields = append(fields, Set(value, names...))
			}
		})
	}
	return fields, nil
}

// namesOf the fields that a path leads through, as far as the first element of a list: lists are taken whole.
func namesOf(path fieldpath.Path) []string {
	var names []string
	for _, element := range path {
		if element.FieldName == nil {
			break
		}
		names = append(names, *element.FieldName)
	}
	return names
}

func heldByOthers(object *unstructured.Unstructured, path []string) bool {
	for _, entry := range object.GetManagedFields() {
		if !ours(entry) && holds(entry, path) {
			return true
		}
	}
	return false
}

// holds says whether an entry of managedFields is of a field, or of something in it.
func holds(entry metav1.ManagedFieldsEntry, path []string) bool {
	set, err := pathsOf(entry)
	if err != nil || entry.Subresource != "" {
		return false
	}
	wanted := make(fieldpath.Path, len(path))
	for i := range path {
		wanted[i] = fieldpath.PathElement{FieldName: &path[i]}
	}
	for _, element := range wanted[:len(wanted)-1] {
		if set = set.WithPrefix(element); set.Empty() {
			return false
		}
	}
	last := wanted[len(wanted)-1]
	return set.Members.Has(last) || !set.WithPrefix(last).Empty()
}

func pathsOf(entry metav1.ManagedFieldsEntry) (*fieldpath.Set, error) {
	set := &fieldpath.Set{}
	if entry.FieldsV1 == nil {
		return set, nil
	}
	return set, set.FromJSON(entry.FieldsV1.GetRawReader())
}

// Declared says which of the fields somebody else declares, in a file that may be applied again, and who; nil if there is none. What
// a person wrote once, with `kubectl edit` say, is nobody's to keep.
func Declared(object *unstructured.Unstructured, fields []Field) (path []string, by string) {
	for _, field := range fields {
		for _, entry := range object.GetManagedFields() {
			declares := entry.Operation == metav1.ManagedFieldsOperationApply && entry.Manager != Manager || entry.Manager == clientSideApply
			if declares && holds(entry, field.Path) {
				return field.Path, entry.Manager
			}
		}
	}
	return nil, ""
}

// gitOpsManagers are the names under which GitOps tools write.
var gitOpsManagers = map[string]string{
	"argocd-controller":             "Argo CD",
	"argocd-application-controller": "Argo CD",
	"gotk-kustomize-controller":     "Flux",
	"kustomize-controller":          "Flux",
	"helm-controller":               "Flux",
	"helm":                          "Helm",
	"gotk-helm-controller":          "Flux",
}

// Tool says which tool keeps an object as Git, or a chart, has it: what others write in it, it writes over. Empty: none.
func Tool(object *unstructured.Unstructured) string {
	labels, annotations := object.GetLabels(), object.GetAnnotations()
	application, _, _ := strings.Cut(annotations["argocd.argoproj.io/tracking-id"], ":")
	if application == "" {
		application = labels["argocd.argoproj.io/instance"]
	}
	kustomization, release := labels["kustomize.toolkit.fluxcd.io/name"], labels["helm.toolkit.fluxcd.io/name"]
	chart := annotations["meta.helm.sh/release-name"]
	switch {
	case application != "":
		return fmt.Sprintf("Argo CD (application %q)", application)
	case kustomization != "":
		return fmt.Sprintf("Flux (Kustomization %q)", kustomization)
	case release != "":
		return fmt.Sprintf("Flux (HelmRelease %q)", release)
	case chart != "":
		return fmt.Sprintf("Helm (release %q)", chart)
	}
	for _, entry := range object.GetManagedFields() {
		if tool := gitOpsManagers[entry.Manager]; tool != "" && entry.Subresource == "" {
			return tool
		}
	}
	return ""
}
