// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func quotaOf(cpu, used string) *corev1.ResourceQuota {
	list := func(cpu string) corev1.ResourceList {
		return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourcePods: resource.MustParse("40")}
	}
	return &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"tenantry.io/tenant": "a", "tenantry.io/parent": "acme"}},
		Spec:       corev1.ResourceQuotaSpec{Hard: list(cpu)},
		Status:     corev1.ResourceQuotaStatus{Hard: list(cpu), Used: list(used)},
	}
}

func TestSharingChangesNothingThatIsRead(t *testing.T) {
	s := newSharing()
	port := networkingv1.NetworkPolicyPort{}
	for _, object := range []client.Object{
		quotaOf("4", "1"), quotaOf("4", "0"), quotaOf("4000m", "0"), quotaOf("8", "1"), &corev1.ResourceQuota{},
		&corev1.LimitRange{Spec: corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{{Type: corev1.LimitTypeContainer}}}},
		&networkingv1.NetworkPolicy{Spec: networkingv1.NetworkPolicySpec{Egress: []networkingv1.NetworkPolicyEgressRule{{Ports: []networkingv1.NetworkPolicyPort{port}}}}},
		&networkingv1.NetworkPolicy{},
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"a": "b"}}, Data: map[string]string{"c": "d"}},
	} {
		want := object.DeepCopyObject()
		for range 2 {
			transform(t, s.transform, object)
			if diff := cmp.Diff(want, object.(any)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		}
	}
}

func TestWhatIsTheSameIsKeptOnce(t *testing.T) {
	s := newSharing()
	one, two, other := quotaOf("4", "0"), quotaOf("4", "0"), quotaOf("4000m", "0")
	for _, quota := range []*corev1.ResourceQuota{one, two, other} {
		transform(t, s.transform, quota)
	}
	same := func(a, b any) bool { return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer() }
	if !same(one.Spec.Hard, one.Status.Hard) || !same(one.Spec.Hard, two.Spec.Hard) || !same(one.Status.Used, two.Status.Used) || !same(one.Labels, two.Labels) {
		t.Error("equal lists or labels are kept twice")
	}
	if same(one.Spec.Hard, one.Status.Used) {
		t.Error("what is used is what is allowed")
	}
}

func TestATableForgets(t *testing.T) {
	values := table[int]{most: 10}
	for i := range 1000 {
		if got := values.share(fmt.Sprint(i), i); got != i {
			t.Errorf("got %d, want %d", got, i)
		}
		if len(values.values) > 10 {
			t.Fatalf("%d values", len(values.values))
		}
	}
}
