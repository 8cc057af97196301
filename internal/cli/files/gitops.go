// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package files

import (
	"bytes"
	"path"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// Source is where a GitOps tool finds the files.
type Source struct {
	// Repository is the URL of the Git repository for Argo CD, the name of the GitRepository for Flux.
	Repository string
	// Path of the directory in it, with slashes.
	Path string
}

// syncWave tells Argo CD when to apply an object: wave by wave, each when what is in the one before is healthy.
const syncWave = "argocd.argoproj.io/sync-wave"

// waves of the stages; the middle one is that of what says nothing.
var waves = map[stage]string{stageOffers: "-1", stagePeople: "1"}

// InWaves has Argo CD apply objects stage by stage, but those of which somebody has said when.
func InWaves(objects []*unstructured.Unstructured) {
	for _, object := range objects {
		annotations := object.GetAnnotations()
		if _, said := annotations[syncWave]; said || rank(object) < 0 {
			continue
		}
		if wave := waves[kinds[rank(object)].stage]; wave != "" {
			if annotations == nil {
				annotations = map[string]string{}
			}
			annotations[syncWave] = wave
			object.SetAnnotations(annotations)
		}
	}
}

const argoCDNotes = `# Argo CD applies what is in the directory beside this file in waves: plans and brands, then tenants, then what lies in their places. It
# waits for Tenants only where it can tell how they fare: put the health checks of Tenantry's config/argocd into argocd-cm.
# The AppProject, of the namespace's name, says what is reached. Nothing is pruned: a slip in Git deletes no customer.
`

// ArgoCD is an Application that applies the files of Tenants in a namespace.
func ArgoCD(namespace string, source Source) ([]byte, error) {
	application, err := yaml.Marshal(map[string]any{
		"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
		"metadata": map[string]any{"name": namespace, "namespace": "argocd"},
		"spec": map[string]any{
			"project":     namespace,
			"source":      map[string]any{"repoURL": source.Repository, "path": source.Path, "targetRevision": "HEAD", "directory": map[string]any{"recurse": true}},
			"destination": map[string]any{"server": "https://kubernetes.default.svc", "namespace": namespace},
		},
	})
	return append([]byte(argoCDNotes), application...), err
}

const fluxNotes = `# Flux applies what is in the directory beside this file, one Kustomization after the other: plans and brands, then tenants, then what
# lies in their places, which are there once the tenants are ready. Nothing is pruned: a slip in Git deletes no customer.
# What Git says is applied with the rights of Flux's own account, unless spec.serviceAccountName names one that may write these namespaces alone.
`

// Flux is a Kustomization for each stage of the files of Tenants in a namespace: one that applied all at once would wait for places that
// it has not made.
func Flux(namespace string, source Source, objects []*unstructured.Unstructured) ([]byte, error) {
	text := bytes.NewBufferString(fluxNotes)
	var before []any
	for _, stage := range stages {
		if !slices.ContainsFunc(objects, func(object *unstructured.Unstructured) bool {
			return rank(object) >= 0 && kinds[rank(object)].stage == stage
		}) {
			continue
		}
		name := namespace + "-" + string(stage)
		spec := map[string]any{
			"interval": "10m", "path": "./" + path.Join(source.Path, string(stage)), "prune": false, "wait": true,
			"sourceRef": map[string]any{"kind": "GitRepository", "name": source.Repository},
		}
		if before != nil {
			spec["dependsOn"] = before
			text.WriteString("---\n")
		}
		kustomization, err := yaml.Marshal(map[string]any{
			"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
			"metadata": map[string]any{"name": name, "namespace": "flux-system"}, "spec": spec,
		})
		if err != nil {
			return nil, err
		}
		text.Write(kustomization)
		before = []any{map[string]any{"name": name}}
	}
	return text.Bytes(), nil
}
