// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("kubectl tenant access whoami and who-can", func() {
	var s crew
	var place string
	BeforeEach(func(ctx SpecContext) {
		s = newCrew(ctx)
		place = s.cybercorp.Status.Namespace
	})
	whoami := func(ctx SpecContext, person string, arguments ...string) screen {
		GinkgoHelper()
		return plugin(ctx, person, append([]string{"access", "whoami"}, arguments...)...)
	}

	It("shows everybody who they are, and how they are let in (F13, F18)", func(ctx SpecContext) {
		parent := s.partner.Status.Namespace
		Expect(whoami(ctx, s.admin, parent+"/cybercorp")).To(And(HaveField("Code", 0), HaveField("ErrOut", BeEmpty()), HaveField("Out", MatchRegexp(
			`(?s)^User: +`+s.admin+`\nGroups: +system:authenticated\nTenant: +`+parent+`/cybercorp \(cluster \S+\)\nNamespace: +`+place+`\nRole: +Owner\n\nHow you are let in:.* `+s.admin+` +Owner +partner `))))
		Expect(whoami(ctx, s.admin, "-n", parent).Out).To(MatchRegexp(`(?s)\nRole: +Admin\n.* `+s.admin+` +Admin +grant +Granted`), "in the partner's own place")
		Eventually(whoami).WithArguments(ctx, s.tech, "cybercorp").WithContext(ctx).Should(And(HaveField("Code", 0), HaveField("Out", MatchRegexp(`(?m)^Role: +Admin, by what is not yours to see$`))))
		Eventually(whoami).WithArguments(ctx, s.kim, "cybercorp").WithContext(ctx).Should(HaveField("Code", 0))
		Expect(whoami(ctx, s.kim, "-n", place).Out).To(MatchRegexp(`(?s)\nRole: +Owner\n.*\(as far as you may see it\):.* ` + s.kim + ` +Owner +grant +Granted`))
		Expect(whoami(ctx, s.kim, "-n", place, "-o", "name").Out).To(MatchRegexp(`^tenantaccessgrant.tenantry.io/\S+\n$`))
		Expect(whoami(ctx, s.kim, "-n", place, "-o", "jsonpath={.items[*].kind} {.items[0].status.userInfo.username}").Out).To(Equal("SelfSubjectReview TenantAccessGrant " + s.kim))

		By("being let in for a time, as one of a group, and nowhere")
		lee, staff := harness.UniqueName("lee"), harness.UniqueName("staff")
		newGrant(ctx, place, lee, v1alpha1.RoleViewer, func(g *v1alpha1.TenantAccessGrant) { g.Spec.Duration = &metav1.Duration{Duration: 8 * time.Hour} })
		newGrant(ctx, parent, staff, v1alpha1.RoleAdmin, func(g *v1alpha1.TenantAccessGrant) { g.Spec.Subject.Kind = v1alpha1.SubjectGroup })
		Eventually(whoami).WithArguments(ctx, lee, "-n", place).WithContext(ctx).Should(And(HaveField("ErrOut", HavePrefix("warning: your access ends in ")), HaveField("Out", MatchRegexp(`(?m)^Expires: +in 7h`))))
		Eventually(whoami).WithArguments(ctx, "nobody", "--as-group", staff, "-n", place).WithContext(ctx).Should(HaveField("Out", MatchRegexp(`(?s)\nRole: +Owner\n.* group `+staff+` +Owner +partner `)))
		stranger := harness.UniqueName("stranger")
		Expect(whoami(ctx, stranger, "cybercorp", "-n", parent)).To(And(HaveField("Code", exitForbidden), HaveField("Out", HavePrefix("User:"))))
		Expect(whoami(ctx, stranger)).To(And(HaveField("Code", 0), HaveField("Out", Not(ContainSubstring("Tenant:")))))

		By("being kept out")
		change(ctx, s.cybercorp, suspend, have(v1alpha1.ConditionReady, "True", v1alpha1.ReasonSuspended))
		Eventually(whoami).WithArguments(ctx, s.admin, "cybercorp", "-n", parent).WithContext(ctx).Should(And(
			HaveField("ErrOut", Equal("warning: the tenant is suspended, and lets nobody in\n")), HaveField("Out", MatchRegexp(`(?m)^Role: +none: you are not let in now$`))))
	})

	It("shows who may do what in a place, as the API server decides", func(ctx SpecContext) {
		viewer := harness.UniqueName("viewer")
		newGrant(ctx, place, viewer, v1alpha1.RoleViewer)
		Eventually(may).WithArguments(ctx, viewer, "get", "pods", place).Within(inTime).Should(BeTrue())
		whoCan := func(arguments ...string) []string {
			return append([]string{"access", "who-can"}, append(arguments, "cybercorp", "-n", s.partner.Status.Namespace)...)
		}
		for asker, run := range map[string]func(...string) screen{
			"the partner's admin": func(question ...string) screen { return plugin(ctx, s.admin, whoCan(question...)...) },
			"whoever runs the platform": func(question ...string) screen {
				return kubectlScreen(ctx, os.Environ(), append([]string{"tenant"}, whoCan(question...)...)...)
			},
			"the customer's owner": func(question ...string) screen {
				return plugin(ctx, s.kim, append(append([]string{"access", "who-can"}, question...), "-n", place)...)
			},
		} {
			By("being " + asker)
			for _, question := range [][]string{
				{"get", "secrets", "secrets"}, {"get", "po", "pods"}, {"create", "pods/exec", "pods/exec"}, {"update", "deployments.apps", "deployments.apps"},
				{"delete", "rolebindings", "rolebindings.rbac.authorization.k8s.io"}, {"create", "serviceaccounts/token", "serviceaccounts/token"},
			} {
				shown := run(question[:2]...)
				Expect(shown.Code).To(BeZero(), shown.ErrOut)
				for _, person := range []string{s.admin, s.editor, s.tech, s.kim, viewer} {
					allowed, err := may(ctx, person, question[0], question[2], place)
					Expect(err).NotTo(HaveOccurred())
					told := ContainSubstring(person + " ")
					if !allowed {
						told = Not(told)
					}
					Expect(shown.Out).To(told, "%v", question)
				}
			}
			Expect(run("assign", "tenantaccessgrants/Owner").Out).To(And(MatchRegexp(s.kim+` +User +ClusterRole/tenantry:owner +tenantry:owner +namespace `+place), Not(ContainSubstring(s.tech))))
			Expect(run("assign", "tenantaccessgrants", "-o", "name").Out).NotTo(ContainSubstring("tenantry:owner"), "not all of them")
			Expect(run("get", "secrets", "-o", "name").Out).To(ContainSubstring("rolebinding.rbac.authorization.k8s.io/tenantry:limited-admin\n"))
			Expect(run("list", "nodes").ErrOut).To(ContainSubstring("nodes lie in no namespace"))
			Expect(run("get", "nothings")).To(And(HaveField("Code", exitNotFound), HaveField("ErrOut", ContainSubstring(`the cluster serves no "nothings"`))))
		}

		By("seeing all, or not")
		all := kubectlScreen(ctx, os.Environ(), append([]string{"tenant"}, whoCan("get", "secrets")...)...)
		Expect(all).To(And(HaveField("ErrOut", BeEmpty()), HaveField("Out", MatchRegexp(`(?m)^system:masters +Group +ClusterRole/cluster-admin +cluster-admin +cluster$`))))
		Expect(plugin(ctx, s.kim, "access", "who-can", "get", "secrets", "-n", place)).To(And(
			HaveField("ErrOut", HavePrefix("Some of this is not yours to see: what is bound in the whole cluster, what was added to the operator's own ClusterRoles.\n")), HaveField("Out", Not(ContainSubstring("system:masters")))))
		for _, person := range []string{s.tech, viewer, s.editor, harness.UniqueName("stranger")} {
			Expect(plugin(ctx, person, "access", "who-can", "get", "secrets", "-n", place)).To(And(HaveField("Code", exitForbidden), HaveField("Out", BeEmpty())))
		}
	})
})
