// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// touch is something that somebody does to what a sync carries, or would carry then, in a namespace that holds marked
// ConfigMap carried and plain ConfigMap plain. Nothing of it is stored.
type touch func(ctx SpecContext, c client.Client, namespace string) error

func changing(name, body string) touch {
	return func(ctx SpecContext, c client.Client, namespace string) error {
		return c.Patch(ctx, configMap(namespace, name), mergePatch(body), client.DryRunAll)
	}
}

// touches are all ways to say what is carried.
var touches = map[string]touch{
	"make": func(ctx SpecContext, c client.Client, namespace string) error {
		return c.Create(ctx, markedConfigMap(namespace, "planted"), client.DryRunAll)
	},
	"make by a generated name": func(ctx SpecContext, c client.Client, namespace string) error {
		made := markedConfigMap(namespace, "")
		made.GenerateName = "planted-"
		return c.Create(ctx, made, client.DryRunAll)
	},
	"apply": func(ctx SpecContext, c client.Client, namespace string) error {
		return serverSideApply(ctx, client.NewDryRunClient(c), configMap(namespace, "planted"), map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap",
			"metadata": map[string]any{"name": "planted", "namespace": namespace, "labels": map[string]any{syncMark: "content"}},
		})
	},
	"mark":                     changing("plain", `{"metadata":{"labels":{"tenantry.io/sync":"content"}}}`),
	"unmark":                   changing("carried", `{"metadata":{"labels":{"tenantry.io/sync":null}}}`),
	"drop all labels":          changing("carried", `{"metadata":{"labels":null}}`),
	"move to another category": changing("carried", `{"metadata":{"labels":{"tenantry.io/sync":"email-notifications"}}}`),
	"change":                   changing("carried", `{"data":{"a":"evil"}}`),
	"unmark and change":        changing("carried", `{"metadata":{"labels":null},"data":{"a":"evil"}}`),
	"change a label that selects": changing("carried",
		`{"metadata":{"labels":{"team":"soc"}}}`),
	"have the tenant's name filled in": changing("carried", `{"metadata":{"annotations":{"tenantry.io/substitute":"true"}}}`),
	"give an owner, to be deleted with": changing("carried",
		`{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"gone","uid":"0e8c5d0e-0c53-4ce9-9d8b-6d4f3a2b1c0d"}]}}`),
	"replace": func(ctx SpecContext, c client.Client, namespace string) error {
		return c.Update(ctx, configMap(namespace, "carried"), client.DryRunAll)
	},
	"patch by JSON": func(ctx SpecContext, c client.Client, namespace string) error {
		return c.Patch(ctx, configMap(namespace, "carried"), jsonPatch(`[{"op":"remove","path":"/metadata/labels"}]`), client.DryRunAll)
	},
	"delete": func(ctx SpecContext, c client.Client, namespace string) error {
		return c.Delete(ctx, configMap(namespace, "carried"), client.DryRunAll)
	},
	"delete with all others": func(ctx SpecContext, c client.Client, namespace string) error {
		return c.DeleteAllOf(ctx, &corev1.ConfigMap{}, client.InNamespace(namespace), client.MatchingLabels{syncMark: "content"}, client.DryRunAll)
	},
}

var _ = Describe("What syncs carry", Ordered, func() {
	const policy = "tenantry-sync-sources"
	var h household
	BeforeAll(func(ctx SpecContext) {
		h = newHousehold(ctx)
		for _, namespace := range []string{h.partner, h.master} {
			Expect(h.publisher.Create(ctx, markedConfigMap(namespace, "carried"))).To(Succeed())
			Expect(h.publisher.Create(ctx, configMap(namespace, "plain"))).To(Succeed())
		}
	})

	DescribeTable("is not said by who may write in the place alone:",
		func(ctx SpecContext, who func(SpecContext) client.Client, namespace *string) {
			c := who(ctx)
			for name, do := range touches {
				Expect(do(ctx, c, *namespace)).To(And(beForbiddenBy(policy),
					MatchError(ContainSubstring("needs verb publish on mastertenantsyncs.tenantry.io in namespace "+h.partner))), name)
			}
			Expect(changing("plain", `{"data":{"a":"c"}}`)(ctx, c, *namespace)).To(Succeed(), "its legal twin: what nobody carries")
			Expect(c.Create(ctx, configMap(*namespace, "new"), client.DryRunAll)).To(Succeed(), "its legal twin")
		},
		Entry("the master's Owner", func(SpecContext) client.Client { return h.masterOwner }, &h.master),
		Entry("the master's Editor", func(SpecContext) client.Client { return h.masterEditor }, &h.master),
		Entry("a technician who was delegated to the master", func(SpecContext) client.Client { return h.technician }, &h.master),
		Entry("who has every right in the master's place, publish too", func(ctx SpecContext) client.Client { return As(lordOf(ctx, h.master)) }, &h.master),
		Entry("the partner's Editor", func(SpecContext) client.Client { return h.partnerEditor }, &h.partner),
		Entry("another partner's Owner, with every common right, in the master's place", func(SpecContext) client.Client { return h.stranger }, &h.master),
		Entry("another partner's Owner, with every common right, in the partner's", func(SpecContext) client.Client { return h.stranger }, &h.partner),
		Entry("a controller that serves the whole cluster at others' word", func(ctx SpecContext) client.Client { return As(person(ctx, everything)) }, &h.master),
	)

	DescribeTable("is said by who may publish:", func(ctx SpecContext, who func(SpecContext) client.Client, namespace *string) {
		for name, do := range touches {
			Expect(do(ctx, who(ctx), *namespace)).To(Succeed(), name)
		}
	},
		Entry("the partner's Admin, in the partner's place", func(SpecContext) client.Client { return h.publisher }, &h.partner),
		Entry("the partner's Admin, in the master's", func(SpecContext) client.Client { return h.publisher }, &h.master),
		Entry("who is Admin for a while", func(SpecContext) client.Client { return h.temporary }, &h.master),
		Entry("who has every right in the partner's place", func(ctx SpecContext) client.Client { return As(lordOf(ctx, h.partner)) }, &h.partner),
		Entry("the cluster's administrator", func(SpecContext) client.Client { return k8sClient }, &h.master),
		Entry("Kubernetes' controllers", func(SpecContext) client.Client { return exempt() }, &h.master),
	)

	It("is out of reach for who may not write there at all", func(ctx SpecContext) {
		for _, c := range []client.Client{h.partnerViewer, h.partnerReporter, h.customerOwner, h.masterOwner} {
			for name, do := range touches {
				Expect(do(ctx, c, h.partner)).To(beForbiddenByRBAC(), name)
			}
		}
		Expect(touches["change"](ctx, h.customerOwner, h.master)).To(beForbiddenByRBAC())
	})

	It("is a Secret only where who may publish marked it", func(ctx SpecContext) {
		secret := &corev1.Secret{ObjectMeta: markedConfigMap(h.master, "planted").ObjectMeta}
		for _, c := range []client.Client{h.masterOwner, h.technician, h.stranger} {
			Expect(c.Create(ctx, secret.DeepCopy(), client.DryRunAll)).To(beForbiddenBy(policy))
		}
		Expect(h.publisher.Create(ctx, secret.DeepCopy(), client.DryRunAll)).To(Succeed(), "its legal twin")
	})

	It("is asked of the partner above in the place of a customer that is no partner, and of a partner itself in its own", func(ctx SpecContext) {
		child := placeOf(ctx, "sub", h.partner, map[string]string{"tenantry.io/partner": "true"})
		own := bound(ctx, child, "partner-admin")
		await(ctx, own, child, "create configmaps")
		Expect(As(own).Create(ctx, markedConfigMap(child, "carried"), client.DryRunAll)).To(Succeed())
		bind(ctx, h.partner, "partner-editor", own)
		await(ctx, own, h.partner, "create configmaps")
		Expect(As(own).Create(ctx, markedConfigMap(h.partner, "carried"), client.DryRunAll)).To(beForbiddenBy(policy))
	})

	DescribeTable("is of a category that there is:", func(ctx SpecContext, value string, allowed bool) {
		made := markedConfigMap(h.partner, "categorised")
		made.Labels[syncMark] = value
		outcome := Succeed()
		if !allowed {
			outcome = And(beInvalidFor(policy), MatchError(ContainSubstring("email-notifications, content, false-positive-suppression and resource")))
		}
		Expect(h.publisher.Create(ctx, made, client.DryRunAll)).To(outcome)
		Expect(changing("plain", `{"metadata":{"labels":{"tenantry.io/sync":"`+value+`"}}}`)(ctx, h.publisher, h.partner)).To(outcome)
	},
		Entry(nil, "email-notifications", true),
		Entry(nil, "content", true),
		Entry(nil, "false-positive-suppression", true),
		Entry(nil, "resource", true),
		Entry(nil, "", false),
		Entry(nil, "true", false),
		Entry(nil, "Content", false),
		Entry(nil, "users", false),
	)

	It("is no copy, and nothing else of the operator's", func(ctx SpecContext) {
		made := copyOf(h.customer, "motd", "cybercorp", h.partner)
		Expect(operator().Create(ctx, made)).To(Succeed())
		for _, c := range []client.Client{k8sClient, h.publisher} {
			Expect(c.Patch(ctx, made.DeepCopy(), mergePatch(`{"metadata":{"labels":{"tenantry.io/sync":"content"}}}`))).
				To(Or(beInvalidFor(policy), beForbiddenBy("tenantry-owned-objects")))
		}
		Expect(k8sClient.Patch(ctx, made.DeepCopy(), mergePatch(`{"metadata":{"labels":{"tenantry.io/sync":"content"}}}`))).To(beInvalidFor(policy))
	})

	Context("of a kind of the cluster's own", Ordered, func() {
		rules := schema.GroupVersionKind{Group: "soc.example", Version: "v1", Kind: "Rule"}
		carried := func() client.Object {
			obj := objectIn(rules, h.master, "carried")
			obj.SetLabels(map[string]string{syncMark: "resource"})
			return obj
		}
		var controller client.Client
		BeforeAll(func(ctx SpecContext) {
			serveKind(ctx, rules, "rules")
			controller = As(person(ctx, everything))
			Expect(k8sClient.Create(ctx, carried())).To(Succeed())
		})

		It("is guarded like any other", func(ctx SpecContext) {
			Expect(controller.Patch(ctx, carried(), mergePatch(`{"spec":{"a":"evil"}}`))).To(beForbiddenBy(policy))
			Expect(controller.Delete(ctx, carried())).To(beForbiddenBy(policy))
			Expect(k8sClient.Patch(ctx, carried(), mergePatch(`{"spec":{"a":"b"}}`))).To(Succeed(), "its legal twin")
		})

		It("has a status that its controller goes on writing", func(ctx SpecContext) {
			Expect(controller.Status().Patch(ctx, carried(), mergePatch(`{"status":{"a":"b"}}`))).To(Succeed())
		})
	})

	It("is not marked by way of a status either, which is its controller's to write", func(ctx SpecContext) {
		service := &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: h.master, Name: "web"},
			Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}},
		}
		Expect(k8sClient.Create(ctx, service)).To(Succeed())
		controller := As(person(ctx, everything))
		mark := mergePatch(`{"metadata":{"labels":{"tenantry.io/sync":"content"}}}`)
		Expect(controller.Status().Patch(ctx, service.DeepCopy(), mark)).To(beForbiddenBy(policy))
		Expect(h.publisher.Patch(ctx, service, mark)).To(Succeed())
		Expect(controller.Status().Patch(ctx, service.DeepCopy(), mergePatch(`{"metadata":{"labels":{"tenantry.io/sync":null}}}`))).To(beForbiddenBy(policy))
	})

	It("is set in no namespace that is no place, and what bears it from before is nobody's matter", func(ctx SpecContext) {
		const elsewhere = "tenantry-sync-sources-elsewhere"
		writer, namespace := As(person(ctx, everything)), newNamespace(ctx)
		Expect(writer.Create(ctx, markedConfigMap(namespace, "carried"))).To(And(beForbiddenBy(elsewhere), MatchError(ContainSubstring("leave it out here"))))
		plain := configMap(namespace, "plain")
		Expect(writer.Create(ctx, plain)).To(Succeed())
		Expect(writer.Patch(ctx, plain, mergePatch(`{"metadata":{"labels":{"tenantry.io/sync":"zzz"}}}`))).To(beForbiddenBy(elsewhere))

		made := markedConfigMap(namespace, "carried")
		Expect(k8sClient.Create(ctx, made)).To(Succeed(), "with verb override")
		Expect(writer.Patch(ctx, made, mergePatch(`{"data":{"a":"b"}}`))).To(Succeed())
		Expect(writer.Patch(ctx, made, mergePatch(`{"metadata":{"labels":null}}`))).To(Succeed())
		Expect(writer.Delete(ctx, made)).To(Succeed())
	})

	It("goes with its place", func(ctx SpecContext) {
		gone := placeOf(ctx, "gone", h.partner, nil)
		Expect(k8sClient.Create(ctx, markedConfigMap(gone, "carried"))).To(Succeed())
		Expect(As(namespaceController, "system:serviceaccounts", "system:serviceaccounts:kube-system", "system:masters").
			DeleteAllOf(ctx, &corev1.ConfigMap{}, client.InNamespace(gone), client.MatchingLabels{syncMark: "content"})).To(Succeed())
	})

	It("leaves alone what nodes and Kubernetes write all the time", func(ctx SpecContext) {
		node := As("system:node:one", "system:nodes", "system:masters")
		pod := &corev1.Pod{
			ObjectMeta: markedConfigMap(withAccount(ctx, h.master), "web").ObjectMeta,
			Spec:       corev1.PodSpec{NodeName: "one", Containers: []corev1.Container{{Name: "web", Image: "web"}}},
		}
		Expect(exempt().Create(ctx, pod)).To(Succeed(), "people mark no pods any more")
		Expect(node.Delete(ctx, pod)).To(Succeed())
	})
})
