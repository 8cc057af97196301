// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// reserved returns one object of each name that is kept for the operator, without its labels.
func reserved(namespace string) []client.Object {
	objects := owned(namespace)
	for _, obj := range objects {
		obj.SetLabels(nil)
	}
	route := gatewayObject("HTTPRoute", namespace, "portal", "hostnames: ["+ownHost+"]")
	return append(objects, route,
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "portal-tls"}},
		&corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "suspended"}},
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "brand"}},
		&rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "tenantry:owner"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "view"},
		},
		newGrant(namespace, "admin", v1alpha1.RoleViewer),
	)
}

// bindAnything lets a person bind any role, so that nothing but a policy refuses a RoleBinding.
var bindAnything = rbacv1.PolicyRule{
	APIGroups: []string{rbacv1.GroupName}, Resources: []string{"clusterroles"}, Verbs: []string{"bind"},
}

var _ = Describe("The names of the operator's objects", func() {
	const policy = "tenantry-reserved-names"

	It("are kept for it in a tenant's place", func(ctx SpecContext) {
		c := As(person(ctx, everything, bindAnything, assign("Viewer")))
		for _, obj := range reserved(place(ctx).Name) {
			Expect(c.Create(ctx, obj)).To(beForbiddenBy(policy))
		}
	})

	It("are free elsewhere", func(ctx SpecContext) {
		c := As(person(ctx, everything, bindAnything))
		for _, obj := range reserved(newNamespace(ctx)) {
			Expect(c.Create(ctx, obj, client.DryRunAll)).To(Succeed())
		}
	})

	It("are not made up by the API server either", func(ctx SpecContext) {
		objects := reserved(place(ctx).Name)
		binding := objects[slices.IndexFunc(objects, func(obj client.Object) bool {
			_, isBinding := obj.(*rbacv1.RoleBinding)
			return isBinding
		})]
		binding.SetGenerateName(binding.GetName())
		binding.SetName("")
		Expect(As(person(ctx, everything, bindAnything)).Create(ctx, binding)).To(beForbiddenBy(policy))
	})

	It("may be taken by who may override, who is told of the conflict by the Tenant", func(ctx SpecContext) {
		c := As(person(ctx, everything, bindAnything, override))
		for _, obj := range reserved(place(ctx).Name) {
			Expect(c.Create(ctx, obj, client.DryRunAll)).To(Succeed())
		}
	})

	It("are kept of the edge's kinds too", func(ctx SpecContext) {
		namespace := place(ctx).Name
		certificates := certManagerKind(ctx, "Certificate", "certificates")
		certificate := func(name string) client.Object {
			return objectIn(certificates, namespace, name)
		}
		listeners := func(name string) client.Object {
			return gatewayObject("ListenerSet", namespace, name, "parentRef: {name: edge}, listeners: [{name: http, port: 80, protocol: HTTP}]")
		}
		c, overrider := As(person(ctx, everything)), As(person(ctx, everything, override))
		for _, obj := range []client.Object{certificate("portal"), listeners("portal")} {
			// Listeners of whatever name are refused besides.
			Expect(c.Create(ctx, obj, client.DryRunAll)).To(Or(beForbiddenBy(policy), beForbiddenBy("tenantry-refused-kinds")))
			Expect(overrider.Create(ctx, obj, client.DryRunAll)).To(Succeed())
		}
		Expect(c.Create(ctx, certificate("own"))).To(Succeed())
	})

	It("leave the Secret of the portal's certificate to cert-manager", func(ctx SpecContext) {
		ns := place(ctx).Name
		certManager := As(person(ctx, everything, inherit))
		secret := func(name string) client.Object {
			return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name}}
		}
		Expect(certManager.Create(ctx, secret("portal-tls"))).To(Succeed())
		Expect(certManager.Create(ctx, secret("tenant-admin"))).To(beForbiddenBy(policy))
		Expect(As(lordOf(ctx, ns)).Create(ctx, secret("portal-tls"), client.DryRunAll)).To(beForbiddenBy(policy))
	})

	It("are kept of all that runs and is counted for schedules, whose pods are named after workloads", func(ctx SpecContext) {
		namespace := withAccount(ctx, place(ctx).Name)
		lord, overrider := As(lordOf(ctx, namespace)), As(person(ctx, everything, override))
		named := func(name string) []client.Object {
			objects := []client.Object{&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}}
			for _, w := range workloads(namespace, name) {
				objects = append(objects, w.object)
			}
			return objects
		}
		for _, name := range []string{v1alpha1.ScanLedgerName, "scan-weekly-7"} {
			for _, obj := range named(name) {
				Expect(lord.Create(ctx, obj, client.DryRunAll)).To(And(beForbiddenBy(policy), MatchError(ContainSubstring("name "+name+" of "))), "%T", obj)
				Expect(overrider.Create(ctx, obj, client.DryRunAll)).To(Succeed(), "%T", obj)
			}
		}
		for _, obj := range named("scan") { // whose pods and Jobs would have such names
			switch obj.(type) {
			case *corev1.ConfigMap, *corev1.Pod:
				Expect(lord.Create(ctx, obj, client.DryRunAll)).To(Succeed(), "%T", obj)
			default:
				Expect(lord.Create(ctx, obj, client.DryRunAll)).To(beForbiddenBy(policy), "%T", obj)
			}
		}
		for _, obj := range named("scanner") {
			Expect(lord.Create(ctx, obj, client.DryRunAll)).To(Succeed(), "%T", obj)
		}
		for _, obj := range named("") {
			obj.SetGenerateName(v1alpha1.ScanPrefix)
			Expect(lord.Create(ctx, obj, client.DryRunAll)).To(beForbiddenBy(policy), "%T", obj)
		}
	})

	It("leave all others to the tenant", func(ctx SpecContext) {
		c := As(person(ctx, everything))
		named := metav1.ObjectMeta{Namespace: place(ctx).Name, Name: "own"}
		for _, obj := range []client.Object{
			&corev1.ConfigMap{ObjectMeta: named}, &corev1.Secret{ObjectMeta: named},
			&corev1.Service{ObjectMeta: named, Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}},
			&networkingv1.NetworkPolicy{ObjectMeta: named},
		} {
			Expect(c.Create(ctx, obj)).To(Succeed())
		}
	})
})

var _ = Describe("Quotas and limit ranges in a tenant's place", func() {
	It("are not made or changed by the tenant, who could keep the operator from closing the place with them", func(ctx SpecContext) {
		ns := place(ctx).Name
		c := As(person(ctx, everything))
		hard := corev1.ResourceList{"resourcequotas": resource.MustParse("2")}
		for _, obj := range []client.Object{
			&corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "mine"}, Spec: corev1.ResourceQuotaSpec{Hard: hard}},
			&corev1.LimitRange{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "mine"}},
		} {
			Expect(c.Create(ctx, obj)).To(beForbiddenBy("tenantry-reserved-names"))
			Expect(k8sClient.Create(ctx, obj)).To(Succeed(), "the cluster's administrator may add some")
			Expect(c.Patch(ctx, obj, mergePatch(`{"metadata":{"labels":{"a":"b"}}}`))).To(beForbiddenBy("tenantry-reserved-names"))
			Expect(c.Delete(ctx, obj)).To(beForbiddenBy("tenantry-reserved-names"))
			Expect(k8sClient.Delete(ctx, obj)).To(Succeed())
		}
	})
})

var _ = Describe("A pod in a tenant's place", func() {
	pod := func(namespace, priority string) *corev1.Pod {
		return &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "own"},
			Spec:       corev1.PodSpec{PriorityClassName: priority, Containers: []corev1.Container{{Name: "main", Image: "example.com/main"}}},
		}
	}

	DescribeTable("has none of Kubernetes' own priorities, whoever makes it", func(ctx SpecContext, priority string) {
		ns := place(ctx).Name
		for _, c := range []client.Client{As(person(ctx, everything)), As("system:serviceaccount:kube-system:replicaset-controller", "system:serviceaccounts:kube-system")} {
			Expect(c.Create(ctx, pod(ns, priority), client.DryRunAll)).To(beForbiddenBy("tenantry-pod-priority"))
			Expect(c.Create(ctx, pod(ns, ""), client.DryRunAll)).To(Succeed())
		}
		Expect(k8sClient.Create(ctx, pod(newNamespace(ctx), priority), client.DryRunAll)).To(Succeed())
	},
		Entry("not that of a node's pods", "system-node-critical"),
		Entry("not that of the cluster's", "system-cluster-critical"),
	)
})
