// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package activation

import (
	"context"
	"errors"

	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/internal/invite"
	"github.com/tenantry/tenantry/internal/notify"
)

var (
	// ErrNotFound is what a Store says of a grant that has no invitation, or lets nobody in.
	ErrNotFound = errors.New("there is no such invitation")
	// ErrConflict is what a Store says where the invitation is no longer as it was found.
	ErrConflict = errors.New("the invitation was changed in the meantime")
)

// Invitation is what a Store knows of the invitation to a grant.
type Invitation struct {
	// State is what is kept of it.
	State invite.State
	// Tenant tells the tenant from every other: the name of its namespace.
	Tenant string
	// TenantName, UserName and PortalURL are for who has the right link. The last two may be empty.
	TenantName, UserName, PortalURL string
	// Brand of the tenant, for who has the right link. Default: the handler's.
	Brand notify.Brand
	// Version is what the Store needs to see whether the invitation was changed, such as a
	// resourceVersion.
	Version string
}

// Store is where invitations are kept.
type Store interface {
	// Find returns the invitation to the grant with this UID, or ErrNotFound. Anybody may ask for any UID.
	Find(ctx context.Context, grant types.UID) (Invitation, error)
	// Keep puts state in the place of the one that was found, or returns ErrConflict if that was changed
	// since: of several at once one succeeds. That makes a link work once.
	Keep(ctx context.Context, grant types.UID, found Invitation, state invite.State) error
}
