// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/directory"
)

// newDirectory makes a directory of a new user as the operator does, and returns where it lies and what it
// is made of: a Role, a RoleBinding and a ConfigMap. The namespace stays: there are 256 at most.
func newDirectory(ctx SpecContext) (directory.Key, []client.Object) {
	GinkgoHelper()
	subject := access.Subject{Kind: v1alpha1.SubjectUser, Name: "reader-" + rand.String(10) + "@example.com"}
	var objects []client.Object
	for i, intent := range directory.For(subject, []directory.Entry{{Tenant: "cybercorp", Parent: "acme", Role: v1alpha1.RoleAdmin}}) {
		if i == 0 {
			Expect(client.IgnoreAlreadyExists(operator().Create(ctx, intent.Object))).To(Succeed())
			continue
		}
		Expect(operator().Create(ctx, intent.Object)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) {
			Expect(client.IgnoreNotFound(operator().Delete(ctx, intent.Object))).To(Succeed())
		})
		objects = append(objects, intent.Object)
	}
	return directory.KeyOf(subject), objects
}

var _ = Describe("Where directories lie", func() {
	everywhere := func(ctx SpecContext) client.Client {
		all := everything
		return As(person(ctx, all, rbacv1.PolicyRule{APIGroups: []string{rbacv1.GroupName}, Resources: []string{"roles", "clusterroles"}, Verbs: []string{"bind", "escalate"}}))
	}

	It("nobody makes anything, and nobody changes what the operator made", func(ctx SpecContext) {
		key, objects := newDirectory(ctx)
		as := everywhere(ctx)
		meta := metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Shard(7)}
		for _, forged := range []client.Object{
			&corev1.ConfigMap{ObjectMeta: meta, Data: map[string]string{directory.DataKey: "{}"}},
			&corev1.Secret{ObjectMeta: meta},
			&rbacv1.Role{ObjectMeta: meta},
			&rbacv1.RoleBinding{ObjectMeta: meta, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: key.Hash}, Subjects: []rbacv1.Subject{subjectOf(rbacv1.UserKind, "thief@example.com")}},
			newTenant(key.Namespace, "planted"),
		} {
			Expect(as.Create(ctx, forged.DeepCopyObject().(client.Object), client.DryRunAll)).To(MatchError(ContainSubstring("ValidatingAdmissionPolicy 'tenantry-")), "%T", forged)
			forged.SetLabels(directory.Labels())
			Expect(as.Create(ctx, forged, client.DryRunAll)).To(MatchError(Or(
				ContainSubstring("ValidatingAdmissionPolicy 'tenantry-owned-objects'"), ContainSubstring("ValidatingAdmissionPolicy 'tenantry-lasting-access'"))), "%T", forged)
		}
		for _, object := range objects {
			for _, change := range []string{`{"metadata":{"labels":{"tenantry.io/directory":null}}}`, `{"metadata":{"annotations":{"a":"b"}}}`} {
				Expect(as.Patch(ctx, object.DeepCopyObject().(client.Object), mergePatch(change))).To(beForbiddenBy("tenantry-owned-objects"))
			}
			Expect(as.Delete(ctx, object.DeepCopyObject().(client.Object))).To(
				And(beForbiddenBy("tenantry-owned-objects"), MatchError(ContainSubstring("TenantAccessGrants: change those instead"))))
		}
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: key.Namespace}}
		Expect(as.Delete(ctx, namespace)).To(And(beForbiddenBy("tenantry-managed-namespaces"), MatchError(ContainSubstring("the operator's alone"))))
		Expect(as.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: newNamespace(ctx), Name: "own"}})).To(Succeed(), "its legal twin")
	})

	It("the names are the operator's before the namespaces are there", func(ctx SpecContext) {
		as := everywhere(ctx)
		for name, refused := range map[string]bool{"tenantry-directory-zz": true, "tenantry-directory-00": true, "tenantry-directories": false} {
			err := as.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, client.DryRunAll)
			if refused {
				Expect(err).To(Or(beForbiddenBy("tenantry-directory-names"), Satisfy(apierrors.IsAlreadyExists)), name)
			} else {
				Expect(err).NotTo(HaveOccurred(), name)
			}
		}
	})

	It("a subject reads its own, by its name, and nothing else", func(ctx SpecContext) {
		key, objects := newDirectory(ctx)
		other, _ := newDirectory(ctx)
		reader := As(objects[1].(*rbacv1.RoleBinding).Subjects[0].Name)
		own := &corev1.ConfigMap{}
		Eventually(func() error {
			return reader.Get(ctx, client.ObjectKey{Namespace: key.Namespace, Name: key.Shard(0)}, own)
		}).
			WithContext(ctx).WithTimeout(eventualTimeout).Should(Succeed())
		Expect(reader.Get(ctx, client.ObjectKey{Namespace: other.Namespace, Name: other.Shard(0)}, own)).To(beForbiddenByRBAC())
		Expect(reader.Get(ctx, client.ObjectKey{Namespace: key.Namespace, Name: key.Shard(1)}, own)).To(beForbiddenByRBAC())
		Expect(reader.List(ctx, &corev1.ConfigMapList{}, client.InNamespace(key.Namespace))).To(beForbiddenByRBAC())
		Expect(reader.List(ctx, &corev1.ConfigMapList{}, client.InNamespace(key.Namespace), client.MatchingFields{"metadata.name": key.Shard(0)})).To(beForbiddenByRBAC())
		Expect(reader.Get(ctx, client.ObjectKey{Name: key.Namespace}, &corev1.Namespace{})).To(beForbiddenByRBAC())
		Expect(reader.Patch(ctx, objects[2].DeepCopyObject().(client.Object), mergePatch(`{"data":null}`))).To(beForbiddenByRBAC())
	})
})

var _ = Describe("A stolen token of the operator writes Roles for directories alone:", func() {
	const policy = "tenantry-operator"
	made := func(ctx SpecContext) (*rbacv1.Role, *rbacv1.RoleBinding, *corev1.ConfigMap) {
		_, objects := newDirectory(ctx)
		for _, object := range objects {
			Expect(operator().Delete(ctx, object.DeepCopyObject().(client.Object))).To(Succeed())
			object.SetResourceVersion("")
			object.SetUID("")
		}
		return objects[0].(*rbacv1.Role), objects[1].(*rbacv1.RoleBinding), objects[2].(*corev1.ConfigMap)
	}

	DescribeTable("no Role", func(ctx SpecContext, change func(*rbacv1.Role)) {
		role, _, _ := made(ctx)
		wider := role.DeepCopy()
		change(wider)
		Expect(operator().Create(ctx, wider, client.DryRunAll)).To(MatchError(ContainSubstring("ValidatingAdmissionPolicy '" + policy + "'")))
		Expect(operator().Create(ctx, role)).To(Succeed(), "its legal twin")
		if wider.Name == role.Name && wider.Namespace == role.Namespace && len(wider.Labels) > 0 {
			Expect(operator().Patch(ctx, wider, client.MergeFrom(role))).To(beForbiddenBy(policy))
		}
	},
		Entry("elsewhere", func(r *rbacv1.Role) { r.Namespace = "kube-system" }),
		Entry("in its own namespace", func(r *rbacv1.Role) { r.Namespace = "tenantry-system" }),
		Entry("that is not marked", func(r *rbacv1.Role) { r.Labels = nil }),
		Entry("of another name", func(r *rbacv1.Role) { r.Name = "reader" }),
		Entry("where another's hash begins", func(r *rbacv1.Role) { r.Name = "zz" + r.Name[2:] }),
		Entry("to list", func(r *rbacv1.Role) { r.Rules[0].Verbs = []string{"get", "list"} }),
		Entry("to write", func(r *rbacv1.Role) { r.Rules[0].Verbs = []string{"patch"} }),
		Entry("on all", func(r *rbacv1.Role) { r.Rules[0].ResourceNames = nil }),
		Entry("on another's", func(r *rbacv1.Role) {
			r.Rules[0].ResourceNames = append(r.Rules[0].ResourceNames, "f"+r.Name[1:]+"0-0")
		}),
		Entry("on other kinds", func(r *rbacv1.Role) { r.Rules[0].Resources = []string{"services"} }),
		Entry("with a rule more", func(r *rbacv1.Role) { r.Rules = append(r.Rules, r.Rules[0]) }),
		Entry("without rules", func(r *rbacv1.Role) { r.Rules = nil }),
	)

	DescribeTable("no binding there", func(ctx SpecContext, change func(*rbacv1.RoleBinding)) {
		role, binding, _ := made(ctx)
		Expect(operator().Create(ctx, role)).To(Succeed())
		foreign := binding.DeepCopy()
		change(foreign)
		Expect(operator().Create(ctx, foreign, client.DryRunAll)).NotTo(Succeed())
		Expect(operator().Create(ctx, binding)).To(Succeed(), "its legal twin")
	},
		Entry("of another name", func(b *rbacv1.RoleBinding) { b.Name = "tenantry:viewer" }),
		Entry("of a ClusterRole", func(b *rbacv1.RoleBinding) { b.RoleRef.Kind, b.RoleRef.Name = "ClusterRole", "tenantry:viewer" }),
		Entry("to a group", func(b *rbacv1.RoleBinding) { b.Subjects[0].Kind = rbacv1.GroupKind }),
		Entry("to two", func(b *rbacv1.RoleBinding) {
			b.Subjects = append(b.Subjects, subjectOf(rbacv1.UserKind, "thief@example.com"))
		}),
		Entry("to Kubernetes' own", func(b *rbacv1.RoleBinding) { b.Subjects[0].Name = "system:anonymous" }),
		Entry("in a place", func(b *rbacv1.RoleBinding) { b.Namespace = "default" }),
	)

	It("nothing else there, and no such namespace of another sort", func(ctx SpecContext) {
		_, _, shard := made(ctx)
		for _, name := range []string{"tenantry", shard.Name[:64], shard.Name + "-1", shard.Name[:64] + "-01"} {
			foreign := shard.DeepCopy()
			foreign.Name = name
			Expect(operator().Create(ctx, foreign, client.DryRunAll)).To(beForbiddenBy(policy), name)
		}
		service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: shard.Namespace, Name: shard.Name, Labels: directory.Labels()}, Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}}
		service.Name = "portal"
		Expect(operator().Create(ctx, service, client.DryRunAll)).To(beForbiddenBy(policy))
		labels := placeLabels()
		Expect(operator().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "tenantry-directory-0", Labels: labels}}, client.DryRunAll)).To(Succeed())
		labels[v1alpha1.LabelDirectory] = "true"
		Expect(operator().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "api-test-", Labels: labels}}, client.DryRunAll)).To(beForbiddenBy(policy))
		Expect(operator().Patch(ctx, place(ctx), mergePatch(`{"metadata":{"labels":{"tenantry.io/directory":"true"}}}`))).To(beForbiddenBy(policy))
		Expect(operator().Create(ctx, shard)).To(Succeed(), "its legal twin")
	})
})
