// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"encoding/json"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apitypes "k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/rand"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Who acts in the tests of the policies, beside k8sClient, the cluster's administrator.
const (
	operatorName        = "system:serviceaccount:tenantry-system:tenantry-manager"
	namespaceController = "system:serviceaccount:kube-system:namespace-controller"
)

// podSecurity is the label of a namespace that says which Pod Security Standard is enforced there.
const podSecurity = "pod-security.kubernetes.io/enforce"

// Hosts that lead into every place, by its namespace.
const (
	ownHost    = "cybercorp.tenantry.example"
	customHost = "support.cybercorp.example"
)

// operator acts as the operator: with its name and its rights.
func operator() client.Client {
	GinkgoHelper()
	return As(operatorName)
}

// exempt acts as an account that the policies let through as they do Kubernetes' controllers, with
// every right.
func exempt() client.Client {
	GinkgoHelper()
	return As("stand-in", "system:masters", "system:serviceaccounts:kube-system")
}

// person returns the name of a new user with the given rights in the whole cluster. They are in
// force when it returns, and go when the spec ends.
func person(ctx SpecContext, rules ...rbacv1.PolicyRule) string {
	GinkgoHelper()
	name := "person-" + rand.String(10) + "@example.com"
	empower(ctx, name, rules...)
	return name
}

// empower gives user the given rights in the whole cluster. They are in force when it returns, and go
// when the spec ends.
func empower(ctx SpecContext, user string, rules ...rbacv1.PolicyRule) {
	GinkgoHelper()
	role := &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "api-test-"},
		Rules:      rules,
	}
	Expect(k8sClient.Create(ctx, role)).To(Succeed())
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "api-test-"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	}
	Expect(k8sClient.Create(ctx, binding)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) {
		Expect(k8sClient.Delete(ctx, binding)).To(Succeed())
		Expect(k8sClient.Delete(ctx, role)).To(Succeed())
	})
	expectInForce(ctx, user, "", rules)
}

// expectInForce waits until RBAC gives user all rules in namespace, or in the whole cluster.
func expectInForce(ctx SpecContext, user, namespace string, rules []rbacv1.PolicyRule) {
	GinkgoHelper()
	for _, rule := range rules {
		attributes := authorizationv1.ResourceAttributes{
			Namespace: namespace, Verb: rule.Verbs[0], Group: rule.APIGroups[0], Resource: rule.Resources[0],
		}
		if len(rule.ResourceNames) > 0 {
			attributes.Name = rule.ResourceNames[0]
		}
		Eventually(may).WithContext(ctx).WithTimeout(eventualTimeout).WithArguments(user, attributes).Should(BeTrue())
	}
}

// may says whether RBAC lets user do what attributes say.
func may(ctx SpecContext, user string, attributes authorizationv1.ResourceAttributes, groups ...string) (bool, error) {
	review := &authorizationv1.SubjectAccessReview{
		Spec: authorizationv1.SubjectAccessReviewSpec{User: user, Groups: groups, ResourceAttributes: &attributes},
	}
	err := k8sClient.Create(ctx, review)
	return review.Status.Allowed, err
}

// everything is every right that people commonly have on any object, so that nothing but a policy
// is left to refuse: all verbs that Kubernetes knows, and none of Tenantry's own.
var everything = rbacv1.PolicyRule{
	APIGroups: []string{"*"},
	Resources: []string{"*"},
	Verbs:     []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"},
}

// eventualTimeout is how long Kubernetes' own controllers get to do their work.
const eventualTimeout = time.Minute

// override is the right to change what the operator made.
var override = rbacv1.PolicyRule{
	APIGroups: []string{v1alpha1.GroupVersion.Group},
	Resources: []string{"tenants"},
	Verbs:     []string{"override"},
}

// administer is the right to decide over the tenants of a name.
func administer(name string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{
		APIGroups: override.APIGroups, Resources: override.Resources, Verbs: []string{"administer"}, ResourceNames: []string{name},
	}
}

// lordOf returns the name of a new user with every verb on everything in a namespace, and nothing
// elsewhere: what a partner is often given for its own. It is in force when it returns.
func lordOf(ctx SpecContext, namespace string) string {
	GinkgoHelper()
	all := []string{rbacv1.APIGroupAll}
	return personIn(ctx, namespace, rbacv1.PolicyRule{APIGroups: all, Resources: all, Verbs: all})
}

// personIn returns the name of a new user with the given rights in a namespace, and none elsewhere.
// They are in force when it returns.
func personIn(ctx SpecContext, namespace string, rules ...rbacv1.PolicyRule) string {
	GinkgoHelper()
	name := "local-" + rand.String(10) + "@example.com"
	meta := metav1.ObjectMeta{Namespace: namespace, Name: name}
	Expect(k8sClient.Create(ctx, &rbacv1.Role{ObjectMeta: meta, Rules: rules})).To(Succeed())
	Expect(k8sClient.Create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: meta,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}},
	})).To(Succeed())
	expectInForce(ctx, name, namespace, rules)
	return name
}

// place makes a namespace as the operator does for a tenant, with ownHost and customHost and what changes add, and lets it
// go when the spec ends. Labels belong in changes: policies see a later one only once the API server's own watch has told
// them of it.
func place(ctx SpecContext, changes ...func(*corev1.Namespace)) *corev1.Namespace {
	GinkgoHelper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		GenerateName: "api-test-place-",
		Labels:       placeLabels(),
		Annotations: map[string]string{
			v1alpha1.AnnotationTenantUID: "5e8c5d0e-0c53-4ce9-9d8b-6d4f3a2b1c0d",
			v1alpha1.AnnotationHosts:     ownHost + "," + customHost,
		},
	}}
	for _, change := range changes {
		change(ns)
	}
	Expect(operator().Create(ctx, ns)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) {
		Expect(client.IgnoreNotFound(operator().Delete(ctx, ns))).To(Succeed())
	})
	return ns
}

// partnerPlace makes a place as the operator does for a partner, and returns its namespace.
func partnerPlace(ctx SpecContext) string {
	GinkgoHelper()
	return place(ctx, func(ns *corev1.Namespace) { ns.Labels[v1alpha1.LabelPartner] = "true" }).Name
}

// withAccount returns namespace once it has the ServiceAccount that pods need.
func withAccount(ctx SpecContext, namespace string) string {
	GinkgoHelper()
	Eventually(func() error {
		return k8sClient.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "default"}, &corev1.ServiceAccount{})
	}).WithContext(ctx).WithTimeout(eventualTimeout).Should(Succeed())
	return namespace
}

// ownLabels are the labels of what the operator makes for a tenant.
func ownLabels() map[string]string {
	return map[string]string{
		v1alpha1.LabelManaged: "true",
		v1alpha1.LabelTenant:  "cybercorp",
		v1alpha1.LabelParent:  "acme",
	}
}

// placeLabels are the labels of a place itself.
func placeLabels() map[string]string {
	labels := ownLabels()
	labels[podSecurity] = "baseline"
	return labels
}

// tenant makes a Tenant as c's user and sees to it that nothing of it is left when the spec ends.
func tenant(ctx SpecContext, c client.Client, t *v1alpha1.Tenant) {
	GinkgoHelper()
	Expect(c.Create(ctx, t)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) {
		last := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: t.Namespace, Name: t.Name}}
		Expect(client.IgnoreNotFound(k8sClient.Delete(ctx, last))).To(Succeed())
		Expect(client.IgnoreNotFound(k8sClient.Patch(ctx, last, mergePatch(`{"metadata":{"finalizers":null}}`)))).To(Succeed())
	})
}

func newTenant(namespace, name string) *v1alpha1.Tenant {
	return &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
}

func mergePatch(body string) client.Patch {
	return client.RawPatch(apitypes.MergePatchType, []byte(body))
}

func jsonPatch(body string) client.Patch {
	return client.RawPatch(apitypes.JSONPatchType, []byte(body))
}

// serverSideApply is what Argo CD and `kubectl apply --server-side --force-conflicts` send.
func serverSideApply(ctx SpecContext, c client.Client, obj client.Object, intent map[string]any) error {
	body, err := json.Marshal(intent)
	if err != nil {
		return err
	}
	return c.Patch(ctx, obj, client.RawPatch(apitypes.ApplyPatchType, body), client.FieldOwner("api-test"), client.ForceOwnership)
}

// beForbiddenBy succeeds for an error that says that the policy of that name has forbidden a request.
func beForbiddenBy(policy string) types.GomegaMatcher {
	return And(MatchError(ContainSubstring("ValidatingAdmissionPolicy '%s'", policy)), Satisfy(apierrors.IsForbidden))
}

// beInvalidFor succeeds for an error that says that the policy of that name has found a request invalid.
func beInvalidFor(policy string) types.GomegaMatcher {
	return And(MatchError(ContainSubstring("ValidatingAdmissionPolicy '%s'", policy)), Satisfy(apierrors.IsInvalid))
}

// beForbiddenByRBAC succeeds for an error that says that the user lacks the right, before any policy is asked.
func beForbiddenByRBAC() types.GomegaMatcher {
	return And(MatchError(ContainSubstring("cannot")), Not(MatchError(ContainSubstring("AdmissionPolicy"))), Satisfy(apierrors.IsForbidden))
}
