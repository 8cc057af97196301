// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apiresource "k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/test/harness"
)

// enforced reads the quota of the place as the person, and sees to it that it caps and counts all of names.
func enforced(ctx SpecContext, p *person, names ...corev1.ResourceName) corev1.ResourceList {
	GinkgoHelper()
	quotas := &corev1.ResourceQuotaList{}
	Expect(p.List(ctx, quotas, client.InNamespace(p.place))).To(Succeed())
	hard, used := corev1.ResourceList{}, corev1.ResourceList{}
	for _, quota := range quotas.Items {
		for name := range quota.Spec.Hard {
			hard[name], used[name] = quota.Status.Hard[name], quota.Status.Used[name]
		}
	}
	for _, name := range names {
		Expect(hard).To(HaveKey(name))
		Expect(used).To(HaveKey(name), "it is counted")
	}
	return hard
}

func configureResourceQuotas(ctx SpecContext, p *person) {
	named := []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage}
	hard := enforced(ctx, p, append(named, corev1.ResourceLimitsCPU, corev1.ResourceLimitsMemory, corev1.ResourceLimitsEphemeralStorage, corev1.ResourceRequestsStorage)...)
	one := apiresource.MustParse("1")
	for _, name := range named {
		asked, used := hard[name].DeepCopy(), hard["limits."+name].DeepCopy()
		asked.Add(one)
		used.Add(one)
		for what, too := range map[string]corev1.ResourceRequirements{
			"asks for": {Requests: corev1.ResourceList{name: asked}, Limits: corev1.ResourceList{name: asked}},
			"may use":  {Requests: corev1.ResourceList{name: one}, Limits: corev1.ResourceList{name: used}},
		} {
			pod := harness.Pod(p.place, harness.UniqueName("pod"))
			pod.Spec.Containers[0].Resources = too
			Expect(p.Create(ctx, pod)).To(And(refused(), MatchError(ContainSubstring("exceeded quota"))), "%s too much %s", what, name)
		}
	}
	silent := harness.Pod(p.place, harness.UniqueName("pod"))
	p.make(ctx, silent)
	Expect(silent.Spec.Containers[0].Resources.Limits).To(And(HaveKey(corev1.ResourceCPU), HaveKey(corev1.ResourceMemory), HaveKey(corev1.ResourceEphemeralStorage)),
		"who asks for nothing is counted, too")
}

func configureObjectLimits(ctx SpecContext, p *person) {
	hard := enforced(ctx, p,
		corev1.ResourcePods, corev1.ResourceServices, corev1.ResourceReplicationControllers, corev1.ResourceQuotas, corev1.ResourceSecrets,
		corev1.ResourceConfigMaps, corev1.ResourcePersistentVolumeClaims, corev1.ResourceServicesNodePorts, corev1.ResourceServicesLoadBalancers)
	DeferCleanup(func(ctx SpecContext) {
		Expect(admin.DeleteAllOf(ctx, &corev1.PersistentVolumeClaim{}, client.InNamespace(p.place))).To(Succeed())
		Eventually(func(g Gomega) {
			quota := &corev1.ResourceQuota{}
			g.Expect(admin.Get(ctx, client.ObjectKey{Namespace: p.place, Name: "tenantry"}, quota)).To(Succeed())
			g.Expect(quota.Status.Used.Name(corev1.ResourcePersistentVolumeClaims, apiresource.DecimalSI).Value()).To(BeZero())
		}).WithContext(ctx).Should(Succeed(), "what goes is given back")
	})
	limit := hard[corev1.ResourcePersistentVolumeClaims]
	for range limit.Value() {
		p.make(ctx, claim(p, nil))
	}
	// Kubernetes counts anew when other objects of the place go, from a cache that can be behind: then one claim more is
	// admitted, and counted, and the next is refused.
	Eventually(func() error {
		return p.Create(ctx, claim(p, nil))
	}).WithContext(ctx).Should(And(refused(), MatchError(ContainSubstring(fmt.Sprintf("limited: persistentvolumeclaims=%s", limit.String())))))
}

// claim for a small volume of a storage class, the default one for nil.
func claim(p *person, class *string) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{
		ObjectMeta: p.object(),
		Spec: corev1.PersistentVolumeClaimSpec{
			StorageClassName: class,
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:        corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: apiresource.MustParse("1Mi")}},
		},
	}
}

func blockNodePorts(ctx SpecContext, p *person) {
	service := func(kind corev1.ServiceType) *corev1.Service {
		return &corev1.Service{ObjectMeta: p.object(), Spec: corev1.ServiceSpec{
			Type: kind, Selector: map[string]string{"app": "mine"}, Ports: []corev1.ServicePort{{Port: 80}},
		}}
	}
	own := service(corev1.ServiceTypeClusterIP)
	p.make(ctx, own)
	for _, kind := range []corev1.ServiceType{corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer} {
		Expect(p.Create(ctx, service(kind))).To(refusedBy("tenantry-services"), "%s", kind)
		Expect(p.Patch(ctx, own.DeepCopy(), merge(`{"spec":{"type":"`+string(kind)+`"}}`))).To(refusedBy("tenantry-services"), "%s", kind)
		changed := own.DeepCopy()
		changed.Spec.Type = kind
		Expect(p.Update(ctx, changed)).To(refusedBy("tenantry-services"), "%s", kind)
	}
	now := &corev1.Service{}
	Expect(p.Get(ctx, client.ObjectKeyFromObject(own), now)).To(Succeed())
	Expect(now.Spec.Ports).To(HaveEach(HaveField("NodePort", BeZero())))
}
