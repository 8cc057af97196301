// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("What decides over a tenant", Ordered, func() {
	const policy = "tenantry-administer"
	var (
		namespace string
		sample    *unstructured.Unstructured
		editor    client.Client
		// Those who have the right: by name, by a wildcard in the namespace, by one in the cluster.
		administrators []client.Client
	)
	BeforeAll(func(ctx SpecContext) {
		namespace = newNamespace(ctx)
		editor = As(person(ctx, everything, administer("other")))
		administrators = []client.Client{As(person(ctx, everything, administer("sample"))), As(lordOf(ctx, namespace)), k8sClient}
		sample = objectOf("Tenant", namespace, map[string]any{
			"displayName": "Sample", "limits": map[string]any{"agents": int64(10)}, "permissions": map[string]any{"HelpCenter": true},
		})
		sample.SetLabels(map[string]string{"tier": "silver"})
		store(ctx, sample)
	})

	DescribeTable("is changed only by who may administer it:",
		func(ctx SpecContext, change, named string) {
			Expect(editor.Patch(ctx, sample.DeepCopy(), mergePatch(change), client.DryRunAll)).To(And(
				beForbiddenBy(policy), MatchError(ContainSubstring(named+" of Tenant sample")),
				MatchError(ContainSubstring("needs verb administer")), MatchError(ContainSubstring("auth can-i administer tenants.tenantry.io/sample -n "+namespace))))
			for _, c := range administrators {
				Expect(c.Patch(ctx, sample.DeepCopy(), mergePatch(change), client.DryRunAll)).To(Succeed())
			}
		},
		Entry("a label", `{"metadata":{"labels":{"tier":"gold"}}}`, "metadata.labels"),
		Entry("all labels", `{"metadata":{"labels":null}}`, "metadata.labels"),
		Entry("the wish to be purged", `{"metadata":{"annotations":{"tenantry.io/purge":"sample"}}}`, "annotation tenantry.io/purge"),
		Entry("an owner, whose end would be its own", `{"metadata":{"ownerReferences":[`+ownerReference+`]}}`, "metadata.ownerReferences"),
		Entry("the region", `{"spec":{"region":"eu-west"}}`, "spec.region"),
		Entry("the plan", `{"spec":{"planRef":{"name":"gold"}}}`, "spec.planRef"),
		Entry("the limits", `{"spec":{"limits":{"agents":11}}}`, "spec.limits"),
		Entry("the limits, by dropping them", `{"spec":{"limits":null}}`, "spec.limits"),
		Entry("a permission", `{"spec":{"permissions":{"HelpCenter":false}}}`, "spec.permissions"),
		Entry("the first administrator", `{"spec":{"admin":{"username":"eve"}}}`, "spec.admin"),
		Entry("the customer's access", `{"spec":{"customerAccess":"FullAccess"}}`, "spec.customerAccess"),
		Entry("the domain", `{"spec":{"domain":{"subdomain":"other"}}}`, "spec.domain"),
		Entry("that it may have children", `{"spec":{"partner":{}}}`, "spec.partner"),
		Entry("how long its place is kept", `{"spec":{"retainFor":"0s"}}`, "spec.retainFor"),
		Entry("whether it is suspended", `{"spec":{"suspend":true}}`, "spec.suspend"),
		Entry("the switch of its portal", `{"spec":{"portal":{"active":false}}}`, "spec.portal"),
		Entry("whose place it takes back", `{"spec":{"restoreFrom":{"uid":"x"}}}`, "spec.restoreFrom"),
		Entry("several at once, which are all named", `{"metadata":{"labels":null},"spec":{"limits":null,"displayName":"Other","partner":{}}}`, "metadata.labels, spec.limits, spec.partner"),
	)

	DescribeTable("leaves the rest to who may edit it:",
		func(ctx SpecContext, change string) {
			Expect(editor.Patch(ctx, sample.DeepCopy(), mergePatch(change), client.DryRunAll)).To(Succeed())
		},
		Entry("the name", `{"spec":{"displayName":"Other"}}`),
		Entry("the contact, whom the portal's mail goes to", `{"spec":{"contact":{"name":"Jane","email":"jane@cybercorp.example"}}}`),
		Entry("the brand", `{"spec":{"whiteLabel":{"none":{}}}}`),
		Entry("other annotations", `{"metadata":{"annotations":{"example.com/a":"b"}}}`),
		Entry("the same again", `{"metadata":{"labels":{"tier":"silver"}},"spec":{"limits":{"agents":10}}}`),
	)

	DescribeTable("is purged by its own name alone, whoever says so:",
		func(ctx SpecContext, value string) {
			change := mergePatch(`{"metadata":{"annotations":{"tenantry.io/purge":"` + value + `"}}}`)
			for _, c := range append([]client.Client{As(person(ctx, everything, administer("sample"), override))}, administrators...) {
				Expect(c.Patch(ctx, sample.DeepCopy(), change, client.DryRunAll)).To(And(
					beInvalidFor(policy), MatchError(ContainSubstring("set it to the Tenant's own name, sample, or leave it out"))))
			}
			fresh := newTenant(namespace, "fresh")
			fresh.Annotations = map[string]string{v1alpha1.AnnotationPurge: value}
			Expect(k8sClient.Create(ctx, fresh, client.DryRunAll)).To(And(
				beInvalidFor(policy), MatchError(ContainSubstring("own name, fresh, or leave it out"))))
		},
		Entry("not by a word", "true"),
		Entry("not by nothing", ""),
		Entry("not by another's name", "other"),
		Entry("not by its name in capitals", "Sample"),
	)

	It("keeps a wish to be purged that could not be, as long as nobody changes it", func(ctx SpecContext) {
		old := newTenant(newNamespace(ctx), "old")
		old.Annotations = map[string]string{v1alpha1.AnnotationPurge: "yes"}
		tenant(ctx, exempt(), old)
		Expect(editor.Patch(ctx, old.DeepCopy(), mergePatch(`{"spec":{"displayName":"Old"}}`))).To(Succeed())
		Expect(k8sClient.Patch(ctx, old.DeepCopy(), mergePatch(`{"metadata":{"annotations":{"tenantry.io/purge":"true"}}}`))).To(beInvalidFor(policy))
		Expect(k8sClient.Patch(ctx, old.DeepCopy(), mergePatch(`{"metadata":{"annotations":{"tenantry.io/purge":"old"}}}`))).To(Succeed())
		Expect(k8sClient.Patch(ctx, old.DeepCopy(), mergePatch(`{"metadata":{"annotations":{"tenantry.io/purge":null}}}`))).To(Succeed())
	})

	It("may be replaced and applied by an editor, as it is", func(ctx SpecContext) {
		last := sample.DeepCopy()
		Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(sample), last)).To(Succeed())
		Expect(editor.Update(ctx, last.DeepCopy())).To(Succeed())
		Expect(serverSideApply(ctx, editor, last.DeepCopy(), map[string]any{
			"apiVersion": last.GetAPIVersion(), "kind": "Tenant", "metadata": map[string]any{"name": last.GetName()},
			"spec": map[string]any{"displayName": "Sample", "limits": map[string]any{"agents": 10}},
		})).To(Succeed())
	})

	It("is changed by the operator, as far as it goes, and by Kubernetes", func(ctx SpecContext) {
		change := mergePatch(`{"metadata":{"labels":{"tier":"gold"}}}`)
		Expect(operator().Patch(ctx, sample.DeepCopy(), change, client.DryRunAll)).To(Succeed())
		Expect(exempt().Patch(ctx, sample.DeepCopy(), change, client.DryRunAll)).To(Succeed())
	})

	Context("when it is new", func() {
		DescribeTable("is asked for, where it reaches for what another left:",
			func(ctx SpecContext, change func(*v1alpha1.Tenant), named string) {
				t := newTenant(namespace, "fresh")
				change(t)
				Expect(editor.Create(ctx, t.DeepCopy(), client.DryRunAll)).To(And(
					beForbiddenBy(policy), MatchError(ContainSubstring(named+" of Tenant fresh: to set this"))))
				Expect(As(person(ctx, everything, administer("fresh"))).Create(ctx, t, client.DryRunAll)).To(Succeed())
			},
			Entry("a place that is kept", func(t *v1alpha1.Tenant) {
				t.Spec.RestoreFrom = &v1alpha1.RestoreReference{UID: "x"}
			}, "spec.restoreFrom"),
			Entry("a purge that is to come", func(t *v1alpha1.Tenant) {
				t.Annotations = map[string]string{v1alpha1.AnnotationPurge: t.Name}
			}, "annotation tenantry.io/purge"),
		)

		It("is its author's for the rest", func(ctx SpecContext) {
			t := newTenant(namespace, "fresh")
			t.Labels = map[string]string{"tier": "gold"}
			t.Spec.Region = "eu-west"
			t.Spec.PlanRef = &v1alpha1.LocalReference{Name: "standard"}
			t.Spec.Permissions = map[string]bool{"HelpCenter": true}
			t.Spec.Partner = &v1alpha1.Partner{}
			t.Spec.CustomerAccess = v1alpha1.CustomerAccessFullAccess
			Expect(editor.Create(ctx, t, client.DryRunAll)).To(Succeed())
		})
	})
})
