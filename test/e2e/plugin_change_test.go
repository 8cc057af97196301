// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// Exit codes of the plugin.
const (
	exitUsage     = 2
	exitNotFound  = 3
	exitForbidden = 4
	exitConflict  = 5
	exitRefused   = 7
	exitPending   = 8
)

// crew is a partner with two customers, and people of each kind: an admin and an editor of the partner's, a technician who is delegated
// to one customer, and a person of that customer's.
type crew struct {
	partner, cybercorp, initech *v1alpha1.Tenant
	admin, editor, tech, kim    string
}

func newCrew(ctx SpecContext) crew {
	GinkgoHelper()
	s := crew{partner: root(ctx, asPartner)}
	gold := func(t *v1alpha1.Tenant) {
		t.Labels, t.Spec.CustomerAccess = map[string]string{"tier": "gold"}, v1alpha1.CustomerAccessFullAccess
	}
	s.cybercorp, s.initech = customer(ctx, s.partner, "cybercorp", gold), customer(ctx, s.partner, "initech", gold)
	for _, person := range []*string{&s.admin, &s.editor, &s.tech, &s.kim} {
		*person = harness.UniqueName("person")
	}
	newGrant(ctx, s.partner.Status.Namespace, s.admin, v1alpha1.RoleAdmin)
	newGrant(ctx, s.partner.Status.Namespace, s.editor, v1alpha1.RoleEditor)
	newGrant(ctx, s.partner.Status.Namespace, s.tech, v1alpha1.RoleAdmin, func(g *v1alpha1.TenantAccessGrant) {
		g.Spec.Tenants = &v1alpha1.Selection{Names: []v1alpha1.TenantName{"cybercorp"}}
	})
	newGrant(ctx, s.cybercorp.Status.Namespace, s.kim, v1alpha1.RoleOwner)
	for person, namespace := range map[string]string{
		s.admin: s.partner.Status.Namespace, s.editor: s.partner.Status.Namespace, s.tech: s.cybercorp.Status.Namespace, s.kim: s.cybercorp.Status.Namespace,
	} {
		Eventually(may).WithArguments(ctx, person, "list", "configmaps", namespace).Within(inTime).Should(BeTrue())
	}
	return s
}

// run the plugin as somebody, about what lies in the partner's place.
func (s crew) run(ctx SpecContext, person string, arguments ...string) screen {
	GinkgoHelper()
	return plugin(ctx, person, append(arguments, "-n", s.partner.Status.Namespace)...)
}

// done runs the plugin as the partner's admin, which must succeed, and returns what it prints.
func (s crew) done(ctx SpecContext, arguments ...string) string {
	GinkgoHelper()
	shown := s.run(ctx, s.admin, arguments...)
	Expect(shown.Code).To(BeZero(), shown.ErrOut)
	return shown.Out
}

// refuses whoever may not: the technician, a person of the customer's, and whom a policy keeps from it.
func (s crew) refuses(ctx SpecContext, arguments ...string) {
	GinkgoHelper()
	for _, person := range []string{s.tech, s.kim} {
		Expect(s.run(ctx, person, arguments...)).To(And(HaveField("Code", exitForbidden), HaveField("Out", BeEmpty())), strings.Join(arguments, " "))
	}
}

// undo runs the command with which the plugin says that what it did is undone.
func undo(ctx SpecContext, said string) {
	GinkgoHelper()
	_, command, found := strings.Cut(said, "undo with: kubectl tenant ")
	Expect(found).To(BeTrue(), said)
	arguments := strings.Fields(command)
	Expect(arguments).To(ContainElement("--as"))
	shown := plugin(ctx, arguments[len(arguments)-3], append(arguments, "--wait")...)
	Expect(shown.Code).To(BeZero(), shown.ErrOut)
}

// now is a tenant as it is.
func now(ctx SpecContext, tenant *v1alpha1.Tenant) *v1alpha1.Tenant {
	GinkgoHelper()
	present := &v1alpha1.Tenant{}
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(tenant), present)).To(Succeed())
	return present
}

var _ = Describe("kubectl tenant suspend and resume", func() {
	var s crew
	BeforeEach(func(ctx SpecContext) { s = newCrew(ctx) })

	It("closes a customer, says where and how to undo it, and opens it again (F29)", func(ctx SpecContext) {
		shown := s.run(ctx, s.admin, "suspend", "cybercorp", "--wait")
		Expect(shown).To(And(
			HaveField("Code", 0), HaveField("Out", HavePrefix("tenant cybercorp suspended; undo with: kubectl tenant resume cybercorp --as ")),
			HaveField("ErrOut", HavePrefix("tenant "+s.partner.Status.Namespace+"/cybercorp (cluster "))))
		Expect(now(ctx, s.cybercorp).Status.Phase).To(Equal(v1alpha1.PhaseSuspended))
		Expect(s.done(ctx, "suspend", "cybercorp")).To(Equal("tenant cybercorp is suspended already\n"))
		undo(ctx, shown.Out)
		Expect(now(ctx, s.cybercorp).Status.Phase).To(Equal(v1alpha1.PhaseActive))
		Expect(s.done(ctx, "resume", "cybercorp")).To(Equal("tenant cybercorp is not suspended\n"))

		By("taking away what another set")
		change(ctx, s.initech, suspend, have(v1alpha1.ConditionReady, "True", v1alpha1.ReasonSuspended))
		s.done(ctx, "resume", "initech", "--wait")
		Expect(now(ctx, s.initech).Status.Phase).To(Equal(v1alpha1.PhaseActive))

		By("being in the customer's place")
		t := newTerminal(s.admin)
		Expect(t.run(ctx, "switch", s.partner.Status.Namespace+"/cybercorp").Code).To(BeZero())
		Expect(t.run(ctx, "suspend", "initech").Code).To(BeZero())
		Expect(now(ctx, s.initech).Spec.Suspend).To(BeTrue())

		By("naming a place in which no tenant lies")
		Expect(t.run(ctx, "resume", "initech", "-n", s.cybercorp.Status.Namespace).Code).NotTo(BeZero())
		Expect(now(ctx, s.initech).Spec.Suspend).To(BeTrue())
	})

	It("changes many, and undoes what it changed alone (F29)", func(ctx SpecContext) {
		s.done(ctx, "suspend", "initech")
		shown := s.run(ctx, s.admin, "suspend", "-l", "tier=gold")
		Expect(shown.Out).To(Equal("tenant cybercorp suspended\ntenant initech is suspended already\n"))
		Expect(shown.ErrOut).To(ContainSubstring("1 of 2 tenants suspended, 1 as they were\nundo with: kubectl tenant resume cybercorp --as"))
		undo(ctx, shown.ErrOut)
		Expect(now(ctx, s.cybercorp).Spec.Suspend).To(BeFalse())
		Expect(now(ctx, s.initech).Spec.Suspend).To(BeTrue())
		Expect(s.run(ctx, s.admin, "suspend", "-l", "tier=lead").ErrOut).To(Equal("No tenants match.\n"))
	})

	It("writes nothing where it is not to (F29)", func(ctx SpecContext) {
		before := now(ctx, s.cybercorp)
		var manifest v1alpha1.Tenant
		Expect(yaml.UnmarshalStrict([]byte(s.done(ctx, "suspend", "cybercorp", "--dry-run=client", "-o", "yaml")), &manifest)).To(Succeed())
		Expect(manifest.Spec.Suspend).To(BeTrue())
		Expect(manifest.UID).To(BeEmpty())
		Expect(s.done(ctx, "suspend", "cybercorp", "--dry-run=server")).To(Equal("tenant cybercorp suspended (server dry run)\n"))
		Expect(s.run(ctx, s.admin, "suspend", "cyb")).To(And(HaveField("Code", exitNotFound), HaveField("ErrOut", ContainSubstring("did you mean cybercorp?"))))
		s.refuses(ctx, "suspend", "cybercorp")
		Expect(s.run(ctx, s.editor, "suspend", "cybercorp")).To(And(HaveField("Code", exitRefused), HaveField("ErrOut", ContainSubstring("refused by policy tenantry-administer: spec.suspend"))))

		By("being kept by a tool")
		Expect(admin.Patch(ctx, before, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"annotations":{"argocd.argoproj.io/tracking-id":"customers:x"}}}`)))).To(Succeed())
		Expect(s.run(ctx, s.admin, "suspend", "cybercorp")).To(And(HaveField("Code", exitConflict), HaveField("ErrOut", And(
			ContainSubstring(`by Argo CD (application "customers")`), ContainSubstring("hint: kubectl tenant suspend cybercorp --dry-run=client -o yaml --as")))))
		Expect(s.run(ctx, s.admin, "suspend", "-l", "tier=gold", "--dry-run=server").Code).To(Equal(exitConflict))
		Expect(now(ctx, s.cybercorp).Spec.Suspend).To(BeFalse())
		s.done(ctx, "suspend", "cybercorp", "--force-gitops")
		Expect(now(ctx, s.cybercorp).Spec.Suspend).To(BeTrue())
	})
})

var _ = Describe("kubectl tenant set and activate", func() {
	It("sets what a customer has, keeps what it set before, and undoes it (F30, F31)", func(ctx SpecContext) {
		s := newCrew(ctx)
		Expect(admin.Create(ctx, &v1alpha1.LicensePlan{ObjectMeta: metav1.ObjectMeta{Namespace: s.partner.Status.Namespace, Name: "gold"}, Spec: v1alpha1.LicensePlanSpec{Model: v1alpha1.LicenseUnlimited}})).To(Succeed())
		first := s.run(ctx, s.admin, "set", "cybercorp", "agents=7", "customer-access=readonly", "--wait")
		Expect(first.Code).To(BeZero(), first.ErrOut)
		said := s.done(ctx, "set", "cybercorp", "plan=gold", "disk=2048Mi", "portal=off", "--wait")
		spec := now(ctx, s.cybercorp).Spec
		Expect(spec.PlanRef).To(HaveField("Name", "gold"))
		Expect(spec.Limits).To(And(HaveField("Agents", HaveValue(BeEquivalentTo(7))), HaveField("Disk", HaveValue(HaveField("String()", "2Gi")))))
		Expect(spec.CustomerAccess).To(Equal(v1alpha1.CustomerAccessReadOnly))
		undo(ctx, said)
		undo(ctx, first.Out)
		Expect(now(ctx, s.cybercorp).Spec).To(Equal(s.cybercorp.Spec))

		By("switching the portal")
		s.done(ctx, "set", "cybercorp", "portal=off")
		Expect(now(ctx, s.cybercorp).PortalActive()).To(BeFalse())
		undo(ctx, s.done(ctx, "activate", "cybercorp", "--wait"))
		Expect(s.done(ctx, "activate", "-l", "tier=gold")).To(Equal("tenant cybercorp activated\ntenant initech is active already\n"))
		Expect(now(ctx, s.cybercorp).PortalActive()).To(BeTrue())

		By("asking for more than one may")
		s.refuses(ctx, "set", "cybercorp", "agents=30")
		s.refuses(ctx, "activate", "cybercorp")
		Expect(s.run(ctx, s.editor, "set", "cybercorp", "display-name=Cyber").Code).To(BeZero())
		Expect(s.run(ctx, s.editor, "set", "cybercorp", "agents=30").Code).To(Equal(exitRefused))
		Expect(s.run(ctx, s.admin, "set", "cybercorp", "display-name=\u202egrob").Code).To(Equal(exitRefused))

		By("being declared in a file")
		file := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": v1alpha1.GroupVersion.String(), "kind": "Tenant", "metadata": map[string]any{"namespace": s.initech.Namespace, "name": "initech"},
			"spec": map[string]any{"limits": map[string]any{"agents": int64(3)}},
		}}
		Expect(admin.Apply(ctx, client.ApplyConfigurationFromUnstructured(file), client.FieldOwner("terraform"))).To(Succeed())
		Expect(s.run(ctx, s.admin, "set", "initech", "agents=30")).To(And(HaveField("Code", exitConflict), HaveField("ErrOut", ContainSubstring("declared by terraform"))))
		s.done(ctx, "set", "initech", "agents=30", "--force-conflicts")
		Expect(now(ctx, s.initech).Spec.Limits.Agents).To(HaveValue(BeEquivalentTo(30)))
	})
})

var _ = Describe("kubectl tenant create", func() {
	It("creates a customer from a name, or from a file, and nothing that is there (F02, F22)", func(ctx SpecContext) {
		s := newCrew(ctx)
		said := s.done(ctx, "create", "umbrella", "--display-name", "Umbrella", "--labels", "tier=lead", "--admin", "kim:kim@umbrella.example", "--wait")
		Expect(said).To(HavePrefix("tenant umbrella created; undo with: kubectl tenant delete umbrella --as "))
		umbrella := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: s.partner.Status.Namespace, Name: "umbrella"}}
		DeferCleanup(func(ctx SpecContext) { remove(ctx, umbrella) })
		umbrella = now(ctx, umbrella)
		Expect(umbrella.IsReady()).To(BeTrue())
		Expect(umbrella.Annotations).To(HaveKeyWithValue(v1alpha1.AnnotationCreatedBy, s.admin))
		Expect(s.done(ctx, "list", "-l", "tier=lead", "-o", "name")).To(Equal("tenant.tenantry.io/umbrella\n"))
		Expect(s.run(ctx, s.admin, "create", "umbrella").Code).To(Equal(exitConflict))
		Expect(s.done(ctx, "set", "umbrella", "display-name=")).To(ContainSubstring("umbrella changed"), "as what it created itself")
		Expect(now(ctx, umbrella).Spec.DisplayName).To(BeEmpty())

		By("reading what it printed")
		file := filepath.Join(GinkgoT().TempDir(), "hooli.yaml")
		Expect(os.WriteFile(file, []byte(s.done(ctx, "create", "hooli", "--region", "", "--display-name", "Hooli", "--dry-run=client", "-o", "yaml")), 0o600)).To(Succeed())
		Expect(plugin(ctx, s.admin, "create", "hooli", "-f", file, "-n", s.cybercorp.Status.Namespace).Code).To(Equal(2), "which the file does not say")
		Expect(plugin(ctx, s.admin, "create", "hooli", "-n", s.cybercorp.Status.Namespace).Code).To(Equal(exitForbidden), "which is no partner's place")
		Expect(s.done(ctx, "create", "hooli", "-f", file, "--dry-run=server")).To(Equal("tenant hooli created (server dry run)\n"))

		s.refuses(ctx, "create", "hooli")
		Expect(s.run(ctx, s.editor, "create", "hooli").Code).To(Equal(exitForbidden))
		Expect(s.run(ctx, s.admin, "create", "Hooli").Code).To(Equal(exitRefused), "which is no name")
	})
})
