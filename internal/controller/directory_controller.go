// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/directory"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// DirectoryReconciler tells each subject which tenants it may enter. A request names a directory: its
// namespace, and the hash of its subject.
type DirectoryReconciler struct {
	// Client reads from the caches.
	Client client.Client
	// Loader reads where a subject is let in, and has the clock.
	Loader *tenancy.Loader
	// Engine applies and deletes; its ownership is DirectoryOwnership.
	Engine *apply.Engine
}

// NewDirectoryReconciler shares the clients of a TenantReconciler.
func NewDirectoryReconciler(tenants *TenantReconciler) *DirectoryReconciler {
	engine := *tenants.Engine
	engine.Ownership = DirectoryOwnership()
	return &DirectoryReconciler{Client: tenants.Client, Loader: tenants.Loader, Engine: &engine}
}

// DirectoryOwnership tells what is a directory's: it is no tenant's.
func DirectoryOwnership() apply.Ownership {
	return apply.Ownership{Prefix: v1alpha1.Prefix, Labels: []string{v1alpha1.LabelManaged, v1alpha1.LabelDirectory}}
}

// Reconcile looks at one directory.
func (r *DirectoryReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	key := directory.Key{Namespace: req.Namespace, Hash: req.Name}
	grants, err := r.grants(ctx, key)
	if err != nil {
		return ctrl.Result{}, err
	}
	var wanted []apply.Intent
	var result ctrl.Result
	if len(grants) > 0 {
		subject := access.SubjectOf(grants[0])
		entries, end, err := r.Loader.LoadDirectory(ctx, subject, grants)
		if err != nil {
			return ctrl.Result{}, err
		}
		if wanted = directory.For(subject, entries); !end.IsZero() {
			result.RequeueAfter = max(end.Sub(r.Loader.Clock.Now()), 1)
		}
	}
	for _, intent := range wanted {
		if _, err := r.Engine.Apply(ctx, intent); err != nil {
			return ctrl.Result{}, fmt.Errorf("writing a directory: %w", err)
		}
	}
	return result, r.prune(ctx, key, wanted)
}

// grants of a directory's subject, the cache's own: they must not be changed.
func (r *DirectoryReconciler) grants(ctx context.Context, key directory.Key) ([]*v1alpha1.TenantAccessGrant, error) {
	list := &v1alpha1.TenantAccessGrantList{}
	if err := r.Client.List(ctx, list, client.MatchingFields{tenancy.IndexSubject: key.Hash}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("listing the grants of a subject: %w", err)
	}
	var grants []*v1alpha1.TenantAccessGrant
	for i := range list.Items {
		if list.Items[i].DeletionTimestamp == nil {
			grants = append(grants, &list.Items[i])
		}
	}
	return grants, nil
}

// prune deletes what is there of a directory and not wanted: the right to read first.
func (r *DirectoryReconciler) prune(ctx context.Context, key directory.Key, wanted []apply.Intent) error {
	kept := map[string]bool{}
	for _, intent := range wanted {
		kept[fmt.Sprintf("%T/%s", intent.Object, intent.Object.GetName())] = true
	}
	there := []client.Object{&rbacv1.RoleBinding{}, &rbacv1.Role{}}
	for _, object := range there {
		object.SetName(key.Hash)
	}
	shards, err := r.shards(ctx, key)
	if err != nil {
		return err
	}
	var failed []error
	for _, object := range append(there, shards...) {
		if kept[fmt.Sprintf("%T/%s", object, object.GetName())] {
			continue
		}
		object.SetNamespace(key.Namespace)
		object.SetLabels(directory.Labels())
		_, err := r.Engine.Delete(ctx, apply.Intent{Object: object})
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// shards of a directory that are there.
func (r *DirectoryReconciler) shards(ctx context.Context, key directory.Key) ([]client.Object, error) {
	list := &corev1.ConfigMapList{}
	if err := r.Client.List(ctx, list, client.InNamespace(key.Namespace), client.MatchingFields{tenancy.IndexDirectory: key.Hash}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("listing the shards of a directory: %w", err)
	}
	shards := make([]client.Object, 0, len(list.Items))
	for i := range list.Items {
		shard := &corev1.ConfigMap{}
		shard.Name = list.Items[i].Name
		shards = append(shards, shard)
	}
	return shards, nil
}
