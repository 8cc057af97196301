// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/cli/edit"
)

// retained are the deleted Tenants whose places are kept.
var retained = v1alpha1.GroupVersion.WithResource("retainedtenants")

// keptUntil is when the place of a deleted Tenant is purged.
func keptUntil(kept *unstructured.Unstructured) string {
	text, _, _ := unstructured.NestedString(kept.Object, "spec", "until")
	until, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return text
	}
	return until.Local().Format(minute)
}

// act has the operator do something with a place that is kept.
func (w *writing) act(ctx context.Context, kept *unstructured.Unstructured, action v1alpha1.RetainedAction) (*unstructured.Unstructured, error) {
	return w.change(ctx, retained, kept, []edit.Field{edit.Set(string(action), "spec", "action")}, "")
}
