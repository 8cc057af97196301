// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// Profiles of scans. The nodes on which they run look at the arguments (hack/nodes/stages.yaml).
const (
	quick   = "quick"
	failing = "failing"
	hanging = "hanging"
)

// scanner is the image of all profiles, which no node pulls.
const scanner = "registry.example/scanner@sha256:"

// profiles are what schedules may run.
func profiles() map[string]configv1alpha1.ScanProfile {
	image := scanner + strings.Repeat("0a", 32)
	return map[string]configv1alpha1.ScanProfile{
		quick:   {Image: image, ReportURL: "https://reports.example/$(NAMESPACE)/$(NAMESPACE_UID)/$(SCHEDULE)/$(RUN)"},
		failing: {Image: image, Args: []string{"fail"}},
		hanging: {Image: image, Args: []string{"hang"}},
	}
}

// addNode has pods run until the specs of this container have ended.
func addNode(ctx SpecContext) {
	GinkgoHelper()
	node, err := cluster.StartNode(ctx)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func(ctx SpecContext) { Expect(node.Stop(ctx)).To(Succeed()) })
}

// inventory lists domains as all that a tenant owns.
func inventory(ctx SpecContext, tenant *v1alpha1.Tenant, domains ...string) {
	GinkgoHelper()
	listed := &v1alpha1.AssetInventory{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: "own"}}
	for _, domain := range domains {
		listed.Spec.Assets = append(listed.Spec.Assets, v1alpha1.Asset{Type: v1alpha1.AssetDomain, Value: v1alpha1.AssetValue(domain)})
	}
	if there := listed.DeepCopy(); admin.Get(ctx, client.ObjectKeyFromObject(listed), there) == nil {
		listed.ResourceVersion = there.ResourceVersion
		Expect(admin.Update(ctx, listed)).To(Succeed())
		return
	}
	Expect(admin.Create(ctx, listed)).To(Succeed())
}

// listing is a customer with one asset, open to its own people.
func listing(ctx SpecContext, parent *v1alpha1.Tenant, name string, change ...func(*v1alpha1.Tenant)) *v1alpha1.Tenant {
	GinkgoHelper()
	made := customer(ctx, parent, name, append(change, func(t *v1alpha1.Tenant) { t.Spec.CustomerAccess = v1alpha1.CustomerAccessFullAccess })...)
	inventory(ctx, made, name+".example")
	return made
}

// newSchedule is a monthly one, due by none of the clocks here, and made by c.
func newSchedule(ctx SpecContext, c client.Client, tenant *v1alpha1.Tenant, name, profile string, change ...func(*v1alpha1.ScanSchedule)) *v1alpha1.ScanSchedule {
	GinkgoHelper()
	made := &v1alpha1.ScanSchedule{
		ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: name},
		Spec:       v1alpha1.ScanScheduleSpec{Profile: profile, Cron: "0 0 29 2 *"},
	}
	for _, change := range change {
		change(made)
	}
	Expect(c.Create(ctx, made)).To(Succeed())
	return made
}

func wanted(run string) func(*v1alpha1.ScanSchedule) {
	return func(s *v1alpha1.ScanSchedule) { s.Spec.Run = v1alpha1.RequestID(run) }
}

func ofTier(tier string) func(*v1alpha1.ScanSchedule) {
	return func(s *v1alpha1.ScanSchedule) {
		s.Spec.Tenants = &v1alpha1.Selection{Selector: &v1alpha1.LabelSelector{MatchLabels: map[string]v1alpha1.LabelValue{"tier": v1alpha1.LabelValue(tier)}}}
	}
}

func tier(name string) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) { t.Labels = map[string]string{"tier": name} }
}

// runsIn are the Jobs of a tenant's runs.
func runsIn(ctx SpecContext, tenant *v1alpha1.Tenant) ([]batchv1.Job, error) {
	jobs := &batchv1.JobList{}
	err := admin.List(ctx, jobs, client.InNamespace(tenant.Status.Namespace), client.MatchingLabels{v1alpha1.LabelManaged: "true"})
	return jobs.Items, err
}

// targetsIn are the ConfigMaps of what a tenant's runs look at.
func targetsIn(ctx SpecContext, tenant *v1alpha1.Tenant) ([]corev1.ConfigMap, error) {
	targets := &corev1.ConfigMapList{}
	err := admin.List(ctx, targets, client.InNamespace(tenant.Status.Namespace), client.HasLabels{v1alpha1.LabelSchedule})
	return targets.Items, err
}

// scansOf are those of a tenant's runs that are counted in this month.
func scansOf(ctx SpecContext, tenant *v1alpha1.Tenant) (int64, error) {
	now := &v1alpha1.Tenant{}
	err := admin.Get(ctx, client.ObjectKeyFromObject(tenant), now)
	return ptr.Deref(now.Status.Usage, v1alpha1.Usage{}).Scans, err
}

// counted waits until so many of each tenant's runs are.
func counted(ctx SpecContext, runs int64, tenants ...*v1alpha1.Tenant) {
	GinkgoHelper()
	for _, tenant := range tenants {
		Eventually(scansOf).WithArguments(ctx, tenant).WithContext(ctx).Should(Equal(runs), tenant.Name)
	}
}

// awaitSchedule waits until the operator has looked at it, and it is as expected.
func awaitSchedule(ctx SpecContext, schedule *v1alpha1.ScanSchedule, expected types.GomegaMatcher) *v1alpha1.ScanSchedule {
	GinkgoHelper()
	now := &v1alpha1.ScanSchedule{}
	Eventually(func(g Gomega) {
		g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(schedule), now)).To(Succeed())
		g.Expect(now.Status.ObservedGeneration).To(Equal(now.Generation))
		g.Expect(now).To(expected)
	}).WithContext(ctx).Should(Succeed())
	return now
}

// standAs succeeds for a schedule whose Ready has that reason.
func standAs(reason string) types.GomegaMatcher {
	return WithTransform(func(s *v1alpha1.ScanSchedule) string {
		return ptr.Deref(meta.FindStatusCondition(s.Status.Conditions, v1alpha1.ConditionReady), metav1.Condition{}).Reason
	}, Equal(reason))
}

// ended succeeds for a Job that completed, or failed.
func ended(kind batchv1.JobConditionType) types.GomegaMatcher {
	return HaveField("Status.Conditions", ContainElement(And(HaveField("Type", kind), HaveField("Status", corev1.ConditionTrue))))
}

// admits makes a user one of a tenant's own, and returns it when it may make schedules there.
func admits(ctx SpecContext, tenant *v1alpha1.Tenant, user string, role v1alpha1.Role) client.Client {
	GinkgoHelper()
	newGrant(ctx, tenant.Status.Namespace, user, role)
	Eventually(may).WithArguments(ctx, user, "create", "scanschedules.tenantry.io", tenant.Status.Namespace).Within(inTime).Should(BeTrue())
	c, err := cluster.As(user)
	Expect(err).NotTo(HaveOccurred())
	return c
}

// delegates a customer to a technician.
func delegates(ctx SpecContext, parent *v1alpha1.Tenant, user, customer string) {
	GinkgoHelper()
	awaitGrant(ctx, newGrant(ctx, parent.Status.Namespace, user, v1alpha1.RoleAdmin, func(g *v1alpha1.TenantAccessGrant) {
		g.Name, g.Spec.Tenants = harness.UniqueName("delegation"), &v1alpha1.Selection{Names: []v1alpha1.TenantName{v1alpha1.TenantName(customer)}}
	}), v1alpha1.ReasonGranted)
}
