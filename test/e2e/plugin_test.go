// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// screen is what a run of the plugin shows, and its exit code.
type screen struct {
	Out, ErrOut string
	Code        int
}

// plugin runs `kubectl tenant` as somebody: the built plugin, found by kubectl in PATH.
func plugin(ctx SpecContext, user string, arguments ...string) screen {
	GinkgoHelper()
	return kubectlScreen(ctx, os.Environ(), append(append([]string{"tenant"}, arguments...), "--as", user)...)
}

// kubectlCommand is a run of kubectl, which finds the built plugin in PATH.
func kubectlCommand(ctx SpecContext, environment []string, arguments ...string) *exec.Cmd {
	GinkgoHelper()
	root, err := harness.Root()
	Expect(err).NotTo(HaveOccurred())
	command := exec.CommandContext(ctx, kubectlPath(), arguments...)
	command.Env = append(slices.Clip(environment), "PATH="+filepath.Join(root, "bin")+string(filepath.ListSeparator)+os.Getenv("PATH"))
	return command
}

// kubectlScreen runs kubectl, and returns what it shows.
func kubectlScreen(ctx SpecContext, environment []string, arguments ...string) screen {
	GinkgoHelper()
	command := kubectlCommand(ctx, environment, arguments...)
	var out, complaints strings.Builder
	command.Stdout, command.Stderr = &out, &complaints
	if err := command.Run(); err != nil {
		Expect(err).To(BeAssignableToTypeOf(&exec.ExitError{}))
	}
	return screen{Out: out.String(), ErrOut: complaints.String(), Code: command.ProcessState.ExitCode()}
}

// column of a table that the plugin shows, without its heading.
func (s screen) column(number int) []string {
	GinkgoHelper()
	Expect(s.Code).To(BeZero(), s.ErrOut)
	var cells []string
	for line := range strings.Lines(s.Out) {
		cells = append(cells, strings.Fields(line)[number])
	}
	return cells[1:]
}

var _ = Describe("kubectl tenant list", func() {
	var acme, cybercorp, initech *v1alpha1.Tenant
	BeforeEach(func(ctx SpecContext) {
		acme = root(ctx, asPartner)
		cybercorp = customer(ctx, acme, "cybercorp", func(t *v1alpha1.Tenant) {
			t.Labels, t.Spec.DisplayName = map[string]string{"tier": "gold"}, "CyberCorp"
			t.Spec.CustomerAccess = v1alpha1.CustomerAccessFullAccess
		})
		initech = customer(ctx, acme, "initech", func(t *v1alpha1.Tenant) { t.Spec.DisplayName = "Initech" })
	})

	It("shows a partner's admin its customers, sorted and filtered, whatever the size of a page (F36)", func(ctx SpecContext) {
		pat := harness.UniqueName("pat")
		newGrant(ctx, acme.Status.Namespace, pat, v1alpha1.RoleAdmin)
		Eventually(may).WithArguments(ctx, pat, "list", "tenants.tenantry.io", acme.Status.Namespace).Within(inTime).Should(BeTrue())
		list := func(arguments ...string) screen {
			GinkgoHelper()
			return plugin(ctx, pat, append([]string{"list", "-n", acme.Status.Namespace}, arguments...)...)
		}
		Expect(list().column(0)).To(HaveExactElements("cybercorp", "initech"))
		Expect(list().column(1)).To(HaveExactElements("CyberCorp", "Initech"))
		Expect(list("--chunk-size", "1").Out).To(Equal(list().Out))
		Expect(list("--sort-by", "name", "--reverse").column(0)).To(HaveExactElements("initech", "cybercorp"))
		Expect(list("-l", "tier=gold").column(0)).To(HaveExactElements("cybercorp"))

		change(ctx, initech, suspend, have(v1alpha1.ConditionReady, "True", v1alpha1.ReasonSuspended))
		Expect(list("--status", "suspended").column(0)).To(HaveExactElements("initech"))
		Expect(list("--status", "Active,Suspended", "-o", "name").Out).To(Equal("tenant.tenantry.io/cybercorp\ntenant.tenantry.io/initech\n"))
		Expect(list("--status", "Degraded")).To(Equal(screen{ErrOut: "No tenants match.\n"}))

		var objects v1alpha1.TenantList
		Expect(json.Unmarshal([]byte(list("-o", "json").Out), &objects)).To(Succeed())
		Expect(objects.Items).To(HaveLen(2))
		Expect(objects.Items[0].UID).To(Equal(cybercorp.UID), "the real objects")

		By("asking for all")
		Eventually(func() screen { return plugin(ctx, pat, "list", "--all") }).WithContext(ctx).Should(HaveField("ErrOut", BeEmpty()))
		Expect(plugin(ctx, pat, "list", "--all", "--status", "Active").column(1)).To(HaveExactElements("cybercorp"), "beside namespace "+acme.Status.Namespace)

		By("being in a customer's place")
		Eventually(may).WithArguments(ctx, pat, "get", "configmaps", cybercorp.Status.Namespace).Within(inTime).Should(BeTrue())
		Expect(plugin(ctx, pat, "list", "-n", cybercorp.Status.Namespace).column(0)).To(HaveExactElements("cybercorp", "initech"))
	})

	It("shows who may list none those that they may enter, and a stranger nothing (F36)", func(ctx SpecContext) {
		tech, kim := harness.UniqueName("tech"), harness.UniqueName("kim")
		newGrant(ctx, acme.Status.Namespace, tech, v1alpha1.RoleEditor, func(g *v1alpha1.TenantAccessGrant) {
			g.Spec.Tenants = &v1alpha1.Selection{Names: []v1alpha1.TenantName{"initech"}}
		})
		newGrant(ctx, cybercorp.Status.Namespace, kim, v1alpha1.RoleViewer)
		for user, customer := range map[string]string{tech: "initech", kim: "cybercorp"} {
			for _, scope := range [][]string{{"-n", acme.Status.Namespace}, {"--all"}} {
				shown := func() screen { return plugin(ctx, user, append([]string{"list"}, scope...)...) }
				Eventually(shown).WithContext(ctx).Should(HaveField("Code", BeZero()))
				Expect(shown().column(1)).To(HaveExactElements(customer))
				Expect(shown().ErrOut).To(ContainSubstring("these are the ones that you may enter"))
			}
		}
		Expect(plugin(ctx, kim, "list", "-n", acme.Status.Namespace, "--status", "Active").Code).To(Equal(4), "which says nothing of their status")
		Expect(plugin(ctx, harness.UniqueName("stranger"), "list", "--all")).To(And(
			HaveField("Code", 4), HaveField("Out", BeEmpty()), HaveField("ErrOut", HavePrefix("error: tenants.tenantry.io is forbidden"))))
	})
})
