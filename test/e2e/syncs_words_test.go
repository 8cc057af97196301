// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("What a MasterTenantSync says", func() {
	var parent *v1alpha1.Tenant
	BeforeEach(func(ctx SpecContext) { parent = partner(ctx) })
	tell := func(text string) types.GomegaMatcher {
		return WithTransform(readyOf, HaveField("Message", ContainSubstring(text)))
	}

	It("names another that would set the same tenant's brand, and so does that: neither does (F09)", func(ctx SpecContext) {
		worn := harness.UniqueName("worn")
		newProfile(ctx, &v1alpha1.Tenant{Status: v1alpha1.TenantStatus{Namespace: parent.Namespace}}, worn, v1alpha1.WhiteLabelProfileSpec{CompanyName: "Partners"})
		change(ctx, parent, wearing(v1alpha1.WhiteLabel{ProfileRef: &v1alpha1.LocalReference{Name: worn}}), bear(worn, v1alpha1.BrandFromTenant))
		tenant := customer(ctx, parent, "cybercorp")
		one, two := newSync(ctx, parent, "one", carrying(v1alpha1.SyncWhiteLabel)), newSync(ctx, parent, "two", carrying(v1alpha1.SyncWhiteLabel))
		for _, sync := range []*v1alpha1.MasterTenantSync{one, two} {
			awaitSync(ctx, sync, And(say(metav1.ConditionFalse, v1alpha1.ReasonFailed), tell("(cybercorp)"), tell("syncs one and two each would set the tenant's brand")))
			await(ctx, tenant, fare(sync.Name, v1alpha1.SyncFailed, v1alpha1.ReasonConflict))
		}
		await(ctx, tenant, have(v1alpha1.ConditionWhiteLabelReady, metav1.ConditionFalse, v1alpha1.ReasonSyncConflict))

		By("having the tenant say itself what it bears, and no longer")
		change(ctx, tenant, wearing(v1alpha1.WhiteLabel{None: &v1alpha1.NoWhiteLabel{}}), fare("one", v1alpha1.SyncSynced, v1alpha1.ReasonSynced))
		awaitSync(ctx, two, beInSync(1))
		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.WhiteLabel = nil }, fare("one", v1alpha1.SyncFailed, v1alpha1.ReasonConflict))

		By("taking the category out of one")
		changeSync(ctx, two, `{"categories":["Content"]}`)
		awaitSync(ctx, one, beInSync(1))
		awaitSync(ctx, two, say(metav1.ConditionTrue, v1alpha1.ReasonNoSources))
		await(ctx, tenant, And(fare("one", v1alpha1.SyncSynced, v1alpha1.ReasonSynced), bear(parent.Namespace+"/"+worn, v1alpha1.BrandFromSync)))
	})

	It("counts who keeps objects of its own, names whom it does not find, and says what to mark", func(ctx SpecContext) {
		tenant := customer(ctx, parent, "cybercorp")
		own := inPlace(tenant, "alerts")
		own.Data = map[string]string{"text": "my own"}
		Expect(admin.Create(ctx, own)).To(Succeed())
		sync := newSync(ctx, parent, "baseline", func(s *v1alpha1.MasterTenantSync) {
			s.Spec.Targets = &v1alpha1.SyncTargets{Names: []v1alpha1.TenantName{"cybercorp", "cybercrop"}}
		})
		awaitSync(ctx, sync, And(say(metav1.ConditionTrue, v1alpha1.ReasonNoSources), tell("cybercrop"),
			tell(`in namespace "`+sync.Namespace+`", label what is to be copied with tenantry.io/sync=content`)))
		source(ctx, sync.Namespace, "alerts", content, "one")
		awaitSync(ctx, sync, And(say(metav1.ConditionTrue, v1alpha1.ReasonSynced), tell("1 tenant is as the master; in cybercorp objects of the tenant's own"),
			HaveField("Status.Progress", HaveValue(Equal(v1alpha1.SyncProgress{Total: 1, Current: 1, Kept: 1})))))

		By("restarting")
		stopManager(ctx)
		startManager(ctx)
		changeSync(ctx, sync, `{"targets":{"names":["cybercorp"]}}`)
		awaitSync(ctx, sync, And(say(metav1.ConditionTrue, v1alpha1.ReasonSynced), Not(tell("cybercrop")), HaveField("Status.Progress.Kept", BeEquivalentTo(1))))
	})

	It("is Synced in a tenant only as long as that is as the master", func(ctx SpecContext) {
		tenant := customer(ctx, parent, "cybercorp")
		marked := source(ctx, parent.Status.Namespace, "alerts", content, "one")
		sync := newSync(ctx, parent, "baseline")
		synced, waits := fare("baseline", v1alpha1.SyncSynced, v1alpha1.ReasonSynced), fare("baseline", v1alpha1.SyncPending, v1alpha1.ReasonSyncing)
		await(ctx, tenant, synced)

		By("suspending it")
		changeSync(ctx, sync, `{"suspend":true}`)
		await(ctx, tenant, fare("baseline", v1alpha1.SyncPending, v1alpha1.ReasonSuspended))
		changeSync(ctx, sync, `{"suspend":false}`)
		await(ctx, tenant, synced)

		By("having it plan")
		changeSync(ctx, sync, `{"mode":"Plan"}`)
		edit(ctx, marked, "two")
		await(ctx, tenant, waits)
		edit(ctx, marked, "one")
		await(ctx, tenant, synced)

		By("having others go first")
		changeSync(ctx, sync, `{"mode":"Apply","rollout":{"canary":{"selector":{"matchLabels":{"tier":"none"}}}}}`)
		edit(ctx, marked, "three")
		awaitSync(ctx, sync, beStuck(v1alpha1.ReasonNoCanary))
		await(ctx, tenant, waits)
		changeSync(ctx, sync, `{"rollout":{"canary":null}}`)
		await(ctx, tenant, synced)
		awaitText(ctx, "alerts", "three", tenant)
	})
})
