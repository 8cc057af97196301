// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/cli/files"
)

// What tenants have that is exported with them.
const (
	withAccess = "access"
	withBrand  = "brand"
	withPlan   = "plan"
	withSync   = "sync"
)

var belongings = []string{withAccess, withBrand, withPlan, withSync}

// exporting reads what belongs to Tenants of one namespace.
type exporting struct {
	cluster   cluster
	namespace string
	tenants   []*v1alpha1.Tenant
	// whole says that these are all of the namespace.
	whole   bool
	objects []*unstructured.Unstructured
	// added are the UIDs of the objects, and named the names of the tenants.
	added map[types.UID]bool
	named map[v1alpha1.TenantName]bool
	// notes are about what is not exported.
	notes io.Writer
}

// export Tenants of one namespace with what they have, in the order in which a cluster takes it. It fails where some of that is not the
// caller's to read: half of it would pass for all. What is about others too is exported with the whole namespace alone: the file of one customer tells
// nothing of another, and lets nobody in there.
func (c cluster) export(ctx context.Context, found []*unstructured.Unstructured, whole bool, with []string, notes io.Writer) ([]*unstructured.Unstructured, error) {
	e := &exporting{cluster: c, namespace: found[0].GetNamespace(), whole: whole, notes: notes, added: map[types.UID]bool{}, named: map[v1alpha1.TenantName]bool{}}
	for _, object := range found {
		tenant, err := typed[v1alpha1.Tenant](object)
		if err != nil {
			return nil, err
		}
		e.tenants = append(e.tenants, tenant)
		e.named[v1alpha1.TenantName(tenant.Name)] = true
		e.add(object)
	}
	for _, belonging := range belongings {
		if !slices.Contains(with, belonging) {
			continue
		}
		read := map[string]func(context.Context) error{withAccess: e.access, withBrand: e.brands, withPlan: e.plans, withSync: e.syncs}[belonging]
		if err := read(ctx); err != nil {
			return nil, explain(err)
		}
	}
	var exported []*unstructured.Unstructured
	for _, step := range files.Arrange(e.objects) {
		object, err := files.Exported(step.Object)
		if err != nil {
			return nil, err
		}
		if needs := files.Needs(object); len(needs) > 0 {
			fmt.Fprintf(notes, "%s needs what is not exported: %s\n", named(object), strings.Join(needs, ", "))
		}
		exported = append(exported, object)
	}
	return exported, nil
}

// add an object that people wrote, once.
func (e *exporting) add(object *unstructured.Unstructured) {
	if !files.MadeByOthers(object) && !e.added[object.GetUID()] {
		e.added[object.GetUID()] = true
		e.objects = append(e.objects, object)
	}
}

// addIfOf adds what chooses Tenants, if that is about no others than those which are exported.
func (e *exporting) addIfOf(object *unstructured.Unstructured, names []v1alpha1.TenantName, selects bool) {
	others := len(names) == 0 || selects || slices.ContainsFunc(names, func(name v1alpha1.TenantName) bool { return !e.named[name] })
	if others && !e.whole {
		fmt.Fprintf(e.notes, "%s is about other tenants too, and is exported with --all only\n", named(object))
		return
	}
	e.add(object)
}

// addNamed adds the object of a name, and returns it; nil where there is none, or it is there already.
func (e *exporting) addNamed(ctx context.Context, resource schema.GroupVersionResource, name string) (*unstructured.Unstructured, error) {
	object, err := e.cluster.get(ctx, resource, e.namespace, name)
	if apierrors.IsNotFound(err) {
		fmt.Fprintf(e.notes, "%s %s/%s is named, and is not there\n", strings.TrimSuffix(resource.Resource, "s"), e.namespace, name)
		return nil, nil //nolint:nilnil // its absence is told
	}
	if err != nil {
		return nil, err
	}
	before := len(e.objects)
	if e.add(object); len(e.objects) == before {
		return nil, nil //nolint:nilnil // it is there already
	}
	return object, nil
}

// plans that the Tenants name, and those that follow on a trial.
func (e *exporting) plans(ctx context.Context) error {
	var names []string
	for _, tenant := range e.tenants {
		if tenant.Spec.PlanRef != nil && !slices.Contains(names, tenant.Spec.PlanRef.Name) {
			names = append(names, tenant.Spec.PlanRef.Name)
		}
	}
	for i := 0; i < len(names); i++ {
		object, err := e.addNamed(ctx, licensePlans, names[i])
		if err != nil {
			return err
		}
		if object == nil {
			continue
		}
		if follows, _, _ := unstructured.NestedString(object.Object, "spec", "trial", "planRef", "name"); follows != "" && !slices.Contains(names, follows) {
			names = append(names, follows)
		}
	}
	return nil
}

// brands that the Tenants name, or bear.
func (e *exporting) brands(ctx context.Context) error {
	var names []string
	for _, tenant := range e.tenants {
		borne := tenant.Status.WhiteLabelProfile
		if strings.Contains(borne, "/") {
			fmt.Fprintf(e.notes, "tenant %s/%s bears WhiteLabelProfile %s, which lies elsewhere and is not exported\n", tenant.Namespace, tenant.Name, borne)
			borne = ""
		}
		if own := tenant.Spec.WhiteLabel; own != nil && own.ProfileRef != nil {
			names = append(names, own.ProfileRef.Name)
		}
		names = append(names, borne)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if name == "" {
			continue
		}
		if _, err := e.addNamed(ctx, profiles, name); err != nil {
			return err
		}
	}
	return nil
}

// syncs that reach the Tenants, or that one of them is the master of.
func (e *exporting) syncs(ctx context.Context) error {
	found, err := e.cluster.listed(ctx, syncs, e.namespace, "")
	if err != nil {
		return err
	}
	for _, object := range found {
		sync, err := typed[v1alpha1.MasterTenantSync](object)
		if err != nil {
			return err
		}
		about := slices.ContainsFunc(e.tenants, func(tenant *v1alpha1.Tenant) bool {
			return sync.Spec.MasterRef != nil && string(sync.Spec.MasterRef.Name) == tenant.Name ||
				slices.ContainsFunc(tenant.Status.Syncs, func(reached v1alpha1.TenantSync) bool { return reached.Name == sync.Name })
		})
		if about {
			targets := ptr.Deref(sync.Spec.Targets, v1alpha1.SyncTargets{})
			e.addIfOf(object, targets.Names, targets.Selector != nil)
		}
	}
	return nil
}

// access are the grants in the Tenants' places, and the delegations beside the Tenants that choose one of them.
func (e *exporting) access(ctx context.Context) error {
	grantsIn, err := e.grantReader(ctx)
	if err != nil {
		return err
	}
	for _, tenant := range e.tenants {
		if tenant.Status.Namespace == "" {
			continue
		}
		own, err := grantsIn(tenant.Status.Namespace)
		if err != nil {
			return err
		}
		for _, object := range own {
			e.add(object)
		}
	}
	beside, err := grantsIn(e.namespace)
	if err != nil {
		return err
	}
	for _, object := range beside {
		grant, err := typed[v1alpha1.TenantAccessGrant](object)
		if err != nil {
			return err
		}
		if chosen := grant.Spec.Tenants; chosen != nil && e.chooses(chosen) {
			e.addIfOf(object, chosen.Names, chosen.Selector != nil)
		}
	}
	return nil
}

// grantReader reads the grants in a namespace. With all of a partner's tenants, one list has the grants of all their places, where it is the
// caller's to read.
func (e *exporting) grantReader(ctx context.Context) (func(namespace string) ([]*unstructured.Unstructured, error), error) {
	each := func(namespace string) ([]*unstructured.Unstructured, error) {
		return e.cluster.listed(ctx, grants, namespace, "")
	}
	if !e.whole {
		return each, nil
	}
	all, err := each("")
	if apierrors.IsForbidden(err) {
		return each, nil
	}
	found := map[string][]*unstructured.Unstructured{}
	for _, grant := range all {
		found[grant.GetNamespace()] = append(found[grant.GetNamespace()], grant)
	}
	return func(namespace string) ([]*unstructured.Unstructured, error) { return found[namespace], nil }, err
}

// chooses says whether a delegation is about any of the Tenants.
func (e *exporting) chooses(selection *v1alpha1.Selection) bool {
	if selection.Selector == nil {
		return slices.ContainsFunc(selection.Names, func(name v1alpha1.TenantName) bool { return e.named[name] })
	}
	matches := access.Matcher(selection.Selector)
	return slices.ContainsFunc(e.tenants, func(tenant *v1alpha1.Tenant) bool { return matches(tenant.Labels) })
}
