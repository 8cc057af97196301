// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"fmt"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/brand"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("Fault 5: someone meddles with brands", Label("fault-5", "full"), func() {
	rewriting := meddling{"rewrites", patched(always(`{"data":{"brand.json":"{}","brand.css":"* {display: none}"},"binaryData":{"logo.svg":"eA=="}}`))}
	for _, meddling := range slices.Concat(changes(), forgeries(), []meddling{rewriting}) {
		It("puts right what an administrator "+meddling.name, func(ctx SpecContext) {
			judged := verdicts{invariants: watchInvariants(ctx, here)}
			leader := startLeader(ctx, here)
			victim := newFamily(here)
			Eventually(branded).WithContext(ctx).WithArguments(victim).Should(Succeed())
			Eventually(harness.Quiet).WithContext(ctx).WithArguments(leader.line, settle).Should(Succeed())
			clean := victim.snapshot(ctx)
			shown := victim.brands(ctx)
			for _, object := range shown {
				said := meddling.do(ctx, here.Client, object)
				judged.add(fmt.Sprintf("%s %s (%v)", meddling.name, describe(object), said), victim.converges(ctx, clean)...)
			}
			for _, object := range shown {
				_ = meddling.do(ctx, here.Client, object)
			}
			judged.add("all at once, and at rest", victim.differences(ctx, leader.line, clean)...)
			judged.close("fault 5, an administrator " + meddling.name + " brands")
		})
	}
})

// brands are the ConfigMaps that show what customers bear.
func (f family) brands(ctx context.Context) []*unstructured.Unstructured {
	GinkgoHelper()
	var shown []*unstructured.Unstructured
	for customer := range f.bearers() {
		object := &unstructured.Unstructured{}
		object.SetAPIVersion("v1")
		object.SetKind("ConfigMap")
		Expect(f.Client.Get(ctx, client.ObjectKey{Namespace: placeOf(customer), Name: desired.BrandName}, object)).To(Succeed())
		shown = append(shown, object)
	}
	return shown
}

var _ = Describe("Fault 7: brands that lead nowhere, in circles and too far", Label("fault-7", "full"), func() {
	It("names what is wrong with each, serves all others, and all come right when they are put right", func(ctx SpecContext) {
		judged := verdicts{invariants: watchInvariants(ctx, here)}
		leader := startLeader(ctx, here)
		bystander, f := newFamily(here), newFamily(here)
		Eventually(branded).WithContext(ctx).WithArguments(bystander).Should(Succeed())
		Eventually(active).WithContext(ctx).WithArguments(f).Should(Succeed())
		Expect(f.profile(ctx)).To(Succeed())
		Eventually(harness.Quiet).WithContext(ctx).WithArguments(leader.line, settle).Should(Succeed())
		clean := bystander.snapshot(ctx)

		bearers := oddBearers()
		for _, bearer := range slices.Backward(bearers) { // who copies is there before who is copied
			Expect(f.Client.Create(ctx, bearer.tenant(f))).To(Succeed())
		}
		Expect(f.sync(ctx, func(spec *v1alpha1.MasterTenantSyncSpec) {
			spec.Categories = []v1alpha1.SyncCategory{v1alpha1.SyncWhiteLabel}
			spec.MasterRef = &v1alpha1.TenantReference{Name: "golden"}
			spec.Targets = &v1alpha1.SyncTargets{Names: []v1alpha1.TenantName{"given"}}
		})).To(Succeed())
		for _, bearer := range bearers {
			judged.add("customer "+bearer.name, until(ctx, func(ctx context.Context) error { return bearer.judged(ctx, f) })...)
		}
		judged.add("at rest", settles(ctx, leader.line)...)
		judged.add("beside them", bystander.differences(ctx, leader.line, clean)...)

		for _, bearer := range bearers {
			if bearer.says != "" {
				Expect(f.change(ctx, bearer.key(f), func(tenant *v1alpha1.Tenant) {
					tenant.Spec.WhiteLabel = &v1alpha1.WhiteLabel{None: &v1alpha1.NoWhiteLabel{}}
				})).To(Succeed())
			}
		}
		for _, bearer := range bearers {
			bearer.says = ""
			judged.add("put right, customer "+bearer.name, until(ctx, func(ctx context.Context) error { return bearer.judged(ctx, f) })...)
		}
		judged.add("at rest again", append(settles(ctx, leader.line), panics(ctx, leader)...)...)
		judged.close("fault 7, brands that lead nowhere")
	})
})

// oddBearer is a customer whose brand is asked for in an odd way.
type oddBearer struct {
	name string
	// brand that it asks for; nil for whatever it is given.
	brand *v1alpha1.WhiteLabel
	// says why it has not that; empty if it has.
	says string
}

// oddBearers copy in circles, from nobody, and in a chain of which the last is one too many. What one names, it may be told of
// only where it is its partner's.
func oddBearers() []oddBearer {
	named := func(name string) *v1alpha1.WhiteLabel {
		return &v1alpha1.WhiteLabel{ProfileRef: &v1alpha1.LocalReference{Name: name}}
	}
	bearers := []oddBearer{
		{"ring1", copying("ring2"), "ring1 → ring2 → ring3 → ring1"},
		{"ring2", copying("ring3"), "ring2 → ring3 → ring1 → ring2"},
		{"ring3", copying("ring1"), "ring3 → ring1 → ring2 → ring3"},
		{"tail", copying("ring1"), "ring1 → ring2 → ring3 → ring1"},
		{"golden", copying("given"), "golden → given → golden"},
		{"given", nil, "given → golden → given"},
		{"lost", copying("nobody"), `there is no tenant "nobody"`},
		{"bare", named("nothing"), `there is no WhiteLabelProfile "nothing"`},
		{"operators", named(desired.SettingsName), `there is no WhiteLabelProfile "tenantry"`},
		{"link00", named(houseProfile), ""},
	}
	for n := range brand.MaxChain {
		bearers = append(bearers, oddBearer{fmt.Sprintf("link%02d", n+1), copying(fmt.Sprintf("link%02d", n)), ""})
	}
	return append(bearers, oddBearer{"link99", copying(fmt.Sprintf("link%02d", brand.MaxChain)), fmt.Sprintf("more than %d tenants", brand.MaxChain)})
}

func (b oddBearer) key(f family) client.ObjectKey {
	return client.ObjectKey{Namespace: f.partner.Name, Name: b.name}
}

func (b oddBearer) tenant(f family) *v1alpha1.Tenant {
	made := customerTenant(b.key(f))
	made.Spec.WhiteLabel = b.brand
	return made
}

// judged returns an error until the customer is active, or says why it is not.
func (b oddBearer) judged(ctx context.Context, f family) error {
	tenant := &v1alpha1.Tenant{}
	if err := f.Client.Get(ctx, b.key(f), tenant); err != nil {
		return err
	}
	if b.says == "" {
		return is(tenant, v1alpha1.PhaseActive)
	}
	said := meta.FindStatusCondition(tenant.Status.Conditions, v1alpha1.ConditionWhiteLabelReady)
	if said == nil || said.Reason != v1alpha1.ReasonUnresolved || !strings.Contains(said.Message, b.says) {
		return fmt.Errorf("customer %s says %+v, and is to say %q", b.name, said, b.says)
	}
	if is(tenant, v1alpha1.PhaseDegraded) == nil { // it was Active, before those were there whom it copies from
		return nil
	}
	return is(tenant, v1alpha1.PhasePending)
}
