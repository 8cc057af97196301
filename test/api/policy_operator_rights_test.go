// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// right is "verb resource.group" or "verb resource.group/name".
func right(said, namespace string) authorizationv1.ResourceAttributes {
	verb, resource, _ := strings.Cut(said, " ")
	resource, name, _ := strings.Cut(resource, "=")
	resource, group, _ := strings.Cut(resource, ".")
	resource, subresource, _ := strings.Cut(resource, "/")
	return authorizationv1.ResourceAttributes{
		Verb: verb, Group: group, Resource: resource, Subresource: subresource, Name: name, Namespace: namespace,
	}
}

var _ = Describe("The operator's own rights", func() {
	operatorMay := func(ctx SpecContext, said, namespace string) bool {
		GinkgoHelper()
		allowed, err := may(ctx, operatorName, right(said, namespace), "system:serviceaccounts", "system:serviceaccounts:tenantry-system")
		Expect(err).NotTo(HaveOccurred())
		return allowed
	}

	DescribeTable("are those that its work takes", func(ctx SpecContext, rights ...string) {
		for _, said := range rights {
			Expect(operatorMay(ctx, said, "")).To(BeTrue(), said)
		}
	},
		Entry("on Tenants", "get tenants.tenantry.io", "list tenants.tenantry.io", "watch tenants.tenantry.io",
			"create tenants.tenantry.io", "patch tenants.tenantry.io", "patch tenants/status.tenantry.io"),
		Entry("on what tenants list", "get assetinventories.tenantry.io", "list assetinventories.tenantry.io", "watch assetinventories.tenantry.io",
			"patch assetinventories/status.tenantry.io"),
		Entry("on syncs", "get mastertenantsyncs.tenantry.io", "list mastertenantsyncs.tenantry.io", "watch mastertenantsyncs.tenantry.io",
			"patch mastertenantsyncs.tenantry.io", "patch mastertenantsyncs/status.tenantry.io"),
		Entry("on scans", "get scanschedules.tenantry.io", "list scanschedules.tenantry.io", "watch scanschedules.tenantry.io", "patch scanschedules/status.tenantry.io",
			"get jobs.batch", "list jobs.batch", "watch jobs.batch", "create jobs.batch", "patch jobs.batch", "delete jobs.batch"),
		Entry("on copies", "get configmaps", "list configmaps", "watch configmaps", "create configmaps", "update configmaps", "delete configmaps"),
		Entry("on the definition of their kind", "get customresourcedefinitions.apiextensions.k8s.io=tenants.tenantry.io"),
		Entry("on what is kept of deleted ones", "get retainedtenants.tenantry.io", "list retainedtenants.tenantry.io", "watch retainedtenants.tenantry.io",
			"create retainedtenants.tenantry.io", "patch retainedtenants.tenantry.io", "delete retainedtenants.tenantry.io", "patch retainedtenants/status.tenantry.io"),
		Entry("on places", "get namespaces", "list namespaces", "watch namespaces", "create namespaces", "patch namespaces", "delete namespaces"),
		Entry("on what is in them", "create configmaps", "patch limitranges", "delete services", "watch resourcequotas",
			"create networkpolicies.networking.k8s.io", "delete ingresses.networking.k8s.io", "create httproutes.gateway.networking.k8s.io",
			"patch listenersets.gateway.networking.k8s.io", "delete certificates.cert-manager.io"),
		Entry("on the one Secret of a place", "create secrets", "get secrets=tenant-admin", "patch secrets=tenant-admin", "delete secrets=tenant-admin"),
		Entry("on the rest", "deletecollection pods", "create events.events.k8s.io", "patch events.events.k8s.io"),
	)

	It("let it lead in its own namespace, and nowhere else", func(ctx SpecContext) {
		for _, said := range []string{"get leases.coordination.k8s.io", "create leases.coordination.k8s.io", "update leases.coordination.k8s.io"} {
			Expect(operatorMay(ctx, said, "tenantry-system")).To(BeTrue(), said)
			Expect(operatorMay(ctx, said, "default")).To(BeFalse(), said)
		}
	})

	It("let it keep what it knows of invitations in its own namespace, and nowhere else", func(ctx SpecContext) {
		for _, said := range []string{"list secrets", "update secrets=other", "delete secrets=other"} {
			Expect(operatorMay(ctx, said, "tenantry-system")).To(BeTrue(), said)
			for _, namespace := range []string{"", "default", "kube-system"} {
				Expect(operatorMay(ctx, said, namespace)).To(BeFalse(), "%s in namespace %q", said, namespace)
			}
		}
	})

	DescribeTable("are no more than that", func(ctx SpecContext, rights ...string) {
		for _, said := range rights {
			for _, namespace := range []string{"", "default", "kube-system", "tenantry-system"} {
				Expect(operatorMay(ctx, said, namespace)).To(BeFalse(), "%s in namespace %q", said, namespace)
			}
		}
	},
		Entry("not everything", "* *.*", "get *.*", "create *", "* namespaces"),
		Entry("not to change or end what users made", "update tenants.tenantry.io", "delete tenants.tenantry.io",
			"deletecollection tenants.tenantry.io", "override tenants.tenantry.io", "administer tenants.tenantry.io", "update retainedtenants.tenantry.io"),
		Entry("not to say what is carried", "create mastertenantsyncs.tenantry.io", "update mastertenantsyncs.tenantry.io", "delete mastertenantsyncs.tenantry.io",
			"update mastertenantsyncs/status.tenantry.io", "publish mastertenantsyncs.tenantry.io"),
		Entry("not what tenants list", "create assetinventories.tenantry.io", "patch assetinventories.tenantry.io", "update assetinventories.tenantry.io",
			"delete assetinventories.tenantry.io", "update assetinventories/status.tenantry.io"),
		Entry("not Secrets of others", "watch secrets", "deletecollection secrets", "patch secrets=other"),
		Entry("not the edge of the cluster", "create gateways.gateway.networking.k8s.io", "create referencegrants.gateway.networking.k8s.io",
			"patch httproutes/status.gateway.networking.k8s.io", "create clusterissuers.cert-manager.io", "create issuers.cert-manager.io"),
		Entry("not tokens, nor to act as others", "create serviceaccounts/token", "create serviceaccounts", "impersonate users", "impersonate serviceaccounts", "impersonate groups"),
		Entry("not rights", "create clusterroles.rbac.authorization.k8s.io", "update roles.rbac.authorization.k8s.io", "update rolebindings.rbac.authorization.k8s.io",
			"create clusterrolebindings.rbac.authorization.k8s.io", "bind clusterroles.rbac.authorization.k8s.io", "escalate clusterroles.rbac.authorization.k8s.io"),
		Entry("not workloads", "create pods", "get pods", "list pods", "delete pods", "create pods/exec", "create cronjobs.batch", "create deployments.apps",
			"update jobs.batch", "patch jobs/status.batch", "deletecollection jobs.batch"),
		Entry("not when tenants are scanned", "create scanschedules.tenantry.io", "patch scanschedules.tenantry.io", "update scanschedules.tenantry.io",
			"delete scanschedules.tenantry.io", "update scanschedules/status.tenantry.io"),
		Entry("not the rules", "patch customresourcedefinitions.apiextensions.k8s.io",
			"delete validatingadmissionpolicies.admissionregistration.k8s.io", "delete validatingadmissionpolicybindings.admissionregistration.k8s.io"),
		Entry("not to go round them", "update namespaces", "update namespaces/finalize", "patch namespaces/status",
			"patch resourcequotas/status", "update resourcequotas/status", "deletecollection configmaps"),
		Entry("not nodes and volumes", "get nodes", "get persistentvolumes", "list persistentvolumeclaims"),
	)

	Context("on Secrets", func() {
		named := client.MatchingFields{"metadata.name": "tenant-admin"}

		It("let it list and watch those of its name in all namespaces", func(ctx SpecContext) {
			ns := place(ctx).Name
			secret := adminSecret(ns)
			Expect(operator().Create(ctx, secret)).To(Succeed())
			Expect(k8sClient.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "other"}})).To(Succeed())

			var list corev1.SecretList
			Expect(operator().List(ctx, &list, named)).To(Succeed())
			Expect(list.Items).To(ContainElement(HaveField("Namespace", ns)))
			Expect(list.Items).To(HaveEach(HaveField("Name", "tenant-admin")))

			config := rest.CopyConfig(restConfig)
			config.Impersonate.UserName = operatorName
			watcher, err := client.NewWithWatch(config, client.Options{})
			Expect(err).NotTo(HaveOccurred())
			watch, err := watcher.Watch(ctx, &corev1.SecretList{}, named)
			Expect(err).NotTo(HaveOccurred())
			watch.Stop()
			_, err = watcher.Watch(ctx, &corev1.SecretList{})
			Expect(err).To(beForbiddenByRBAC())
		})

		It("let it list no others, however it asks", func(ctx SpecContext) {
			ns := place(ctx).Name
			for _, options := range [][]client.ListOption{
				nil,
				{client.InNamespace(ns)},
				{client.MatchingLabels(ownLabels())},
				{client.MatchingFields{"metadata.name": "other"}},
				{client.MatchingFields{"type": "Opaque"}},
			} {
				Expect(operator().List(ctx, &corev1.SecretList{}, options...)).To(beForbiddenByRBAC())
			}
		})
	})

	It("let it read certificates by a binding of its own, which who serves no custom hosts deletes", func(ctx SpecContext) {
		Expect(operatorMay(ctx, "get secrets=support-tls", "default")).To(BeTrue())
		var certificates, own rbacv1.ClusterRole
		Expect(k8sClient.Get(ctx, client.ObjectKey{Name: "tenantry-manager-certificates"}, &certificates)).To(Succeed())
		Expect(certificates.Rules).To(HaveExactElements(rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"get"}}))
		var binding rbacv1.ClusterRoleBinding
		Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(&certificates), &binding)).To(Succeed())
		Expect(binding.RoleRef.Name).To(Equal(certificates.Name))

		By("having no other right to get Secrets but that of its own name")
		Expect(k8sClient.Get(ctx, client.ObjectKey{Name: "tenantry-manager"}, &own)).To(Succeed())
		for _, rule := range own.Rules {
			if slices.Contains(rule.Resources, "secrets") && slices.Contains(rule.Verbs, "get") {
				Expect(rule.ResourceNames).To(HaveExactElements("tenant-admin"))
			}
		}
	})

	It("let it end all pods of a place, without seeing them", func(ctx SpecContext) {
		ns := place(ctx).Name
		Eventually(func() error {
			return k8sClient.Get(ctx, client.ObjectKey{Namespace: ns, Name: "default"}, &corev1.ServiceAccount{})
		}).WithContext(ctx).WithTimeout(eventualTimeout).Should(Succeed())
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "web"},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "web"}}},
		}
		Expect(k8sClient.Create(ctx, pod)).To(Succeed())
		Expect(operator().DeleteAllOf(ctx, &corev1.Pod{}, client.InNamespace(ns))).To(Succeed())
		Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(pod), pod)).To(Satisfy(apierrors.IsNotFound))
	})
})
