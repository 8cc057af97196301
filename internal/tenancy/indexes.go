// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

// IndexClaims finds the claims of a Tenant, by its namespace and name.
const IndexClaims = "claims"

// IndexGrantUID finds a grant by its UID.
const IndexGrantUID = "uid"

// UIDOf is the UID of an object.
func UIDOf(object client.Object) []string { return []string{string(object.GetUID())} }

// ClaimedFor is the Tenant that holds the host which a ConfigMap claims; nothing for one that is no claim.
func ClaimedFor(object client.Object) []string {
	if object.GetNamespace() != desired.ClaimNamespace {
		return nil
	}
	return []string{HolderOf(object.(*corev1.ConfigMap)).String()}
}

// HolderOf is the Tenant that a claim was made for.
func HolderOf(claim *corev1.ConfigMap) Holder {
	return Holder{
		NamespacedName: types.NamespacedName{Namespace: claim.Labels[v1alpha1.LabelParent], Name: claim.Labels[v1alpha1.LabelTenant]},
		UID:            types.UID(claim.Annotations[v1alpha1.AnnotationTenantUID]),
	}
}
