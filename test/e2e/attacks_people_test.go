// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// insider is somebody hostile among a customer's own people, whom a grant lets in.
type insider struct {
	client.Client
	name   string
	tenant *v1alpha1.Tenant
}

// newInsider lets somebody into a new customer's place, where they may do what their role says.
func newInsider(ctx SpecContext, role v1alpha1.Role) *insider {
	GinkgoHelper()
	tenant := customer(ctx, partner(ctx), "cybercorp", func(t *v1alpha1.Tenant) { t.Spec.CustomerAccess = v1alpha1.CustomerAccessFullAccess })
	in := &insider{name: harness.UniqueName("insider"), tenant: tenant}
	newGrant(ctx, tenant.Status.Namespace, in.name, role)
	for _, right := range []string{"pods", "rolebindings.rbac.authorization.k8s.io"} {
		Eventually(may).WithArguments(ctx, in.name, "create", right, tenant.Status.Namespace).WithContext(ctx).Should(BeTrue(), right)
	}
	var err error
	in.Client, err = cluster.As(in.name)
	Expect(err).NotTo(HaveOccurred())
	return in
}

// object of the place, with a name of its own.
func (in *insider) object() metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: in.tenant.Status.Namespace, Name: harness.UniqueName("mine")}
}

var _ = Describe("A customer's own hostile (F04)", func() {
	for _, role := range []v1alpha1.Role{v1alpha1.RoleOwner, v1alpha1.RoleAdmin} {
		Describe(string(role), Ordered, func() {
			var in *insider
			BeforeAll(func(ctx SpecContext) { in = newInsider(ctx, role) })

			DescribeTable("reaches nothing", func(ctx SpecContext, policy string, own func(host string) client.Object, attack reach) {
				reachesNothing(ctx, in, in.tenant, policy, own, attack)
			}, slices.Concat(reaches(), rightsReaches(), snippetReaches()))

			It("has no token that outlives the grant", func(ctx SpecContext) { getsNoToken(ctx, in) })
			It("makes no account strong, and runs no pod as one", func(ctx SpecContext) { makesNoAccountStrong(ctx, in) })
			It("leads nobody to addresses by an EndpointSlice", func(ctx SpecContext) { writesNoEndpoints(ctx, in) })
		})
	}
})

// rightsReaches hand on rights to people, or rights that programs must not have.
func rightsReaches() []TableEntry {
	binding := func(string) client.Object {
		return &rbacv1.RoleBinding{RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "tenantry:viewer"}}
	}
	to := func(name string, subject rbacv1.Subject) TableEntry {
		return Entry("by a RoleBinding to "+name, "tenantry-role-bindings", binding, reach(func(o client.Object) {
			o.(*rbacv1.RoleBinding).Subjects = []rbacv1.Subject{subject}
		}))
	}
	role := func(string) client.Object {
		return &rbacv1.Role{Rules: []rbacv1.PolicyRule{{APIGroups: []string{"apps"}, Resources: []string{"deployments"}, Verbs: []string{"patch"}}}}
	}
	// All of these they have themselves, so that RBAC alone would let them hand them on.
	with := func(name, group, resource, verb string, names ...string) TableEntry {
		return Entry("by a Role with the right to "+name, "tenantry-roles", role, reach(func(o client.Object) {
			own := o.(*rbacv1.Role)
			own.Rules = append(own.Rules, rbacv1.PolicyRule{APIGroups: []string{group}, Resources: []string{resource}, Verbs: []string{verb}, ResourceNames: names})
		}))
	}
	return []TableEntry{
		to("a person", rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: "eve@cybercorp.example"}),
		to("a group", rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: "cybercorp"}),
		to("an account of elsewhere", rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: "default", Name: "default"}),
		with("decide over roles", "tenantry.io", "tenantaccessgrants", "assign", "Viewer"),
		with("let people in", "tenantry.io", "tenantaccessgrants", "create"),
		with("bind", "rbac.authorization.k8s.io", "rolebindings", "create"),
	}
}

// snippetReaches give the ingress controller configuration of one's own.
func snippetReaches() []TableEntry {
	var entries []TableEntry
	for _, key := range []string{
		"nginx.ingress.kubernetes.io/configuration-snippet", "nginx.ingress.kubernetes.io/server-snippet", "haproxy.org/backend-config-snippet",
	} {
		entries = append(entries, Entry("by an Ingress with "+key, "tenantry-route-annotations",
			func(host string) client.Object { return &networkingv1.Ingress{Spec: routeFor(host)} },
			reach(func(o client.Object) { o.SetAnnotations(map[string]string{key: "return 200;"}) })))
	}
	return entries
}

func getsNoToken(ctx SpecContext, in *insider) {
	account := &corev1.ServiceAccount{ObjectMeta: in.object()}
	Expect(in.Create(ctx, account)).To(Succeed())
	secret := &corev1.Secret{ObjectMeta: in.object(), Type: corev1.SecretTypeServiceAccountToken}
	secret.Annotations = map[string]string{corev1.ServiceAccountNameKey: account.Name}
	Expect(in.Create(ctx, secret)).To(refusedBy("tenantry-tokens"))
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: new(int64(3600))}}
	Expect(in.SubResource("token").Create(ctx, account, request)).To(Satisfy(apierrors.IsForbidden))
	Expect(request.Status.Token).To(BeEmpty())

	plain := &corev1.Secret{ObjectMeta: in.object()}
	Expect(in.Create(ctx, plain)).To(Succeed(), "any other Secret they may make")
	web := harness.Pod(in.tenant.Status.Namespace, harness.UniqueName("mine"))
	web.Spec.ServiceAccountName = account.Name
	Expect(in.Create(ctx, web)).To(Succeed(), "a pod gets a token that ends with it")
	for _, own := range []client.Object{web, plain, account} {
		Expect(in.Delete(ctx, own)).To(Succeed())
	}
}

func makesNoAccountStrong(ctx SpecContext, in *insider) {
	account := &corev1.ServiceAccount{ObjectMeta: in.object()}
	Expect(in.Create(ctx, account)).To(Succeed())
	place := in.tenant.Status.Namespace
	bound := func(role string) *rbacv1.RoleBinding {
		return &rbacv1.RoleBinding{
			ObjectMeta: in.object(),
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: place, Name: account.Name}},
		}
	}
	for _, strong := range []string{"cluster-admin", "admin", "edit", "tenantry:owner", "tenantry:admin"} {
		Expect(in.Create(ctx, bound(strong))).To(Satisfy(apierrors.IsForbidden), strong)
	}
	worker := bound("tenantry:editor")
	Expect(in.Create(ctx, worker)).To(Succeed())
	web := harness.Pod(place, harness.UniqueName("mine"))
	web.Spec.ServiceAccountName = account.Name
	Expect(in.Create(ctx, web)).To(Succeed())
	user := "system:serviceaccount:" + place + ":" + account.Name
	Eventually(may).WithArguments(ctx, user, "create", "deployments.apps", place).WithContext(ctx).Should(BeTrue())
	for _, right := range []string{"secrets", "tenantaccessgrants.tenantry.io", "rolebindings.rbac.authorization.k8s.io", "serviceaccounts"} {
		Expect(may(ctx, user, "create", right, place)).To(BeFalse(), right)
	}
	for _, own := range []client.Object{web, worker, account} {
		Expect(in.Delete(ctx, own)).To(Succeed())
	}
}

func writesNoEndpoints(ctx SpecContext, in *insider) {
	service := &corev1.Service{ObjectMeta: in.object(), Spec: corev1.ServiceSpec{
		Selector: map[string]string{"app": "mine"}, Ports: []corev1.ServicePort{{Port: 80}},
	}}
	Expect(in.Create(ctx, service)).To(Succeed())
	forged := &discoveryv1.EndpointSlice{ObjectMeta: in.object(), AddressType: discoveryv1.AddressTypeIPv4, Endpoints: []discoveryv1.Endpoint{{Addresses: []string{"192.0.2.1"}}}}
	forged.Labels = map[string]string{discoveryv1.LabelServiceName: service.Name}
	Expect(in.Create(ctx, forged)).To(Satisfy(apierrors.IsForbidden))
	slices := &discoveryv1.EndpointSliceList{}
	Eventually(func(g Gomega) {
		g.Expect(admin.List(ctx, slices, client.InNamespace(service.Namespace), client.MatchingLabels(forged.Labels))).To(Succeed())
		g.Expect(slices.Items).NotTo(BeEmpty(), "Kubernetes makes it")
	}).WithContext(ctx).Should(Succeed())
	Expect(in.Patch(ctx, &slices.Items[0], merge(`{"endpoints":[{"addresses":["192.0.2.1"]}]}`))).To(Satisfy(apierrors.IsForbidden))
	Expect(in.Delete(ctx, service)).To(Succeed())
}
