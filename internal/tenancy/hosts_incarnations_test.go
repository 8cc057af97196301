// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy_test

import (
	"testing"

	"github.com/tenantry/tenantry/internal/tenancy"
)

// incarnation is a claim of another Tenant of the same name.
func incarnation(of tenancy.Claim) tenancy.Claim {
	of.Tenant.UID += "-again"
	return of
}

func TestATenantOfTheSameNameHasNothingOfTheFormer(t *testing.T) {
	hosts := &tenancy.Hosts{}
	former, next := claim("a", 1), incarnation(claim("a", 2))
	take(hosts, host, former)
	take(hosts, host, claim("b", 3))
	if holder := take(hosts, host, next); holder != former.Tenant {
		t.Errorf("%v holds the host", holder)
	}
	expectNext(t, hosts.Settle(next.Tenant))
	if holder, _ := hosts.Ask(host, former); holder != former.Tenant {
		t.Errorf("%v holds the host, after another of its name gave up all it had", holder)
	}
	expectNext(t, hosts.Settle(former.Tenant), "b")
}

func TestWhoTakesAPlaceBackHasItsHosts(t *testing.T) {
	hosts := &tenancy.Hosts{}
	former, next := claim("a", 1), incarnation(claim("a", 2))
	take(hosts, host, former)
	take(hosts, "custom.example", former)
	take(hosts, host, next)
	hosts.Succeed(former.Tenant, next)
	expectNext(t, hosts.Settle(former.Tenant))
	for _, held := range []string{host, "custom.example"} {
		if holder, _ := hosts.Ask(held, claim("b", 3)); holder != next.Tenant {
			t.Errorf("%v holds %s", holder, held)
		}
	}
	expectNext(t, hosts.Settle(next.Tenant), "b", "b")
}

func TestANameThatIsNobodysIsForgotten(t *testing.T) {
	hosts := &tenancy.Hosts{}
	former, next := claim("a", 1), incarnation(claim("a", 2))
	take(hosts, host, former)
	take(hosts, "kept.example", former)
	take(hosts, host, next)
	take(hosts, host, claim("b", 3))
	expectNext(t, hosts.Forget(former.Tenant.NamespacedName, "kept.example"), "b")
	if holder, held := hosts.Ask("kept.example", claim("b", 3)); !held || holder != former.Tenant {
		t.Errorf("%v holds what was to be kept", holder)
	}
}
