// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// publish makes a marked object in the partner's place. One that is there stays as it is.
func (f family) publish(ctx context.Context, name string) error {
	object := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: f.partner.Name, Name: name, Labels: map[string]string{v1alpha1.LabelSync: v1alpha1.MarkContent}},
		Data:       map[string]string{"text": formerText},
	}
	return client.IgnoreAlreadyExists(f.Client.Create(ctx, object))
}

// write changes what an object says.
func (f family) write(ctx context.Context, namespace, name, text string) error {
	object := &corev1.ConfigMap{}
	if err := f.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, object); err != nil {
		return err
	}
	before := object.DeepCopy()
	object.Data = map[string]string{"text": text}
	return f.Client.Patch(ctx, object, client.MergeFrom(before))
}

// withdraw removes a marked object.
func (f family) withdraw(ctx context.Context, name string) error {
	object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: f.partner.Name, Name: name}}
	return client.IgnoreNotFound(f.Client.Delete(ctx, object))
}

// sync makes the sync. One that is there stays as it is.
func (f family) sync(ctx context.Context, change ...func(*v1alpha1.MasterTenantSyncSpec)) error {
	sync := &v1alpha1.MasterTenantSync{
		ObjectMeta: metav1.ObjectMeta{Namespace: f.partner.Name, Name: syncName},
		Spec:       v1alpha1.MasterTenantSyncSpec{Categories: []v1alpha1.SyncCategory{v1alpha1.SyncContent}},
	}
	for _, change := range change {
		change(&sync.Spec)
	}
	return client.IgnoreAlreadyExists(f.Client.Create(ctx, sync))
}

func (f family) getSync(ctx context.Context) (*v1alpha1.MasterTenantSync, error) {
	sync := &v1alpha1.MasterTenantSync{}
	return sync, f.Client.Get(ctx, client.ObjectKey{Namespace: f.partner.Name, Name: syncName}, sync)
}

// resync changes the sync.
func (f family) resync(ctx context.Context, change func(*v1alpha1.MasterTenantSync)) error {
	sync, err := f.getSync(ctx)
	if err != nil {
		return err
	}
	before := sync.DeepCopy()
	change(sync)
	return f.Client.Patch(ctx, sync, client.MergeFrom(before))
}

// unsync deletes the sync.
func (f family) unsync(ctx context.Context) error {
	sync := &v1alpha1.MasterTenantSync{ObjectMeta: metav1.ObjectMeta{Namespace: f.partner.Name, Name: syncName}}
	return client.IgnoreNotFound(f.Client.Delete(ctx, sync))
}

// synced returns an error until the sync says that it stands as that reason has it.
func (f family) synced(ctx context.Context, reason string) error {
	sync, err := f.getSync(ctx)
	if err != nil {
		return err
	}
	ready := meta.FindStatusCondition(sync.Status.Conditions, v1alpha1.ConditionReady)
	if ready == nil || ready.Reason != reason || ready.ObservedGeneration != sync.Generation {
		return fmt.Errorf("sync of generation %d says %+v", sync.Generation, sync.Status)
	}
	return nil
}

// unsynced returns an error while the sync is there.
func (f family) unsynced(ctx context.Context) error {
	if _, err := f.getSync(ctx); !apierrors.IsNotFound(err) {
		return errors.Join(errors.New("the sync is still there"), err)
	}
	return nil
}

// hold returns an error until customers have a copy that says that; empty: until they have none.
func (f family) hold(ctx context.Context, name, text string, customers ...client.ObjectKey) error {
	for _, customer := range customers {
		held := &corev1.ConfigMap{}
		err := f.Client.Get(ctx, client.ObjectKey{Namespace: placeOf(customer), Name: name}, held)
		if client.IgnoreNotFound(err) != nil {
			return err
		}
		if held.Data["text"] != text || err != nil && text != "" || err == nil && text == "" {
			return fmt.Errorf("customer %s has %q in %s, and is to have %q", customer, held.Data["text"], name, text)
		}
	}
	return nil
}

// fares returns an error until a customer's status says how the sync fares in it; empty: until it says nothing.
func (f family) fares(ctx context.Context, state v1alpha1.SyncState, customers ...client.ObjectKey) error {
	for _, customer := range customers {
		tenant := &v1alpha1.Tenant{}
		if err := f.Client.Get(ctx, customer, tenant); err != nil {
			return err
		}
		var said v1alpha1.SyncState
		if at := slices.IndexFunc(tenant.Status.Syncs, func(entry v1alpha1.TenantSync) bool { return entry.Name == syncName }); at >= 0 {
			said = tenant.Status.Syncs[at].State
		}
		if said != state {
			return fmt.Errorf("customer %s says %+v, and is to say %q", customer, tenant.Status.Syncs, state)
		}
	}
	return nil
}
