// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// person is somebody who has the rights of some roles in some namespaces, and no others.
type person struct {
	client.Client
	name string
}

// newPerson has a name of their own, and a ClusterRole in some namespaces, which lets them get those.
func newPerson(ctx SpecContext, role string, namespaces ...string) *person {
	GinkgoHelper()
	return personNamed(ctx, harness.UniqueName("person")+"@acme.example", role, namespaces...)
}

func personNamed(ctx SpecContext, name, role string, namespaces ...string) *person {
	GinkgoHelper()
	for _, namespace := range namespaces {
		Expect(admin.Create(ctx, &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: harness.UniqueName("person")},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}},
		})).To(Succeed())
	}
	as, err := cluster.As(name)
	Expect(err).NotTo(HaveOccurred())
	for _, namespace := range namespaces {
		Eventually(func() error { return as.Get(ctx, client.ObjectKey{Name: namespace}, &corev1.Namespace{}) }).
			WithContext(ctx).Should(Succeed(), "RBAC knows the binding")
	}
	return &person{Client: as, name: name}
}

// staffRole lets people work with the Tenants of a namespace; more are Tenantry's own verbs.
func staffRole(ctx SpecContext, more ...string) string {
	GinkgoHelper()
	verbs := []string{"get", "list", "watch", "create", "update", "patch", "delete"}
	return clusterRole(ctx,
		rbacv1.PolicyRule{APIGroups: []string{"tenantry.io"}, Resources: []string{"tenants"}, Verbs: append(verbs, more...)},
		rbacv1.PolicyRule{APIGroups: []string{"tenantry.io"}, Resources: []string{"retainedtenants"}, Verbs: verbs},
		rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"namespaces"}, Verbs: []string{"get"}},
		rbacv1.PolicyRule{APIGroups: []string{"events.k8s.io"}, Resources: []string{"events"}, Verbs: []string{"get", "list"}},
	)
}

// staff is a person who works with the Tenants of a namespace.
func staff(ctx SpecContext, namespace string, more ...string) *person {
	GinkgoHelper()
	return newPerson(ctx, staffRole(ctx, more...), namespace)
}

// kubectl runs kubectl in the person's name.
func (p *person) kubectl(ctx SpecContext, manifests string, arguments ...string) (string, error) {
	GinkgoHelper()
	return kubectl(ctx, manifests, append(arguments, "--as", p.name)...)
}

// can is kubectl, which must succeed.
func (p *person) can(ctx SpecContext, manifests string, arguments ...string) string {
	GinkgoHelper()
	said, err := p.kubectl(ctx, manifests, arguments...)
	Expect(err).NotTo(HaveOccurred())
	return said
}

// apply makes or changes a Tenant with that spec, in YAML's flow style.
func (p *person) apply(ctx SpecContext, namespace, name, spec string) *v1alpha1.Tenant {
	GinkgoHelper()
	p.can(ctx, tenantYAML(namespace, name, spec), "apply", "-f", "-")
	return named(namespace, name)
}

func tenantYAML(namespace, name, spec string) string {
	return fmt.Sprintf("---\napiVersion: tenantry.io/v1alpha1\nkind: Tenant\nmetadata: {name: %s, namespace: %s, labels: {set: %s}}\nspec: %s\n",
		name, namespace, namespace, spec)
}
