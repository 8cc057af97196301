// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"io"
	"os"
	"os/exec"

	"github.com/creack/pty"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// kubectlTenant is a run of the plugin as somebody who likes colours.
func kubectlTenant(ctx SpecContext, user string, arguments ...string) *exec.Cmd {
	GinkgoHelper()
	return kubectlCommand(ctx, append(os.Environ(), "TERM=xterm", "NO_COLOR="), append(append([]string{"tenant"}, arguments...), "--as", user)...)
}

// onTerminal is all that somebody sees on a terminal.
func onTerminal(command *exec.Cmd) string {
	GinkgoHelper()
	terminal, err := pty.StartWithSize(command, &pty.Winsize{Rows: 40, Cols: 200})
	Expect(err).NotTo(HaveOccurred())
	defer terminal.Close()
	var seen bytes.Buffer
	_, _ = io.Copy(&seen, terminal) // a terminal that is closed on the other side is an error, and the end
	Expect(command.Wait()).To(Succeed(), seen.String())
	return seen.String()
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
})
