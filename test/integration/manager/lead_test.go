// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
)

var _ = Describe("A manager that leads", func() {
	var cfg *configv1alpha1.Configuration

	BeforeEach(func() {
		cfg = configuration()
		DeferCleanup(func(ctx SpecContext) {
			Expect(client.IgnoreNotFound(admin.Delete(ctx, lease(cfg)))).To(Succeed())
		})
	})

	It("ends without an error and releases its lease when it is told to stop", func(ctx SpecContext) {
		leader := start(ctx, operatorConfig, cfg)
		Eventually(leader.leading).Should(BeClosed())
		leader.stop()
		Eventually(leader.ended).Should(Receive(BeNil()))

		released := lease(cfg)
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(released), released)).To(Succeed())
		Expect(released.Spec.HolderIdentity).To(HaveValue(BeEmpty()))
		Expect(string(leader.log.Contents())).NotTo(ContainSubstring(`"level":"error"`))
	}, SpecTimeout(time.Minute))

	It("keeps another one waiting, which takes over when it ends", func(ctx SpecContext) {
		leader := start(ctx, operatorConfig, cfg)
		Eventually(leader.leading).Should(BeClosed())
		standby := start(ctx, operatorConfig, cfg)
		Eventually(standby.GetCache().WaitForCacheSync).WithArguments(ctx).Should(BeTrue(), "one that waits is ready to take over")
		Consistently(standby.leading, time.Second).ShouldNot(BeClosed())

		leader.stop()
		Eventually(leader.ended).Should(Receive(BeNil()))
		Eventually(standby.leading, cfg.LeaderElection.LeaseDuration.Duration).Should(BeClosed())
		standby.stop()
		Eventually(standby.ended).Should(Receive(BeNil()))
	}, SpecTimeout(time.Minute))

	It("ends with an error when it loses its lease", func(ctx SpecContext) {
		leader := start(ctx, operatorConfig, cfg)
		Eventually(leader.leading).Should(BeClosed())

		taken := lease(cfg)
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(taken), taken)).To(Succeed())
		before := taken.DeepCopy()
		taken.Spec.HolderIdentity = new("somebody-else")
		taken.Spec.LeaseDurationSeconds = new(int32(3600))
		taken.Spec.RenewTime = &metav1.MicroTime{Time: time.Now()}
		Expect(admin.Patch(ctx, taken, client.MergeFrom(before))).To(Succeed())
		Eventually(leader.ended).Should(Receive(MatchError(ContainSubstring("leader election lost"))))
	}, SpecTimeout(time.Minute))

	It("needs no lease where leader election is off", func(ctx SpecContext) {
		cfg.LeaderElection.Enabled = new(false)
		alone := start(ctx, operatorConfig, cfg)
		Eventually(alone.leading).Should(BeClosed())
		alone.stop()
		Eventually(alone.ended).Should(Receive(BeNil()))
		absent := lease(cfg)
		Expect(client.IgnoreNotFound(admin.Get(ctx, client.ObjectKeyFromObject(absent), absent))).To(Succeed())
		Expect(absent.UID).To(BeEmpty())
	}, SpecTimeout(time.Minute))
})

func lease(cfg *configv1alpha1.Configuration) *coordinationv1.Lease {
	return &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{
		Namespace: cfg.LeaderElection.Namespace,
		Name:      cfg.LeaderElection.Name,
	}}
}
