// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("Fault 9: the kinds are deleted in any order, whatever places are kept for", Label("fault-9", "full"), Ordered, func() {
	var plane *harness.Plane
	var there site

	BeforeAll(func(ctx SpecContext) { plane, there = newPlane(ctx) })
	AfterEach(func(ctx SpecContext) { Expect(plane.Install(ctx)).To(Succeed()) })

	DescribeTable("lets them go, and loses no place and no Secret:",
		func(ctx SpecContext, configure func(*configv1alpha1.Configuration), kinds ...string) {
			leader := startOperator(ctx, there, configure)
			family, had := newHousehold(ctx, there)
			Expect(there.removeKinds(ctx, kinds...)).To(Succeed())
			Expect(append(unrest(ctx, leader.line), family.lacks(ctx, had)...)).To(BeEmpty())
		},
		Entry("the kind of what is kept first", retaining, recordsKind, tenantsKind),
		Entry("that of Tenants first, both in one breath", retaining, tenantsKind, recordsKind),
		Entry("where a Tenant's place goes with it", nil, tenantsKind, recordsKind),
	)
})
