// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// secretsDir holds what lets syncs carry Secrets.
const secretsDir = "../components/sync-secrets"

var _ = Describe("Who runs the cluster lets syncs carry more:", Ordered, func() {
	const policy = "tenantry-operator-copies"
	var h household
	BeforeAll(func(ctx SpecContext) { h = newHousehold(ctx) })

	// apply makes what a file under config/samples says, until the spec ends.
	apply := func(ctx SpecContext, file string) {
		GinkgoHelper()
		for _, object := range readSample(file) {
			Expect(k8sClient.Create(ctx, object)).To(Succeed())
			DeferCleanup(func(ctx SpecContext) { Expect(k8sClient.Delete(ctx, object)).To(Succeed()) })
		}
	}

	It("a kind of their own, by a ClusterRole that is aggregated, and copies of it alone", func(ctx SpecContext) {
		rules := serveKind(ctx, schema.GroupVersionKind{Group: "soc.example", Version: "v1", Kind: "SuppressionRule"}, "suppressionrules")
		rule := func(labels map[string]string) client.Object {
			obj := objectIn(rules, h.customer, "noise")
			obj.SetLabels(labels)
			return obj
		}
		copied := rule(copyLabels("cybercorp", h.partner))
		Expect(operator().Create(ctx, copied, client.DryRunAll)).To(beForbiddenByRBAC(), "which nobody has said yet")
		apply(ctx, "sync/further_kinds.yaml")
		for _, verb := range []string{"get", "list", "watch", "create", "update", "patch", "delete"} {
			await(ctx, operatorName, h.customer, verb+" suppressionrules.soc.example")
		}

		Expect(operator().Create(ctx, copied)).To(Succeed())
		Expect(operator().Update(ctx, copied)).To(Succeed())
		// The tenant's owner gets the right to the kind by another aggregation than the operator.
		Eventually(func() error { return h.customerOwner.Delete(ctx, copied) }).WithContext(ctx).WithTimeout(eventualTimeout).Should(
			beForbiddenBy("tenantry-owned-objects"))
		Expect(operator().Delete(ctx, copied)).To(Succeed())

		By("misusing it")
		for _, labels := range []map[string]string{nil, ownLabels(), copyLabels("initech", h.partner)} {
			Expect(operator().Create(ctx, rule(labels))).To(beForbiddenBy(policy))
		}
		elsewhere := rule(copyLabels("cybercorp", h.partner))
		elsewhere.SetNamespace(newNamespace(ctx))
		Expect(operator().Create(ctx, elsewhere)).To(beForbiddenBy(policy))
		own := rule(nil)
		Expect(h.customerOwner.Create(ctx, own)).To(Succeed())
		silent := rule(copyLabels("cybercorp", h.partner))
		silent.SetResourceVersion(own.GetResourceVersion())
		Expect(operator().Update(ctx, silent)).To(beForbiddenBy(policy))
		Expect(operator().Delete(ctx, own.DeepCopyObject().(client.Object))).To(beForbiddenBy(policy))
		silent.SetAnnotations(map[string]string{takenOver: "true"})
		Expect(operator().Update(ctx, silent)).To(Succeed(), "its legal twin")
	})

	Context("Secrets, by a component that is not installed", Ordered, func() {
		secret := func() *corev1.Secret {
			return &corev1.Secret{ObjectMeta: copyOf(h.customer, "feed", "cybercorp", h.partner).ObjectMeta}
		}

		It("which an installation has not got", func(ctx SpecContext) {
			for _, said := range []string{"update secrets=feed", "delete secrets=feed", "patch secrets=feed"} {
				Expect(may(ctx, operatorName, right(said, h.customer))).To(BeFalse(), said)
			}
			Expect(operator().Create(ctx, secret())).To(beForbiddenBy(policy), "though it may create Secrets, for its own")
			seed := &corev1.Secret{ObjectMeta: configMap(h.customer, "feed").ObjectMeta}
			seed.Annotations = map[string]string{syncedFrom: h.partner}
			Expect(operator().Create(ctx, seed)).To(beForbiddenBy(policy))
		})

		It("which gives the operator those that it copies", func(ctx SpecContext) {
			apply(ctx, secretsDir+"/role.yaml")
			for _, said := range []string{"get secrets=feed", "create secrets", "update secrets=feed", "patch secrets=feed", "delete secrets=feed"} {
				await(ctx, operatorName, h.customer, said)
			}
			for _, said := range []string{"list secrets", "watch secrets", "deletecollection secrets"} {
				Expect(may(ctx, operatorName, right(said, h.customer))).To(BeFalse(), said)
			}
			copied := secret()
			Expect(operator().Create(ctx, copied)).To(Succeed())
			Expect(operator().Update(ctx, copied)).To(Succeed())
			Expect(operator().Delete(ctx, copied)).To(Succeed())

			own := &corev1.Secret{ObjectMeta: configMap(h.customer, "own").ObjectMeta}
			Expect(h.customerOwner.Create(ctx, own)).To(Succeed())
			Expect(operator().Delete(ctx, own.DeepCopy())).To(beForbiddenBy("tenantry-operator"))
			own.Data = map[string][]byte{"a": []byte("evil")}
			Expect(operator().Update(ctx, own.DeepCopy())).To(beForbiddenBy("tenantry-operator"))
			foreign := secret()
			foreign.Namespace = "kube-system"
			Expect(operator().Create(ctx, foreign)).To(Or(beForbiddenBy(policy), beForbiddenBy("tenantry-operator")))
		})
	})
})
