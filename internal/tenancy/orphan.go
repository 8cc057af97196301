// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Orphaned says that nobody is left to whom a place belongs: neither its Tenant nor a record of it is
// there, nor a child or the record of one in it.
func Orphaned(ctx context.Context, reader client.Reader, place *corev1.Namespace) (bool, error) {
	owner, uid := ownerKey(place)
	tenant := &v1alpha1.Tenant{}
	err := reader.Get(ctx, owner, tenant)
	if client.IgnoreNotFound(err) != nil {
		return false, fmt.Errorf("reading the tenant of namespace %q: %w", place.Name, err)
	}
	if err == nil && string(tenant.UID) == uid {
		return false, nil
	}
	record, err := recordOf(ctx, reader, owner, uid)
	if record != nil || err != nil {
		return false, err
	}
	children, err := inPlace(ctx, reader, place.Name)
	return children == 0, err
}

// ownerKey is the name and the UID of the Tenant whose place a namespace is.
func ownerKey(place *corev1.Namespace) (client.ObjectKey, string) {
	return client.ObjectKey{Namespace: place.Labels[v1alpha1.LabelParent], Name: place.Labels[v1alpha1.LabelTenant]},
		place.Annotations[v1alpha1.AnnotationTenantUID]
}
