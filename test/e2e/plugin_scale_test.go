// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

const (
	// pageOf customers is what the plugin asks for at a time.
	pageOf = 500
	// aFew of them are suspended.
	aFew = 3
	// soonEnough is how long somebody waits for a list of them all, on a machine that does much else.
	soonEnough = 15 * time.Second
)

// many are more than two pages of customers; SCALE_TENANTS says how many.
var many = func() int {
	if asked, err := strconv.Atoi(os.Getenv("SCALE_TENANTS")); err == nil {
		return asked
	}
	return 1200
}()

// pagesOfAll are the sizes of the pages in which all of them are asked for.
func pagesOfAll() []string {
	return slices.Repeat([]string{strconv.Itoa(pageOf)}, (many+pageOf-1)/pageOf)
}

// numbered is the name of a customer.
func numbered(number int) string { return fmt.Sprintf("customer%04d", number) }

// page is a request for a page of Tenants, as -v=6 shows it.
var page = regexp.MustCompile(`verb="GET" url="[^"]*/tenants\?[^"]*\blimit=(\d+)`)

// pages that a run of the plugin asked for, by their size.
func (s screen) pages() []string {
	var sizes []string
	for _, match := range page.FindAllStringSubmatch(s.ErrOut, -1) {
		sizes = append(sizes, match[1])
	}
	return sizes
}

// forMany does something for each of many tenants, some at a time.
func forMany(do func(name string) error) {
	GinkgoHelper()
	var group errgroup.Group
	group.SetLimit(16)
	for i := range many {
		group.Go(func() error { return do(numbered(i)) })
	}
	Expect(group.Wait()).To(Succeed())
}

// Nobody makes places for the Tenants of these specs: the manager does not run.
var _ = Describe("kubectl tenant, among thousands", Ordered, func() {
	var namespace string
	BeforeAll(func(ctx SpecContext) {
		stopManager(ctx)
		DeferCleanup(func(ctx SpecContext) { startManager(ctx) })
		var remove func(context.Context) error
		var err error
		namespace, remove, err = cluster.Namespace(ctx)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func(ctx SpecContext) {
			forMany(func(name string) error {
				tenant := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
				if err := admin.Delete(ctx, tenant); err != nil {
					return client.IgnoreNotFound(err)
				}
				return client.IgnoreNotFound(admin.Patch(ctx, tenant, merge(`{"metadata":{"finalizers":null}}`)))
			})
			Expect(remove(ctx)).To(Succeed())
		})
		began := time.Now()
		forMany(func(name string) error {
			return admin.Create(ctx, &v1alpha1.Tenant{
				ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: v1alpha1.TenantSpec{DisplayName: v1alpha1.DisplayText("Customer " + name)},
			})
		})
		AddReportEntry("making them took", time.Since(began))
		operator, err := cluster.AsServiceAccount(harness.ManagerNamespace, harness.ManagerAccount)
		Expect(err).NotTo(HaveOccurred())
		for i := range aFew {
			tenant := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: numbered(many - 1 - i)}}
			Expect(operator.Status().Patch(ctx, tenant, merge(`{"status":{"phase":"Suspended"}}`))).To(Succeed())
		}
	})
	// run the plugin with a log of its requests, and return also how long it took.
	run := func(ctx SpecContext, arguments ...string) (screen, time.Duration) {
		GinkgoHelper()
		began := time.Now()
		shown := kubectlScreen(ctx, os.Environ(), append(append([]string{"tenant"}, arguments...), "-n", namespace, "-v=6")...)
		return shown, time.Since(began)
	}

	It("lists them all by pages of 500, soon (F36)", func(ctx SpecContext) {
		shown, took := run(ctx, "list", "--sort-by", "name")
		Expect(shown.column(0)).To(And(HaveLen(many), HaveEach(HavePrefix("customer"))))
		Expect(shown.pages()).To(Equal(pagesOfAll()))
		Expect(took).To(BeNumerically("<", soonEnough))
		AddReportEntry("listing them took", took)
	})

	It("asks for no more than it prints, where the server sorts as it does (F36)", func(ctx SpecContext) {
		shown, _ := run(ctx, "list", "--limit", "2")
		Expect(shown.column(0)).To(HaveExactElements(numbered(0), numbered(1)))
		Expect(shown.pages()).To(HaveExactElements("2"))
		shown, _ = run(ctx, "list", "--limit", "2", "--reverse")
		Expect(shown.column(0)).To(HaveExactElements(numbered(many-1), numbered(many-2)))
		Expect(shown.pages()).To(Equal(pagesOfAll()), "the last are known once all are")
	})

	It("has the server filter, by status and by plan (F36)", func(ctx SpecContext) {
		shown, _ := run(ctx, "list", "--status", "Suspended")
		Expect(shown.column(0)).To(HaveExactElements(numbered(many-3), numbered(many-2), numbered(many-1)))
		Expect(shown.pages()).To(HaveLen(1))
		shown, _ = run(ctx, "list", "--plan", "gold")
		Expect(shown).To(And(HaveField("Code", BeZero()), HaveField("Out", BeEmpty())))
		Expect(shown.pages()).To(HaveLen(1))
	})

	It("says which come near a name that nobody has, and completes names, from metadata alone", func(ctx SpecContext) {
		shown, took := run(ctx, "describe", "customer119")
		Expect(shown).To(And(HaveField("Code", exitNotFound), HaveField("ErrOut", ContainSubstring("did you mean customer1190, customer1191, customer1192?"))))
		Expect(took).To(BeNumerically("<", soonEnough))
		completed := kubectlScreen(ctx, os.Environ(), "tenant", "__complete", "describe", "-n", namespace, "customer119")
		Expect(completed.Out).To(ContainSubstring("customer1199\n"), "Tab waits no longer than it is told to")
	})
})
