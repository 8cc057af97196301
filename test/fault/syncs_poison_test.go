// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// notHere is what a policy says that refuses copies in one place.
const notHere = "nothing of that name belongs here"

var _ = Describe("Fault 8: one customer among many takes no copies", Label("fault-8", "full"), func() {
	var leader *operator
	var judged verdicts
	var f family
	var poisoned client.ObjectKey
	var others []client.ObjectKey

	BeforeEach(func(ctx SpecContext) {
		judged = verdicts{invariants: watchInvariants(ctx, here)}
		leader = startLeader(ctx, here)
		f = newFamily(here)
		Eventually(publisher).WithContext(ctx).WithArguments(f).Should(Succeed())
		others = f.widen(ctx)
		middle := len(others) / 2
		poisoned = others[middle]
		others = slices.Delete(others, middle, middle+1)
		Eventually(harness.Quiet).WithContext(ctx).WithArguments(leader.line, settle).Should(Succeed())
		leader.line.Forget()
	})

	// thrive: all others get what the master says, each copy with one write that is not refused.
	thrive := func(ctx context.Context, ofMotd, ofTerms string, writes int) {
		GinkgoHelper()
		for _, customer := range others {
			found := until(ctx, func(ctx context.Context) error {
				return first(f.hold(ctx, motd, ofMotd, customer), f.hold(ctx, terms, ofTerms, customer), f.fares(ctx, v1alpha1.SyncSynced, customer))
			})
			if written := copyWrites(leader.line, placeOf(customer)); len(written) != writes {
				found = append(found, fmt.Sprintf("%d writes, and not %d: %v", len(written), writes, written))
			}
			judged.add("customer "+customer.Name, found...)
		}
		leader.line.Forget()
	}

	It("serves all others while a policy refuses them there, a few at a time, says why, and serves it too when it may", func(ctx SpecContext) {
		allow := f.forbid(ctx, poisoned)
		Expect(f.sync(ctx, func(spec *v1alpha1.MasterTenantSyncSpec) {
			spec.Rollout = &v1alpha1.Rollout{MaxParallel: new(int32(2))}
		})).To(Succeed())
		thrive(ctx, formerText, formerText, 2)
		refused := func(ctx context.Context) error {
			return first(f.fares(ctx, v1alpha1.SyncFailed, poisoned), f.tells(ctx, poisoned, "admission policy"), f.synced(ctx, v1alpha1.ReasonFailed))
		}
		judged.add("the one that is poisoned", until(ctx, refused)...)

		Expect(rewrite(ctx, f)).To(Succeed())
		thrive(ctx, newText, formerText, 1)
		judged.add("the one that is poisoned, again", until(ctx, refused)...)
		judged.add("beside it", settles(ctx, leader.line)...)
		judged.add("the tenant itself", until(ctx, func(ctx context.Context) error { return f.inPhase(ctx, poisoned, v1alpha1.PhaseActive) })...)

		allow(ctx)
		judged.add("when it may", until(ctx, func(ctx context.Context) error {
			return f.carried(ctx, newText, formerText, []client.ObjectKey{poisoned})
		})...)
		judged.add("at rest", settles(ctx, leader.line)...)
		judged.close("fault 8, a policy refuses copies in one place")
	})

	for _, fault := range []harness.Fault{harness.ServerError, harness.Timeout, harness.Reset} {
		It("serves all others while no copy can be written there, says so, and serves it when it can: "+string(fault), func(ctx SpecContext) {
			leader.line.Break(harness.Breakage{Seed: seed, Probability: 1, Faults: []harness.Fault{fault}, Concerns: func(request harness.Request) bool {
				return request.Namespace == placeOf(poisoned) && request.Resource == "configmaps"
			}})
			Expect(f.sync(ctx)).To(Succeed())
			thrive(ctx, formerText, formerText, 2)
			judged.add("the one that is poisoned", until(ctx, func(ctx context.Context) error {
				return first(f.fares(ctx, v1alpha1.SyncPending, poisoned), f.tells(ctx, poisoned, "tried again"), f.synced(ctx, v1alpha1.ReasonSyncing))
			})...)
			Expect(rewrite(ctx, f)).To(Succeed())
			thrive(ctx, newText, formerText, 1)

			leader.line.Mend()
			judged.add("when it can", until(ctx, func(ctx context.Context) error {
				return f.carried(ctx, newText, formerText, []client.ObjectKey{poisoned})
			})...)
			judged.add("at rest", settles(ctx, leader.line)...)
			judged.close("fault 8, no copy can be written in one place (" + string(fault) + ")")
		})
	}
})

// copyWrites are the writes of copies to a place.
func copyWrites(line *harness.Proxy, place string) []harness.Request {
	return slices.DeleteFunc(line.Requests(), func(request harness.Request) bool {
		return !request.Writes() || request.Namespace != place || request.Resource != "configmaps"
	})
}

// tells returns an error until a customer's status says something about the sync.
func (f family) tells(ctx context.Context, customer client.ObjectKey, text string) error {
	tenant := &v1alpha1.Tenant{}
	if err := f.Client.Get(ctx, customer, tenant); err != nil {
		return err
	}
	if !slices.ContainsFunc(tenant.Status.Syncs, func(entry v1alpha1.TenantSync) bool { return strings.Contains(entry.Message, text) }) {
		return fmt.Errorf("customer %s says %+v, and is to say %q", customer, tenant.Status.Syncs, text)
	}
	return nil
}

// forbid has a policy refuse what the sync copies in one customer's place, until it is allowed again.
func (f family) forbid(ctx context.Context, customer client.ObjectKey) (allow func(context.Context)) {
	GinkgoHelper()
	name := "fault-" + f.token
	policy := &admissionv1.ValidatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: admissionv1.ValidatingAdmissionPolicySpec{
			MatchConstraints: &admissionv1.MatchResources{
				NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: placeOf(customer)}},
				ResourceRules: []admissionv1.NamedRuleWithOperations{{
					RuleWithOperations: admissionv1.RuleWithOperations{
						Operations: []admissionv1.OperationType{admissionv1.Create, admissionv1.Update},
						Rule:       admissionv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"configmaps"}},
					},
				}},
			},
			MatchConditions: []admissionv1.MatchCondition{{Name: "copies", Expression: fmt.Sprintf("object.metadata.name in ['%s', '%s']", motd, terms)}},
			Validations:     []admissionv1.Validation{{Expression: "false", Message: notHere}},
		},
	}
	binding := &admissionv1.ValidatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       admissionv1.ValidatingAdmissionPolicyBindingSpec{PolicyName: name, ValidationActions: []admissionv1.ValidationAction{admissionv1.Deny}},
	}
	refused := func(ctx context.Context) error {
		probe := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: placeOf(customer), Name: motd}}
		if err := f.Client.Create(ctx, probe, client.DryRunAll); err == nil || !strings.Contains(err.Error(), notHere) {
			return errors.Join(errors.New("it is not refused"), err)
		}
		return nil
	}
	allow = func(ctx context.Context) {
		GinkgoHelper()
		for _, object := range []client.Object{binding, policy} {
			Expect(client.IgnoreNotFound(f.Client.Delete(ctx, object))).To(Succeed())
		}
		Eventually(refused).WithContext(ctx).ShouldNot(Succeed())
	}
	DeferCleanup(func(ctx SpecContext) { allow(ctx) })
	Expect(first(f.Client.Create(ctx, policy), f.Client.Create(ctx, binding))).To(Succeed())
	Eventually(refused).WithContext(ctx).Should(Succeed())
	return allow
}
