// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("kubectl tenant render and diff", func() {
	var s crew
	var place string
	foresee := func(ctx SpecContext, arguments ...string) screen {
		GinkgoHelper()
		return kubectlScreen(ctx, os.Environ(), append([]string{"tenant", arguments[0], "--config", manager.ConfigFile, "-n", place}, arguments[1:]...)...)
	}
	BeforeEach(func(ctx SpecContext) {
		s = newCrew(ctx)
		place = s.partner.Status.Namespace
	})

	It("shows what the operator makes, by its own code and without a secret", func(ctx SpecContext) {
		shown := foresee(ctx, "render", "cybercorp")
		Expect(shown.Code).To(BeZero(), shown.ErrOut)
		_, names := documents(shown.Out)
		namespace := s.cybercorp.Status.Namespace
		Expect(names).To(ContainElements("Namespace /"+namespace, "Secret "+namespace+"/tenant-admin", "ResourceQuota "+namespace+"/tenantry", "NetworkPolicy "+namespace+"/tenantry",
			"ConfigMap "+namespace+"/tenantry", HavePrefix("RoleBinding "+namespace+"/")))
		secret := &corev1.Secret{}
		Expect(admin.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "tenant-admin"}, secret)).To(Succeed())
		for _, value := range secret.Data {
			Expect(shown.Out).NotTo(ContainSubstring(base64.StdEncoding.EncodeToString(value)))
		}
		Expect(shown.Out).NotTo(ContainSubstring(string(secret.Data["password"])))

		By("asking whether all is so")
		Expect(foresee(ctx, "diff", "cybercorp")).To(Equal(screen{}))
		Expect(foresee(ctx, "diff", s.partner.Name, "-n", home)).To(Equal(screen{}), "of a partner")

		By("being somebody who may not read what decides")
		for _, person := range []string{s.admin, s.kim} {
			refused := plugin(ctx, person, "render", "cybercorp", "-n", place, "--config", manager.ConfigFile)
			Expect(refused).To(And(HaveField("Code", exitForbidden), HaveField("Out", BeEmpty())))
		}
	})

	It("shows what a change would do, and what somebody did", func(ctx SpecContext) {
		file := filepath.Join(GinkgoT().TempDir(), "cybercorp.yaml")
		Expect(os.WriteFile(file, []byte(s.done(ctx, "export", "cybercorp")), 0o600)).To(Succeed())
		Expect(foresee(ctx, "diff", "-f", file)).To(Equal(screen{}))
		more := s.run(ctx, s.admin, "set", "cybercorp", "agents=7", "--dry-run=client", "-o", "yaml")
		Expect(os.WriteFile(file, []byte(more.Out), 0o600)).To(Succeed())
		shown := foresee(ctx, "diff", "-f", file)
		Expect(shown).To(And(HaveField("Code", exitPending), HaveField("Out", MatchRegexp(`(?m)^\+ +count/tenantaccessgrants.tenantry.io: "7"$`))), shown.ErrOut)
		Expect(now(ctx, s.cybercorp).Spec.Limits).To(BeNil())

		By("making one that is not there")
		text := strings.NewReplacer("PLACE", place).Replace("{apiVersion: tenantry.io/v1alpha1, kind: Tenant, metadata: {name: umbrella, namespace: PLACE}}")
		Expect(os.WriteFile(file, []byte(text), 0o600)).To(Succeed())
		shown = foresee(ctx, "diff", "-f", file)
		Expect(shown).To(And(HaveField("Code", exitPending), HaveField("Out", ContainSubstring("+kind: Namespace\n"))), shown.ErrOut)
		Expect(foresee(ctx, "render", "-f", file).Out).To(ContainSubstring("name: " + place + "-umbrella\n"))
		Expect(client.IgnoreNotFound(admin.Get(ctx, client.ObjectKey{Namespace: place, Name: "umbrella"}, &v1alpha1.Tenant{}))).To(Succeed())
	})
})
