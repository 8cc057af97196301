// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/tenancy"
	"github.com/tenantry/tenantry/test/harness"
)

// foreseen are the requests that would take away what is not wanted in a tenant's place any more, as whoever runs the platform foresees them.
func foreseen(ctx SpecContext, tenant *v1alpha1.Tenant) []string {
	GinkgoHelper()
	reader := tenancy.Live(admin)
	loader := &tenancy.Loader{
		Reader: reader, Secrets: reader, Config: shared.Loader.Config, Clock: clock.RealClock{},
		Hosts: &tenancy.Hosts{}, Shelf: &tenancy.Shelf{}, Looks: &tenancy.Looks{},
	}
	in, err := loader.Load(ctx, tenant)
	Expect(err).NotTo(HaveOccurred())
	going, err := tenancy.Removals{Reader: reader, Scheme: admin.Scheme(), Kinds: shared.Kinds}.Of(ctx, in, desired.For(in))
	Expect(err).NotTo(HaveOccurred())
	requests := make([]string, 0, len(going))
	for _, object := range going {
		kind, err := apiutil.GVKForObject(object, admin.Scheme())
		Expect(err).NotTo(HaveOccurred())
		resource, _ := meta.UnsafeGuessKindToResource(kind)
		requests = append(requests, "delete "+resource.Resource+" "+object.GetName())
	}
	return requests
}

var _ = Describe("What is foreseen to go", func() {
	DescribeTable("is what goes,", func(ctx SpecContext, changed func(ctx SpecContext, parent, child *v1alpha1.Tenant), some OmegaMatcher) {
		parent := partner(ctx)
		shared.settle(ctx, parent)
		pat := grantIn(ctx, parent.Status.Namespace, "pat", v1alpha1.RoleAdmin)
		shared.catchUp(ctx, pat)
		child := tenantIn(ctx, parent.Status.Namespace, "child", withAccess(v1alpha1.CustomerAccessFullAccess), func(t *v1alpha1.Tenant) {
			t.Spec.Admin = &v1alpha1.Administrator{Username: "first"}
		})
		shared.settle(ctx, child)
		jo := grantIn(ctx, child.Status.Namespace, "jo", v1alpha1.RoleEditor)
		shared.catchUp(ctx, jo)
		shared.settle(ctx, child)
		ownIngress(ctx, child, "own", "own", child.Status.Hosts...)
		Expect(foreseen(ctx, child)).To(BeEmpty())

		changed(ctx, parent, child)
		expected := foreseen(ctx, child)
		Expect(expected).To(some)
		shared.recorder.take()
		shared.settle(ctx, child)
		deleted := slices.DeleteFunc(shared.recorder.take(), func(request string) bool { return !strings.HasPrefix(request, "delete ") })
		Expect(deleted).To(ConsistOf(expected))
		Expect(foreseen(ctx, child)).To(BeEmpty())
	},
		Entry("of a tenant that is suspended", func(ctx SpecContext, _, child *v1alpha1.Tenant) { change(ctx, child, suspended) }, Not(BeEmpty())),
		Entry("of one whose portal is off", func(ctx SpecContext, _, child *v1alpha1.Tenant) { change(ctx, child, portalOff) }, Not(BeEmpty())),
		Entry("of one that gets another host", func(ctx SpecContext, _, child *v1alpha1.Tenant) {
			change(ctx, child, withSubdomain(harness.UniqueName("other")))
		}, Not(BeEmpty())),
		Entry("of one that gets another host and is suspended", func(ctx SpecContext, _, child *v1alpha1.Tenant) {
			change(ctx, child, withSubdomain(harness.UniqueName("other")))
			change(ctx, child, suspended)
		}, Not(BeEmpty())),
		Entry("of one whose administrator is named no more", func(ctx SpecContext, _, child *v1alpha1.Tenant) {
			change(ctx, child, func(t *v1alpha1.Tenant) { t.Spec.Admin = nil })
		}, Not(BeEmpty())),
		Entry("where somebody is let in no more", func(ctx SpecContext, _, child *v1alpha1.Tenant) {
			jo := harness.GrantFor(child.Status.Namespace, "jo", v1alpha1.RoleEditor)
			Expect(admin.Delete(ctx, jo)).To(Succeed())
			shared.catchUp(ctx, jo)
		}, Not(BeEmpty())),
		Entry("of one that is refused, and stays as it is", func(ctx SpecContext, parent, child *v1alpha1.Tenant) {
			change(ctx, parent, func(t *v1alpha1.Tenant) { t.Spec.Partner = nil })
			shared.catchUp(ctx, parent)
			change(ctx, child, portalOff)
		}, BeEmpty()),
		Entry("of one that is refused and suspended", func(ctx SpecContext, parent, child *v1alpha1.Tenant) {
			change(ctx, parent, func(t *v1alpha1.Tenant) { t.Spec.Partner = nil })
			shared.catchUp(ctx, parent)
			change(ctx, child, suspended)
		}, Not(BeEmpty())),
		Entry("where nothing goes", func(ctx SpecContext, _, child *v1alpha1.Tenant) {
			change(ctx, child, func(t *v1alpha1.Tenant) { t.Spec.DisplayName = "Child" })
		}, BeEmpty()),
	)
})
