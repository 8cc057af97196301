// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Sync is what MasterTenantSyncs may copy.
type Sync struct {
	// kinds that may be copied. ConfigMaps need nothing more; for Secrets and further kinds, whoever runs the
	// cluster gives the manager the right to read and write them. RBAC, workloads, routes and the like are never
	// copied. With [] nothing is. Default: v1 ConfigMap, v1 Secret.
	Kinds []SyncKind `json:"kinds,omitempty"`
	// labels are the keys of labels that are carried with an object, beside those without a prefix and
	// app.kubernetes.io/name, component, part-of and version. Default: none.
	Labels []string `json:"labels,omitempty"`
	// annotations are the keys of annotations that are carried with an object, beside those without a
	// prefix. Default: none.
	Annotations []string `json:"annotations,omitempty"`
}

// SyncKind is a kind of objects, namespaced.
type SyncKind struct {
	// apiVersion of the objects, such as v1 or example.com/v1.
	APIVersion string `json:"apiVersion"`
	// kind of the objects, such as ConfigMap.
	Kind string `json:"kind"`
}
