// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// patchFinalizer adds the finalizer to an object, or removes it, in the version that was looked at, and keeps the object
// true to what was written.
func patchFinalizer[T client.Object](ctx context.Context, c client.Client, object T, change func(client.Object, string) bool) error {
	changed := object.DeepCopyObject().(T)
	if !change(changed, v1alpha1.Finalizer) {
		return nil
	}
	patch := client.MergeFromWithOptions(object, client.MergeFromWithOptimisticLock{})
	if err := c.Patch(ctx, changed, patch, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return fmt.Errorf("writing the finalizer of %T %q: %w", object, object.GetName(), err)
	}
	object.SetFinalizers(changed.GetFinalizers())
	object.SetResourceVersion(changed.GetResourceVersion())
	return nil
}
