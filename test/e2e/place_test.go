// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("A Tenant in YAML", func() {
	It("becomes a customer's place from two fields (F02), with a name and a host of its own (F19)", func(ctx SpecContext) {
		parent := partner(ctx)
		name := harness.UniqueName("customer")
		apply(ctx, fmt.Sprintf(`
apiVersion: tenantry.io/v1alpha1
kind: Tenant
metadata: {name: %s, namespace: %s}
spec: {displayName: CyberCorp Ltd}
`, name, parent.Status.Namespace))
		_, err := kubectl(ctx, "", "wait", "--for=condition=Ready", "--timeout=60s", "tenant/"+name, "-n", parent.Status.Namespace)
		Expect(err).NotTo(HaveOccurred())

		tenant := await(ctx, named(parent.Status.Namespace, name), beReady())
		host := name + "-" + parent.Name + ".tenantry.example"
		Expect(tenant.Status).To(And(
			HaveField("Phase", v1alpha1.PhaseActive),
			HaveField("Namespace", parent.Status.Namespace+"-"+name),
			HaveField("Hosts", HaveExactElements(v1alpha1.Host(host))),
			HaveField("URL", "https://"+host),
			HaveField("Agents", "0/10"),
			HaveField("Disk", "0/10Gi"),
		))
		Expect(message(tenant)).To(ContainSubstring("complete in namespace %q", tenant.Status.Namespace))

		said, err := kubectl(ctx, "", "get", "tenant", name, "-n", parent.Status.Namespace, "--no-headers")
		Expect(err).NotTo(HaveOccurred())
		Expect(strings.Fields(said)[:7]).To(HaveExactElements(name, "CyberCorp", "Ltd", "Active", "0/10", "0/10Gi", host))
	})

	It("has all that belongs to a place (F04, F22)", func(ctx SpecContext) {
		tenant := root(ctx, func(t *v1alpha1.Tenant) {
			t.Spec.Admin = &v1alpha1.Administrator{Username: "jdoe", Email: "jdoe@cybercorp.example", FirstName: "Jane"}
			t.Spec.Permissions = map[string]bool{"HelpCenter": false}
		})
		Expect(placeOf(ctx, tenant)).To(And(
			HaveField("Labels", And(
				HaveKeyWithValue("tenantry.io/managed", "true"),
				HaveKeyWithValue("tenantry.io/tenant", tenant.Name),
				HaveKeyWithValue("tenantry.io/parent", tenant.Namespace),
				HaveKeyWithValue("pod-security.kubernetes.io/enforce", "restricted"),
			)),
			HaveField("Annotations", HaveKeyWithValue("tenantry.io/tenant-uid", string(tenant.UID))),
			HaveField("OwnerReferences", BeEmpty()),
		))
		Expect(get(ctx, tenant, "tenantry", &corev1.ConfigMap{}).Data).To(Equal(map[string]string{
			"name": tenant.Name, "parent": tenant.Namespace, "displayName": tenant.Name,
			"host": tenant.Name + ".tenantry.example", "url": tenant.Status.URL,
			"customerAccess": "Disabled", "permissions": `{"HelpCenter":false}`,
			"agents": "10", "disk": "10Gi",
		}))
		secret := get(ctx, tenant, "tenant-admin", &corev1.Secret{})
		Expect(secret.Type).To(Equal(corev1.SecretTypeBasicAuth))
		Expect(secret.Data).To(And(
			HaveKeyWithValue("username", []byte("jdoe")),
			HaveKeyWithValue("url", []byte(tenant.Status.URL)),
			HaveKeyWithValue("password", Not(BeEmpty())),
		))
		Expect(get(ctx, tenant, "tenantry", &corev1.LimitRange{}).Spec.Limits).To(HaveLen(1))
		Expect(get(ctx, tenant, "tenantry", &networkingv1.NetworkPolicy{}).Spec.PolicyTypes).To(ConsistOf(
			networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress))
		Expect(get(ctx, tenant, "tenantry", &corev1.ResourceQuota{}).Status.Hard).To(And(
			HaveKey(corev1.ResourceName("count/tenantaccessgrants.tenantry.io")),
			HaveKey(corev1.ResourceRequestsStorage),
		))
		Expect(get(ctx, tenant, "portal", &corev1.Service{}).Spec.Ports).To(HaveLen(1))
		Expect(hostsOf(ctx, tenant.Status.Namespace)).To(HaveExactElements(tenant.Name + ".tenantry.example"))
	})

	It("keeps the customers of one partner apart, and those of two (F04)", func(ctx SpecContext) {
		one, two := partner(ctx), partner(ctx)
		tenants := []*v1alpha1.Tenant{customer(ctx, one, "same"), customer(ctx, one, "other"), customer(ctx, two, "same")}
		var passwords, namespaces, hosts []string
		for _, tenant := range tenants {
			passwords = append(passwords, string(get(ctx, tenant, "tenant-admin", &corev1.Secret{}).Data["password"]))
			namespaces = append(namespaces, tenant.Status.Namespace)
			hosts = append(hosts, hostsOf(ctx, tenant.Status.Namespace)...)
			// Who is let in is the tenant itself and the edge, nobody's namespace but its own.
			for _, rule := range get(ctx, tenant, "tenantry", &networkingv1.NetworkPolicy{}).Spec.Ingress {
				for _, peer := range rule.From {
					Expect(peer.NamespaceSelector).To(Or(BeNil(),
						Equal(&metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": "traefik"}})))
				}
			}
		}
		for _, values := range [][]string{passwords, namespaces, hosts} {
			Expect(values).To(HaveLen(len(tenants)))
			Expect(distinct(values)).To(HaveLen(len(tenants)))
		}
	})

	It("nests: a partner's partner has customers of its own (F01)", func(ctx SpecContext) {
		distributor := partner(ctx)
		reseller := customer(ctx, distributor, "reseller", asPartner)
		end := customer(ctx, reseller, "end-customer")
		Expect(end.Status.Namespace).To(Equal(distributor.Name + "-reseller-end-customer"))
		Expect(hostsOf(ctx, end.Status.Namespace)).To(HaveExactElements("end-customer-reseller-" + distributor.Name + ".tenantry.example"))
	})

	It("may be applied all at once, the children before their parents", func(ctx SpecContext) {
		namespace, name := platform(ctx), harness.UniqueName("family")
		manifest := func(namespace, name string) string {
			return fmt.Sprintf("apiVersion: tenantry.io/v1alpha1\nkind: Tenant\nmetadata: {name: %s, namespace: %s}\nspec: {partner: {}}\n---\n", name, namespace)
		}
		apply(ctx, manifest(namespace, name))
		// A namespace that is not there takes no objects: kubectl and Argo CD try again.
		Eventually(func() error {
			_, err := kubectl(ctx, manifest(name+"-child", "grandchild")+manifest(name, "child"), "apply", "-f", "-")
			return err
		}).WithContext(ctx).Should(Succeed())
		await(ctx, named(name+"-child", "grandchild"), beReady())
	})

	DescribeTable("may have any name that DNS allows,", func(ctx SpecContext, name func() string) {
		parent := partner(ctx)
		tenant := customer(ctx, parent, name())
		Expect(len(tenant.Status.Namespace)).To(BeNumerically("<=", 63))
		Expect(tenant.Status.Namespace).To(HavePrefix(parent.Status.Namespace + "-"))
		hosts := hostsOf(ctx, tenant.Status.Namespace)
		Expect(hosts).To(HaveExactElements(string(tenant.Status.Hosts[0])))
		label, _, _ := strings.Cut(hosts[0], ".")
		Expect(len(label)).To(BeNumerically("<=", 63))
	},
		Entry("of one letter", func() string { return "x" }),
		Entry("of one digit", func() string { return "0" }),
		Entry("with many dashes", func() string { return "a--b---c" }),
		Entry("that looks like Punycode", func() string { return "xn--bcher-kva" }),
		Entry("of 63 characters", func() string { return strings.Repeat("long", 15) + "end" }),
		Entry("of 63 characters that end like another's", func() string { return "0-" + strings.Repeat("a", 59) + "-z" }),
		Entry("never seen before", func() string { return harness.UniqueName("new") }),
	)

	It("tells two apart whose names are cut to the same", func(ctx SpecContext) {
		parent := partner(ctx)
		first := customer(ctx, parent, strings.Repeat("a", 62)+"1")
		second := customer(ctx, parent, strings.Repeat("a", 62)+"2")
		Expect(first.Status.Namespace).NotTo(Equal(second.Status.Namespace))
		Expect(first.Status.Hosts).NotTo(Equal(second.Status.Hosts))
	})

	It("may be a root of 63 characters", func(ctx SpecContext) {
		name := harness.UniqueName("r")
		name += strings.Repeat("o", 63-len(name))
		tenant := await(ctx, newTenant(ctx, home, name), beReady())
		Expect(tenant.Status.Namespace).To(Equal(name))
	})

	DescribeTable("may have any company's name:", func(ctx SpecContext, displayName string) {
		tenant := root(ctx, func(t *v1alpha1.Tenant) { t.Spec.DisplayName = v1alpha1.DisplayText(displayName) })
		Expect(get(ctx, tenant, "tenantry", &corev1.ConfigMap{}).Data).To(HaveKeyWithValue("displayName", displayName))
	},
		Entry("with umlauts", "Müller & Söhne GmbH"),
		Entry("in Japanese", "株式会社サイバー"),
		Entry("in Arabic", "شركة الأمن السيبراني"),
		Entry("with joined emoji", "👩🏽‍💻 Labs"),
		Entry("with quotes, braces and what templates know", `"{{ .Name }}" <b>$(TENANT_NAME)</b> 'x' \n %s`),
		Entry("of 253 characters", strings.Repeat("ü", 253)),
	)
})

func named(namespace, name string) *v1alpha1.Tenant {
	return &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
}

func distinct(values []string) map[string]bool {
	set := map[string]bool{}
	for _, value := range values {
		set[value] = true
	}
	return set
}
