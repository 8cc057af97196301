// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package rights_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/internal/rights"
)

func rule(groups, resources, verbs []string, names ...string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{APIGroups: groups, Resources: resources, Verbs: verbs, ResourceNames: names}
}

type words = []string

func TestWhatRulesAllow(t *testing.T) {
	var (
		core      = words{""}
		reads     = rule(core, words{"pods", "secrets"}, words{"get", "list"})
		one       = rule(core, words{"secrets"}, words{"get"}, "portal-tls", "mail")
		execs     = rule(core, words{"pods/exec"}, words{"create"})
		anyScale  = rule(words{"apps"}, words{"*/scale"}, words{"update"})
		anyVerb   = rule(core, words{"pods"}, words{"*"})
		anyGroup  = rule(words{"*"}, words{"deployments"}, words{"get"})
		anyThing  = rule(core, words{"*"}, words{"get"})
		all       = rule(words{"*"}, words{"*"}, words{"*"})
		noneAtAll = rbacv1.PolicyRule{NonResourceURLs: words{"*"}, Verbs: words{"*"}}
	)
	secrets := rights.Question{Verb: "get", Resource: "secrets"}
	named := rights.Question{Verb: "get", Resource: "secrets", Name: "mail"}
	for name, test := range map[string]struct {
		question rights.Question
		rules    []rbacv1.PolicyRule
		want     bool
	}{
		"what a rule says":                {secrets, []rbacv1.PolicyRule{reads}, true},
		"another verb":                    {rights.Question{Verb: "delete", Resource: "secrets"}, []rbacv1.PolicyRule{reads}, false},
		"another group":                   {rights.Question{Verb: "get", Group: "apps", Resource: "secrets"}, []rbacv1.PolicyRule{reads}, false},
		"one by its name, of all":         {named, []rbacv1.PolicyRule{reads}, true},
		"one by its name":                 {named, []rbacv1.PolicyRule{one}, true},
		"another by its name":             {rights.Question{Verb: "get", Resource: "secrets", Name: "tenant-admin"}, []rbacv1.PolicyRule{one}, false},
		"all, where some are named":       {secrets, []rbacv1.PolicyRule{one}, false},
		"a subresource":                   {rights.Question{Verb: "create", Resource: "pods/exec"}, []rbacv1.PolicyRule{execs}, true},
		"a subresource, by the resource":  {rights.Question{Verb: "get", Resource: "pods/log"}, []rbacv1.PolicyRule{reads}, false},
		"a resource, by its subresource":  {rights.Question{Verb: "create", Resource: "pods"}, []rbacv1.PolicyRule{execs}, false},
		"a subresource of any":            {rights.Question{Verb: "update", Group: "apps", Resource: "deployments/scale"}, []rbacv1.PolicyRule{anyScale}, true},
		"any verb":                        {rights.Question{Verb: "deletecollection", Resource: "pods"}, []rbacv1.PolicyRule{anyVerb}, true},
		"any group":                       {rights.Question{Verb: "get", Group: "apps", Resource: "deployments"}, []rbacv1.PolicyRule{anyGroup}, true},
		"any resource, its subresources":  {rights.Question{Verb: "get", Resource: "pods/log"}, []rbacv1.PolicyRule{anyThing}, true},
		"all of it":                       {rights.Question{Verb: "*", Group: "*", Resource: "*"}, []rbacv1.PolicyRule{all}, true},
		"all of it, by a part":            {rights.Question{Verb: "*", Group: "*", Resource: "*"}, []rbacv1.PolicyRule{reads, anyVerb, anyGroup, anyThing}, false},
		"all of it, by addresses":         {rights.Question{Verb: "*", Group: "*", Resource: "*"}, []rbacv1.PolicyRule{noneAtAll}, false},
		"anything, by nothing":            {secrets, nil, false},
		"by halves of two rules":          {rights.Question{Verb: "create", Resource: "pods"}, []rbacv1.PolicyRule{reads, execs}, false},
		"a verb of nobody's but the name": {rights.Question{Verb: "assign", Group: "tenantry.io", Resource: "tenantaccessgrants", Name: "Owner"}, []rbacv1.PolicyRule{rule(words{"tenantry.io"}, words{"tenantaccessgrants"}, words{"assign"}, "Owner")}, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.question.AllowedBy(test.rules); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestWhoCan(t *testing.T) {
	const place = "acme-cybercorp"
	user := func(name string) rbacv1.Subject { return rbacv1.Subject{Kind: rbacv1.UserKind, Name: name} }
	roleBinding := func(name, kind, role string, subjects ...rbacv1.Subject) rights.Binding {
		return rights.OfNamespace(&rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: name}, RoleRef: rbacv1.RoleRef{Kind: kind, Name: role}, Subjects: subjects,
		})
	}
	bindings := []rights.Binding{
		rights.OfCluster(&rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "platform"}, RoleRef: rbacv1.RoleRef{Kind: "ClusterRole", Name: "reader"},
			Subjects: []rbacv1.Subject{{Kind: rbacv1.GroupKind, Name: "platform"}}}),
		roleBinding("staff", "ClusterRole", "reader", user("sam"), user("kim"), rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: place, Name: "ci"}),
		roleBinding("own", "Role", "reader", user("kim")),
		roleBinding("gone", "ClusterRole", "gone", user("eve")),
		roleBinding("writers", "ClusterRole", "writer", user("pat")),
		roleBinding("nobody", "ClusterRole", "reader"),
	}
	roles := map[rights.Role][]rbacv1.PolicyRule{
		{Name: "reader"}:                   {rule(words{""}, words{"secrets"}, words{"get"})},
		{Name: "writer"}:                   {rule(words{""}, words{"secrets"}, words{"update"})},
		{Namespace: place, Name: "reader"}: {rule(words{""}, words{"*"}, words{"get", "create", "deletecollection"}, "mail")},
	}
	told := func(question rights.Question) []string {
		var told []string
		for _, holder := range rights.WhoCan(question, bindings, roles) {
			told = append(told, holder.Subject.Name+" by "+holder.Binding.Name+" of "+holder.Binding.Role.Kind()+" "+holder.Binding.Role.Name)
		}
		return told
	}
	staff := "sam by staff of ClusterRole reader"
	for name, test := range map[string]struct {
		question rights.Question
		want     []string
	}{
		"all": {rights.Question{Verb: "get", Resource: "secrets"}, []string{
			"ci by staff of ClusterRole reader", "kim by staff of ClusterRole reader", staff, "platform by platform of ClusterRole reader",
		}},
		"to make one, by a name that it has not yet": {rights.Question{Verb: "create", Resource: "secrets", Name: "mail"}, nil},
		"to delete all, by the name of one":          {rights.Question{Verb: "deletecollection", Resource: "secrets", Name: "mail"}, nil},
		"to make something of one":                   {rights.Question{Verb: "create", Resource: "pods/eviction", Name: "mail"}, []string{"kim by own of Role reader"}},
		"one, also by a Role of the same name": {rights.Question{Verb: "get", Resource: "secrets", Name: "mail"}, []string{
			"ci by staff of ClusterRole reader", "kim by own of Role reader", "kim by staff of ClusterRole reader", staff, "platform by platform of ClusterRole reader",
		}},
		"others": {rights.Question{Verb: "update", Resource: "secrets"}, []string{"pat by writers of ClusterRole writer"}},
		"none":   {rights.Question{Verb: "delete", Resource: "secrets"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, told(test.question)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
