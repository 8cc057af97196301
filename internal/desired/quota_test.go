// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired_test

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/desired"
)

func limits(own *v1alpha1.Limits) change {
	return func(in *desired.Inputs) { in.Tenant.Spec.Limits = own }
}

func TestLimits(t *testing.T) {
	for _, test := range []struct {
		name   string
		own    *v1alpha1.Limits
		agents int32
		disk   string
	}{
		{"are the configured ones where the tenant has none", nil, 10, "10Gi"},
		{"are the configured ones where the tenant says nothing in particular", &v1alpha1.Limits{}, 10, "10Gi"},
		{"are the tenant's own, each for itself: agents", &v1alpha1.Limits{Agents: new(int32(3))}, 3, "10Gi"},
		{"are the tenant's own, each for itself: disk", &v1alpha1.Limits{Disk: new(resource.MustParse("2Ti"))}, 10, "2Ti"},
		{"are whole bytes", &v1alpha1.Limits{Disk: new(resource.MustParse("1.3Ti"))}, 10, "1429365116109"},
		{"are whole bytes, one at least", &v1alpha1.Limits{Disk: new(resource.MustParse("0.000000001"))}, 10, "1"},
		{"are in the notation in which they are read back", &v1alpha1.Limits{Disk: new(resource.MustParse("1.953125Ki"))}, 10, "2k"},
		{"may be zero", &v1alpha1.Limits{Agents: new(int32(0)), Disk: new(resource.MustParse("0"))}, 0, "0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := desired.Limits(customer(t, limits(test.own)))
			if *got.Agents != test.agents || got.Disk.String() != test.disk {
				t.Errorf("agents %d, disk %s; want %d, %s", *got.Agents, got.Disk, test.agents, test.disk)
			}
		})
	}
}

// Printing a quantity writes to it, so that the race detector sees whoever shares one.
func TestWorkersShareAConfiguration(t *testing.T) {
	in := customer(t, configured(func(c *configv1alpha1.Configuration) {
		c.Limits.Disk = new(resource.MustParse("16Gi")) // is not kept as it was read
	}))
	var workers sync.WaitGroup
	for range 16 {
		workers.Go(func() {
			mine := in
			mine.Tenant = in.Tenant.DeepCopy()
			desired.For(mine)
		})
	}
	workers.Wait()
}

func TestSeatsAreCountedForCustomersOnly(t *testing.T) {
	if got, counted := hard(t, customer(t))[desired.ResourceAgents]; !counted || got.Value() != 10 {
		t.Errorf("a customer's seats: counted %v, limit %s; want 10", counted, &got)
	}
	if _, counted := hard(t, customer(t, asPartner))[desired.ResourceAgents]; counted {
		t.Error("a partner's delegations are no seats, yet its quota counts them")
	}
}

func TestStorageClassesOfOtherRegionsAreClosed(t *testing.T) {
	const suffix = ".storageclass.storage.k8s.io/requests.storage"
	regions := withRegions("eu-west", "us-east", "ap-south")
	for _, test := range []struct {
		name   string
		region string
		closed []string
	}{
		{"a tenant without a region may use all", "", nil},
		{"a tenant of a region may use no other's", "eu-west", []string{"ap-south-ssd", "us-east-ssd"}},
		{"a tenant whose region is no longer configured may use none", "mars", []string{"ap-south-ssd", "eu-west-ssd", "us-east-ssd"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var closed []string
			for name, limit := range hard(t, customer(t, regions, inRegion(test.region))) {
				if class, ok := strings.CutSuffix(string(name), suffix); ok {
					closed = append(closed, class)
					if !limit.IsZero() {
						t.Errorf("%s: %s, want 0", class, &limit)
					}
				}
			}
			slices.Sort(closed)
			if diff := cmp.Diff(test.closed, closed); diff != "" {
				t.Errorf("closed (-want +got):\n%s", diff)
			}
		})
	}
}

// A quantity that the API server keeps in another form would be patched, or awaited, for ever.
func TestQuantitiesAreAsTheAPIServerKeepsThem(t *testing.T) {
	awkward := corev1.ResourceList{
		corev1.ResourceCPU:              resource.MustParse("0.0001"),
		corev1.ResourceMemory:           resource.MustParse("1.953125Ki"),
		corev1.ResourceEphemeralStorage: resource.MustParse("1.1234567Gi"),
	}
	in := customer(t, limits(&v1alpha1.Limits{Disk: new(resource.MustParse("1.1234567Gi"))}), configured(func(c *configv1alpha1.Configuration) {
		maps.Copy(c.Quota, awkward)
		c.LimitRange.Default, c.LimitRange.DefaultRequest, c.LimitRange.Max = awkward, awkward, awkward
	}))
	lists := map[string]corev1.ResourceList{"quota": hard(t, in)}
	for _, intent := range desired.For(in).Contents {
		if limits, ok := intent.Object.(*corev1.LimitRange); ok {
			item := limits.Spec.Limits[0]
			lists["default"], lists["defaultRequest"], lists["max"] = item.Default, item.DefaultRequest, item.Max
		}
	}
	if len(lists) != 4 {
		t.Fatal("there is no limit range")
	}
	for list, quantities := range lists {
		for name, quantity := range quantities {
			sent := quantity.String()
			kept := resource.MustParse(sent)
			kept.RoundUp(resource.Milli)
			if kept.String() != sent {
				t.Errorf("%s: %s of %s is kept as %s", list, name, sent, kept.String())
			}
		}
	}
}

func TestEnforced(t *testing.T) {
	intent := quotaIntent(t, customer(t))
	for _, test := range []struct {
		name   string
		change func(*corev1.ResourceQuotaStatus)
		want   bool
	}{
		{"once every limit is taken up and counted", func(*corev1.ResourceQuotaStatus) {}, true},
		{"with a limit in another notation", func(s *corev1.ResourceQuotaStatus) { s.Hard[corev1.ResourceCPU] = resource.MustParse("4000m") }, true},
		{"with use beyond a limit", func(s *corev1.ResourceQuotaStatus) { s.Used[corev1.ResourcePods] = resource.MustParse("1000") }, true},
		{"with more than we asked for", func(s *corev1.ResourceQuotaStatus) { s.Hard["count/jobs.batch"] = resource.MustParse("1") }, true},
		{"not before anything is taken up", func(s *corev1.ResourceQuotaStatus) { *s = corev1.ResourceQuotaStatus{} }, false},
		{"not while one limit is the former one", func(s *corev1.ResourceQuotaStatus) { s.Hard[desired.ResourceAgents] = resource.MustParse("11") }, false},
		{"not while one limit is missing", func(s *corev1.ResourceQuotaStatus) { delete(s.Hard, desired.ResourceAgents) }, false},
		{"not while one use is not counted", func(s *corev1.ResourceQuotaStatus) { delete(s.Used, desired.ResourceAgents) }, false},
		{"not while no use is counted", func(s *corev1.ResourceQuotaStatus) { s.Used = nil }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			live := intent.Object.DeepCopyObject().(*corev1.ResourceQuota)
			live.Status.Hard, live.Status.Used = maps.Clone(live.Spec.Hard), corev1.ResourceList{}
			for name := range live.Spec.Hard {
				live.Status.Used[name] = resource.Quantity{}
			}
			test.change(&live.Status)
			if got := desired.Enforced(intent, live); got != test.want {
				t.Errorf("enforced: %v, want %v", got, test.want)
			}
		})
	}
}

// quotaIntent is the quota that caps what a tenant may use.
func quotaIntent(t *testing.T, in desired.Inputs) apply.Intent {
	t.Helper()
	for _, intent := range desired.For(in).Quotas {
		if intent.Object.GetName() == desired.QuotaName {
			return intent
		}
	}
	t.Fatal("there is no quota")
	return apply.Intent{}
}

func hard(t *testing.T, in desired.Inputs) corev1.ResourceList {
	t.Helper()
	return quotaIntent(t, in).Object.(*corev1.ResourceQuota).Spec.Hard
}
