// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("The place of a Tenant that was deleted by mistake (F21)", func() {
	// lost makes a Tenant as a person, with data in its place.
	lost := func(ctx SpecContext, by *person, namespace, spec string) *v1alpha1.Tenant {
		GinkgoHelper()
		tenant := await(ctx, by.apply(ctx, namespace, harness.UniqueName("root"), spec), beReady())
		fill(ctx, tenant)
		return tenant
	}
	lose := func(ctx SpecContext, by *person, tenant *v1alpha1.Tenant) *v1alpha1.RetainedTenant {
		GinkgoHelper()
		by.can(ctx, "", "delete", "tenant", tenant.Name, "-n", tenant.Namespace, "--timeout=60s")
		return retired(ctx, tenant)
	}

	It("is kept, closed, and listed with what its owner needs to know", func(ctx SpecContext) {
		namespace := platform(ctx)
		pat := staff(ctx, namespace)
		tenant := lost(ctx, pat, namespace, "{retainFor: 1h, displayName: CyberCorp}")
		running := newPod(ctx, tenant.Status.Namespace, "web")

		record := lose(ctx, pat, tenant)
		kept(ctx, tenant)
		gone(ctx, running)
		Expect(record.Spec.Until.Time).To(BeTemporally("~", time.Now().Add(time.Hour), time.Minute))
		listed := strings.Split(pat.can(ctx, "", "get", "retainedtenants", "-n", namespace), "\n")
		Expect(strings.Fields(listed[0])).To(HaveExactElements("NAME", "COMPANY", "NAMESPACE", "UNTIL", "ACTION", "AGE"))
		Expect(strings.Fields(listed[1])[:4]).To(HaveExactElements(tenant.Name, "CyberCorp", tenant.Status.Namespace,
			record.Spec.Until.UTC().Format(time.RFC3339)))
		Expect(standing(record).Message).To(And(ContainSubstring("is kept, closed, until"), ContainSubstring("spec.action")))
		Eventually(eventsOf).WithContext(ctx).WithArguments(tenant).Should(ContainElement(HaveField("Reason", v1alpha1.ReasonRetaining)))
	})

	It("is its creator's again, to the last field, when they make the Tenant again", func(ctx SpecContext) {
		namespace := platform(ctx)
		pat := staff(ctx, namespace)
		tenant := lost(ctx, pat, namespace, "{retainFor: 1h}")
		former, before := *tenant.DeepCopy(), snapshot(ctx, tenant)
		record := lose(ctx, pat, tenant)

		await(ctx, pat.apply(ctx, namespace, tenant.Name, "{retainFor: 1h}"), beReady())
		gone(ctx, record)
		await(ctx, tenant, And(beReady(), HaveField("Status.Disk", former.Status.Disk)))
		Expect(tenant.UID).NotTo(Equal(former.UID))
		Expect(tenant.Status.SuperAdmin).To(Equal(pat.name))
		Expect(tenant.Status.Hosts).To(Equal(former.Status.Hosts))
		Expect(hostsOf(ctx, tenant.Status.Namespace)).To(HaveExactElements(string(former.Status.Hosts[0])))
		same(before, snapshot(ctx, tenant))
		Eventually(eventsOf).WithContext(ctx).WithArguments(tenant).Should(ContainElement(HaveField("Reason", v1alpha1.ReasonRestored)))
	})

	It("is not for somebody else who re-uses its name, until they may administer it and say so", func(ctx SpecContext) {
		namespace := platform(ctx)
		pat, kim, kate := staff(ctx, namespace), staff(ctx, namespace), staff(ctx, namespace, "administer")
		tenant := lost(ctx, pat, namespace, "{retainFor: 1h}")
		secret := secretOf(ctx, tenant.Status.Namespace)
		record := lose(ctx, pat, tenant)
		from := "{restoreFrom: {uid: " + record.Spec.UID + "}}"

		_, err := kim.kubectl(ctx, tenantYAML(namespace, tenant.Name, from), "apply", "-f", "-")
		Expect(err).To(MatchError(And(ContainSubstring("tenantry-administer"), ContainSubstring("needs verb administer"))))
		thief := await(ctx, kim.apply(ctx, namespace, tenant.Name, "{}"), beStalled(v1alpha1.ReasonRetained))
		Expect(message(thief)).To(And(ContainSubstring("somebody else had made that tenant"), ContainSubstring(record.Spec.UID)))
		Expect(thief.Status).To(And(HaveField("Namespace", BeEmpty()), HaveField("Hosts", BeEmpty()), HaveField("URL", BeEmpty())))
		kept(ctx, tenant)
		_, err = kim.kubectl(ctx, tenantYAML(namespace, tenant.Name, from), "apply", "-f", "-")
		Expect(err).To(MatchError(ContainSubstring("tenantry-administer")))

		By("letting somebody say so who may")
		restored := await(ctx, kate.apply(ctx, namespace, tenant.Name, from), beReady())
		Expect(secretOf(ctx, restored.Status.Namespace).UID).To(Equal(secret.UID))
		Expect(restored.Annotations).To(HaveKeyWithValue(v1alpha1.AnnotationCreatedBy, pat.name))
		Expect(restored.Status.SuperAdmin).To(Equal(pat.name), "and neither the thief nor who restored it")
		gone(ctx, record)
	})

	It("comes back with its Tenant by action Restore, which takes the verb administer", func(ctx SpecContext) {
		namespace := platform(ctx)
		pat, kate := staff(ctx, namespace), staff(ctx, namespace, "administer")
		tenant := lost(ctx, pat, namespace, "{retainFor: 1h, displayName: CyberCorp, limits: {agents: 3}}")
		secret := secretOf(ctx, tenant.Status.Namespace)
		record := lose(ctx, pat, tenant)
		restore := []string{"patch", "retainedtenant", tenant.Name, "-n", namespace, "--type=merge", "-p", `{"spec":{"action":"Restore"}}`}

		_, err := pat.kubectl(ctx, "", restore...)
		Expect(err).To(MatchError(And(ContainSubstring("tenantry-retained-tenants"), ContainSubstring("needs verb administer"))))
		kate.can(ctx, "", restore...)
		gone(ctx, record)
		restored := await(ctx, named(namespace, tenant.Name), beReady())
		Expect(restored.Spec.DisplayName).To(BeEquivalentTo("CyberCorp"))
		Expect(restored.Status.Agents).To(Equal("0/3"))
		Expect(restored.Labels).To(Equal(tenant.Labels))
		Expect(restored.Status.SuperAdmin).To(Equal(pat.name))
		Expect(secretOf(ctx, restored.Status.Namespace).UID).To(Equal(secret.UID))
	})

	It("keeps its record to what a person may say of it", func(ctx SpecContext) {
		namespace := platform(ctx)
		kate := staff(ctx, namespace, "administer")
		tenant := lost(ctx, kate, namespace, "{retainFor: 1h}")
		record := lose(ctx, kate, tenant)
		for _, lie := range []string{
			`{"spec":{"until":"2099-01-01T00:00:00Z"}}`, `{"spec":{"creator":"evil@else.example"}}`, `{"spec":{"namespace":"kube-system"}}`,
			`{"spec":{"uid":"5e8c5d0e"}}`, `{"spec":{"superAdmin":"evil@else.example"}}`, `{"metadata":{"finalizers":["example.com/stuck"]}}`,
		} {
			Expect(kate.Patch(ctx, record.DeepCopy(), merge(lie))).To(Satisfy(func(err error) bool {
				return apierrors.IsForbidden(err) || apierrors.IsInvalid(err)
			}), lie)
		}
		Expect(kate.Delete(ctx, record.DeepCopy())).To(refusedByPolicy())
		forged := &v1alpha1.RetainedTenant{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "forged"}, Spec: record.Spec}
		Expect(kate.Create(ctx, forged)).To(refusedByPolicy())
		now := &v1alpha1.RetainedTenant{}
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(record), now)).To(Succeed())
		Expect(now.Spec).To(Equal(record.Spec))
	})

	It("comes back from Git: pruned, and applied again", func(ctx SpecContext) {
		namespace := platform(ctx)
		robot := personNamed(ctx, "system:serviceaccount:argocd:argocd-application-controller", staffRole(ctx), namespace)
		one, two := harness.UniqueName("root"), harness.UniqueName("root")
		deliver := func(manifests ...string) {
			GinkgoHelper()
			robot.can(ctx, strings.Join(manifests, ""), "apply", "-f", "-", "--prune", "-l", "set="+namespace, "-n", namespace,
				"--prune-allowlist=tenantry.io/v1alpha1/Tenant")
		}
		spec := "{retainFor: 1h, superAdmin: sam@acme.example}"
		deliver(tenantYAML(namespace, one, spec), tenantYAML(namespace, two, spec))
		first, second := await(ctx, named(namespace, one), beReady()), await(ctx, named(namespace, two), beReady())
		fill(ctx, second)
		before := snapshot(ctx, second)

		deliver(tenantYAML(namespace, one, spec))
		record := retired(ctx, second)
		kept(ctx, second)
		await(ctx, first, beReady())

		deliver(tenantYAML(namespace, one, spec), tenantYAML(namespace, two, spec))
		await(ctx, second, And(beReady(), HaveField("Status.Disk", "1Gi/10Gi")))
		gone(ctx, record)
		Expect(second.Status.SuperAdmin).To(Equal("sam@acme.example"))
		same(before, snapshot(ctx, second))
	})
})
