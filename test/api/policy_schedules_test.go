// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// writeSchedules is the right to write schedules, and no other.
var writeSchedules = rbacv1.PolicyRule{
	APIGroups: []string{v1alpha1.GroupVersion.Group}, Resources: []string{"scanschedules"}, Verbs: everything.Verbs,
}

// newSchedule is a weekly one of the tenant's own, and ofCustomers one of all customers of a partner.
func newSchedule(namespace, name string) *v1alpha1.ScanSchedule {
	return &v1alpha1.ScanSchedule{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec:       v1alpha1.ScanScheduleSpec{Profile: "web-quick", Frequency: v1alpha1.ScanWeekly},
	}
}

func ofCustomers(namespace, name string) *v1alpha1.ScanSchedule {
	made := newSchedule(namespace, name)
	made.Spec.Tenants = &v1alpha1.Selection{Selector: &v1alpha1.LabelSelector{}}
	return made
}

// scheduleWays are all ways to write a schedule of customers, of which existing is one; own is one that is not. Nothing is
// stored.
func scheduleWays(existing, own *v1alpha1.ScanSchedule) map[string]func(SpecContext, client.Client) error {
	patched := func(which *v1alpha1.ScanSchedule, body string) func(SpecContext, client.Client) error {
		return func(ctx SpecContext, c client.Client) error {
			return c.Patch(ctx, which.DeepCopy(), mergePatch(body), client.DryRunAll)
		}
	}
	return map[string]func(SpecContext, client.Client) error{
		"make": func(ctx SpecContext, c client.Client) error {
			return c.Create(ctx, ofCustomers(existing.Namespace, "fresh"), client.DryRunAll)
		},
		"aim at others":                   patched(existing, `{"spec":{"tenants":{"selector":null,"names":["cybercorp"]}}}`),
		"run now":                         patched(existing, `{"spec":{"run":"2"}}`),
		"run all the time":                patched(existing, `{"spec":{"frequency":null,"cron":"* * * * *"}}`),
		"suspend":                         patched(existing, `{"spec":{"suspend":true}}`),
		"keep to oneself":                 patched(existing, `{"spec":{"tenants":null}}`),
		"give an owner that is not there": patched(existing, `{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"gone","uid":"gone"}]}}`),
		"have one's own spread":           patched(own, `{"spec":{"tenants":{"selector":{}}}}`),
		"delete": func(ctx SpecContext, c client.Client) error {
			return c.Delete(ctx, existing.DeepCopy(), client.DryRunAll)
		},
		"delete with all others": func(ctx SpecContext, c client.Client) error {
			return c.DeleteAllOf(ctx, &v1alpha1.ScanSchedule{}, client.InNamespace(existing.Namespace), client.DryRunAll)
		},
	}
}

var _ = Describe("A schedule of customers", Ordered, func() {
	const policy = "tenantry-schedules"
	var (
		h             household
		existing, own *v1alpha1.ScanSchedule
	)
	BeforeAll(func(ctx SpecContext) {
		h = newHousehold(ctx)
		existing, own = ofCustomers(h.partner, "gold"), newSchedule(h.partner, "own")
		for _, made := range []*v1alpha1.ScanSchedule{existing, own} {
			Expect(h.publisher.Create(ctx, made)).To(Succeed())
		}
	})

	It("is made, changed and removed by who decides over the partner's tenants", func(ctx SpecContext) {
		for _, c := range []client.Client{h.publisher, h.temporary, k8sClient, As(lordOf(ctx, h.partner)), As(personIn(ctx, h.partner, writeSchedules, administerAll))} {
			for name, do := range scheduleWays(existing, own) {
				Expect(do(ctx, c)).To(Succeed(), name)
			}
		}
	})

	It("is written by nobody else of the partner's staff, nor of its customers", func(ctx SpecContext) {
		for _, c := range []client.Client{h.partnerEditor, h.partnerViewer, h.partnerReporter, h.masterOwner, h.technician, h.customerOwner} {
			for name, do := range scheduleWays(existing, own) {
				Expect(do(ctx, c)).To(beForbiddenByRBAC(), name)
			}
		}
	})

	It("is written by nobody who may only write schedules, or decides over some tenants", func(ctx SpecContext) {
		for _, c := range []client.Client{h.stranger, As(personIn(ctx, h.partner, writeSchedules)), As(personIn(ctx, h.partner, writeSchedules, administer("cybercorp")))} {
			for name, do := range scheduleWays(existing, own) {
				Expect(do(ctx, c)).To(And(beForbiddenBy(policy), MatchError(ContainSubstring("in namespace "+h.partner))), name)
			}
			Expect(c.Create(ctx, newSchedule(h.partner, "fresh"), client.DryRunAll)).To(Succeed(), "one for the partner itself")
			Expect(c.Patch(ctx, own.DeepCopy(), mergePatch(`{"spec":{"run":"2"}}`), client.DryRunAll)).To(Succeed(), "one for the partner itself")
			Expect(c.Patch(ctx, existing.DeepCopy(), mergePatch(`{"metadata":{"labels":{"a":"b"}}}`), client.DryRunAll)).To(Succeed(), "what it reaches stays")
		}
	})

	It("is none in a customer's place, whoever writes it there", func(ctx SpecContext) {
		for _, c := range []client.Client{h.customerOwner, h.publisher, As(lordOf(ctx, h.customer)), k8sClient} {
			Expect(c.Create(ctx, ofCustomers(h.customer, "gold"), client.DryRunAll)).To(And(beInvalidFor(policy), MatchError(ContainSubstring("spec.tenants: "))))
			mine := newSchedule(h.customer, "mine")
			Expect(c.Create(ctx, mine)).To(Succeed(), "its legal twin")
			Expect(c.Patch(ctx, mine.DeepCopy(), mergePatch(`{"spec":{"tenants":{"names":["initech"]}}}`))).To(beInvalidFor(policy))
			Expect(c.Patch(ctx, mine.DeepCopy(), mergePatch(`{"spec":{"run":"2"}}`))).To(Succeed())
			Expect(c.Delete(ctx, mine)).To(Succeed())
		}
	})

	It("may be taken back where its place is no partner's any more", func(ctx SpecContext) {
		Expect(exempt().Create(ctx, ofCustomers(h.customer, "former"))).To(Succeed())
		former := newSchedule(h.customer, "former")
		for _, body := range []string{`{"spec":{"suspend":true}}`, `{"spec":{"tenants":null}}`} {
			Expect(h.customerOwner.Patch(ctx, former.DeepCopy(), mergePatch(body), client.DryRunAll)).To(Succeed(), body)
		}
		Expect(h.customerOwner.Delete(ctx, former)).To(Succeed())
	})

	It("is nobody's matter in a namespace that is no place, where it does nothing", func(ctx SpecContext) {
		Expect(As(person(ctx, everything)).Create(ctx, ofCustomers(newNamespace(ctx), "gold"))).To(Succeed())
	})
})

var _ = Describe("Who changed a schedule last", func() {
	stamped := func(made *v1alpha1.ScanSchedule) string { return made.Annotations[v1alpha1.AnnotationChangedBy] }

	It("is stamped when what it does is changed, and forged by nobody", func(ctx SpecContext) {
		author, colleague := person(ctx, everything), person(ctx, everything)
		made := newSchedule(newNamespace(ctx), "weekly")
		made.Annotations = map[string]string{v1alpha1.AnnotationChangedBy: "eve", "a": "b"}
		Expect(As(author).Create(ctx, made)).To(Succeed())
		Expect(made.Annotations).To(And(HaveKeyWithValue(v1alpha1.AnnotationCreatedBy, author), HaveKeyWithValue("a", "b"), Not(HaveKey(v1alpha1.AnnotationChangedBy))))

		forged := `"metadata":{"annotations":{"tenantry.io/changed-by":"` + author + `"}}`
		for _, harmless := range []string{`{` + forged + `}`, `{` + forged + `,"spec":{"suspend":true}}`, `{"spec":{"suspend":false}}`, `{"metadata":{"labels":{"a":"b"}}}`} {
			Expect(As(colleague).Patch(ctx, made, mergePatch(harmless))).To(Succeed())
			Expect(stamped(made)).To(BeEmpty(), harmless)
		}
		for _, change := range []string{
			`{"profile":"deep"}`, `{"targets":{"names":["a.example"]}}`, `{"frequency":null,"cron":"0 2 * * *"}`, `{"cron":null,"frequency":"Daily","startTime":"03:00"}`,
			`{"timeZone":"Europe/Berlin"}`, `{"jitter":"2h"}`, `{"events":["AssetAdded"]}`, `{"tenants":{"names":["cybercorp"]}}`, `{"tenants":null}`, `{"run":"1"}`, `{"run":"1b","suspend":true}`,
		} {
			before := made.DeepCopy()
			Expect(As(colleague).Patch(ctx, made, mergePatch(`{`+forged+`,"spec":`+change+`}`))).To(Succeed())
			Expect(stamped(made)).To(Equal(colleague), change)
			Expect(made.Generation).To(Equal(before.Generation+1), change)
			Expect(As(author).Patch(ctx, made, mergePatch(`{"spec":{"profile":"by-`+made.ResourceVersion+`"}}`))).To(Succeed())
			Expect(stamped(made)).To(Equal(author), change)
		}
		Expect(As(colleague).Patch(ctx, made, mergePatch(`{"metadata":{"annotations":null}}`))).To(Succeed())
		Expect(stamped(made)).To(Equal(author), "it is not dropped either")
	})
})

// administerAll is the right to decide over all tenants.
var administerAll = rbacv1.PolicyRule{APIGroups: override.APIGroups, Resources: override.Resources, Verbs: []string{"administer"}}

var _ = Describe("A schedule asks for nothing but a profile:", func() {
	DescribeTable("what a run is comes from the operator's configuration,", func(ctx SpecContext, field string) {
		err := create(ctx, schedule.with(spec(field)), client.DryRunAll)
		name, _, _ := strings.Cut(field, ":")
		Expect(err).To(MatchError(And(ContainSubstring("strict decoding error"), ContainSubstring(`unknown field "spec.`+name+`"`))))
		stored := schedule.with(spec(field))
		Expect(k8sClient.Create(ctx, stored, client.DryRunAll)).To(Succeed(), "who does not ask is not told")
		Expect(stored.Object["spec"]).NotTo(HaveKey(name), "and has it left out all the same")
	},
		Entry("not a foreign image", "image: evil.example/miner"),
		Entry("not another command", "command: [sh, -c, 'cat /etc/shadow']"),
		Entry("not an environment of a Secret", "envFrom: [{secretRef: {name: tenant-admin}}]"),
		Entry("not a volume of one", "volumes: [{name: stolen, secret: {secretName: tenant-admin}}]"),
		Entry("not an account with its token", "serviceAccountName: default"),
		Entry("not a token alone", "automountServiceAccountToken: true"),
		Entry("not another namespace", "namespace: acme-initech"),
		Entry("not a node", "nodeName: control-plane"),
		Entry("not a template", "jobTemplate: {spec: {template: {spec: {hostNetwork: true}}}}"),
		Entry("not many at once", "parallelism: 1000"),
	)
})
