// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package invitestore

import (
	"cmp"
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/retry"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/activation"
	"github.com/tenantry/tenantry/internal/invite"
	"github.com/tenantry/tenantry/internal/notify"
	"github.com/tenantry/tenantry/internal/standing"
	"github.com/tenantry/tenantry/internal/status"
	"github.com/tenantry/tenantry/internal/tenancy"
)

var _ activation.Store = (*Store)(nil)

// Find implements activation.Store. An invitation is found while its grant lets its subject in and was
// not given another address since. Who asks for what is no grant's UID causes no request.
func (s *Store) Find(ctx context.Context, uid types.UID) (activation.Invitation, error) {
	grant, err := s.grant(ctx, uid)
	if err != nil {
		return activation.Invitation{}, err
	}
	place, found, err := s.Loader.LoadGrant(ctx, grant)
	if err != nil {
		return activation.Invitation{}, err
	}
	if !found || !access.Judge(place, grant, s.Clock.Now()).Active {
		return activation.Invitation{}, activation.ErrNotFound
	}
	kept, err := s.Load(ctx, uid)
	if err != nil {
		return activation.Invitation{}, err
	}
	if kept.secret == nil || kept.State.Recipient != grant.Spec.Email {
		return activation.Invitation{}, activation.ErrNotFound
	}
	look, err := s.brand(ctx, place.Tenant)
	if err != nil {
		return activation.Invitation{}, err
	}
	return activation.Invitation{
		Brand:      look,
		State:      kept.State,
		Tenant:     grant.Namespace,
		TenantName: TenantName(place.Tenant),
		UserName:   grant.Spec.Subject.Name,
		PortalURL:  PortalURL(place.Tenant),
		Version:    kept.secret.ResourceVersion,
	}, nil
}

// brand is how pages for a tenant's people look.
func (s *Store) brand(ctx context.Context, tenant *v1alpha1.Tenant) (notify.Brand, error) {
	worn, err := s.Loader.BrandOf(ctx, tenant)
	if err != nil || worn.Profile == nil {
		return notify.Brand{}, err
	}
	return notify.BrandOf(worn.Profile.Spec), nil
}

// Keep implements activation.Store, and says on the grant that its invitation was taken up.
func (s *Store) Keep(ctx context.Context, uid types.UID, found activation.Invitation, state invite.State) error {
	grant, err := s.grant(ctx, uid)
	if err != nil {
		return err
	}
	kept, err := s.Load(ctx, uid)
	if err != nil {
		return err
	}
	if kept.secret == nil || kept.secret.ResourceVersion != found.Version {
		return activation.ErrConflict
	}
	if _, err := s.Save(ctx, grant, kept, state); err != nil {
		if changed(err) {
			return activation.ErrConflict
		}
		return err
	}
	// What is kept counts. The status follows when the grant is looked at next, if it does not now.
	if err := s.tell(ctx, client.ObjectKeyFromObject(grant), uid, state); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "The status of a grant does not say yet that its invitation was taken up", "grant", client.ObjectKeyFromObject(grant))
	}
	return nil
}

// tell writes on a grant what is kept of its invitation.
func (s *Store) tell(ctx context.Context, key client.ObjectKey, uid types.UID, state invite.State) error {
	return retry.RetryOnConflict(retry.DefaultRetry, func() error {
		grant := &v1alpha1.TenantAccessGrant{}
		if err := s.Live.Get(ctx, key, grant); err != nil || grant.UID != uid {
			return client.IgnoreNotFound(err)
		}
		in := invite.Inputs{Grant: grant, State: state, Admitted: true, Settings: s.Settings, Now: s.Clock.Now()}
		after := grant.DeepCopy()
		after.Status = standing.OfInvitation(in, invite.Decide(in))
		_, err := status.Patch(ctx, s.Live, grant, after, v1alpha1.FieldManager)
		return err
	})
}

// grant is the one with that UID, from the cache.
func (s *Store) grant(ctx context.Context, uid types.UID) (*v1alpha1.TenantAccessGrant, error) {
	list := &v1alpha1.TenantAccessGrantList{}
	if err := s.Loader.Reader.List(ctx, list, client.MatchingFields{tenancy.IndexGrantUID: string(uid)}); err != nil {
		return nil, fmt.Errorf("looking up a grant: %w", err)
	}
	if len(list.Items) != 1 || list.Items[0].DeletionTimestamp != nil {
		return nil, activation.ErrNotFound
	}
	return &list.Items[0], nil
}

// TenantName is a tenant's name for people.
func TenantName(tenant *v1alpha1.Tenant) string {
	return cmp.Or(string(tenant.Spec.DisplayName), tenant.Name)
}

// PortalURL is where a tenant's portal is; empty while it leads nowhere.
func PortalURL(tenant *v1alpha1.Tenant) string {
	if !tenant.PortalActive() {
		return ""
	}
	return tenant.Status.URL
}
