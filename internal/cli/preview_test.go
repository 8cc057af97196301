// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

func TestWhatComesOfAChangeIsShown(t *testing.T) {
	plans := map[string]*v1alpha1.LicensePlan{}
	for _, object := range objectsOf(t, "plans.yaml") {
		plan, err := typed[v1alpha1.LicensePlan](object)
		if err != nil {
			t.Fatal(err)
		}
		plans[plan.Name] = plan
	}
	looks := map[string]*page{"": {}, "globex/elsewhere": lookNamed("globex/elsewhere")}
	for _, object := range objectsOf(t, "brands.yaml") {
		brand, err := typed[v1alpha1.WhiteLabelProfile](object)
		if err != nil {
			t.Fatal(err)
		}
		looks[brand.Name] = lookNamed(brand.Name)
		looks[brand.Name].sayLook(brand.Spec)
	}
	bears := func(brand string) outlook {
		return func(before, _ *v1alpha1.Tenant) (*page, *page, error) {
			return looks[before.Status.WhiteLabelProfile], looks[brand], nil
		}
	}
	same := func(_, _ *v1alpha1.Tenant) (*page, *page, error) { return looks["acme"], looks["acme"], nil }
	for name, test := range map[string]struct {
		plan string
		see  outlook
		ends error
	}{
		"plan-change-preview":       {"standard", outlookOf(plans, noon), exitStatus(exitPending)},
		"plan-change-preview-trial": {"flat", outlookOf(plans, noon), exitStatus(exitPending)},
		"brand-copy-diff":           {"", bears("acme"), exitStatus(exitPending)},
		"brand-copy-diff-none":      {"", same, nil},
	} {
		t.Run(name, func(t *testing.T) {
			streams, _, out, complaints := genericiooptions.NewTestIOStreams()
			o := &ChangeOptions{IOStreams: streams, writing: newWriting(cluster{}), change: brandCopying("cybercorp")}
			if test.plan != "" {
				var err error
				if o.change, _, err = planChanging([]string{"cybercorp", test.plan}); err != nil {
					t.Fatal(err)
				}
			}
			o.change.outlook = func(context.Context, cluster, string) (outlook, error) { return test.see, nil }
			if err := o.preview(t.Context(), objectsOf(t, "preview.yaml")); !errors.Is(err, test.ends) {
				t.Errorf("it ends with %v", err)
			}
			golden(t, name, out.String()+complaints.String())
		})
	}
}

func lookNamed(brand string) *page {
	look := &page{}
	look.say("Brand", brand)
	return look
}
