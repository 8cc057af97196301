// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/google/go-cmp/cmp"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// The kinds that a place hangs on.
const (
	tenantsKind = "tenants.tenantry.io"
	recordsKind = "retainedtenants.tenantry.io"
)

var _ = Describe("Fault 9: the kinds are deleted under a running manager", Label("fault-9", "full"), Ordered, func() {
	var plane *harness.Plane
	var there site

	BeforeAll(func(ctx SpecContext) { plane, there = newPlane(ctx) })

	It("loses no place and no Secret, and gives all back to who makes the Tenants again", func(ctx SpecContext) {
		judged := verdicts{invariants: watchInvariants(ctx, there)}
		leader := startOperator(ctx, there, retaining)
		family, had := newHousehold(ctx, there)
		Expect(harness.Quiet(ctx, leader.line, settle)).To(Succeed())
		clean := family.snapshot(ctx)

		for _, removal := range []struct {
			name  string
			kinds []string
		}{
			{"the kind of what is kept, with nothing kept", []string{recordsKind}},
			{"the kind of Tenants", []string{tenantsKind}},
			{"the kind of Tenants, then that of what is kept", []string{tenantsKind, recordsKind}},
		} {
			for _, kind := range removal.kinds {
				Expect(there.removeKinds(ctx, kind)).To(Succeed())
			}
			judged.add(removal.name, append(unrest(ctx, leader.line), family.lacks(ctx, had)...)...)
			Expect(plane.Install(ctx)).To(Succeed())
			Eventually(family.createPartner).WithContext(ctx).Should(Succeed())
			Eventually(family.createCustomer).WithContext(ctx).Should(Succeed())
			judged.add("all is back after "+removal.name, append(family.differences(ctx, leader.line, clean), family.lacks(ctx, had)...)...)
		}
		judged.close("fault 9, kinds are deleted and installed again")
	})
})

// newHousehold is a new family that works, with a Secret of the customer's own, and what it has.
func newHousehold(ctx context.Context, at site) (family, goods) {
	GinkgoHelper()
	made := newFamily(at)
	Eventually(active).WithContext(ctx).WithArguments(made).Should(Succeed())
	Expect(made.fill(ctx)).To(Succeed())
	has, err := made.goods(ctx)
	Expect(err).NotTo(HaveOccurred())
	Expect(has).To(HaveLen(5), "two places, their Secrets, and the customer's own")
	return made, has
}

// retaining is how long places outlive their tenants where nobody says anything else.
func retaining(configuration *configv1alpha1.Configuration) {
	configuration.RetainFor = &metav1.Duration{Duration: long}
}

// fill puts a Secret of the customer's own into its place.
func (f family) fill(ctx context.Context) error {
	return f.Client.Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: f.partner.Name + "-" + f.child.Name, Name: "own"},
		Data:       map[string][]byte{"password": []byte(f.token)},
	})
}

// removeKinds deletes kinds, as `kubectl delete crd` does, and returns when the API server has none of
// them any more.
func (s site) removeKinds(ctx context.Context, names ...string) error {
	for _, name := range names {
		if err := s.Client.Delete(ctx, kindNamed(name)); err != nil {
			return err
		}
	}
	found := until(ctx, func(ctx context.Context) error {
		for _, name := range names {
			kind := kindNamed(name)
			err := s.Client.Get(ctx, client.ObjectKeyFromObject(kind), kind)
			if err == nil {
				conditions, _, _ := unstructured.NestedSlice(kind.Object, "status", "conditions")
				return fmt.Errorf("kind %s is still there: %v", name, conditions)
			}
			if !apierrors.IsNotFound(err) {
				return err
			}
		}
		return nil
	})
	if len(found) > 0 {
		return errors.New(found[0])
	}
	return nil
}

func kindNamed(name string) *unstructured.Unstructured {
	kind := &unstructured.Unstructured{}
	kind.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	kind.SetName(name)
	return kind
}

// goods are a family's namespaces and Secrets: what each is, by its name.
type goods map[string]string

// goods of the family. What is being deleted counts as lost.
func (f family) goods(ctx context.Context) (goods, error) {
	found := goods{}
	for _, place := range []string{f.partner.Name, f.partner.Name + "-" + f.child.Name} {
		namespace, secrets := &corev1.Namespace{}, &corev1.SecretList{}
		if err := first(f.Client.Get(ctx, client.ObjectKey{Name: place}, namespace), f.Client.List(ctx, secrets, client.InNamespace(place))); err != nil {
			return nil, err
		}
		if namespace.DeletionTimestamp == nil {
			found["namespace "+place] = string(namespace.UID)
		}
		for _, secret := range secrets.Items {
			if secret.DeletionTimestamp == nil {
				found["secret "+place+"/"+secret.Name] = fmt.Sprintf("%s %x", secret.UID, sha256.Sum256(fmt.Append(nil, secret.Data)))
			}
		}
	}
	return found, nil
}

// lacks says what a family has lost, or got, since it had those goods.
func (f family) lacks(ctx context.Context, had goods) []string {
	has, err := f.goods(ctx)
	if err != nil {
		return []string{err.Error()}
	}
	if diff := cmp.Diff(had, has); diff != "" {
		return []string{"it has not what it had:\n" + diff}
	}
	return nil
}
