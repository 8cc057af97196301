// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	authenticationv1 "k8s.io/api/authentication/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// account of the customer's place.
func account(c *cast) rbacv1.Subject {
	return rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: c.customer.Status.Namespace, Name: "default"}
}

func user(name string) func(*cast) rbacv1.Subject {
	return func(c *cast) rbacv1.Subject {
		return rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: c.users[name]}
	}
}

// binds is binding a ClusterRole in the customer's place.
func binds(role string, subject func(*cast) rbacv1.Subject, labels ...string) attempt {
	return func(ctx SpecContext, c *cast, as client.Client) error {
		binding := &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: c.customer.Status.Namespace, Name: harness.UniqueName("mine")},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects:   []rbacv1.Subject{subject(c)},
		}
		for _, label := range labels {
			metav1.SetMetaDataLabel(&binding.ObjectMeta, label, "true")
		}
		return as.Create(ctx, binding)
	}
}

// holds is making a Role in the customer's place.
func holds(group, resource, verb string) attempt {
	return func(ctx SpecContext, c *cast, as client.Client) error {
		return as.Create(ctx, &rbacv1.Role{
			ObjectMeta: metav1.ObjectMeta{Namespace: c.customer.Status.Namespace, Name: harness.UniqueName("mine")},
			Rules:      []rbacv1.PolicyRule{{APIGroups: []string{group}, Resources: []string{resource}, Verbs: []string{verb}}},
		})
	}
}

// joins is adding oneself to who holds what the operator bound.
func joins(binding, name string) attempt {
	return func(ctx SpecContext, c *cast, as client.Client) error {
		now := &rbacv1.RoleBinding{}
		if err := admin.Get(ctx, client.ObjectKey{Namespace: c.customer.Status.Namespace, Name: binding}, now); err != nil {
			return err
		}
		now.Subjects = append(now.Subjects, user(name)(c))
		return as.Update(ctx, now)
	}
}

// asks is requesting a token of the customer's account.
func asks(ctx SpecContext, c *cast, as client.Client) error {
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: c.customer.Status.Namespace, Name: "default"}}
	return as.SubResource("token").Create(ctx, account, &authenticationv1.TokenRequest{})
}

// stores is making a Secret of a type in the customer's place.
func stores(kind corev1.SecretType) attempt {
	return func(ctx SpecContext, c *cast, as client.Client) error {
		return as.Create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: c.customer.Status.Namespace, Name: harness.UniqueName("mine"),
				Annotations: map[string]string{corev1.ServiceAccountNameKey: "default"},
			},
			Type: kind,
		})
	}
}

// runs is running a program in the customer's place, as its account.
func runs(ctx SpecContext, c *cast, as client.Client) error {
	return as.Create(ctx, harness.Pod(c.customer.Status.Namespace, harness.UniqueName("mine")))
}

// runsAgain is having a program run every night.
func runsAgain(ctx SpecContext, c *cast, as client.Client) error {
	return as.Create(ctx, &batchv1.CronJob{
		ObjectMeta: metav1.ObjectMeta{Namespace: c.customer.Status.Namespace, Name: harness.UniqueName("mine")},
		Spec: batchv1.CronJobSpec{
			Schedule:    "0 3 * * *",
			JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{Template: corev1.PodTemplateSpec{Spec: nightly()}}},
		},
	})
}

func nightly() corev1.PodSpec {
	spec := harness.Pod("", "").Spec
	spec.RestartPolicy = corev1.RestartPolicyNever
	return spec
}

// makesAccount is making a ServiceAccount in the customer's place.
func makesAccount(ctx SpecContext, c *cast, as client.Client) error {
	return as.Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: c.customer.Status.Namespace, Name: harness.UniqueName("mine")}})
}

// rightAttacks raise somebody's rights beside grants.
func rightAttacks() []TableEntry {
	legal := binds("tenantry:editor", account)
	return []TableEntry{
		Entry("cluster-admin, bound to oneself", jo, binds("cluster-admin", user(jo)), jo, legal),
		Entry("cluster-admin, bound to a ServiceAccount", olga, binds("cluster-admin", account), olga, legal),
		Entry("Kubernetes' own edit", olga, binds("edit", account), olga, legal),
		Entry("a role of Tenantry's that is another's", jo, binds("tenantry:owner", account), jo, legal),
		Entry("a partner's role", olga, binds("tenantry:partner-admin", account), olga, legal),
		Entry("prices", olga, binds("tenantry:super-admin", user(olga)), olga, legal),
		Entry("a person, bound to what they may anyway", jo, binds("tenantry:viewer", user(nobody)), jo, binds("tenantry:viewer", account)),
		Entry("a binding said to be the operator's", olga, binds("tenantry:editor", account, v1alpha1.LabelManaged), olga, binds("tenantry:editor", account, "mine")),
		Entry("one more subject of the operator's binding", jo, joins("tenantry:owner", jo), jo, legal),
		Entry("one more subject of it, by an Editor", kim, joins("tenantry:admin", kim), olga, legal),
		Entry("a Role with assign", olga, holds("tenantry.io", "tenantaccessgrants", "assign"), olga, holds("apps", "deployments", "patch")),
		Entry("a Role with grants", olga, holds("tenantry.io", "tenantaccessgrants", "create"), olga, holds("", "configmaps", "create")),
		Entry("a Role with what one has not", jo, holds("", "nodes", "get"), jo, holds("", "pods", "get")),
		Entry("a Role, by an Editor", kim, holds("", "pods", "get"), jo, holds("", "pods", "get")),
		Entry("a token by request", olga, asks, olga, runs),
		Entry("a token that never ends", olga, stores(corev1.SecretTypeServiceAccountToken), olga, stores(corev1.SecretTypeOpaque)),
	}
}

// creates is making a Tenant in the partner's place.
func creates(change ...func(*cast, *v1alpha1.Tenant)) attempt {
	return func(ctx SpecContext, c *cast, as client.Client) error {
		tenant := named(c.partner.Status.Namespace, harness.UniqueName("new"))
		for _, change := range change {
			change(c, tenant)
		}
		return as.Create(ctx, tenant)
	}
}

// led names a Tenant's super admin.
func led(name string) func(*cast, *v1alpha1.Tenant) {
	return func(c *cast, t *v1alpha1.Tenant) { t.Spec.SuperAdmin = c.users[name] }
}

// begun names a Tenant's first administrator.
func begun(name string) func(*cast, *v1alpha1.Tenant) {
	return func(c *cast, t *v1alpha1.Tenant) { t.Spec.Admin = &v1alpha1.Administrator{Username: c.users[name]} }
}

// lastingAttacks make permanent what has an end.
//
// Not among them, for nothing refuses it: a technician has a pod that runs as an account of the place print its
// token, and reads the place's Secrets. That token ends with its pod and may do what somebody else bound to the
// account; SECURITY.md names it as a limit, and docs/how-to/let-people-in.md says what to do.
func lastingAttacks() []TableEntry {
	forEver := `{"spec":{"duration":null}}`
	longer := `{"spec":{"duration":"8000h"}}`
	brief := func(_ *cast, g *v1alpha1.TenantAccessGrant) { g.Spec.Duration = &metav1.Duration{Duration: time.Hour} }
	firstAdmin := func(name string) attempt {
		return func(ctx SpecContext, c *cast, as client.Client) error {
			return changes(ofCustomer, `{"spec":{"admin":{"username":"`+c.users[name]+`"}}}`)(ctx, c, as)
		}
	}
	domains := changes(ofCustomer, `{"spec":{"partner":{"emailDomains":["eve.example"]}}}`)
	relabels := changes(ofCustomer, `{"metadata":{"labels":{"tier":"gold"}}}`)
	return []TableEntry{
		Entry("a technician's own grant", tech, edits(ofPartner, tech, forEver), pat, edits(ofPartner, tech, forEver)),
		Entry("a technician's own grant, prolonged", tech, edits(ofPartner, tech, longer), pat, edits(ofPartner, tech, longer)),
		Entry("a technician's own grant, by its status", tech, statusOf(ofPartner, tech), pat, edits(ofPartner, tech, longer)),
		Entry("a technician's new grant at the customer's", tech, grants(ofCustomer, v1alpha1.RoleAdmin, themselves(tech)), jo, grants(ofCustomer, v1alpha1.RoleAdmin, themselves(tech))),
		Entry("a technician's new grant, brief as it may be", tech, grants(ofCustomer, v1alpha1.RoleReporter, themselves(tech), brief), jo, grants(ofCustomer, v1alpha1.RoleReporter, themselves(tech), brief)),
		Entry("a technician's new delegation", tech, grants(ofPartner, v1alpha1.RoleAdmin, themselves(tech), delegated), pat, grants(ofPartner, v1alpha1.RoleAdmin, themselves(tech), delegated)),
		Entry("a technician's RoleBinding", tech, binds("tenantry:viewer", user(tech)), jo, binds("tenantry:viewer", account)),
		Entry("a technician's program, with rights of its own", tech, binds("tenantry:editor", account), tech, makesAccount),
		Entry("a technician's Role", tech, holds("", "pods", "get"), jo, holds("", "pods", "get")),
		Entry("a technician's token", tech, asks, tech, runs),
		Entry("a technician's token in a Secret", tech, stores(corev1.SecretTypeServiceAccountToken), tech, runsAgain),
		Entry("the place of the operator's own among the bound", tech, joins("tenantry:admin", tech), tech, runs),
		Entry("staff's own grant", tim, edits(ofPartner, tim, forEver), sam, edits(ofPartner, tim, forEver)),
		Entry("staff's delegation to themselves", tim, grants(ofPartner, v1alpha1.RoleAdmin, themselves(tim), delegated), pat, grants(ofPartner, v1alpha1.RoleAdmin, themselves(tim), delegated)),
		Entry("staff's grant at a customer's", tim, grants(ofCustomer, v1alpha1.RoleViewer, themselves(tim)), pat, grants(ofCustomer, v1alpha1.RoleViewer, themselves(tim))),
		Entry("staff as a customer's first administrator", tim, firstAdmin(tim), pat, firstAdmin(tim)),
		Entry("staff as people of a customer's mail domain", tim, domains, pat, domains),
		Entry("a customer labelled into staff's delegation", tim, relabels, pat, relabels),
		Entry("staff as a new customer's first administrator", tim, creates(led(boss), begun(tim)), pat, creates(led(boss), begun(tim))),
		Entry("staff as a new customer's super admin, because they made it", tim, creates(), pat, creates()),
		Entry("staff as a new customer's super admin by name", tim, creates(led(tim)), tim, creates(led(boss))),
	}
}
