// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"os/exec"
	"strings"

	"github.com/creack/pty"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// kubectlTenant is a run of the plugin as somebody who likes colours.
func kubectlTenant(ctx SpecContext, user string, arguments ...string) *exec.Cmd {
	GinkgoHelper()
	return kubectlCommand(ctx, append(os.Environ(), "TERM=xterm", "NO_COLOR="), append(append([]string{"tenant"}, arguments...), "--as", user)...)
}

// onTerminal is all that somebody sees on a terminal of what succeeds.
func onTerminal(command *exec.Cmd) string {
	GinkgoHelper()
	seen, code := typing(command, "", "")
	Expect(code).To(BeZero(), seen)
	return seen
}

// typing is all that somebody sees on a terminal who types as soon as they are asked, and the exit code.
func typing(command *exec.Cmd, asked, typed string) (seen string, code int) {
	GinkgoHelper()
	terminal, err := pty.StartWithSize(command, &pty.Winsize{Rows: 40, Cols: 200})
	Expect(err).NotTo(HaveOccurred())
	defer terminal.Close()
	for chunk := make([]byte, 1024); ; {
		n, err := terminal.Read(chunk)
		if err != nil {
			break // it is closed on the other side
		}
		if seen += string(chunk[:n]); typed != "" && strings.Contains(seen, asked) {
			_, err := terminal.WriteString(typed)
			Expect(err).NotTo(HaveOccurred())
			typed = ""
		}
	}
	if err := command.Wait(); err != nil {
		Expect(err).To(BeAssignableToTypeOf(&exec.ExitError{}))
	}
	return seen, command.ProcessState.ExitCode()
}

var _ = Describe("kubectl tenant on a terminal", func() {
	var s crew
	BeforeEach(func(ctx SpecContext) { s = newCrew(ctx) })

	It("colours what people read there, unless they do not want it, and nothing in a pipe", func(ctx SpecContext) {
		list := func(arguments ...string) *exec.Cmd {
			GinkgoHelper()
			return kubectlTenant(ctx, s.admin, append([]string{"list", "-n", s.partner.Status.Namespace}, arguments...)...)
		}
		const green = "\x1b[32mActive\x1b[m"
		Expect(onTerminal(list())).To(And(ContainSubstring(green), ContainSubstring("2 of 2 tenants")))
		Expect(onTerminal(list("--color", "never"))).To(And(ContainSubstring("Active"), Not(ContainSubstring("\x1b"))))
		Expect(onTerminal(list("-o", "yaml"))).NotTo(ContainSubstring("\x1b"))
		plain := list()
		plain.Env = append(plain.Env, "NO_COLOR=1")
		Expect(onTerminal(plain)).NotTo(ContainSubstring("\x1b"))
		Expect(s.done(ctx, "list")).NotTo(ContainSubstring("\x1b"))
		Expect(s.done(ctx, "list", "--color=always")).To(ContainSubstring(green), "whoever asks for it, for a pager")
	})

	It("shows how far it has come with many, and then what became of each", func(ctx SpecContext) {
		seen := onTerminal(kubectlTenant(ctx, s.admin, "suspend", "-l", "tier=gold", "-n", s.partner.Status.Namespace))
		Expect(seen).To(ContainSubstring("\rsuspending 1/2 [==========          ]"))
		Expect(seen).To(MatchRegexp(`suspending 2/2 \[={20}\]\x1b\[K\r\x1b\[K(tenant \w+ suspended\r\n){2}2 of 2 tenants suspended\r\n`))
		piped := s.run(ctx, s.admin, "resume", "-l", "tier=gold")
		Expect(piped.Out + piped.ErrOut).NotTo(ContainSubstring("resuming"))
	})
})

var _ = Describe("kubectl tenant list -w", func() {
	It("shows what becomes of tenants, until it is interrupted (F36)", func(ctx SpecContext) {
		s := newCrew(ctx)
		session, err := gexec.Start(kubectlTenant(ctx, s.admin, "list", "--watch", "--status", "Active", "-n", s.partner.Status.Namespace), nil, GinkgoWriter)
		Expect(err).NotTo(HaveOccurred())
		defer session.Kill()
		Eventually(session.Out).WithContext(ctx).Should(gbytes.Say(`^NAME .*\ncybercorp .* Active .*\ninitech .* Active .*\n`))
		change(ctx, s.initech, suspend, have(v1alpha1.ConditionReady, "True", v1alpha1.ReasonSuspended))
		Eventually(session.Out).WithContext(ctx).Should(gbytes.Say(`initech .* Suspended `), "which it is not any more")
		change(ctx, s.initech, resume, beReady())
		Eventually(session.Out).WithContext(ctx).Should(gbytes.Say(`initech .* Active `))
		session.Interrupt()
		Eventually(session).WithContext(ctx).Should(gexec.Exit(130))
		Expect(session.Out.Contents()).NotTo(ContainSubstring("\x1b"))
	})

	It("says that a directory can't be watched", func(ctx SpecContext) {
		s := newCrew(ctx)
		Expect(s.run(ctx, s.kim, "list", "--watch")).To(And(HaveField("Code", exitForbidden), HaveField("Out", BeEmpty()), HaveField("ErrOut", ContainSubstring("can't be watched"))))
	})
})
