// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// family is a partner and its customer, named by a token that occurs in no other name.
type family struct {
	site
	token   string
	partner client.ObjectKey
	child   client.ObjectKey
}

// families that were made here.
var families []family

// newFamily has a name of its own. Its tenants stay until the end of the suite, so that none is being
// removed while another spec watches what is written.
func newFamily(at site) family {
	token := harness.UniqueName("")
	partner := client.ObjectKey{Namespace: at.roots, Name: "p" + token}
	made := family{site: at, token: token, partner: partner, child: client.ObjectKey{Namespace: partner.Name, Name: "customer"}}
	if at == here {
		families = append(families, made)
	}
	return made
}

// anyToken is what a family's own token is replaced by, so that snapshots of different families compare.
const anyToken = "TOKEN"

func (f family) snapshot(ctx context.Context) harness.Snapshot {
	GinkgoHelper()
	keys := f.tenants()
	for _, sibling := range f.siblings() {
		err := f.Client.Get(ctx, sibling, &v1alpha1.Tenant{})
		Expect(client.IgnoreNotFound(err)).To(Succeed())
		if err == nil {
			keys = append(keys, sibling)
		}
	}
	taken, err := f.Snapshot(ctx, keys...)
	Expect(err).NotTo(HaveOccurred())
	return taken.Rename(f.token, anyToken)
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
			Limits:      &v1alpha1.Limits{Agents: new(int32(3)), Disk: new(resource.MustParse("2Gi"))},
		},
	}
}

// createPartner and createCustomer are told to do so again and again, as Argo CD would.
func (f family) createPartner(ctx context.Context) error {
	return client.IgnoreAlreadyExists(f.Client.Create(ctx, partnerTenant(f.partner)))
}

// createCustomer asks for the terms that the place has which is kept, if one is: it is given back on no
// others.
func (f family) createCustomer(ctx context.Context) error {
	tenant, record := customerTenant(f.child), &v1alpha1.RetainedTenant{}
	if err := client.IgnoreNotFound(f.Client.Get(ctx, f.child, record)); err != nil {
		return err
	}
	tenant.Spec.RetainFor = record.Spec.Tenant.RetainFor
	return client.IgnoreAlreadyExists(f.Client.Create(ctx, tenant))
}

// purgeCustomers begins to remove, for good, all the partner's customers, and returns how many there were.
func (f family) purgeCustomers(ctx context.Context) (int, error) {
	tenants := &v1alpha1.TenantList{}
	if err := f.Client.List(ctx, tenants, client.InNamespace(f.partner.Name)); err != nil {
		return 0, err
	}
	for i := range tenants.Items {
		if tenants.Items[i].DeletionTimestamp != nil {
			continue
		}
		if err := f.purge(ctx, client.ObjectKeyFromObject(&tenants.Items[i])); err != nil {
			return 0, err
		}
	}
	return len(tenants.Items), nil
}

// removeFamilies returns an error until all are gone, and nothing is kept of them.
func removeFamilies(ctx context.Context) error {
	for _, family := range families {
		if _, err := family.purgeCustomers(ctx); err != nil {
			return err
		}
		for _, tenant := range append(family.siblings(), family.child, family.partner) {
			if err := family.purge(ctx, tenant); err != nil {
				return err
			}
		}
	}
	for _, family := range families {
		if err := first(family.purged(ctx, family.child), family.purged(ctx, family.partner)); err != nil {
			return err
		}
	}
	return nil
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
