// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// More people, of whom none may know a price: with those of the cast, everybody but boss.
const (
	vic      = "vic"      // the partner's Viewer
	rita     = "rita"     // the partner's Reporter
	dora     = "dora"     // somebody of the partner's mail domain
	rivalled = "rivalled" // the other partner's super admin
)

// treasure is a partner's prices. No amount of them is anywhere else in the cluster.
type treasure struct {
	*cast
	prices *v1alpha1.PriceList
	// domain is the group of the partner's mail domain.
	domain string
}

var _ = Describe("Prices are the super admin's:", Ordered, ContinueOnFailure, func() {
	var t *treasure
	BeforeAll(func(ctx SpecContext) {
		stopManager(ctx)
		startManager(ctx, func(configuration *configv1alpha1.Configuration) {
			configuration.Logging.Level = configv1alpha1.LogDebug
		})
		DeferCleanup(func(ctx SpecContext) {
			stopManager(ctx)
			startManager(ctx)
		})
		t = newTreasure(ctx)
	})

	It("they read, write and watch them, and have them reckoned (F15)", func(ctx SpecContext) {
		as := t.as(boss)
		Eventually(seen).WithArguments(ctx, as, t.prices).WithContext(ctx).Should(HavePrefix("standard 6 units, 1 prepaid: 44111.22 - 36509.86 = 7601.36 |"))
		Expect(as.Patch(ctx, t.prices.DeepCopy(), merge(`{"metadata":{"labels":{"year":"2026"}}}`))).To(Succeed())
		for _, verb := range append([]string{"get", "list", "watch", "deletecollection"}, writing...) {
			Expect(may(ctx, t.users[boss], verb, "pricelists.tenantry.io", t.partner.Status.Namespace)).To(BeTrue(), verb)
		}
		Expect(as.Status().Patch(ctx, t.prices.DeepCopy(), merge(`{"status":{"margin":"1"}}`))).To(Satisfy(apierrors.IsForbidden), "what they say is the operator's")
		Expect(as.List(ctx, &v1alpha1.PriceListList{})).To(Satisfy(apierrors.IsForbidden), "other partners'")
		Expect(as.List(ctx, &v1alpha1.PriceListList{}, client.InNamespace(t.rival.Status.Namespace))).To(Satisfy(apierrors.IsForbidden))
	})

	for _, name := range []string{sam, pat, ed, vic, rita, tim, tech, dora, olga, jo, kim, ivan, mallory, rivalled, nobody} {
		It("nobody else has any way to them, in any way: "+name, func(ctx SpecContext) { t.hiddenFrom(ctx, name) })
	}

	It("nobody hands them on, who has them or not (F15)", func(ctx SpecContext) {
		place := t.partner.Status.Namespace
		newGrant(ctx, place, t.users[boss], v1alpha1.RoleOwner)
		Eventually(may).WithArguments(ctx, t.users[boss], "create", "rolebindings.rbac.authorization.k8s.io", place).Within(inTime).Should(BeTrue())
		for _, name := range []string{sam, boss} {
			for what, object := range t.handingOn(name) {
				Expect(t.as(name).Create(ctx, object)).To(beRefused(), "%s: %s", name, what)
			}
			legal := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: harness.UniqueName("mine")}, Rules: []rbacv1.PolicyRule{rule("", "configmaps")}}
			Expect(client.NewDryRunClient(t.as(name)).Create(ctx, legal)).To(Succeed(), "the legal twin")
		}
		Expect(t.as(sam).Patch(ctx, tenantOf(t.partner), merge(`{"spec":{"superAdmin":"`+t.users[sam]+`"}}`))).To(beRefused())
	})

	It("another partner learns nothing of them by a plan of the same name", func(ctx SpecContext) {
		place := t.rival.Status.Namespace
		sellsByAgent(ctx, place, "standard")
		putOn(ctx, t.rivals, "standard")
		takeSeats(ctx, t.rivals, 1)
		theirs := priceList(place, "standard", "5.00", "3.00")
		Expect(t.as(rivalled).Create(ctx, theirs)).To(Succeed())
		Eventually(seen).WithArguments(ctx, t.as(rivalled), theirs).WithContext(ctx).Should(Equal("standard 1 units, 0 prepaid: 5.00 - 3.00 = 2.00 | hooli 1, 0: 5.00 - 3.00 = 2.00 | partner 1, 0: 5.00 - 3.00 = 2.00"))
		for _, plan := range []string{t.partner.Status.Namespace + "/standard", "../" + t.partner.Status.Namespace + "/standard"} {
			Expect(t.as(rivalled).Create(ctx, priceList(place, plan, "1", "1"), client.DryRunAll)).To(Satisfy(apierrors.IsInvalid))
			far := priceList(place, "far", "1", "1")
			far.Spec.PlanRef.Name = plan
			Expect(t.as(rivalled).Create(ctx, far)).To(Satisfy(apierrors.IsInvalid))
		}
		Eventually(seen).WithArguments(ctx, t.as(boss), t.prices).WithContext(ctx).Should(HavePrefix("standard 6 units, "))
	})

	It("no amount is anywhere but in the PriceList: no object, log or metric has one (F15)", func(ctx SpecContext) {
		t.bury(ctx)
		amounts := t.amounts(ctx)
		Expect(amounts).To(ContainElements("7351.87", "44111.22", "36509.86", "7601.36"))
		looked := map[string]int{}
		for where, text := range everythingStored(ctx) {
			for _, amount := range amounts {
				Expect(strings.Contains(text, amount)).To(BeFalse(), "%s holds %s", where, amount)
			}
			kind, _, _ := strings.Cut(where, " ")
			looked[kind]++
		}
		for _, kind := range []string{"tenants", "events", "configmaps", "secrets", "licenseplans", "retainedtenants", "namespaces", "rolebindings", "tenantaccessgrants"} {
			Expect(looked[kind]).To(BeNumerically(">", 0), kind)
		}

		log, err := os.ReadFile(manager.LogFile)
		Expect(err).NotTo(HaveOccurred())
		Expect(string(log)).To(ContainSubstring(`"level":"debug"`))
		metrics, err := manager.Metrics(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(metrics.Sum("controller_runtime_reconcile_total", "controller", "pricelist")).To(BeNumerically(">", 0))
		for _, amount := range amounts {
			Expect(strings.Contains(string(log), amount)).To(BeFalse(), "the log holds %s", amount)
			Expect(strings.Contains(fmt.Sprint(metrics), amount)).To(BeFalse(), "a metric holds %s", amount)
		}
	})

	It("who hands the role on has them no more (F15)", func(ctx SpecContext) {
		hand := personNamed(ctx, t.users[boss], staffRole(ctx), home)
		Expect(admin.DeleteAllOf(ctx, &v1alpha1.TenantAccessGrant{}, client.InNamespace(t.partner.Status.Namespace))).To(Succeed())
		Expect(hand.Patch(ctx, tenantOf(t.partner), merge(`{"spec":{"superAdmin":"`+t.users[nobody]+`"}}`))).To(Succeed())
		Eventually(seen).WithArguments(ctx, t.as(nobody), t.prices).WithContext(ctx).Within(inTime).Should(HavePrefix("standard "))
		Eventually(func() error { _, err := seen(ctx, t.as(boss), t.prices); return err }).WithContext(ctx).Within(inTime).Should(Satisfy(apierrors.IsForbidden))
		t.hiddenFrom(ctx, boss)
	})
})

var writing = []string{"create", "update", "patch", "delete"}

func newTreasure(ctx SpecContext) *treasure {
	GinkgoHelper()
	t := &treasure{cast: newCast(ctx)}
	for _, name := range []string{vic, rita, dora, rivalled} {
		t.users[name] = harness.UniqueName(name)
	}
	mail := t.users[dora] + ".example"
	t.domain = "tenantry:domain:" + mail
	change(ctx, t.partner, func(p *v1alpha1.Tenant) {
		p.Spec.Partner.EmailDomains = []v1alpha1.Host{v1alpha1.Host(mail)}
	}, beReady())
	change(ctx, t.rival, func(p *v1alpha1.Tenant) { p.Spec.SuperAdmin = t.users[rivalled] }, beReady())
	place := t.partner.Status.Namespace
	newGrant(ctx, place, t.users[vic], v1alpha1.RoleViewer)
	newGrant(ctx, place, t.users[rita], v1alpha1.RoleReporter)
	Eventually(may).WithArguments(ctx, t.users[rivalled], "create", "pricelists.tenantry.io", t.rival.Status.Namespace).Within(inTime).Should(BeTrue())
	Eventually(may).WithArguments(ctx, t.users[dora], "list", "tenants.tenantry.io", place, t.domain).Within(inTime).Should(BeTrue())
	for _, name := range []string{vic, rita} {
		Eventually(may).WithArguments(ctx, t.users[name], "list", "tenants.tenantry.io", place).Within(inTime).Should(BeTrue())
	}

	sellsByAgent(ctx, place, "standard")
	putOn(ctx, t.customer, "standard") // four seats
	putOn(ctx, t.sibling, "standard")  // one
	takeSeats(ctx, t.sibling, 1)
	t.prices = priceList(place, "standard", "7351.87", "6117.29")
	t.prices.Spec.Prepaid, t.prices.Spec.PrepaidUnitCost = new(int32(1)), "5923.41"
	Expect(t.as(boss).Create(ctx, t.prices)).To(Succeed())
	return t
}

// as acts as one of the people, dora as one of her mail domain.
func (t *treasure) as(name string) client.WithWatch {
	GinkgoHelper()
	var groups []string
	if name == dora {
		groups = []string{t.domain}
	}
	as, err := cluster.As(t.users[name], groups...)
	Expect(err).NotTo(HaveOccurred())
	return as
}

// hiddenFrom says that somebody can neither read the prices nor change them, and learns none by trying.
func (t *treasure) hiddenFrom(ctx SpecContext, name string) {
	GinkgoHelper()
	as, place := t.as(name), client.InNamespace(t.partner.Status.Namespace)
	target := func() *v1alpha1.PriceList { return t.prices.DeepCopy() }
	metadata, allMetadata := &metav1.PartialObjectMetadata{}, &metav1.PartialObjectMetadataList{}
	metadata.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("PriceList"))
	allMetadata.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("PriceListList"))
	mine := priceList(t.partner.Status.Namespace, "mine", "1", "1")
	watch := func() error {
		stream, err := as.Watch(ctx, &v1alpha1.PriceListList{}, place)
		if err == nil {
			stream.Stop()
		}
		return err
	}
	for what, err := range map[string]error{
		"get":               as.Get(ctx, client.ObjectKeyFromObject(t.prices), &v1alpha1.PriceList{}),
		"list":              as.List(ctx, &v1alpha1.PriceListList{}, place),
		"list by plan":      as.List(ctx, &v1alpha1.PriceListList{}, place, client.MatchingFields{"spec.planRef.name": "standard"}),
		"list everywhere":   as.List(ctx, &v1alpha1.PriceListList{}),
		"list the metadata": as.List(ctx, allMetadata, place),
		"watch":             watch(),
		"create":            as.Create(ctx, mine, client.DryRunAll),
		"patch":             as.Patch(ctx, target(), merge(`{"metadata":{"labels":{"a":"b"}}}`), client.DryRunAll),
		"update":            as.Update(ctx, target(), client.DryRunAll),
		"delete":            as.Delete(ctx, target(), client.DryRunAll),
		"delete all":        as.DeleteAllOf(ctx, &v1alpha1.PriceList{}, place, client.DryRunAll),
		"get the status":    as.SubResource("status").Get(ctx, t.prices, &v1alpha1.PriceList{}),
		"patch the status":  as.Status().Patch(ctx, target(), merge(`{"status":{"margin":"1"}}`)),
		"update the status": as.Status().Update(ctx, target()),
		"get the metadata":  as.Get(ctx, client.ObjectKeyFromObject(t.prices), metadata),
	} {
		Expect(err).To(Satisfy(apierrors.IsForbidden), what)
		for _, amount := range t.amounts(ctx) {
			Expect(err.Error()).NotTo(ContainSubstring(amount), what)
		}
	}
}

func rule(group, resource string, verbs ...string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{APIGroups: []string{group}, Resources: []string{resource}, Verbs: append(verbs, "get")}
}

// handingOn are the ways to give prices to somebody else, or to a program.
func (t *treasure) handingOn(name string) map[string]client.Object {
	named := func() metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: t.partner.Status.Namespace, Name: harness.UniqueName("mine")}
	}
	binding := func(subject rbacv1.Subject) client.Object {
		return &rbacv1.RoleBinding{ObjectMeta: named(), RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "tenantry:super-admin"}, Subjects: []rbacv1.Subject{subject}}
	}
	grant := harness.GrantFor(t.partner.Status.Namespace, t.users[nobody], "SuperAdmin")
	return map[string]client.Object{
		"a grant of the role":             grant,
		"a binding to oneself":            binding(user(name)(t.cast)),
		"a binding to a friend":           binding(user(nobody)(t.cast)),
		"a binding to a program":          binding(rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: t.partner.Status.Namespace, Name: "default"}),
		"a Role with prices":              &rbacv1.Role{ObjectMeta: named(), Rules: []rbacv1.PolicyRule{rule("tenantry.io", "pricelists")}},
		"a Role with all of Tenantry's":   &rbacv1.Role{ObjectMeta: named(), Rules: []rbacv1.PolicyRule{rule("tenantry.io", "*")}},
		"a Role with prices of any group": &rbacv1.Role{ObjectMeta: named(), Rules: []rbacv1.PolicyRule{rule("*", "pricelists")}},
		"a piece of a role for everybody": &rbacv1.ClusterRole{
			ObjectMeta: metav1.ObjectMeta{Name: named().Name, Labels: map[string]string{"tenantry.io/aggregate-to-viewer": "true"}},
			Rules:      []rbacv1.PolicyRule{rule("tenantry.io", "pricelists")},
		},
	}
}
