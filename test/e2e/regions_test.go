// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

func inRegion(name string) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) { t.Spec.Region = name }
}

var _ = Describe("A region (F02)", func() {
	It("is where the tenant's pods run and its data lies, whatever they ask for", func(ctx SpecContext) {
		tenant := root(ctx, inRegion("us-east"))
		Expect(placeOf(ctx, tenant).Labels).To(HaveKeyWithValue(v1alpha1.LabelRegion, "us-east"))
		web := harness.Pod(tenant.Status.Namespace, "web")
		web.Spec.NodeSelector = map[string]string{"topology.kubernetes.io/region": "eu-west", "own": "yes"}
		Eventually(func() error { return admin.Create(ctx, web) }).WithContext(ctx).Should(Succeed())
		Expect(web.Spec.NodeSelector).To(Equal(map[string]string{
			"topology.kubernetes.io/region": "us-east", "example.com/tier": "tenants", "own": "yes",
		}))

		of := func(class string) *corev1.PersistentVolumeClaim {
			claim := volume(tenant, class, "1Gi")
			claim.Spec.StorageClassName = &class
			return claim
		}
		Expect(admin.Create(ctx, of("eu-west-ssd"))).To(MatchError(ContainSubstring("eu-west-ssd.storageclass.storage.k8s.io/requests.storage")))
		Expect(admin.Create(ctx, of("us-east-ssd"))).To(Succeed())
		Expect(admin.Create(ctx, of("shared-hdd"))).To(Succeed())
	})

	It("can't be changed: data stays where it was put", func(ctx SpecContext) {
		tenant := root(ctx, inRegion("eu-west"))
		for _, other := range []string{`{"spec":{"region":"us-east"}}`, `{"spec":{"region":null}}`} {
			Expect(admin.Patch(ctx, tenant.DeepCopy(), merge(other))).To(MatchError(ContainSubstring("is immutable once set")), other)
		}
	})

	It("is that of a place which is taken back, too", func(ctx SpecContext) {
		namespace := platform(ctx)
		former := await(ctx, newTenant(ctx, namespace, "kept"+namespace, inRegion("eu-west"), keptFor(time.Hour)), beReady())
		retire(ctx, former)
		again := await(ctx, newTenant(ctx, namespace, former.Name, inRegion("us-east")), beStalled(v1alpha1.ReasonRetained))
		Expect(message(again)).To(ContainSubstring(`make it again with spec.region "eu-west"`))
	})

	It("does not matter to who names none", func(ctx SpecContext) {
		tenant := root(ctx)
		Expect(newPod(ctx, tenant.Status.Namespace, "web").Spec.NodeSelector).To(BeEmpty())
		Expect(condition(tenant, v1alpha1.ConditionReady).Status).To(Equal(metav1.ConditionTrue))
	})
})
