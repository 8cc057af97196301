// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var _ = Describe("A copy that a sync made", Ordered, func() {
	const policy = "tenantry-owned-objects"
	var (
		h    household
		made *corev1.ConfigMap
	)
	BeforeAll(func(ctx SpecContext) {
		h = newHousehold(ctx)
		made = copyOf(h.customer, "motd", "cybercorp", h.partner)
		Expect(operator().Create(ctx, made)).To(Succeed())
		Expect(h.customerOwner.Create(ctx, configMap(h.customer, "own"))).To(Succeed())
	})

	attempts := func(name string) map[string]func(SpecContext, client.Client) error {
		patched := func(body string) func(SpecContext, client.Client) error {
			return func(ctx SpecContext, c client.Client) error {
				return c.Patch(ctx, configMap(h.customer, name), mergePatch(body), client.DryRunAll)
			}
		}
		return map[string]func(SpecContext, client.Client) error{
			"change":    patched(`{"data":{"a":"evil"}}`),
			"note on":   patched(`{"metadata":{"annotations":{"a":"b"}}}`),
			"take over": patched(`{"metadata":{"labels":null,"annotations":null}}`),
			"give a reason to stay": patched(
				`{"metadata":{"finalizers":["example.com/stuck"]}}`),
			"replace": func(ctx SpecContext, c client.Client) error {
				return c.Update(ctx, configMap(h.customer, name), client.DryRunAll)
			},
			"delete": func(ctx SpecContext, c client.Client) error {
				return c.Delete(ctx, configMap(h.customer, name), client.DryRunAll)
			},
		}
	}

	It("is changed and deleted by nobody in the place, nor by the partner's staff", func(ctx SpecContext) {
		for _, c := range []client.Client{h.customerOwner, h.publisher, h.temporary, h.stranger, As(lordOf(ctx, h.customer))} {
			for name, do := range attempts(made.Name) {
				Expect(do(ctx, c)).To(Or(beForbiddenBy(policy), beInvalidFor("tenantry-synced-metadata")), name)
			}
			Expect(attempts(made.Name)["change"](ctx, c)).
				To(MatchError(ContainSubstring("this object is a copy, made by MasterTenantSync baseline in namespace " + h.partner + " of " + h.partner)))
			Expect(attempts("own")["change"](ctx, c)).To(Succeed(), "its legal twin")
			Expect(c.DeleteAllOf(ctx, &corev1.ConfigMap{}, client.InNamespace(h.customer), client.MatchingLabels{syncedBy: "baseline"}, client.DryRunAll)).
				To(beForbiddenBy(policy))
		}
		for name, do := range attempts(made.Name) {
			Expect(do(ctx, h.masterOwner)).To(beForbiddenByRBAC(), name)
		}
	})

	It("is changed by the cluster's administrator, and stays a copy of what it was", func(ctx SpecContext) {
		Expect(k8sClient.Patch(ctx, made.DeepCopy(), mergePatch(`{"data":{"a":"c"}}`), client.DryRunAll)).To(Succeed())
		Expect(k8sClient.Delete(ctx, made.DeepCopy(), client.DryRunAll)).To(Succeed())
		for _, metadata := range []string{
			`{"labels":{"tenantry.io/synced-by":"another"}}`, `{"labels":{"tenantry.io/synced-by":null}}`,
			`{"annotations":{"tenantry.io/synced-from":"elsewhere"}}`, `{"annotations":{"tenantry.io/synced-digest":null}}`,
			`{"annotations":{"tenantry.io/taken-over":"true"}}`, `{"annotations":null}`,
		} {
			Expect(k8sClient.Patch(ctx, made.DeepCopy(), mergePatch(`{"metadata":`+metadata+`}`))).To(beInvalidFor("tenantry-synced-metadata"), metadata)
		}
	})
})

var _ = Describe("What says that an object is a copy", Ordered, func() {
	const policy = "tenantry-synced-metadata"
	var h household
	BeforeAll(func(ctx SpecContext) {
		h = newHousehold(ctx)
		Expect(h.customerOwner.Create(ctx, configMap(h.customer, "own"))).To(Succeed())
		seed := configMap(h.customer, "seed")
		seed.Annotations = map[string]string{syncedFrom: h.partner}
		Expect(operator().Create(ctx, seed)).To(Succeed())
	})

	DescribeTable("is written by nobody but the operator, on any kind:", func(ctx SpecContext, metadata string) {
		body := mergePatch(`{"metadata":` + metadata + `}`)
		for _, c := range []client.Client{h.customerOwner, h.publisher, h.temporary, h.stranger, As(lordOf(ctx, h.customer)), k8sClient} {
			forged, said := configMap(h.customer, "forged"), parse(metadata)
			forged.Labels, forged.Annotations = texts(said["labels"]), texts(said["annotations"])
			Expect(c.Create(ctx, forged.DeepCopy(), client.DryRunAll)).To(beInvalidFor(policy))
			forged.Name, forged.GenerateName = "", "forged-"
			Expect(c.Create(ctx, forged.DeepCopy(), client.DryRunAll)).To(beInvalidFor(policy))
			Expect(c.Patch(ctx, configMap(h.customer, "own"), body, client.DryRunAll)).To(beInvalidFor(policy))
			listed := inventory.with("{}").DeepCopy()
			listed.SetNamespace(h.customer)
			listed.SetLabels(forged.Labels)
			listed.SetAnnotations(forged.Annotations)
			Expect(c.Create(ctx, listed, client.DryRunAll)).To(beInvalidFor(policy))
		}
	},
		Entry("which sync made it", `{"labels":{"tenantry.io/synced-by":"baseline"}}`),
		Entry("where it comes from", `{"annotations":{"tenantry.io/synced-from":"acme"}}`),
		Entry("what was written last", `{"annotations":{"tenantry.io/synced-digest":"`+hash+`"}}`),
		Entry("that it was taken over", `{"annotations":{"tenantry.io/taken-over":"true"}}`),
	)

	It("is not forged with all that is the operator's either", func(ctx SpecContext) {
		for _, c := range []client.Client{h.customerOwner, h.stranger, k8sClient} {
			Expect(c.Create(ctx, copyOf(h.customer, "forged", "cybercorp", h.partner), client.DryRunAll)).
				To(Or(beForbiddenBy("tenantry-owned-objects"), beInvalidFor(policy)))
			Expect(c.Patch(ctx, configMap(h.customer, "own"), client.MergeFrom(configMap(h.customer, "own")), client.DryRunAll)).To(Succeed(), "its legal twin")
		}
	})

	It("goes from a seed, which is the tenant's own, and comes on it no more", func(ctx SpecContext) {
		seed := configMap(h.customer, "seed")
		Expect(h.customerOwner.Patch(ctx, seed.DeepCopy(), mergePatch(`{"data":{"a":"c"}}`))).To(Succeed())
		Expect(h.customerOwner.Patch(ctx, seed.DeepCopy(), mergePatch(`{"metadata":{"annotations":{"tenantry.io/synced-from":"elsewhere"}}}`))).To(beInvalidFor(policy))
		Expect(h.customerOwner.Patch(ctx, seed.DeepCopy(), mergePatch(`{"metadata":{"annotations":null}}`))).To(Succeed())
		Expect(h.customerOwner.Patch(ctx, seed.DeepCopy(), mergePatch(`{"metadata":{"annotations":{"tenantry.io/synced-from":"`+h.partner+`"}}}`))).To(beInvalidFor(policy))
		Expect(h.customerOwner.Delete(ctx, seed)).To(Succeed())
	})

	It("is not written by way of a status", func(ctx SpecContext) {
		service := &corev1.Service{ObjectMeta: configMap(h.customer, "web").ObjectMeta, Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}}
		Expect(h.customerOwner.Create(ctx, service)).To(Succeed())
		controller := As(person(ctx, everything))
		for _, metadata := range []string{`{"labels":{"tenantry.io/synced-by":"a"}}`, `{"annotations":{"tenantry.io/taken-over":"true"}}`} {
			Expect(controller.Status().Patch(ctx, service.DeepCopy(), mergePatch(`{"metadata":`+metadata+`}`))).To(beInvalidFor(policy))
		}
	})

	It("is free where no tenant is", func(ctx SpecContext) {
		made := configMap(newNamespace(ctx), "own")
		made.Labels = map[string]string{syncedBy: "mine"}
		Expect(As(person(ctx, everything)).Create(ctx, made)).To(Succeed())
	})
})

// texts are the values of a map that was read from YAML.
func texts(read any) map[string]string {
	written := map[string]string{}
	if values, isMap := read.(map[string]any); isMap {
		for key, value := range values {
			written[key] = value.(string)
		}
	}
	return written
}
