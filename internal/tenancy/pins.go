// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/replication"
)

// What approved plans allow lies in a namespace of the operator's, in a ConfigMap for each sync, by its UID, while its
// plan is carried out.
const (
	SyncsNamespace = "tenantry-syncs"
	pinsKey        = "pins"
	pinsPlan       = "plan"
)

// KeepPins writes down what an approved plan of a partner's sync allows.
func KeepPins(ctx context.Context, c client.Client, sync *v1alpha1.MasterTenantSync, partner *v1alpha1.Tenant, plan *replication.Plan) error {
	encoded, err := plan.Pins.Encode()
	if err != nil {
		return err
	}
	kept := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: SyncsNamespace, Name: string(sync.UID), Labels: desired.OwnerLabels(partner)},
		Data:       map[string]string{pinsPlan: string(plan.Summary.Hash)},
		BinaryData: map[string][]byte{pinsKey: encoded},
	}
	err = c.Create(ctx, kept.DeepCopy(), client.FieldOwner(v1alpha1.FieldManager))
	if apierrors.IsAlreadyExists(err) { // of an earlier plan
		err = c.Patch(ctx, kept, client.MergeFrom(&corev1.ConfigMap{ObjectMeta: kept.ObjectMeta}), client.FieldOwner(v1alpha1.FieldManager))
	}
	if err != nil {
		return fmt.Errorf("writing down what the plan of sync %q allows: %w", sync.Name, err)
	}
	return nil
}

// PinsOf reads what an approved plan allows; nil if that is not written down.
func PinsOf(ctx context.Context, reader client.Reader, sync *v1alpha1.MasterTenantSync, plan v1alpha1.PlanHash) (*replication.Pins, error) {
	kept := &corev1.ConfigMap{}
	err := reader.Get(ctx, client.ObjectKey{Namespace: SyncsNamespace, Name: string(sync.UID)}, kept)
	if apierrors.IsNotFound(err) || err == nil && kept.Data[pinsPlan] != string(plan) {
		return nil, nil //nolint:nilnil // its absence is no error
	}
	if err != nil {
		return nil, fmt.Errorf("reading what the plan of sync %q allows: %w", sync.Name, err)
	}
	pins, err := replication.DecodePins(kept.BinaryData[pinsKey])
	if err != nil {
		return nil, fmt.Errorf("reading what the plan of sync %q allows: %w", sync.Name, err)
	}
	return &pins, nil
}

// DropPins forgets what a plan allowed.
func DropPins(ctx context.Context, c client.Client, sync *v1alpha1.MasterTenantSync) error {
	kept := &corev1.ConfigMap{}
	err := c.Get(ctx, client.ObjectKey{Namespace: SyncsNamespace, Name: string(sync.UID)}, kept)
	if err == nil {
		err = c.Delete(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: kept.Namespace, Name: kept.Name}}, client.Preconditions{UID: &kept.UID})
	}
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("forgetting what the plan of sync %q allowed: %w", sync.Name, err)
	}
	return nil
}
