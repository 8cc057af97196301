// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("A place that is as it should be", func() {
	DescribeTable("costs no request, neither when it is looked at again nor after a restart",
		func(ctx SpecContext, made func(SpecContext) *v1alpha1.Tenant, status metav1.ConditionStatus, reason string) {
			tenant := made(ctx)
			shared.settle(ctx, tenant)
			Expect(ready(tenant)).To(haveReason(status, reason))

			shared.catchUp(ctx, tenant)
			shared.recorder.take()
			Expect(shared.look(ctx, tenant)).To(Succeed())
			Expect(shared.recorder.take()).To(BeEmpty())

			restarted := newOperator(ctx)
			restarted.recorder.take()
			Expect(restarted.look(ctx, tenant)).To(Succeed())
			Expect(restarted.recorder.take()).To(BeEmpty())
		},
		Entry("while it is open", func(ctx SpecContext) *v1alpha1.Tenant {
			return root(ctx)
		}, metav1.ConditionTrue, v1alpha1.ReasonReady),
		Entry("when it is a partner's", func(ctx SpecContext) *v1alpha1.Tenant {
			return partner(ctx)
		}, metav1.ConditionTrue, v1alpha1.ReasonReady),
		Entry("when it is a child's", func(ctx SpecContext) *v1alpha1.Tenant {
			return tenantIn(ctx, partner(ctx).Status.Namespace, "child")
		}, metav1.ConditionTrue, v1alpha1.ReasonReady),
		Entry("when it has a first administrator", func(ctx SpecContext) *v1alpha1.Tenant {
			tenant := tenantIn(ctx, partner(ctx).Status.Namespace, "child", func(t *v1alpha1.Tenant) {
				t.Spec.Admin = &v1alpha1.Administrator{Username: "first"}
				t.Spec.CustomerAccess = v1alpha1.CustomerAccessFullAccess
			})
			shared.settle(ctx, tenant) // with the grant, which the next look finds
			shared.catchUp(ctx, tenant)
			return tenant
		}, metav1.ConditionTrue, v1alpha1.ReasonReady),
		Entry("when it bears a brand", func(ctx SpecContext) *v1alpha1.Tenant {
			namespace := plainNamespace(ctx)
			profileIn(ctx, namespace, "house", v1alpha1.WhiteLabelProfileSpec{CompanyName: "Acme", CustomCSS: "a { color: red }"}, isDefault)
			return tenantIn(ctx, namespace, harness.UniqueName("root"))
		}, metav1.ConditionTrue, v1alpha1.ReasonReady),
		Entry("while it is suspended", func(ctx SpecContext) *v1alpha1.Tenant {
			return root(ctx, suspended)
		}, metav1.ConditionTrue, v1alpha1.ReasonSuspended),
		Entry("while its parent is suspended", func(ctx SpecContext) *v1alpha1.Tenant {
			return tenantIn(ctx, partner(ctx, suspended).Status.Namespace, "child")
		}, metav1.ConditionTrue, v1alpha1.ReasonParentSuspended),
		Entry("while the portal is switched off", func(ctx SpecContext) *v1alpha1.Tenant {
			return root(ctx, portalOff)
		}, metav1.ConditionTrue, v1alpha1.ReasonReady),
		Entry("while something it refers to is missing", func(ctx SpecContext) *v1alpha1.Tenant {
			return root(ctx, func(t *v1alpha1.Tenant) { t.Spec.PlanRef = &v1alpha1.LocalReference{Name: "standard"} })
		}, metav1.ConditionFalse, v1alpha1.ReasonUnresolved),
		Entry("while its host is reserved", func(ctx SpecContext) *v1alpha1.Tenant {
			return root(ctx, withSubdomain("www"))
		}, metav1.ConditionFalse, v1alpha1.ReasonHostConflict),
		Entry("while its parent is no partner", func(ctx SpecContext) *v1alpha1.Tenant {
			parent := root(ctx)
			Expect(shared.look(ctx, parent)).To(Succeed())
			return tenantIn(ctx, parent.Status.Namespace, "child")
		}, metav1.ConditionFalse, v1alpha1.ReasonParentNotPartner),
	)

	It("costs at most as many writes as it has objects, and three, when it is made", func(ctx SpecContext) {
		tenant := root(ctx)
		shared.recorder.take()
		shared.settle(ctx, tenant)

		requests := shared.recorder.takeWrites()
		created := slices.DeleteFunc(slices.Clone(requests), func(request string) bool { return request == "patch tenants/status "+tenant.Name })
		Expect(created).To(HaveExactElements("create configmaps", "create namespaces", "create configmaps", "create secrets", "create limitranges",
			"create networkpolicies", "create services", "create resourcequotas", "create rolebindings", "create ingresses"))
		Expect(len(requests)).To(BeNumerically("<=", len(created)+3), strings.Join(requests, "\n"))
	})

	It("costs no request in a cluster with many others", func(ctx SpecContext) {
		parent := partner(ctx)
		var tenants []*v1alpha1.Tenant
		for range 5 {
			tenants = append(tenants, tenantIn(ctx, parent.Status.Namespace, harness.UniqueName("child")))
		}
		for _, tenant := range tenants {
			shared.settle(ctx, tenant)
		}
		shared.recorder.take()
		for _, tenant := range tenants {
			Expect(shared.look(ctx, tenant)).To(Succeed())
		}
		Expect(shared.recorder.take()).To(BeEmpty())
	})
})
