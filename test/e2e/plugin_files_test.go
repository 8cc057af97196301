// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// furnish gives a customer of each kind what it may have, and asks once for what is not to be asked again.
func (s crew) furnish(ctx SpecContext) {
	GinkgoHelper()
	place := s.partner.Status.Namespace
	Expect(admin.Create(ctx, &v1alpha1.LicensePlan{ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: "gold"}, Spec: v1alpha1.LicensePlanSpec{Model: v1alpha1.LicenseUnlimited}})).To(Succeed())
	newProfile(ctx, s.partner, "dark", v1alpha1.WhiteLabelProfileSpec{CompanyName: "Acme", EmailFrom: "mail@acme.example", SMTPSecretRef: &v1alpha1.LocalReference{Name: "smtp"}})
	Expect(admin.Create(ctx, &v1alpha1.MasterTenantSync{
		ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: "base"},
		Spec: v1alpha1.MasterTenantSyncSpec{
			Categories: []v1alpha1.SyncCategory{v1alpha1.SyncContent}, Trigger: v1alpha1.TriggerManual, Run: "1",
			MasterRef: &v1alpha1.TenantReference{Name: "cybercorp"},
		},
	})).To(Succeed())
	change(ctx, s.cybercorp, func(t *v1alpha1.Tenant) {
		t.Spec.PlanRef = &v1alpha1.LocalReference{Name: "gold"}
		t.Spec.WhiteLabel = &v1alpha1.WhiteLabel{ProfileRef: &v1alpha1.LocalReference{Name: "dark"}}
		t.Spec.Admin = &v1alpha1.Administrator{Username: harness.UniqueName("first"), Email: "first@cybercorp.example"}
	}, bear("dark", v1alpha1.BrandFromTenant))
}

// documents of a text, as KIND NAMESPACE/NAME in its order.
func documents(text string) (objects []*unstructured.Unstructured, names []string) {
	GinkgoHelper()
	for document := range strings.SplitSeq(text, "\n---\n") {
		object := &unstructured.Unstructured{}
		Expect(yaml.Unmarshal([]byte(document), &object.Object)).To(Succeed())
		objects, names = append(objects, object), append(names, object.GetKind()+" "+object.GetNamespace()+"/"+object.GetName())
	}
	return objects, names
}

// expectNoChange by objects, applied by a tool that is new to them.
func expectNoChange(ctx SpecContext, objects []*unstructured.Unstructured) {
	GinkgoHelper()
	for _, object := range objects {
		before := object.DeepCopy()
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(object), before)).To(Succeed())
		after := object.DeepCopy()
		Expect(admin.Apply(ctx, client.ApplyConfigurationFromUnstructured(after), client.FieldOwner("git"), client.DryRunAll)).To(Succeed())
		for _, one := range []*unstructured.Unstructured{before, after} {
			one.SetManagedFields(nil)
			one.SetResourceVersion("")
			unstructured.RemoveNestedField(one.Object, "status")
		}
		Expect(after.Object).To(Equal(before.Object))
	}
}

var _ = Describe("kubectl tenant export and import", func() {
	var s crew
	var place string
	BeforeEach(func(ctx SpecContext) {
		s = newCrew(ctx)
		place = s.partner.Status.Namespace
	})

	It("exports what people asked for, which changes nothing when it is applied again", func(ctx SpecContext) {
		s.furnish(ctx)
		shown := s.run(ctx, s.admin, "export", "cybercorp", "--with", "access,brand,plan,sync")
		Expect(shown.Code).To(BeZero(), shown.ErrOut)
		Expect(shown.ErrOut).To(And(HavePrefix("tenant "+place+"/cybercorp (cluster "), HaveSuffix("\nmastertenantsync "+place+"/base is about other tenants too, and is exported with --all only\n"+
			"whitelabelprofile "+place+"/dark needs what is not exported: Secret smtp\n")))
		objects, names := documents(shown.Out)
		tech := s.run(ctx, s.admin, "access", "list", "-o", "jsonpath={.items[?(@.spec.subject.name=='"+s.tech+"')].metadata.name}").Out
		kim := plugin(ctx, s.kim, "access", "list", "-n", s.cybercorp.Status.Namespace, "-o", "jsonpath={.items[?(@.spec.subject.name=='"+s.kim+"')].metadata.name}").Out
		Expect(names).To(HaveExactElements("LicensePlan "+place+"/gold", "WhiteLabelProfile "+place+"/dark", "Tenant "+place+"/cybercorp",
			"TenantAccessGrant "+place+"/"+tech, "TenantAccessGrant "+s.cybercorp.Status.Namespace+"/"+kim), "and not what the operator made, or asks for something once")
		for _, object := range objects {
			Expect(object.Object).NotTo(HaveKey("status"))
			Expect(object.Object["metadata"]).To(Or(HaveLen(2), HaveKeyWithValue("labels", map[string]any{"tier": "gold"})))
		}
		expectNoChange(ctx, objects)
		whole, names := documents(s.done(ctx, "export", "--all", "--with", "sync"))
		Expect(names).To(HaveExactElements("Tenant "+place+"/cybercorp", "Tenant "+place+"/initech", "MasterTenantSync "+place+"/base"))
		Expect(whole[2].Object["spec"]).NotTo(HaveKey("run"))
		expectNoChange(ctx, whole)
		Expect(s.done(ctx, "export", "-l", "tier=gold")).To(Equal(s.done(ctx, "export", "--all")))
		Expect(s.done(ctx, "export", "--all", "-o", "json")).To(ContainSubstring(`"kind": "List"`))
		Expect(s.run(ctx, s.admin, "export", "-l", "tier=lead")).To(Equal(screen{ErrOut: "No tenants match.\n"}))
		Expect(s.run(ctx, s.admin, "export", "cyb").Code).To(Equal(exitNotFound))
		s.refuses(ctx, "export", "cybercorp")
	})

	It("writes a file each, over none that says something else, and what a GitOps tool needs", func(ctx SpecContext) {
		s.furnish(ctx)
		directory := filepath.Join(GinkgoT().TempDir(), "customers")
		arguments := []string{"export", "--all", "--with", "plan,brand", "-o", "dir=" + directory, "--gitops", "flux", "--repo", "customers"}
		first := s.run(ctx, s.admin, arguments...)
		Expect(first).To(And(HaveField("Code", 0), HaveField("ErrOut", ContainSubstring("5 files written, 0 as they were\n"))))
		tenant := filepath.Join(directory, "tenants", place, "tenant-cybercorp.yaml")
		Expect(strings.Fields(first.Out)).To(ContainElements(tenant, directory+".flux.yaml"))
		Expect(s.run(ctx, s.admin, arguments...)).To(And(HaveField("Code", 0), HaveField("Out", BeEmpty()), HaveField("ErrOut", ContainSubstring("0 files written, 5 as they were\n"))))

		s.done(ctx, "set", "cybercorp", "display-name=Cyber")
		Expect(s.run(ctx, s.admin, arguments...)).To(And(HaveField("Code", exitConflict), HaveField("Out", BeEmpty()), HaveField("ErrOut", ContainSubstring(tenant+" would be written over"))))
		Expect(s.run(ctx, s.admin, append(arguments, "--force")...)).To(And(HaveField("Code", 0), HaveField("Out", Equal(tenant+"\n"))))
		Expect(s.done(ctx, "import", "-f", directory)).To(HavePrefix("licenseplan "+place+"/gold unchanged\n"), "which holds nothing else")
	})

	It("makes again what was exported, and says what became of it", func(ctx SpecContext) {
		directory := filepath.Join(GinkgoT().TempDir(), "customers")
		s.done(ctx, "export", "--all", "--with", "access", "-o", "dir="+directory)
		once := kubectlScreen(ctx, os.Environ(), "tenant", "export", "--all", "--with", "access", "-n", place, "-v=6")
		Expect(strings.Count(once.ErrOut, "/tenantaccessgrants?")).To(Equal(1), "whoever may list all grants asks for them once")
		Expect(once.Out).To(Equal(s.done(ctx, "export", "--all", "--with", "access")))
		remove(ctx, s.cybercorp)
		Eventually(func() bool {
			return apierrors.IsNotFound(admin.Get(ctx, client.ObjectKeyFromObject(s.cybercorp), &v1alpha1.Tenant{}))
		}).WithContext(ctx).Should(BeTrue())

		arguments := []string{"import", "-f", directory}
		Expect(s.run(ctx, s.admin, arguments...)).To(And(HaveField("Code", exitUsage), HaveField("ErrOut", ContainSubstring("lies in namespace "+s.cybercorp.Status.Namespace+", and "+place+" is meant"))))
		arguments = append(arguments, "--all-namespaces")
		s.refuses(ctx, arguments...)
		Expect(s.done(ctx, append(arguments, "--dry-run=server")...)).To(HavePrefix("tenant " + place + "/cybercorp created (server dry run)\ntenant " + place + "/initech unchanged (server dry run)\n"))
		Expect(apierrors.IsNotFound(admin.Get(ctx, client.ObjectKeyFromObject(s.cybercorp), &v1alpha1.Tenant{}))).To(BeTrue())

		shown := s.run(ctx, s.admin, arguments...)
		Expect(shown).To(And(HaveField("Code", 0), HaveField("ErrOut", And(HavePrefix("4 objects of "+place+", "+s.cybercorp.Status.Namespace+" (cluster "), HaveSuffix("2 created, 2 unchanged\n")))), shown.ErrOut)
		Expect(strings.Split(shown.Out, "\n")).To(HaveExactElements("tenant "+place+"/cybercorp created", "tenant "+place+"/initech unchanged",
			MatchRegexp("^grant "+place+"/.* unchanged$"), MatchRegexp("^grant "+s.cybercorp.Status.Namespace+"/.* created$"), ""))
		Eventually(may).WithArguments(ctx, s.kim, "list", "configmaps", s.cybercorp.Status.Namespace).Within(inTime).Should(BeTrue())
		Expect(s.run(ctx, s.admin, arguments...).ErrOut).To(HaveSuffix("4 unchanged\n"))

		By("being one of the customer's people")
		grants := filepath.Join(directory, "people-and-syncs", s.cybercorp.Status.Namespace)
		Expect(plugin(ctx, s.kim, "import", "-f", grants, "-n", s.cybercorp.Status.Namespace)).To(And(HaveField("Code", 0), HaveField("Out", HaveSuffix(" unchanged\n"))))
	})

	It("makes a partner, and what lies in the place that this makes", func(ctx SpecContext) {
		globex := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: harness.UniqueName("globex")}}
		DeferCleanup(func(ctx SpecContext) { remove(ctx, globex) })
		file := filepath.Join(GinkgoT().TempDir(), "globex.yaml")
		text := strings.NewReplacer("HOME", home, "GLOBEX", globex.Name).Replace(`
{apiVersion: tenantry.io/v1alpha1, kind: TenantAccessGrant, metadata: {name: lee, namespace: GLOBEX-umbrella}, spec: {subject: {kind: User, name: lee}, role: Viewer}}
---
{apiVersion: tenantry.io/v1alpha1, kind: Tenant, metadata: {name: umbrella, namespace: GLOBEX}, spec: {planRef: {name: gold}}}
---
{apiVersion: tenantry.io/v1alpha1, kind: Tenant, metadata: {name: GLOBEX, namespace: HOME}, spec: {partner: {}}}
---
{apiVersion: tenantry.io/v1alpha1, kind: LicensePlan, metadata: {name: gold, namespace: GLOBEX}, spec: {model: Unlimited}}`)
		Expect(os.WriteFile(file, []byte(text), 0o600)).To(Succeed())
		shown := kubectlScreen(ctx, os.Environ(), "tenant", "import", "-f", file, "-n", home, "-A", "--wait")
		Expect(shown.Code).To(BeZero(), shown.ErrOut)
		Expect(shown.Out).To(Equal(strings.NewReplacer("HOME", home, "GLOBEX", globex.Name).Replace(
			"tenant HOME/GLOBEX created\nlicenseplan GLOBEX/gold created\ntenant GLOBEX/umbrella created\ngrant GLOBEX-umbrella/lee created\n")))
	})

	It("applies nothing where one object is refused, or is kept by somebody else", func(ctx SpecContext) {
		file := filepath.Join(GinkgoT().TempDir(), "customers.yaml")
		write := func(texts ...string) {
			GinkgoHelper()
			for i, text := range texts {
				texts[i] = "{apiVersion: tenantry.io/v1alpha1, kind: Tenant, " + text + "}\n"
			}
			Expect(os.WriteFile(file, []byte(strings.Join(texts, "---\n")), 0o600)).To(Succeed())
		}
		expect := func(person string, code int, said string, arguments ...string) {
			GinkgoHelper()
			Expect(s.run(ctx, person, append([]string{"import", "-f", file}, arguments...)...)).To(And(HaveField("Code", code), HaveField("ErrOut", ContainSubstring(said))))
		}
		write("metadata: {name: initech}, spec: {displayName: Initech}", "metadata: {name: hooli}, spec: {planRef: {name: No Plan}}")
		expect(s.admin, exitRefused, "error: "+file+", document 2: tenant "+place+"/hooli: ")
		write("metadata: {name: initech}, spec: {displayName: Initech}", `metadata: {name: "x\u001b[2J"}`)
		expect(s.admin, exitUsage, "error: "+file+`, document 2: tenant `+place+`/x\u001b[2J is no name of an object`)
		write("metadata: {name: initech}, spec: {displayNam: Initech}")
		expect(s.admin, 1, ".spec.displayNam: field not declared in schema")
		Expect(now(ctx, s.initech).Spec.DisplayName).To(BeEmpty())
		write("metadata: {name: initech}, spec: {limits: {agents: 3}}")
		expect(s.editor, exitRefused, "refused by policy tenantry-administer")

		By("taking away what the file does not say any more")
		Expect(s.done(ctx, "import", "-f", file, "--dry-run=client")).To(Equal("tenant " + place + "/initech configured (dry run)\n"))
		Expect(s.done(ctx, "import", "-f", file, "--wait")).To(Equal("tenant " + place + "/initech configured\n"))
		Expect(now(ctx, s.initech).Spec.Limits.Agents).To(HaveValue(BeEquivalentTo(3)))
		write("metadata: {name: initech}, spec: {displayName: Initech}")
		s.done(ctx, "import", "-f", file)
		Expect(now(ctx, s.initech).Spec).To(And(HaveField("Limits", BeNil()), HaveField("DisplayName", BeEquivalentTo("Initech"))))
		Expect(now(ctx, s.initech).Labels).To(HaveKeyWithValue("tier", "gold"), "which another set")

		By("being declared by another, and kept by a tool")
		Expect(admin.Patch(ctx, s.cybercorp, client.RawPatch(types.ApplyPatchType, []byte(`{"apiVersion":"tenantry.io/v1alpha1","kind":"Tenant","metadata":{"name":"cybercorp","namespace":"`+place+`"},"spec":{"displayName":"Cyber"}}`)), client.FieldOwner("terraform"))).To(Succeed())
		write("metadata: {name: cybercorp}, spec: {displayName: CyberCorp}")
		expect(s.admin, exitConflict, "declared by terraform")
		Expect(admin.Patch(ctx, s.cybercorp, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"annotations":{"argocd.argoproj.io/tracking-id":"customers:x"}}}`)))).To(Succeed())
		expect(s.admin, exitConflict, `by Argo CD (application "customers")`)
		Expect(now(ctx, s.cybercorp).Spec.DisplayName).To(BeEquivalentTo("Cyber"))
		expect(s.admin, 0, "1 configured", "--force-gitops", "--force-conflicts")
		Expect(now(ctx, s.cybercorp).Spec.DisplayName).To(BeEquivalentTo("CyberCorp"))
	})

	It("writes a customer to a file before it deletes it, and deletes none that it could not write", func(ctx SpecContext) {
		file := filepath.Join(GinkgoT().TempDir(), "cybercorp.yaml")
		for _, bad := range []string{filepath.Join(file, "none"), GinkgoT().TempDir()} {
			Expect(s.run(ctx, s.admin, "delete", "cybercorp", "--confirm", "cybercorp", "--export", bad)).To(And(HaveField("Code", 1), HaveField("ErrOut", ContainSubstring("nothing was deleted"))))
		}
		Expect(now(ctx, s.cybercorp).DeletionTimestamp).To(BeNil())
		Expect(s.run(ctx, s.admin, "delete", "cybercorp", "--confirm", "cybercorp", "--export", file)).To(And(HaveField("Code", 0), HaveField("ErrOut", ContainSubstring("exported to "+file))))
		Expect(s.run(ctx, s.admin, "delete", "initech", "--confirm", "initech", "--export", file)).To(And(HaveField("Code", 1), HaveField("ErrOut", ContainSubstring("file exists"))))
		Expect(now(ctx, s.initech).DeletionTimestamp).To(BeNil())
		Expect(s.run(ctx, s.admin, "import", "-f", file, "-A", "--wait").ErrOut).To(HaveSuffix("2 created, 1 unchanged\n"))
		Expect(now(ctx, s.cybercorp).IsReady()).To(BeTrue())
	})
})

var _ = Describe("kubectl tenant install", func() {
	It("prints manifests that a cluster takes", func(ctx SpecContext) {
		shown := kubectlScreen(ctx, os.Environ(), "tenant", "install", "--image", "registry.example/tenantry:v0.1.0")
		Expect(shown.Code).To(BeZero(), shown.ErrOut)
		file := filepath.Join(GinkgoT().TempDir(), "install.yaml")
		Expect(os.WriteFile(file, []byte(shown.Out), 0o600)).To(Succeed())
		taken := kubectlScreen(ctx, os.Environ(), "apply", "--server-side", "--force-conflicts", "--field-manager=tenantry-install", "--dry-run=server", "-f", file)
		Expect(taken.Code).To(BeZero(), taken.ErrOut)
		Expect(taken.Out).To(ContainSubstring("deployment.apps/tenantry-manager serverside-applied (server dry run)"))
	})
})
