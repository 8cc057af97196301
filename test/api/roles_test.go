// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"maps"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/sync/errgroup"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// rolePrefix begins the names of the ClusterRoles that people are given.
const rolePrefix = "tenantry:"

// bound returns the name of a new user who has some ClusterRoles in a namespace, and nothing else.
func bound(ctx SpecContext, namespace string, roles ...string) string {
	GinkgoHelper()
	name := "roles-" + rand.String(10) + "@example.com"
	for _, role := range roles {
		bind(ctx, namespace, role, name)
	}
	return name
}

// bind gives user a ClusterRole of ours in a namespace.
func bind(ctx SpecContext, namespace, role, user string) {
	GinkgoHelper()
	Expect(exempt().Create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, GenerateName: "api-test-"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: rolePrefix + role},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	})).To(Succeed())
}

// surprises are those of some cells ("verb resource") on which RBAC's answer for user in a namespace is not
// that of want.
func surprises(ctx SpecContext, user, namespace string, cells []string, want func(cell string) bool) ([]string, error) {
	answers := make([]bool, len(cells))
	var group errgroup.Group
	group.SetLimit(16)
	for i, cell := range cells {
		group.Go(func() (err error) {
			answers[i], err = may(ctx, user, right(cell, namespace))
			return err
		})
	}
	err := group.Wait()
	var found []string
	for i, cell := range cells {
		switch {
		case answers[i] && !want(cell):
			found = append(found, "may "+cell)
		case !answers[i] && want(cell):
			found = append(found, "may not "+cell)
		}
	}
	return found, err
}

func nothing(string) bool { return false }

var _ = Describe("The roles", Ordered, func() {
	want := expectedRights()
	var home, sibling, parent, stranger string
	BeforeAll(func(ctx SpecContext) {
		for _, name := range []*string{&home, &sibling, &parent, &stranger} {
			*name = place(ctx).Name
		}
	})

	for _, role := range want.roles {
		It("let who is "+role+" of a place do there what the table says, and nothing else", func(ctx SpecContext) {
			rights := func(cell string) bool { return want.may(role, cell) }
			Expect(want.cells()).To(ContainElement(Satisfy(rights)))
			// A role that was installed a moment ago may not have all its pieces yet.
			user := bound(ctx, home, role)
			legal := slices.DeleteFunc(want.cells(), func(cell string) bool { return !rights(cell) })
			Eventually(surprises).WithContext(ctx).WithTimeout(eventualTimeout).WithArguments(user, home, legal, rights).Should(BeEmpty())
			Expect(surprises(ctx, user, home, want.cells(), rights)).To(BeEmpty())
		})
	}

	// RBAC only adds: what is refused to who is everything at once is refused to each of them.
	Context("all together, of one place", func() {
		var everybody string
		BeforeAll(func(ctx SpecContext) {
			everybody = bound(ctx, home, want.roles...)
			for _, role := range want.roles {
				one := slices.Sorted(maps.Keys(want.rights[role]))[0]
				Eventually(may).WithContext(ctx).WithTimeout(eventualTimeout).WithArguments(everybody, right(one, home)).Should(BeTrue())
			}
		})

		It("let nobody do there what is nobody's", func(ctx SpecContext) {
			all := cells(strings.Fields(nobodys), slices.Concat(usualVerbs, ownVerbs))
			Expect(surprises(ctx, everybody, home, all, nothing)).To(BeEmpty())
			all = cells(want.resources, []string{"bind", "escalate", "impersonate", "override", "inherit"})
			Expect(surprises(ctx, everybody, home, all, nothing)).To(BeEmpty())
		})

		DescribeTable("let nobody do anything", func(ctx SpecContext, where *string) {
			all := cells(slices.Concat(want.resources, strings.Fields(nobodys)), slices.Concat(usualVerbs, ownVerbs))
			Expect(surprises(ctx, everybody, *where, all, nothing)).To(BeEmpty())
		},
			Entry("in a sibling's place", &sibling),
			Entry("in the parent's", &parent),
			Entry("in another partner's", &stranger),
			Entry("in the cluster as a whole", new(string)),
		)
	})

	It("hold no right that the table hasn't got, of kinds to come either", func(ctx SpecContext) {
		var list rbacv1.ClusterRoleList
		Expect(k8sClient.List(ctx, &list)).To(Succeed())
		var found []string
		for _, role := range list.Items {
			name, ours := strings.CutPrefix(role.Name, rolePrefix)
			if !ours || role.AggregationRule == nil {
				continue
			}
			found = append(found, name)
			for _, right := range rightsIn(role.Rules) {
				Expect(want.may(name, right)).To(BeTrue(), "%s: %s", role.Name, right)
			}
		}
		Expect(found).To(ConsistOf(want.roles))
	})

	It("are extended by pieces of whoever runs the cluster, upwards alone", func(ctx SpecContext) {
		const added = "get widgets.example.com"
		users := map[string]string{}
		for _, role := range []string{"owner", "admin", "editor", "viewer", "reporter", "limited-owner", "limited-admin", "partner-editor", "partner-viewer"} {
			users[role] = bound(ctx, home, role)
		}
		holders := func(ctx SpecContext) (roles []string, err error) {
			for role, user := range users {
				allowed, err := may(ctx, user, right(added, home))
				if err != nil {
					return nil, err
				}
				if allowed {
					roles = append(roles, role)
				}
			}
			return roles, nil
		}
		piece := &rbacv1.ClusterRole{
			ObjectMeta: metav1.ObjectMeta{GenerateName: "api-test-", Labels: map[string]string{"tenantry.io/aggregate-to-editor": "true"}},
			Rules:      []rbacv1.PolicyRule{{APIGroups: []string{"example.com"}, Resources: []string{"widgets"}, Verbs: []string{"get"}}},
		}
		Expect(k8sClient.Create(ctx, piece)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) {
			Expect(client.IgnoreNotFound(k8sClient.Delete(ctx, piece))).To(Succeed())
		})
		Eventually(holders).WithContext(ctx).WithTimeout(eventualTimeout).Should(ConsistOf("owner", "limited-owner", "admin", "limited-admin", "editor", "partner-editor"))
		Expect(k8sClient.Delete(ctx, piece)).To(Succeed())
		Eventually(holders).WithContext(ctx).WithTimeout(eventualTimeout).Should(BeEmpty())
	})

	It("are not extended by a piece that a place's Owner labels, who may write no ClusterRole", func(ctx SpecContext) {
		owner := As(bound(ctx, home, "owner", "partner-owner", "super-admin"))
		labels := map[string]string{"tenantry.io/aggregate-to-owner": "true"}
		Expect(owner.Create(ctx, &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "mine", Labels: labels}})).To(beForbiddenByRBAC())
		Expect(owner.Patch(ctx, &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "edit"}},
			mergePatch(`{"metadata":{"labels":{"tenantry.io/aggregate-to-owner":"true"}}}`))).To(beForbiddenByRBAC())
	})
})

// rightsIn are all rights in some rules, as "verb resource.group" and "verb resource.group=name".
func rightsIn(rules []rbacv1.PolicyRule) []string {
	var all []string
	for _, rule := range rules {
		for _, url := range rule.NonResourceURLs {
			all = append(all, cells([]string{url}, rule.Verbs)...)
		}
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				if group != "" {
					resource += "." + group
				}
				if len(rule.ResourceNames) == 0 {
					all = append(all, cells([]string{resource}, rule.Verbs)...)
				}
				for _, name := range rule.ResourceNames {
					all = append(all, cells([]string{resource + "=" + name}, rule.Verbs)...)
				}
			}
		}
	}
	return all
}
