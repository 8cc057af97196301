// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// newAutoscaler is for an object of that kind.
func newAutoscaler(namespace, apiVersion, kind string) *autoscalingv2.HorizontalPodAutoscaler {
	return &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "busy"},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: apiVersion, Kind: kind, Name: "web"},
			MaxReplicas:    3,
		},
	}
}

var _ = Describe("An autoscaler in a tenant's place", func() {
	DescribeTable("scales workloads alone:", func(ctx SpecContext, apiVersion, kind string, legal bool) {
		namespace := place(ctx).Name
		lord := As(lordOf(ctx, namespace))
		err := lord.Create(ctx, newAutoscaler(namespace, apiVersion, kind), client.DryRunAll)
		if legal {
			Expect(err).To(Succeed())
			return
		}
		Expect(err).To(And(beForbiddenBy("tenantry-autoscalers"), MatchError(ContainSubstring("name a Deployment, StatefulSet or ReplicaSet of apps/v1"))))
		for _, c := range []client.Client{k8sClient, As(person(ctx, everything, override))} {
			Expect(c.Create(ctx, newAutoscaler(namespace, apiVersion, kind), client.DryRunAll)).To(Succeed())
		}
		Expect(As(person(ctx, everything)).Create(ctx, newAutoscaler(newNamespace(ctx), apiVersion, kind))).To(Succeed(), "where no tenant is")
	},
		Entry("a Deployment", "apps/v1", "Deployment", true),
		Entry("a StatefulSet", "apps/v1", "StatefulSet", true),
		Entry("a ReplicationController", "v1", "ReplicationController", true),
		Entry("nothing that a sync may carry", "example.com/v1", "Widget", false),
		Entry("no Deployment of another group", "example.com/v1", "Deployment", false),
	)

	It("is not turned to something else later, and may have anything else changed", func(ctx SpecContext) {
		namespace := place(ctx).Name
		lord := As(lordOf(ctx, namespace))
		autoscaler := newAutoscaler(namespace, "apps/v1", "Deployment")
		Expect(lord.Create(ctx, autoscaler)).To(Succeed())
		Expect(lord.Patch(ctx, autoscaler.DeepCopy(), mergePatch(`{"spec":{"scaleTargetRef":{"apiVersion":"example.com/v1","kind":"Widget"}}}`))).
			To(beForbiddenBy("tenantry-autoscalers"))
		Expect(lord.Patch(ctx, autoscaler, mergePatch(`{"spec":{"maxReplicas":5}}`))).To(Succeed())
	})
})
