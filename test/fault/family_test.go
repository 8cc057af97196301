// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// family is a partner and its customer, named by a token that occurs in no other name.
type family struct {
	token   string
	partner client.ObjectKey
	child   client.ObjectKey
}

// families that were made in this suite.
var families []family

// newFamily has a name of its own. Its tenants stay until the end of the suite, so that none is being
// removed while another spec watches what is written.
func newFamily() family {
	token := harness.UniqueName("")
	partner := client.ObjectKey{Namespace: roots, Name: "p" + token}
	made := family{token: token, partner: partner, child: client.ObjectKey{Namespace: partner.Name, Name: "customer"}}
	families = append(families, made)
	return made
}

func (f family) tenants() []client.ObjectKey { return []client.ObjectKey{f.partner, f.child} }

func partnerTenant(key client.ObjectKey) *v1alpha1.Tenant {
	return &v1alpha1.Tenant{
		ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name},
		Spec:       v1alpha1.TenantSpec{DisplayName: "Partner Ltd", Partner: &v1alpha1.Partner{}},
	}
}

func customerTenant(key client.ObjectKey) *v1alpha1.Tenant {
	return &v1alpha1.Tenant{
		ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name},
		Spec: v1alpha1.TenantSpec{
			DisplayName: "Customer Ltd",
			Limits:      &v1alpha1.Limits{Agents: ptr.To(int32(3)), Disk: ptr.To(resource.MustParse("2Gi"))},
		},
	}
}

// createPartner and createCustomer are told to do so again and again, as Argo CD would.
func (f family) createPartner(ctx context.Context) error {
	return client.IgnoreAlreadyExists(cluster.Client.Create(ctx, partnerTenant(f.partner)))
}

func (f family) createCustomer(ctx context.Context) error {
	return client.IgnoreAlreadyExists(cluster.Client.Create(ctx, customerTenant(f.child)))
}

func suspend(ctx context.Context, key client.ObjectKey, suspended bool) error {
	return change(ctx, key, func(tenant *v1alpha1.Tenant) { tenant.Spec.Suspend = suspended })
}

func remove(ctx context.Context, keys ...client.ObjectKey) error {
	for _, key := range keys {
		tenant := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}}
		if err := client.IgnoreNotFound(cluster.Client.Delete(ctx, tenant)); err != nil {
			return err
		}
	}
	return nil
}

// removeFamilies returns an error until all are gone.
func removeFamilies(ctx context.Context) error {
	for _, family := range families {
		if err := remove(ctx, family.child, family.partner); err != nil {
			return err
		}
	}
	for _, family := range families {
		if err := first(gone(ctx, family.child), gone(ctx, family.partner)); err != nil {
			return err
		}
	}
	return nil
}

func change(ctx context.Context, key client.ObjectKey, how func(*v1alpha1.Tenant)) error {
	tenant := &v1alpha1.Tenant{}
	if err := cluster.Client.Get(ctx, key, tenant); err != nil {
		return err
	}
	before := tenant.DeepCopy()
	how(tenant)
	return cluster.Client.Patch(ctx, tenant, client.MergeFrom(before))
}

// inPhase returns an error until a tenant is in a phase and its status is of today.
func inPhase(ctx context.Context, key client.ObjectKey, phase v1alpha1.TenantPhase) error {
	tenant := &v1alpha1.Tenant{}
	if err := cluster.Client.Get(ctx, key, tenant); err != nil {
		return err
	}
	if tenant.Status.ObservedGeneration != tenant.Generation || tenant.Status.Phase != phase {
		return fmt.Errorf("tenant %s is %s, of generation %d of %d", key, tenant.Status.Phase, tenant.Status.ObservedGeneration, tenant.Generation)
	}
	return nil
}

// gone returns an error until a tenant is no more.
func gone(ctx context.Context, key client.ObjectKey) error {
	err := cluster.Client.Get(ctx, key, &v1alpha1.Tenant{})
	if err == nil {
		return fmt.Errorf("tenant %s is still there", key)
	}
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// first is the first error of several.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
