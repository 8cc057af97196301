// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package invitestore keeps what is known of invitations in Secrets of the operator's own namespace, one
// for each grant, and finds there what the activation endpoint asks for. Nothing is watched: a Secret is
// read when its grant asks for a mail, or somebody follows a link.
package invitestore

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/invite"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// Namespace is the operator's own, in which it keeps invitations. Role tenantry-mail and policy
// tenantry-operator let it do so there alone, whatever namespace holds its lease.
const Namespace = "tenantry-system"

// Store keeps invitations. It is safe for concurrent use.
type Store struct {
	// Live reads and writes past the caches.
	Live client.Client
	// Loader reads the places that grants lie in, and with its Reader, by tenancy.IndexGrantUID, grants.
	Loader *tenancy.Loader
	// Settings of invitations.
	Settings invite.Settings
	// Clock says what time it is.
	Clock clock.PassiveClock
}

// Kept is what is kept of an invitation, as it was read or written last.
type Kept struct {
	// State that is kept; the zero State if nothing is.
	State invite.State

	secret *corev1.Secret // nil if there is none
}

// Exists says that something was kept when it was read.
func (k Kept) Exists() bool { return k.secret != nil }

// Load reads what is kept of the invitation to a grant.
func (s *Store) Load(ctx context.Context, grant types.UID) (Kept, error) {
	secret := &corev1.Secret{}
	err := s.Live.Get(ctx, client.ObjectKey{Namespace: Namespace, Name: invite.SecretName(grant)}, secret)
	if apierrors.IsNotFound(err) {
		return Kept{}, nil
	}
	if err != nil {
		return Kept{}, fmt.Errorf("reading what is kept of an invitation: %w", err)
	}
	state, err := invite.Decode(secret.Data)
	if err != nil {
		return Kept{}, fmt.Errorf("reading Secret %q in namespace %q: %w", secret.Name, secret.Namespace, err)
	}
	return Kept{State: state, secret: secret}, nil
}

// Save puts state in the place of what was kept. It fails with a conflict, or because the Secret exists
// or is gone, where that was changed since.
func (s *Store) Save(ctx context.Context, grant *v1alpha1.TenantAccessGrant, was Kept, state invite.State) (Kept, error) {
	data, err := state.Encode()
	if err != nil {
		return was, err
	}
	if was.secret == nil {
		secret := s.secret(grant)
		secret.Data = data
		err = s.Live.Create(ctx, secret)
		return s.saved(was, Kept{State: state, secret: secret}, err)
	}
	secret := was.secret.DeepCopy()
	secret.Data = data
	err = s.Live.Update(ctx, secret)
	return s.saved(was, Kept{State: state, secret: secret}, err)
}

func (s *Store) saved(was, is Kept, err error) (Kept, error) {
	if err != nil {
		return was, fmt.Errorf("keeping an invitation: %w", err)
	}
	return is, nil
}

// secret bears no tenant's labels: it is not part of what is made for one.
func (s *Store) secret(grant *v1alpha1.TenantAccessGrant) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:   Namespace,
			Name:        invite.SecretName(grant.UID),
			Labels:      map[string]string{v1alpha1.LabelManaged: "true"},
			Annotations: map[string]string{v1alpha1.AnnotationGrant: client.ObjectKeyFromObject(grant).String()},
		},
		Type: invite.SecretType,
	}
}

// changed says that an error of Save tells of a change in the meantime.
func changed(err error) bool {
	return apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) || apierrors.IsNotFound(err)
}
