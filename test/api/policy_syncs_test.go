// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// writeSyncs is the right to write syncs, and publish that to have them carry something.
var writeSyncs = rbacv1.PolicyRule{
	APIGroups: []string{v1alpha1.GroupVersion.Group}, Resources: []string{"mastertenantsyncs"}, Verbs: everything.Verbs,
}

func publish(names ...string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{APIGroups: writeSyncs.APIGroups, Resources: writeSyncs.Resources, Verbs: []string{"publish"}, ResourceNames: names}
}

// newSync carries categories.
func newSync(namespace, name string, categories ...v1alpha1.SyncCategory) *v1alpha1.MasterTenantSync {
	return &v1alpha1.MasterTenantSync{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec:       v1alpha1.MasterTenantSyncSpec{Categories: categories},
	}
}

// sync makes one, and sees to it that nothing of it is left when the spec ends.
func sync(ctx SpecContext, c client.Client, made *v1alpha1.MasterTenantSync) *v1alpha1.MasterTenantSync {
	GinkgoHelper()
	Expect(c.Create(ctx, made)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) {
		last := made.DeepCopy()
		Expect(client.IgnoreNotFound(exempt().Delete(ctx, last))).To(Succeed())
		Expect(client.IgnoreNotFound(exempt().Patch(ctx, last, mergePatch(dropFinalizer)))).To(Succeed())
	})
	return made
}

// syncWays are all ways to write a sync; of those that are there, existing is one. Nothing is stored.
func syncWays(existing *v1alpha1.MasterTenantSync) map[string]func(SpecContext, client.Client) error {
	patched := func(body string) func(SpecContext, client.Client) error {
		return func(ctx SpecContext, c client.Client) error {
			return c.Patch(ctx, existing.DeepCopy(), mergePatch(body), client.DryRunAll)
		}
	}
	fresh := newSync(existing.Namespace, "fresh", existing.Spec.Categories...)
	return map[string]func(SpecContext, client.Client) error{
		"make": func(ctx SpecContext, c client.Client) error { return c.Create(ctx, fresh.DeepCopy(), client.DryRunAll) },
		"make by a generated name": func(ctx SpecContext, c client.Client) error {
			generated := fresh.DeepCopy()
			generated.Name, generated.GenerateName = "", "fresh-"
			return c.Create(ctx, generated, client.DryRunAll)
		},
		"apply": func(ctx SpecContext, c client.Client) error {
			return serverSideApply(ctx, client.NewDryRunClient(c), fresh.DeepCopy(), map[string]any{
				"apiVersion": v1alpha1.GroupVersion.String(), "kind": "MasterTenantSync",
				"metadata": map[string]any{"name": fresh.Name, "namespace": fresh.Namespace}, "spec": map[string]any{"categories": fresh.Spec.Categories},
			})
		},
		"aim at others":  patched(`{"spec":{"targets":{"names":["cybercorp"]}}}`),
		"copy from":      patched(`{"spec":{"masterRef":{"name":"golden"}}}`),
		"overwrite":      patched(`{"spec":{"conflict":"Overwrite"}}`),
		"suspend":        patched(`{"spec":{"suspend":true}}`),
		"carry no users": patched(`{"spec":{"categories":["WhiteLabel"]}}`),
		"delete": func(ctx SpecContext, c client.Client) error {
			return c.Delete(ctx, existing.DeepCopy(), client.DryRunAll)
		},
		"delete with all others": func(ctx SpecContext, c client.Client) error {
			return c.DeleteAllOf(ctx, &v1alpha1.MasterTenantSync{}, client.InNamespace(existing.Namespace), client.DryRunAll)
		},
	}
}

var _ = Describe("A sync", Ordered, func() {
	const policy = "tenantry-syncs"
	var h household
	BeforeAll(func(ctx SpecContext) { h = newHousehold(ctx) })

	It("is made, changed and removed by who may publish", func(ctx SpecContext) {
		existing := sync(ctx, h.publisher, newSync(h.partner, "baseline", v1alpha1.SyncContent))
		for _, c := range []client.Client{h.publisher, h.temporary, k8sClient, As(lordOf(ctx, h.partner))} {
			for name, do := range syncWays(existing) {
				Expect(do(ctx, c)).To(Succeed(), name)
			}
		}
	})

	It("is written by nobody else of the partner's staff, nor of its customers", func(ctx SpecContext) {
		existing := sync(ctx, h.publisher, newSync(h.partner, "baseline", v1alpha1.SyncContent))
		for _, c := range []client.Client{h.partnerEditor, h.partnerViewer, h.partnerReporter, h.masterOwner, h.technician, h.customerOwner} {
			for name, do := range syncWays(existing) {
				Expect(do(ctx, c)).To(beForbiddenByRBAC(), name)
			}
		}
	})

	It("is written by nobody who may only write syncs, in whatever namespace", func(ctx SpecContext) {
		existing := sync(ctx, h.publisher, newSync(h.partner, "baseline", v1alpha1.SyncContent))
		for _, c := range []client.Client{h.stranger, As(personIn(ctx, h.partner, writeSyncs))} {
			for name, do := range syncWays(existing) {
				Expect(do(ctx, c)).To(And(beForbiddenBy(policy), MatchError(ContainSubstring("in namespace "+h.partner))), name)
			}
		}
	})

	It("may be left to somebody by its name", func(ctx SpecContext) {
		existing := sync(ctx, h.publisher, newSync(h.partner, "baseline", v1alpha1.SyncContent))
		c := As(personIn(ctx, h.partner, writeSyncs, publish("baseline")))
		Expect(syncWays(existing)["suspend"](ctx, c)).To(Succeed())
		Expect(syncWays(existing)["make"](ctx, c)).To(beForbiddenBy(policy))
		Expect(c.Create(ctx, markedConfigMap(h.partner, "carried"))).To(beForbiddenByRBAC())
	})

	It("lets the partner's staff into customers only by who may let people in there", func(ctx SpecContext) {
		boss := bound(ctx, h.partner, "partner-owner")
		await(ctx, boss, h.partner, "publish mastertenantsyncs.tenantry.io")
		existing := sync(ctx, h.publisher, newSync(h.partner, "staff", v1alpha1.SyncUsers))
		some := As(personIn(ctx, h.partner, writeSyncs, publish(), assign("delegate:Editor", "delegate:Viewer", "delegate:Reporter", "Admin", "Editor")))
		for name, do := range syncWays(existing) {
			for _, c := range []client.Client{h.temporary, some} {
				Expect(do(ctx, c)).To(And(beForbiddenBy(policy), MatchError(ContainSubstring("spec.categories: Users lets the partner's staff into customers")),
					MatchError(ContainSubstring("delegate:Admin, delegate:Editor, delegate:Viewer and delegate:Reporter in namespace "+h.partner))), name)
			}
			for _, c := range []client.Client{h.publisher, As(boss), k8sClient, As(lordOf(ctx, h.partner)), exempt()} {
				Expect(do(ctx, c)).To(Succeed(), name)
			}
		}
		content := sync(ctx, h.temporary, newSync(h.partner, "content", v1alpha1.SyncContent))
		Expect(h.temporary.Patch(ctx, content.DeepCopy(), mergePatch(`{"spec":{"categories":["Content","Users"]}}`))).To(beForbiddenBy(policy))
		Expect(h.temporary.Patch(ctx, existing.DeepCopy(), mergePatch(`{"metadata":{"labels":{"a":"b"}}}`))).To(Succeed(), "its legal twin: who comes in stays")
	})

	It("is nobody's matter in a namespace that is no place, where it does nothing", func(ctx SpecContext) {
		sync(ctx, As(person(ctx, everything)), newSync(newNamespace(ctx), "baseline", v1alpha1.SyncUsers))
	})

	It("has a status that the operator writes, and nobody else", func(ctx SpecContext) {
		existing := sync(ctx, h.publisher, newSync(h.partner, "baseline", v1alpha1.SyncContent))
		said := mergePatch(`{"status":{"observedRun":"1"}}`)
		for _, c := range []client.Client{k8sClient, As(lordOf(ctx, h.partner)), As(person(ctx, everything, override))} {
			Expect(c.Status().Patch(ctx, existing.DeepCopy(), said)).To(beForbiddenBy("tenantry-status"))
		}
		Expect(h.publisher.Status().Patch(ctx, existing.DeepCopy(), said)).To(beForbiddenByRBAC())
		Expect(operator().Status().Patch(ctx, existing.DeepCopy(), said)).To(Succeed())
	})

	It("bears the finalizer from the beginning, which the operator takes away, and people do not", func(ctx SpecContext) {
		const held = "tenantry-finalizer"
		existing := sync(ctx, h.publisher, newSync(h.partner, "baseline", v1alpha1.SyncContent))
		Expect(existing.Finalizers).To(HaveExactElements(v1alpha1.Finalizer))
		Expect(h.publisher.Patch(ctx, existing, mergePatch(dropFinalizer))).To(Succeed())
		Expect(existing.Finalizers).To(HaveExactElements(v1alpha1.Finalizer), "it stays while the sync is wanted")
		Expect(h.publisher.Delete(ctx, existing)).To(Succeed())
		Expect(h.publisher.Patch(ctx, existing.DeepCopy(), mergePatch(dropFinalizer))).To(And(beForbiddenBy(held), MatchError(ContainSubstring("the sync's copies are gone"))))
		Expect(operator().Patch(ctx, existing, mergePatch(dropFinalizer))).To(Succeed())
		Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(existing), existing)).To(Satisfy(apierrors.IsNotFound))
	})

	It("is of its author's making: a stolen token of the operator changes nothing of it, but for the finalizer", func(ctx SpecContext) {
		const policy = "tenantry-operator"
		existing := sync(ctx, h.publisher, newSync(h.partner, "baseline", v1alpha1.SyncContent))
		for _, body := range []string{
			`{"spec":{"conflict":"Overwrite"}}`, `{"spec":{"targets":{"names":["other"]}}}`, `{"spec":{"categories":["Users"]}}`, `{"spec":{"suspend":true}}`,
			`{"metadata":{"labels":{"a":"b"}}}`, `{"metadata":{"annotations":{"a":"b"}}}`, `{"metadata":{"ownerReferences":[` + ownerReference + `]}}`,
		} {
			Expect(operator().Patch(ctx, existing.DeepCopy(), mergePatch(body))).To(beForbiddenBy(policy), body)
		}
		another := newSync(h.partner, "another", v1alpha1.SyncUsers)
		Expect(operator().Create(ctx, another.DeepCopy())).To(beForbiddenByRBAC())
		Expect(operator().Delete(ctx, existing.DeepCopy())).To(beForbiddenByRBAC())
		able := As(operatorName, "system:masters")
		Expect(able.Create(ctx, another.DeepCopy())).To(beForbiddenBy(policy), "whatever RBAC says")
		Expect(able.Delete(ctx, existing.DeepCopy())).To(beForbiddenBy(policy), "whatever RBAC says")
	})
})
