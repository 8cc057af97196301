// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// site is a cluster with a place for root tenants.
type site struct {
	*harness.Cluster
	// roots is the namespace that root tenants lie in.
	roots string
}

func newSite(ctx context.Context, cluster *harness.Cluster) site {
	GinkgoHelper()
	name, remove, err := cluster.Namespace(ctx)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func(ctx SpecContext) { Expect(remove(ctx)).To(Succeed()) })
	return site{Cluster: cluster, roots: name}
}

func (s site) suspend(ctx context.Context, key client.ObjectKey, suspended bool) error {
	return s.change(ctx, key, func(tenant *v1alpha1.Tenant) { tenant.Spec.Suspend = suspended })
}

func (s site) remove(ctx context.Context, keys ...client.ObjectKey) error {
	for _, key := range keys {
		tenant := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}}
		if err := client.IgnoreNotFound(s.Client.Delete(ctx, tenant)); err != nil {
			return err
		}
	}
	return nil
}

func (s site) change(ctx context.Context, key client.ObjectKey, how func(*v1alpha1.Tenant)) error {
	tenant := &v1alpha1.Tenant{}
	if err := s.Client.Get(ctx, key, tenant); err != nil {
		return err
	}
	before := tenant.DeepCopy()
	how(tenant)
	return s.Client.Patch(ctx, tenant, client.MergeFrom(before))
}

// inPhase returns an error until a tenant is in a phase, and the operator says that it is done.
func (s site) inPhase(ctx context.Context, key client.ObjectKey, phase v1alpha1.TenantPhase) error {
	tenant := &v1alpha1.Tenant{}
	if err := s.Client.Get(ctx, key, tenant); err != nil {
		return err
	}
	return is(tenant, phase)
}

// is returns an error unless a tenant, as it was read, is in a phase and the operator says that it is done.
func is(tenant *v1alpha1.Tenant, phase v1alpha1.TenantPhase) error {
	status := tenant.Status
	working := meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ConditionReconciling)
	if status.ObservedGeneration != tenant.Generation || status.Phase != phase || working {
		return fmt.Errorf("tenant %s is %s, working: %t, of generation %d of %d", client.ObjectKeyFromObject(tenant), status.Phase, working, status.ObservedGeneration, tenant.Generation)
	}
	return nil
}

// gone returns an error until a tenant is no more.
func (s site) gone(ctx context.Context, key client.ObjectKey) error {
	err := s.Client.Get(ctx, key, &v1alpha1.Tenant{})
	if err == nil {
		return fmt.Errorf("tenant %s is still there", key)
	}
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
