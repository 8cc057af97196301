// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("The first administrator", func() {
	It("is replaced by naming another, who takes the seat, and is nobody when no one is named", func(ctx SpecContext) {
		former, next := harness.UniqueName("former"), harness.UniqueName("next")
		acme := partner(ctx)
		cybercorp := customer(ctx, acme, "cybercorp", func(t *v1alpha1.Tenant) {
			t.Spec.CustomerAccess = v1alpha1.CustomerAccessFullAccess
			t.Spec.Limits = &v1alpha1.Limits{Agents: new(int32(1))}
			t.Spec.Admin = &v1alpha1.Administrator{Username: former}
		})
		place := cybercorp.Status.Namespace
		Eventually(may).WithArguments(ctx, former, "create", "pods", place).Within(inTime).Should(BeTrue())

		change(ctx, cybercorp, func(t *v1alpha1.Tenant) { t.Spec.Admin.Username = next }, beReady())
		Eventually(may).WithArguments(ctx, next, "create", "pods", place).Within(inTime).Should(BeTrue())
		Eventually(may).WithArguments(ctx, former, "get", "configmaps", place).Within(inTime).Should(BeFalse())
		awaitGrant(ctx, grantOf(cybercorp, "admin"), v1alpha1.ReasonGranted)

		change(ctx, cybercorp, func(t *v1alpha1.Tenant) { t.Spec.Admin = nil }, beReady())
		Eventually(may).WithArguments(ctx, next, "get", "configmaps", place).Within(inTime).Should(BeFalse())
		gone(ctx, grantOf(cybercorp, "admin"))
	})
})
