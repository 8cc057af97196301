// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// terminal is somebody's, with kubeconfig files of their own.
type terminal struct {
	files []string
}

// newTerminal is one of somebody whose context is called "eu". A second file holds a context of another cluster.
func newTerminal(user string) terminal {
	GinkgoHelper()
	config, err := clientcmd.LoadFromFile(os.Getenv("KUBECONFIG"))
	Expect(err).NotTo(HaveOccurred())
	Expect(clientcmdapi.MinifyConfig(config)).To(Succeed())
	context := config.Contexts[config.CurrentContext]
	config.AuthInfos[context.AuthInfo].Impersonate = user
	config.Contexts, config.CurrentContext = map[string]*clientcmdapi.Context{"eu": context}, "eu"
	other := clientcmdapi.NewConfig()
	other.Contexts["elsewhere"] = &clientcmdapi.Context{Cluster: context.Cluster, AuthInfo: context.AuthInfo, Namespace: "default"}
	t := terminal{files: []string{filepath.Join(GinkgoT().TempDir(), "config"), filepath.Join(GinkgoT().TempDir(), "other")}}
	Expect(clientcmd.WriteToFile(*config, t.files[0])).To(Succeed())
	Expect(clientcmd.WriteToFile(*other, t.files[1])).To(Succeed())
	return t
}

func (t terminal) run(ctx SpecContext, arguments ...string) screen {
	GinkgoHelper()
	return kubectlScreen(ctx, t.environment(), append([]string{"tenant"}, arguments...)...)
}

func (t terminal) environment() []string {
	return append(os.Environ(), "KUBECONFIG="+strings.Join(t.files, string(filepath.ListSeparator)))
}

// current is the context that commands of the terminal's go to.
func (t terminal) current() *clientcmdapi.Context {
	GinkgoHelper()
	rules := &clientcmd.ClientConfigLoadingRules{Precedence: t.files}
	config, err := rules.Load()
	Expect(err).NotTo(HaveOccurred())
	return config.Contexts[config.CurrentContext]
}

var _ = Describe("kubectl tenant switch", func() {
	It("has commands go to one customer's place, and back, and changes nothing else", func(ctx SpecContext) {
		crew := newCrew(ctx)
		place := crew.partner.Status.Namespace
		t := newTerminal(crew.admin)
		Expect(os.Chmod(t.files[0], 0o640)).To(Succeed())
		others, err := os.ReadFile(t.files[1])
		Expect(err).NotTo(HaveOccurred())

		Expect(t.run(ctx, "current").Code).To(Equal(exitNotFound))
		switched := t.run(ctx, "switch", "cybercorp", "-n", place)
		Expect(switched).To(And(HaveField("Code", 0), HaveField("Out", BeEmpty()),
			HaveField("ErrOut", HavePrefix("Switched to tenant "+place+"/cybercorp (cluster ")), HaveField("ErrOut", HaveSuffix(" · namespace "+crew.cybercorp.Status.Namespace+"\n"))))
		Expect(t.current().Namespace).To(Equal(crew.cybercorp.Status.Namespace))
		Expect(t.run(ctx, "current", "--short").Out).To(Equal("cybercorp\n"))
		Expect(t.run(ctx, "switch", "initech").Code).To(BeZero(), "its sibling, by name alone")
		Expect(t.current().Namespace).To(Equal(crew.initech.Status.Namespace))
		Expect(t.run(ctx, "switch", "-").ErrOut).To(ContainSubstring(place + "/cybercorp"))
		Expect(t.run(ctx, "switch", "initec")).To(And(HaveField("Code", exitNotFound), HaveField("ErrOut", ContainSubstring("did you mean initech?"))))
		Expect(t.current().Namespace).To(Equal(crew.cybercorp.Status.Namespace), "which it did not leave")

		Expect(os.ReadFile(t.files[1])).To(Equal(others))
		Expect(os.Stat(t.files[0])).To(HaveField("Mode()", BeEquivalentTo(0o640)))
		config, err := clientcmd.LoadFromFile(t.files[0])
		Expect(err).NotTo(HaveOccurred())
		Expect(config.Contexts["eu"].Namespace).To(BeEmpty())
		Expect(config.Contexts).To(HaveLen(3), "one for each customer")
	})

	It("lets in who may read no Tenants, by their directory, and keeps out who is let in nowhere", func(ctx SpecContext) {
		crew := newCrew(ctx)
		for _, person := range []string{crew.tech, crew.kim} {
			t := newTerminal(person)
			Eventually(func() screen { return t.run(ctx, "switch", "cybercorp") }).WithContext(ctx).Should(HaveField("Code", BeZero()))
			Expect(t.current().Namespace).To(Equal(crew.cybercorp.Status.Namespace))
			Expect(t.run(ctx, "switch", "initech").Code).To(Equal(exitNotFound))
			Expect(t.run(ctx, "switch", crew.partner.Status.Namespace+"/initech").Code).To(Equal(exitNotFound))
			Expect(t.current().Namespace).To(Equal(crew.cybercorp.Status.Namespace))
		}
		stranger := newTerminal(harness.UniqueName("stranger"))
		Expect(stranger.run(ctx, "switch", crew.partner.Status.Namespace+"/cybercorp").Code).To(Equal(exitForbidden))
		Expect(stranger.current().Namespace).To(BeEmpty())
	})

	It("offers customers to pick from on a terminal, and changes nothing for who wants none", func(ctx SpecContext) {
		crew := newCrew(ctx)
		place := crew.partner.Status.Namespace
		picks := func(t terminal, typed string, arguments ...string) (string, int) {
			GinkgoHelper()
			return typing(kubectlCommand(ctx, append(t.environment(), "TERM=xterm"), append([]string{"tenant", "switch"}, arguments...)...), "tenant>", typed)
		}
		t := newTerminal(crew.admin)
		for _, leaves := range []string{"\x1b", "\x03"} {
			seen, code := picks(t, leaves, "-n", place)
			Expect(code).To(Equal(130), seen)
			Expect(t.current().Namespace).To(BeEmpty())
		}
		seen, code := picks(t, "inte\r", "-n", place)
		Expect(code).To(BeZero(), seen)
		Expect(seen).To(ContainSubstring("Switched to tenant " + place + "/initech"))
		Expect(t.current().Namespace).To(Equal(crew.initech.Status.Namespace))
		_, code = picks(t, "cyb\r")
		Expect(code).To(BeZero(), "its sibling")
		Expect(t.current().Namespace).To(Equal(crew.cybercorp.Status.Namespace))
		Expect(t.run(ctx, "switch")).To(And(HaveField("Code", exitUsage), HaveField("ErrOut", ContainSubstring("name one tenant"))))

		By("picking from a directory")
		theirs := newTerminal(crew.kim)
		Eventually(func() screen { return theirs.run(ctx, "list", "--all") }).WithContext(ctx).Should(HaveField("Code", BeZero()))
		seen, code = picks(theirs, "\r")
		Expect(code).To(BeZero(), seen)
		Expect(theirs.current().Namespace).To(Equal(crew.cybercorp.Status.Namespace))
	})

	It("says that a customer is suspended", func(ctx SpecContext) {
		crew := newCrew(ctx)
		change(ctx, crew.cybercorp, suspend, have(v1alpha1.ConditionReady, "True", v1alpha1.ReasonSuspended))
		t := newTerminal(crew.admin)
		Expect(t.run(ctx, "switch", crew.partner.Status.Namespace+"/cybercorp")).To(And(HaveField("Code", 0), HaveField("ErrOut", ContainSubstring("warning: the tenant is suspended"))))
	})
})

var _ = Describe("kubectl tenant shell", func() {
	It("has one terminal alone in a customer's place, with the exit code of what runs there", func(ctx SpecContext) {
		crew := newCrew(ctx)
		t := newTerminal(crew.admin)
		tenant := crew.partner.Status.Namespace + "/cybercorp"
		ran := t.run(ctx, "shell", tenant, "--", "sh", "-c", `kubectl tenant current --prompt; kubectl tenant switch -; stat -c ' %a %a' "$KUBECONFIG"; dirname "$KUBECONFIG"; exit 42`)
		Expect(ran.Code).To(Equal(42))
		Expect(ran.ErrOut).To(HavePrefix("In tenant " + tenant + " (cluster "))
		Expect(ran.ErrOut).To(ContainSubstring("error: this shell is for tenant " + tenant + " alone"))
		said := strings.Fields(ran.Out)
		Expect(said).To(HaveLen(4))
		Expect(said[:3]).To(HaveExactElements(tenant, "600", "600"))
		Expect(said[3]).NotTo(BeADirectory(), "it is gone with the shell")
		Expect(t.current().Namespace).To(BeEmpty(), "this terminal stays where it was")
		Expect(t.run(ctx, "shell", crew.partner.Status.Namespace+"/nobody", "--", "true").Code).To(Equal(exitNotFound))
	})
})
