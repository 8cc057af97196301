// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package edit

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// toolMetadata begins the labels and annotations that GitOps tools and kubectl write themselves.
var toolMetadata = []string{
	"argocd.argoproj.io/tracking-id", "argocd.argoproj.io/instance", "kustomize.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/",
	"meta.helm.sh/", "kubectl.kubernetes.io/",
}

// personal are the annotations and labels of ours that people set.
var personal = []string{v1alpha1.AnnotationPurge, v1alpha1.AnnotationDefault, v1alpha1.AnnotationSubstitute, v1alpha1.LabelSync}

// Manifest is what of an object belongs in Git: not what the API server, the operator and tools have written.
func Manifest(object *unstructured.Unstructured) *unstructured.Unstructured {
	metadata := map[string]any{"name": object.GetName()}
	if namespace := object.GetNamespace(); namespace != "" {
		metadata["namespace"] = namespace
	}
	for name, written := range map[string]map[string]string{"labels": object.GetLabels(), "annotations": object.GetAnnotations()} {
		kept := map[string]any{}
		for key, value := range written {
			if byPeople(key) {
				kept[key] = value
			}
		}
		if len(kept) > 0 {
			metadata[name] = kept
		}
	}
	manifest := map[string]any{"apiVersion": object.GetAPIVersion(), "kind": object.GetKind(), "metadata": metadata}
	if spec, found := object.Object["spec"]; found {
		manifest["spec"] = spec
	}
	return (&unstructured.Unstructured{Object: manifest}).DeepCopy()
}

func byPeople(key string) bool {
	if strings.HasPrefix(key, v1alpha1.Prefix) {
		return slices.Contains(personal, key)
	}
	return !slices.ContainsFunc(toolMetadata, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
}
