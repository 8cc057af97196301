// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("The manager's own ServiceAccount, with the token that it runs with", Ordered, func() {
	var itself client.Client
	BeforeAll(func(ctx SpecContext) {
		token, err := cluster.Clientset.CoreV1().ServiceAccounts(harness.ManagerNamespace).
			CreateToken(ctx, harness.ManagerAccount, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
		Expect(err).NotTo(HaveOccurred())
		config := rest.AnonymousClientConfig(cluster.Config)
		config.BearerToken = token.Status.Token
		itself, err = client.New(config, client.Options{Scheme: admin.Scheme(), Mapper: admin.RESTMapper()})
		Expect(err).NotTo(HaveOccurred())
	})

	// may says whether it may "verb resource.group", of one name: "get secrets=tenant-admin".
	may := func(ctx SpecContext, said, namespace string) bool {
		GinkgoHelper()
		verb, resource, _ := strings.Cut(said, " ")
		resource, name, _ := strings.Cut(resource, "=")
		resource, group, _ := strings.Cut(resource, ".")
		resource, subresource, _ := strings.Cut(resource, "/")
		review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
			ResourceAttributes: &authorizationv1.ResourceAttributes{
				Verb: verb, Group: group, Resource: resource, Subresource: subresource, Name: name, Namespace: namespace,
			},
		}}
		Expect(itself.Create(ctx, review)).To(Succeed())
		return review.Status.Allowed
	}

	DescribeTable("may not", func(ctx SpecContext, rights ...string) {
		for _, said := range rights {
			for _, namespace := range []string{"", "default", "kube-system"} {
				Expect(may(ctx, said, namespace)).To(BeFalse(), "%s in namespace %q", said, namespace)
			}
		}
	},
		Entry("list Secrets", "list secrets", "watch secrets", "deletecollection secrets"),
		Entry("touch a Secret of another name", "list secrets=other", "watch secrets=other", "patch secrets=other", "update secrets=tenant-admin", "delete secrets=other"),
		Entry("give rights", "update roles.rbac.authorization.k8s.io", "bind roles.rbac.authorization.k8s.io", "escalate roles.rbac.authorization.k8s.io", "update rolebindings.rbac.authorization.k8s.io",
			"create clusterroles.rbac.authorization.k8s.io", "create clusterrolebindings.rbac.authorization.k8s.io",
			"bind clusterroles.rbac.authorization.k8s.io", "escalate clusterroles.rbac.authorization.k8s.io"),
		Entry("act as others", "impersonate users", "impersonate groups", "impersonate serviceaccounts", "create serviceaccounts/token"),
		Entry("change the kinds or the policies", "create customresourcedefinitions.apiextensions.k8s.io", "delete customresourcedefinitions.apiextensions.k8s.io",
			"patch validatingadmissionpolicies.admissionregistration.k8s.io", "delete mutatingadmissionpolicybindings.admissionregistration.k8s.io"),
		Entry("touch nodes and volumes", "get nodes", "patch nodes", "proxy nodes", "delete persistentvolumes", "delete persistentvolumeclaims"),
		Entry("run anything", "create pods", "create pods/exec", "create deployments.apps", "create cronjobs.batch", "update jobs.batch", "deletecollection jobs.batch", "get pods", "get pods/log"),
		Entry("write what users write", "update tenants.tenantry.io", "delete tenants.tenantry.io", "deletecollection tenants.tenantry.io",
			"update tenantaccessgrants.tenantry.io", "override tenants.tenantry.io", "administer tenants.tenantry.io"),
		Entry("do everything", "* *.*", "* secrets", "* namespaces", "* pods"),
	)

	It("may do its work", func(ctx SpecContext) {
		for _, said := range []string{"patch tenants.tenantry.io", "patch tenants/status.tenantry.io", "create namespaces", "delete namespaces",
			"create configmaps", "create secrets", "get secrets=tenant-admin", "create ingresses.networking.k8s.io", "deletecollection pods", "create jobs.batch", "create events.events.k8s.io"} {
			Expect(may(ctx, said, "")).To(BeTrue(), said)
		}
	})

	It("lists no Secret of a customer but the one that it made, and gets those whose names it is told", func(ctx SpecContext) {
		tenant := root(ctx)
		other := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: "other"}}
		Expect(admin.Create(ctx, other)).To(Succeed())
		Expect(itself.List(ctx, &corev1.SecretList{}, client.InNamespace(other.Namespace))).To(Satisfy(apierrors.IsForbidden))
		Expect(itself.List(ctx, &corev1.SecretList{}, client.InNamespace(other.Namespace), client.MatchingFields{"metadata.name": "other"})).To(Satisfy(apierrors.IsForbidden))
		Expect(itself.List(ctx, &corev1.SecretList{}, client.InNamespace(other.Namespace), client.MatchingFields{"metadata.name": "tenant-admin"})).To(Succeed())
		Expect(itself.Get(ctx, client.ObjectKeyFromObject(other), other)).To(Succeed(), "it may hold a custom host's certificate")
		Expect(itself.Patch(ctx, other, merge(`{"data":{"key":"bWluZQ=="}}`))).To(Satisfy(apierrors.IsForbidden))
	})

	It("reads Secrets by a binding of its own, which who serves no custom hosts may delete", func(ctx SpecContext) {
		binding := &rbacv1.ClusterRoleBinding{}
		Expect(admin.Get(ctx, client.ObjectKey{Name: "tenantry-manager-certificates"}, binding)).To(Succeed())
		role := &rbacv1.ClusterRole{}
		Expect(admin.Get(ctx, client.ObjectKey{Name: binding.RoleRef.Name}, role)).To(Succeed())
		Expect(role.Rules).To(HaveExactElements(rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"get"}}))
		Expect(admin.Get(ctx, client.ObjectKey{Name: "tenantry-manager"}, role)).To(Succeed())
		for _, rule := range role.Rules {
			if slices.Contains(rule.Resources, "secrets") && slices.Contains(rule.Verbs, "get") {
				Expect(rule.ResourceNames).To(HaveExactElements("tenant-admin"))
			}
		}
	})

	It("makes no Tenant of its own will, and none in its own name", func(ctx SpecContext) {
		namespace := platform(ctx)
		tenant := named(namespace, harness.UniqueName("root"))
		Expect(itself.Create(ctx, tenant.DeepCopy())).To(refusedByPolicy())
		tenant.Spec.RestoreFrom = &v1alpha1.RestoreReference{UID: "5e8c5d0e-0c53-4ce9-9d8b-6d4f3a2b1c0d"}
		Expect(itself.Create(ctx, tenant.DeepCopy())).To(refusedByPolicy())
		tenant.Annotations = map[string]string{v1alpha1.AnnotationCreatedBy: "pat@acme.example"}
		Expect(itself.Create(ctx, tenant, client.DryRunAll)).To(Succeed(), "a place that is kept is restored so")
	})
})
