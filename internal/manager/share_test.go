// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

func quotaOf(cpu, used string) *corev1.ResourceQuota {
	list := func(cpu string) corev1.ResourceList {
		return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourcePods: resource.MustParse("40")}
	}
	return &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Namespace: "acme-a", Labels: map[string]string{"tenantry.io/managed": "true", "tenantry.io/tenant": "a", "tenantry.io/parent": "acme"}},
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
		&corev1.Service{Spec: corev1.ServiceSpec{Selector: map[string]string{"app": "portal"}}},
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"tenantry.io/managed": "true"}, Annotations: map[string]string{"a": "b"}}},
		&v1alpha1.Tenant{Status: v1alpha1.TenantStatus{Conditions: []metav1.Condition{{Type: "Ready", Reason: "Ready", Message: "all is well"}}}},
		&v1alpha1.AssetInventory{Status: v1alpha1.AssetInventoryStatus{Conditions: []metav1.Condition{{Type: "Ready", Reason: "Ready", Message: "all is well"}}}},
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"a": "b"}}, Data: map[string]string{"c": "d"}},
		roleOf("a-0", "a-1"), roleOf("b-0"), &rbacv1.Role{},
	} {
		want := object.DeepCopyObject()
		for range 2 {
			transform(t, s.share, object)
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
		transform(t, s.share, quota)
	}
	same := func(a, b any) bool { return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer() }
	if !same(one.Spec.Hard, one.Status.Hard) || !same(one.Spec.Hard, two.Spec.Hard) || !same(one.Status.Used, two.Status.Used) || !same(one.Labels, two.Labels) {
		t.Error("equal lists or labels are kept twice")
	}
	if same(one.Spec.Hard, one.Status.Used) {
		t.Error("what is used is what is allowed")
	}
}

// roleOf may get some ConfigMaps.
func roleOf(names ...string) *rbacv1.Role {
	return &rbacv1.Role{Rules: []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"configmaps"}, ResourceNames: names, Verbs: []string{"get"}}}}
}

func TestOfARoleTheNamesAloneAreItsOwn(t *testing.T) {
	s := newSharing()
	one, two := roleOf("a-0"), roleOf("b-0")
	transform(t, s.share, one)
	transform(t, s.share, two)
	if &one.Rules[0].Verbs[0] != &two.Rules[0].Verbs[0] || &one.Rules[0].Resources[0] != &two.Rules[0].Resources[0] {
		t.Error("the same rights are kept twice")
	}
	if one.Rules[0].ResourceNames[0] != "a-0" || two.Rules[0].ResourceNames[0] != "b-0" {
		t.Errorf("%v, %v", one.Rules, two.Rules)
	}
}

func TestAServicesAddressIsNotKept(t *testing.T) {
	service := &corev1.Service{Spec: corev1.ServiceSpec{ClusterIP: "10.0.0.7", ClusterIPs: []string{"10.0.0.7"}}}
	transform(t, newSharing().share, service)
	if diff := cmp.Diff(&corev1.Service{}, service); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
