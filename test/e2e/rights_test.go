// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

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
		Entry("list Secrets", "list secrets", "watch secrets", "get secrets", "deletecollection secrets"),
		Entry("touch a Secret of another name", "get secrets=other", "patch secrets=other", "update secrets=tenant-admin", "delete secrets=other"),
		Entry("give rights", "create roles.rbac.authorization.k8s.io", "create rolebindings.rbac.authorization.k8s.io",
			"create clusterroles.rbac.authorization.k8s.io", "create clusterrolebindings.rbac.authorization.k8s.io",
			"bind clusterroles.rbac.authorization.k8s.io", "escalate clusterroles.rbac.authorization.k8s.io"),
		Entry("act as others", "impersonate users", "impersonate groups", "impersonate serviceaccounts", "create serviceaccounts/token"),
		Entry("change the kinds or the policies", "create customresourcedefinitions.apiextensions.k8s.io", "delete customresourcedefinitions.apiextensions.k8s.io",
			"patch validatingadmissionpolicies.admissionregistration.k8s.io", "delete mutatingadmissionpolicybindings.admissionregistration.k8s.io"),
		Entry("touch nodes and volumes", "get nodes", "patch nodes", "proxy nodes", "delete persistentvolumes", "delete persistentvolumeclaims"),
		Entry("run anything", "create pods", "create pods/exec", "create deployments.apps", "create jobs.batch", "get pods", "get pods/log"),
		Entry("write what users write", "create tenants.tenantry.io", "update tenants.tenantry.io", "delete tenants.tenantry.io",
			"create tenantaccessgrants.tenantry.io", "override tenants.tenantry.io"),
		Entry("do everything", "* *.*", "* secrets", "* namespaces", "* pods"),
	)

	It("may do its work", func(ctx SpecContext) {
		for _, said := range []string{"patch tenants.tenantry.io", "patch tenants/status.tenantry.io", "create namespaces", "delete namespaces",
			"create configmaps", "create secrets", "get secrets=tenant-admin", "create ingresses.networking.k8s.io", "deletecollection pods", "create events.events.k8s.io"} {
			Expect(may(ctx, said, "")).To(BeTrue(), said)
		}
	})

	It("reads no Secret of a customer but the one that it made", func(ctx SpecContext) {
		tenant := root(ctx)
		other := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: "other"}}
		Expect(admin.Create(ctx, other)).To(Succeed())
		Expect(itself.Get(ctx, client.ObjectKeyFromObject(other), other)).To(Satisfy(apierrors.IsForbidden))
		Expect(itself.List(ctx, &corev1.SecretList{}, client.InNamespace(other.Namespace))).To(Satisfy(apierrors.IsForbidden))
		Expect(itself.Get(ctx, client.ObjectKey{Namespace: other.Namespace, Name: "tenant-admin"}, &corev1.Secret{})).To(Succeed())
	})
})
