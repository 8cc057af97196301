// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/tenantry/tenantry/test/harness"
)

// kubectl runs kubectl with manifests on its standard input, and returns what it says. Its error
// has what it complains about.
func kubectl(ctx SpecContext, manifests string, arguments ...string) (string, error) {
	GinkgoHelper()
	command := exec.CommandContext(ctx, kubectlPath(), arguments...)
	command.Stdin = strings.NewReader(manifests)
	var complaints strings.Builder
	command.Stderr = &complaints
	said, err := command.Output()
	if err != nil {
		err = fmt.Errorf("kubectl %s: %w: %s", strings.Join(arguments, " "), err, complaints.String())
	}
	return string(said), err
}

// apply is `kubectl apply -f -`.
func apply(ctx SpecContext, manifests string) {
	GinkgoHelper()
	_, err := kubectl(ctx, manifests, "apply", "-f", "-")
	Expect(err).NotTo(HaveOccurred())
}

// kubectlPath is $KUBECTL, else bin/kubectl of the repository, else the one in PATH.
func kubectlPath() string {
	GinkgoHelper()
	if path := os.Getenv("KUBECTL"); path != "" {
		return path
	}
	root, err := harness.Root()
	Expect(err).NotTo(HaveOccurred())
	if path := filepath.Join(root, "bin", "kubectl"); exec.Command(path, "version", "--client").Run() == nil {
		return path
	}
	path, err := exec.LookPath("kubectl")
	Expect(err).NotTo(HaveOccurred(), "no kubectl: run `make plane-up`, which builds one, or install it")
	return path
}
