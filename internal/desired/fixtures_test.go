// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

var aTime = metav1.NewTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))

// change is what a test case does to Inputs.
type change func(*desired.Inputs)

// customer is tenant acme/cybercorp of partner platform/acme, which holds its host, with changes.
func customer(t *testing.T, changes ...change) desired.Inputs {
	t.Helper()
	in := desired.Inputs{
		Tenant:    tenant("acme", "cybercorp"),
		Parent:    desired.ParentKnown,
		Ancestors: []*v1alpha1.Tenant{partner("platform", "acme")},
		Host:      desired.HostClaim{Held: true},
		Config:    configuration(t, nil),
	}
	for _, change := range changes {
		change(&in)
	}
	return in
}

func tenant(namespace, name string) *v1alpha1.Tenant {
	return &v1alpha1.Tenant{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: types.UID("uid-" + name)},
		Spec:       v1alpha1.TenantSpec{CustomerAccess: v1alpha1.CustomerAccessDisabled},
	}
}

func partner(namespace, name string) *v1alpha1.Tenant {
	made := tenant(namespace, name)
	made.Spec.Partner = &v1alpha1.Partner{}
	return made
}

// configuration is valid, and defaulted where it says nothing.
func configuration(t *testing.T, c *configv1alpha1.Configuration) *configv1alpha1.Configuration {
	t.Helper()
	if c == nil {
		c = &configv1alpha1.Configuration{}
	}
	if c.BaseDomain == "" {
		c.BaseDomain = "tenantry.example"
	}
	configv1alpha1.SetDefaults(c)
	if errs := configv1alpha1.Validate(c); len(errs) > 0 {
		t.Fatalf("the configuration is not valid: %v", errs.ToAggregate())
	}
	return c
}

func named(name string) change {
	return func(in *desired.Inputs) { in.Tenant.Name = name }
}

func subdomain(sub string) change {
	return func(in *desired.Inputs) { in.Tenant.Spec.Domain = &v1alpha1.Domain{Subdomain: sub} }
}

func below(ancestors ...*v1alpha1.Tenant) change {
	return func(in *desired.Inputs) { in.Ancestors = ancestors }
}

func parent(kind desired.Parent) change {
	return func(in *desired.Inputs) { in.Parent = kind }
}

func root(in *desired.Inputs) {
	in.Tenant.Namespace, in.Parent, in.Ancestors = "platform", desired.ParentNone, nil
}

func asPartner(in *desired.Inputs) { in.Tenant.Spec.Partner = &v1alpha1.Partner{} }

func inRegion(region string) change {
	return func(in *desired.Inputs) { in.Tenant.Spec.Region = region }
}

func configured(alter func(*configv1alpha1.Configuration)) change {
	return func(in *desired.Inputs) { alter(in.Config) }
}

func withRegions(names ...string) change {
	return configured(func(c *configv1alpha1.Configuration) {
		c.Regions = map[string]configv1alpha1.Region{}
		for _, name := range names {
			c.Regions[name] = configv1alpha1.Region{StorageClasses: []string{name + "-ssd"}}
		}
	})
}
