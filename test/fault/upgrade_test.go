// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// A field of a later version's, which the manager knows nothing of.
const (
	laterField = "ofALaterVersion"
	laterValue = "kept"
)

var _ = Describe("Fault 9: the kinds are upgraded and rolled back", Label("fault-9", "full"), func() {
	It("writes nothing without a change, and loses no field that the kind has", func(ctx SpecContext) {
		judged := verdicts{invariants: watchInvariants(ctx, here)}
		leader := startLeader(ctx, here)
		family := newFamily(here)
		Eventually(keeping).WithContext(ctx).WithArguments(family).Should(Succeed())
		Expect(harness.Quiet(ctx, leader.line, settle)).To(Succeed())
		clean := family.snapshot(ctx)

		DeferCleanup(func(ctx SpecContext) { Expect(later(ctx, false)).To(Succeed()) })
		Expect(later(ctx, true)).To(Succeed())
		judged.add("the kind gets a field", family.differences(ctx, leader.line, clean)...)
		Eventually(family.setLater).WithContext(ctx).Should(Succeed())
		for _, change := range underLater() {
			Expect(change.when(ctx, family)).To(Succeed())
			found := until(ctx, func(ctx context.Context) error { return change.then(ctx, family) })
			judged.add("an older manager "+change.name, append(found, family.lacksLater(ctx)...)...)
		}

		leader.Kill()
		leader = startLeader(ctx, here)
		judged.add("a manager that starts on the later kind", append(unrest(ctx, leader.line), family.lacksLater(ctx)...)...)

		Expect(later(ctx, false)).To(Succeed())
		judged.add("the kind is rolled back", family.differences(ctx, leader.line, clean)...)
		for _, change := range underLater() {
			Expect(change.when(ctx, family)).To(Succeed())
			judged.add("rolled back, it "+change.name, until(ctx, func(ctx context.Context) error { return change.then(ctx, family) })...)
		}
		judged.add("at rest", family.differences(ctx, leader.line, clean)...)
		judged.close("fault 9, the kind Tenant gets a field and loses it")
	})
})

// underLater are changes after which all is as before.
func underLater() []operation {
	calm := func(ctx context.Context, f family) error { return inPhases(ctx, f, v1alpha1.PhaseActive) }
	return []operation{
		{
			name: "suspends",
			when: func(ctx context.Context, f family) error { return f.suspend(ctx, f.partner, true) },
			then: func(ctx context.Context, f family) error { return inPhases(ctx, f, v1alpha1.PhaseSuspended) },
		},
		{
			name: "resumes",
			when: func(ctx context.Context, f family) error { return f.suspend(ctx, f.partner, false) },
			then: calm,
		},
		{
			name: "puts its finalizer back",
			when: func(ctx context.Context, f family) error {
				return f.change(ctx, f.child, func(tenant *v1alpha1.Tenant) { tenant.Finalizers = nil })
			},
			then: func(ctx context.Context, f family) error {
				tenant := &v1alpha1.Tenant{}
				if err := f.Client.Get(ctx, f.child, tenant); err != nil || len(tenant.Finalizers) == 0 {
					return fmt.Errorf("tenant %s has no finalizer: %w", f.child, err)
				}
				return calm(ctx, f)
			},
		},
	}
}

// later gives the kind Tenant a field in spec, or takes it away, and returns when the API server
// serves it so.
func later(ctx context.Context, present bool) error {
	kind := &unstructured.Unstructured{}
	kind.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	if err := here.Client.Get(ctx, client.ObjectKey{Name: "tenants.tenantry.io"}, kind); err != nil {
		return err
	}
	path := []string{"schema", "openAPIV3Schema", "properties", "spec", "properties", laterField}
	versions, _, _ := unstructured.NestedSlice(kind.Object, "spec", "versions")
	for _, version := range versions {
		if !present {
			unstructured.RemoveNestedField(version.(map[string]any), path...)
			continue
		}
		if err := unstructured.SetNestedMap(version.(map[string]any), map[string]any{"type": "string"}, path...); err != nil {
			return err
		}
	}
	if err := unstructured.SetNestedSlice(kind.Object, versions, "spec", "versions"); err != nil {
		return err
	}
	if err := here.Client.Update(ctx, kind); err != nil {
		return err
	}
	return served(ctx, present)
}

// served returns when the API server keeps the field, or drops it.
func served(ctx context.Context, present bool) error {
	probe := client.ObjectKey{Namespace: here.roots, Name: harness.UniqueName("probe")}
	found := until(ctx, func(ctx context.Context) error {
		tenant := asLater(probe)
		if err := here.Client.Create(ctx, tenant, client.DryRunAll); err != nil {
			return err
		}
		if _, kept, _ := unstructured.NestedString(tenant.Object, "spec", laterField); kept != present {
			return fmt.Errorf("the API server keeps field %s: %t", laterField, kept)
		}
		return nil
	})
	if len(found) > 0 {
		return fmt.Errorf("waiting for the kind: %s", found[0])
	}
	return nil
}

// asLater is a Tenant as a client of the later version writes it.
func asLater(key client.ObjectKey) *unstructured.Unstructured {
	tenant := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"displayName": "Later Ltd", laterField: laterValue}}}
	tenant.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("Tenant"))
	tenant.SetNamespace(key.Namespace)
	tenant.SetName(key.Name)
	return tenant
}

// setLater writes the later version's field into both Tenants.
func (f family) setLater(ctx context.Context) error {
	for _, key := range f.tenants() {
		patch := client.RawPatch(types.MergePatchType, []byte(fmt.Sprintf(`{"spec":{%q:%q}}`, laterField, laterValue)))
		if err := f.Client.Patch(ctx, asLater(key), patch); err != nil {
			return err
		}
	}
	return inPhases(ctx, f, v1alpha1.PhaseActive)
}

// lacksLater names the Tenants that lost the later version's field.
func (f family) lacksLater(ctx context.Context) []string {
	var lost []string
	for _, key := range f.tenants() {
		tenant := asLater(key)
		if err := f.Client.Get(ctx, key, tenant); err != nil {
			lost = append(lost, err.Error())
			continue
		}
		if value, _, _ := unstructured.NestedString(tenant.Object, "spec", laterField); value != laterValue {
			lost = append(lost, fmt.Sprintf("tenant %s lost field %s: it says %q", key, laterField, value))
		}
	}
	return lost
}
