// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// installed returns the installed ValidatingAdmissionPolicies of Tenantry.
func installed(ctx SpecContext) []admissionregistrationv1.ValidatingAdmissionPolicy {
	GinkgoHelper()
	var list, ours admissionregistrationv1.ValidatingAdmissionPolicyList
	Expect(k8sClient.List(ctx, &list)).To(Succeed())
	for _, policy := range list.Items {
		if strings.HasPrefix(policy.Name, "tenantry-") {
			ours.Items = append(ours.Items, policy)
		}
	}
	Expect(ours.Items).NotTo(BeEmpty(), "no policies are installed: run `make install`")
	return ours.Items
}

var _ = Describe("Every policy", func() {
	It("refuses when it fails, and is bound to deny", func(ctx SpecContext) {
		for _, policy := range installed(ctx) {
			Expect(policy.Spec.FailurePolicy).To(HaveValue(Equal(admissionregistrationv1.Fail)), policy.Name)
			var binding admissionregistrationv1.ValidatingAdmissionPolicyBinding
			binding.Name = policy.Name
			Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(&binding), &binding)).To(Succeed())
			Expect(binding.Spec.PolicyName).To(Equal(policy.Name))
			Expect(binding.Spec.ValidationActions).To(ConsistOf(admissionregistrationv1.Deny), policy.Name)
			Expect(binding.Spec.MatchResources).To(BeNil(), policy.Name)
		}
	})

	It("that changes objects refuses when it fails, and is bound", func(ctx SpecContext) {
		var list admissionregistrationv1.MutatingAdmissionPolicyList
		Expect(k8sClient.List(ctx, &list)).To(Succeed())
		var found []string
		for _, policy := range list.Items {
			if !strings.HasPrefix(policy.Name, "tenantry-") {
				continue
			}
			found = append(found, policy.Name)
			Expect(policy.Spec.FailurePolicy).To(HaveValue(Equal(admissionregistrationv1.Fail)), policy.Name)
			Expect(policy.Spec.ParamKind).To(BeNil(), policy.Name)
			var binding admissionregistrationv1.MutatingAdmissionPolicyBinding
			Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(&policy), &binding)).To(Succeed())
			Expect(binding.Spec.PolicyName).To(Equal(policy.Name))
			Expect(binding.Spec.MatchResources).To(BeNil(), policy.Name)
		}
		Expect(found).To(ConsistOf("tenantry-changed-by", "tenantry-created-by", "tenantry-finalizer", "tenantry-image-pull", "tenantry-node-selector"))
	})

	It("takes no parameter, which could be missing, but the storage classes that there are", func(ctx SpecContext) {
		for _, policy := range installed(ctx) {
			if policy.Name == "tenantry-storage-classes" {
				continue
			}
			Expect(policy.Spec.ParamKind).To(BeNil(), policy.Name)
		}
	})

	It("exempts the same accounts, or nobody", func(ctx SpecContext) {
		var exempt string
		for _, policy := range installed(ctx) {
			for _, condition := range policy.Spec.MatchConditions {
				if condition.Name != "not-exempt" {
					continue
				}
				if exempt == "" {
					exempt = condition.Expression
				}
				Expect(condition.Expression).To(Equal(exempt), policy.Name)
			}
		}
		Expect(exempt).To(ContainSubstring(operatorName))
	})

	It("of the operator's kinds leaves none of them to the one of copies, nor any other out", func(ctx SpecContext) {
		var known, rest *admissionregistrationv1.ValidatingAdmissionPolicy
		for _, policy := range installed(ctx) {
			switch policy.Name {
			case "tenantry-operator":
				known = &policy
			case "tenantry-operator-copies":
				rest = &policy
			}
		}
		var kinds []string
		for _, rule := range known.Spec.MatchConstraints.ResourceRules {
			for _, resource := range rule.Resources {
				kinds = append(kinds, "'"+resource+"."+rule.APIGroups[0]+"'")
			}
		}
		_, list, _ := strings.Cut(rest.Spec.MatchConditions[1].Expression, "in [")
		list, _, _ = strings.Cut(list, "]")
		Expect(strings.Fields(strings.ReplaceAll(list, ",", " "))).To(ConsistOf(kinds))
	})

	It("knows the types that it reads", func(ctx SpecContext) {
		for _, policy := range installed(ctx) {
			if policy.Status.TypeChecking != nil {
				Expect(policy.Status.TypeChecking.ExpressionWarnings).To(BeEmpty(), policy.Name)
			}
		}
	})

	It("says why and what to do, in more than a word", func(ctx SpecContext) {
		for _, policy := range installed(ctx) {
			for _, validation := range policy.Spec.Validations {
				Expect(len(validation.Message)).To(BeNumerically(">", 40), policy.Name)
				Expect(validation.Reason).NotTo(BeNil(), policy.Name)
			}
		}
	})
})
