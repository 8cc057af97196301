// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/invite"
	"github.com/tenantry/tenantry/internal/invitestore"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// InvitationSweeper removes what is kept of invitations when their grants are gone. An owner reference
// can't do so: it does not reach into another namespace. A request names a Secret, or nothing for all of
// them: grants may have gone while no operator worked.
type InvitationSweeper struct {
	// Live reads and writes past the caches.
	Live client.Client
	// Cache has the grants, by tenancy.IndexGrantUID.
	Cache client.Reader
}

// Reconcile looks at one Secret, or at all.
func (r *InvitationSweeper) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	if req.Name == "" {
		return ctrl.Result{}, r.sweep(ctx)
	}
	kept := secretMetadata()
	if err := r.Live.Get(ctx, req.NamespacedName, kept); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	return ctrl.Result{}, r.remove(ctx, kept)
}

// sweep looks at every Secret whose grant the cache does not have.
func (r *InvitationSweeper) sweep(ctx context.Context) error {
	kept := &metav1.PartialObjectMetadataList{}
	kept.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("SecretList"))
	err := r.Live.List(ctx, kept, client.InNamespace(invitestore.Namespace), client.MatchingLabels{v1alpha1.LabelManaged: "true"}, client.MatchingFields{"type": invite.SecretType})
	if err != nil {
		return fmt.Errorf("listing what is kept of invitations: %w", err)
	}
	var failed error
	for i := range kept.Items {
		grants := &v1alpha1.TenantAccessGrantList{}
		if err := r.Cache.List(ctx, grants, client.MatchingFields{tenancy.IndexGrantUID: string(invitedBy(&kept.Items[i]))}); err != nil {
			return err
		}
		if len(grants.Items) == 0 {
			kept.Items[i].SetGroupVersionKind(secretMetadata().GroupVersionKind())
			failed = errors.Join(failed, r.remove(ctx, &kept.Items[i]))
		}
	}
	return failed
}

// remove deletes a Secret on the API server's own word that its grant is gone.
func (r *InvitationSweeper) remove(ctx context.Context, kept *metav1.PartialObjectMetadata) error {
	namespace, name, _ := strings.Cut(kept.Annotations[v1alpha1.AnnotationGrant], "/")
	grant := &v1alpha1.TenantAccessGrant{}
	err := client.IgnoreNotFound(r.Live.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, grant))
	if err != nil || grant.UID == invitedBy(kept) {
		return err
	}
	err = r.Live.Delete(ctx, kept, client.Preconditions{UID: &kept.UID, ResourceVersion: &kept.ResourceVersion})
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("removing what is kept of the invitation of a grant that is gone: %w", err)
	}
	return nil
}

// invitedBy is the UID of the grant whose invitation a Secret keeps.
func invitedBy(kept client.Object) types.UID {
	return types.UID(strings.TrimPrefix(kept.GetName(), invite.SecretName("")))
}

func secretMetadata() *metav1.PartialObjectMetadata {
	secret := &metav1.PartialObjectMetadata{}
	secret.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	return secret
}

// toKept maps a grant to the Secret that keeps its invitation.
func (r *InvitationSweeper) toKept(_ context.Context, grant client.Object) []reconcile.Request {
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: invitestore.Namespace, Name: invite.SecretName(grant.GetUID())}}}
}

// all asks for a look at every Secret.
func (r *InvitationSweeper) all(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
	queue.Add(reconcile.Request{})
	return nil
}
