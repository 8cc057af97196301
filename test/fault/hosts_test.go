// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"fmt"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// Rounds in which rivals ask for a host, and pairs of them side by side.
const (
	rounds = 4
	pairs  = 6
)

var _ = Describe("Fault 4: two leaders and one host", Label("fault-4", "full"), func() {
	It("never gives a host to two tenants, with two managers that both believe that they lead", func(ctx SpecContext) {
		judged := verdicts{invariants: watchInvariants(ctx, here)}
		one, two := startOperator(ctx, here, alone), startOperator(ctx, here, alone)
		rivals := make([]rivalry, pairs)
		for i := range rivals {
			rivals[i] = rivalry{site: here, subdomain: harness.UniqueName("host"), one: newFamily(here).partner, other: newFamily(here).partner}
		}
		for round := range rounds {
			for _, rivalry := range rivals {
				Eventually(rivalry.ask).WithContext(ctx).Should(Succeed())
			}
			for _, rivalry := range rivals {
				found := until(ctx, rivalry.decided)
				judged.add(fmt.Sprintf("round %d: host %s", round+1, rivalry.subdomain), found...)
				Expect(rivalry.giveUp(ctx)).To(Succeed())
			}
		}
		for _, rivalry := range rivals {
			judged.add("the last one has host "+rivalry.subdomain, until(ctx, rivalry.inherited)...)
		}
		judged.add("one manager", unrest(ctx, one.line)...)
		judged.add("the other manager", unrest(ctx, two.line)...)
		judged.close("fault 4, one host asked for by two tenants under two managers")
	})
})

// rivalry of two tenants for a host.
type rivalry struct {
	site
	subdomain  string
	one, other client.ObjectKey
}

// ask for the host, for both tenants, at once; one that was told to give it up must be gone first.
func (r rivalry) ask(ctx context.Context) error {
	for _, key := range []client.ObjectKey{r.one, r.other} {
		present := &v1alpha1.Tenant{}
		if err := r.Client.Get(ctx, key, present); err == nil && present.DeletionTimestamp != nil {
			return fmt.Errorf("tenant %s is still there", key)
		}
		tenant := partnerTenant(key)
		tenant.Spec.Partner, tenant.Spec.Domain = nil, &v1alpha1.Domain{Subdomain: r.subdomain}
		if err := client.IgnoreAlreadyExists(r.Client.Create(ctx, tenant)); err != nil {
			return err
		}
	}
	return nil
}

// holders are the tenants that say that they have a host, and the number of tenants that are there.
func (r rivalry) holders(ctx context.Context) (holders []client.ObjectKey, there int, err error) {
	for _, key := range []client.ObjectKey{r.one, r.other} {
		tenant := &v1alpha1.Tenant{}
		if err := r.Client.Get(ctx, key, tenant); client.IgnoreNotFound(err) != nil {
			return nil, 0, err
		} else if err != nil || tenant.DeletionTimestamp != nil {
			continue
		}
		there++
		if tenant.IsReady() && len(tenant.Status.Hosts) > 0 {
			holders = append(holders, key)
		}
	}
	return holders, there, nil
}

// decided returns an error until one of both has the host and the other knows that it has not.
func (r rivalry) decided(ctx context.Context) error {
	holders, there, err := r.holders(ctx)
	if err != nil || there != 2 || len(holders) != 1 {
		return fmt.Errorf("host %s has holders %v of %d tenants: %w", r.subdomain, holders, there, err)
	}
	loser := r.one
	if slices.Contains(holders, r.one) {
		loser = r.other
	}
	tenant := &v1alpha1.Tenant{}
	if err := r.Client.Get(ctx, loser, tenant); err != nil {
		return err
	}
	for _, condition := range tenant.Status.Conditions {
		if condition.Type == v1alpha1.ConditionReady && condition.Reason == v1alpha1.ReasonHostConflict {
			return nil
		}
	}
	return fmt.Errorf("tenant %s does not know that it lost host %s: %v", loser, r.subdomain, tenant.Status.Conditions)
}

// giveUp deletes the tenant that has the host.
func (r rivalry) giveUp(ctx context.Context) error {
	holders, _, err := r.holders(ctx)
	return first(err, r.remove(ctx, holders...))
}

// inherited returns an error until the one tenant that is left has the host.
func (r rivalry) inherited(ctx context.Context) error {
	holders, there, err := r.holders(ctx)
	if err != nil || there != 1 || len(holders) != 1 {
		return fmt.Errorf("host %s has holders %v of %d tenants: %w", r.subdomain, holders, there, err)
	}
	return nil
}

// until something is done: what it says last where it never is.
func until(ctx context.Context, done func(context.Context) error) []string {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := done(ctx)
		if err == nil {
			return nil
		}
		if bounded.Err() != nil {
			return []string{err.Error()}
		}
		waitFor(bounded, time.After(backOff))
	}
}

// passHost has a partner ask for the host of its customer, whose own moves with the partner's name.
func passHost(ctx context.Context, f family) error {
	return f.change(ctx, f.partner, func(tenant *v1alpha1.Tenant) {
		tenant.Spec.Domain = &v1alpha1.Domain{Subdomain: f.child.Name + "-" + f.partner.Name}
	})
}

// hostsPassed returns an error until each of a family has the host that begins with its own name.
func hostsPassed(partner, child string) func(context.Context, family) error {
	return func(ctx context.Context, f family) error {
		wanted := map[client.ObjectKey]string{f.partner: partner + f.partner.Name + ".", f.child: child + f.partner.Name + "."}
		for key, prefix := range wanted {
			tenant := &v1alpha1.Tenant{}
			if err := f.Client.Get(ctx, key, tenant); err != nil {
				return err
			}
			if hosts := tenant.Status.Hosts; len(hosts) != 1 || len(hosts[0]) < len(prefix) || string(hosts[0][:len(prefix)]) != prefix {
				return fmt.Errorf("tenant %s has hosts %v and should have %s", key, hosts, prefix)
			}
		}
		return inPhases(ctx, f, v1alpha1.PhaseActive)
	}
}
