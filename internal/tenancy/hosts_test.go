// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/tenancy"
)

const host = "shop.tenantry.example"

// claim of the tenant of that name, which is so many minutes old after the epoch.
func claim(name string, minutes int) tenancy.Claim {
	return tenancy.Claim{
		Tenant: tenancy.Holder{NamespacedName: types.NamespacedName{Namespace: "acme", Name: name}, UID: types.UID("uid-of-" + name)},
		Since:  time.Unix(0, 0).Add(time.Duration(minutes) * time.Minute),
	}
}

// take asks for a host as the manager does, with nobody recorded, and says who holds it.
func take(hosts *tenancy.Hosts, host string, claimant tenancy.Claim) tenancy.Holder {
	holder, held := hosts.Ask(host, claimant)
	if !held {
		holder = hosts.Claim(host, claimant, nil)
	}
	return holder
}

func names(tenants []tenancy.Holder) []string {
	list := []string{}
	for _, tenant := range tenants {
		list = append(list, tenant.Name)
	}
	slices.Sort(list)
	return list
}

func expectHolder(t *testing.T, got tenancy.Holder, want string) {
	t.Helper()
	if got.Name != want {
		t.Errorf("%q holds the host, want %q", got.Name, want)
	}
}

func expectNext(t *testing.T, got []tenancy.Holder, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), names(got)); diff != "" {
		t.Errorf("hold a host since (-want +got):\n%s", diff)
	}
}

func TestNobodyHoldsAHostAtFirst(t *testing.T) {
	hosts := &tenancy.Hosts{}
	if holder, held := hosts.Ask(host, claim("a", 1)); held {
		t.Errorf("held by %q", holder)
	}
	expectNext(t, hosts.Settle(claim("a", 1).Tenant, ""))
}

func TestWhoClaimsFirstHoldsTheHostHoweverYoung(t *testing.T) {
	hosts := &tenancy.Hosts{}
	expectHolder(t, take(hosts, host, claim("young", 9)), "young")
	expectHolder(t, take(hosts, host, claim("old", 1)), "young")
	expectHolder(t, hosts.Claim(host, claim("old", 1), []tenancy.Claim{claim("old", 1)}), "young")
}

func TestWhoHoldsAHostMayAskAgain(t *testing.T) {
	hosts := &tenancy.Hosts{}
	for range 3 {
		expectHolder(t, take(hosts, host, claim("a", 1)), "a")
		expectHolder(t, hosts.Claim(host, claim("a", 1), nil), "a")
	}
	expectNext(t, hosts.Settle(claim("a", 1).Tenant, ""))
	if holder, held := hosts.Ask(host, claim("b", 2)); held {
		t.Errorf("released, and held by %q all the same", holder)
	}
}

func TestTheOldestInLineIsNext(t *testing.T) {
	for _, test := range []struct {
		name string
		line []tenancy.Claim
		want []string
	}{
		{"nobody, if nobody waits", nil, nil},
		{"the only one who waits", []tenancy.Claim{claim("b", 5)}, []string{"b"}},
		{"by age, not by when they asked", []tenancy.Claim{claim("c", 7), claim("b", 5), claim("d", 9)}, []string{"b", "c", "d"}},
		{"by name, where they are of an age", []tenancy.Claim{claim("d", 5), claim("b", 5), claim("c", 5)}, []string{"b", "c", "d"}},
		{"once each, however often they ask", []tenancy.Claim{claim("b", 5), claim("c", 6), claim("b", 5), claim("b", 5)}, []string{"b", "c"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			hosts := &tenancy.Hosts{}
			holder := take(hosts, host, claim("a", 1))
			for _, claimant := range test.line {
				expectHolder(t, take(hosts, host, claimant), "a")
			}
			var order []string
			for next := hosts.Settle(holder, ""); len(next) > 0; next = hosts.Settle(holder, "") {
				holder = next[0]
				order = append(order, names(next)...)
				expectHolder(t, take(hosts, host, claim(holder.Name, 0)), holder.Name)
			}
			if diff := cmp.Diff(test.want, order); diff != "" {
				t.Errorf("order (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSettleKeepsOneHostAndReleasesTheOthers(t *testing.T) {
	hosts := &tenancy.Hosts{}
	a := claim("a", 1)
	take(hosts, "one", a)
	take(hosts, "two", a)
	take(hosts, "three", a)
	take(hosts, "one", claim("b", 2))
	take(hosts, "three", claim("c", 2))

	expectNext(t, hosts.Settle(a.Tenant, "two"), "b", "c")
	expectHolder(t, take(hosts, "one", claim("z", 9)), "b")
	expectHolder(t, take(hosts, "two", claim("z", 9)), "a")
	expectHolder(t, take(hosts, "three", claim("z", 9)), "c")
	expectNext(t, hosts.Settle(a.Tenant, "two"))
}

func TestSettleWithAHostOfAnotherKeepsThePlaceInLine(t *testing.T) {
	hosts := &tenancy.Hosts{}
	take(hosts, host, claim("a", 1))
	take(hosts, host, claim("b", 2))
	expectNext(t, hosts.Settle(claim("b", 2).Tenant, host))
	expectNext(t, hosts.Settle(claim("a", 1).Tenant, ""), "b")
}

func TestWhoChangesItsMindLeavesTheLine(t *testing.T) {
	hosts := &tenancy.Hosts{}
	take(hosts, host, claim("a", 1))
	take(hosts, host, claim("b", 2))
	take(hosts, host, claim("c", 3))
	take(hosts, "elsewhere", claim("b", 2))
	expectNext(t, hosts.Settle(claim("b", 2).Tenant, "elsewhere"))
	expectNext(t, hosts.Settle(claim("a", 1).Tenant, ""), "c")
}

func TestWhoGoesLeavesEveryLineAndEveryHost(t *testing.T) {
	hosts := &tenancy.Hosts{}
	take(hosts, "one", claim("a", 1))
	take(hosts, "two", claim("b", 2))
	take(hosts, "one", claim("b", 2))
	expectNext(t, hosts.Settle(claim("b", 2).Tenant, ""))
	expectNext(t, hosts.Settle(claim("a", 1).Tenant, ""))
	for _, free := range []string{"one", "two"} {
		if holder, held := hosts.Ask(free, claim("c", 3)); held {
			t.Errorf("%s is held by %q", free, holder)
		}
	}
}

// After a restart nobody holds anything but by the status of Tenants.
func TestARestartGivesHostsBackToWhomTheyAreRecordedFor(t *testing.T) {
	for _, test := range []struct {
		name     string
		claimant tenancy.Claim
		recorded []tenancy.Claim
		want     string
	}{
		{"to the claimant, where nobody is recorded", claim("a", 5), nil, "a"},
		{"to the claimant, who is recorded", claim("a", 5), []tenancy.Claim{claim("a", 5)}, "a"},
		{"to who is recorded and has not asked yet", claim("a", 1), []tenancy.Claim{claim("b", 5)}, "b"},
		{"to the oldest, where two are recorded", claim("a", 1), []tenancy.Claim{claim("c", 7), claim("b", 5)}, "b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			hosts := &tenancy.Hosts{}
			expectHolder(t, hosts.Claim(host, test.claimant, test.recorded), test.want)
			expectHolder(t, take(hosts, host, claim("z", 9)), test.want)
			if test.want != test.claimant.Tenant.Name {
				expectNext(t, hosts.Settle(claim(test.want, 5).Tenant, "another"), test.claimant.Tenant.Name)
			}
		})
	}
}

func TestExactlyOneOfFiftyWhoRaceGetsTheHost(t *testing.T) {
	hosts := &tenancy.Hosts{}
	var won atomic.Int32
	var racers sync.WaitGroup
	for i := range 50 {
		racers.Go(func() {
			mine := claim(fmt.Sprint(i), i)
			if take(hosts, host, mine) == mine.Tenant {
				won.Add(1)
			}
		})
	}
	racers.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of them hold the host", won.Load())
	}
}

// Fifty tenants want one host, hold it for a moment and give it up. Were one of them not woken, it
// would wait for ever.
func TestEverybodyInLineGetsTheHostInTurnAndAlone(t *testing.T) {
	const tenants = 50
	hosts := &tenancy.Hosts{}
	wake := map[tenancy.Holder]chan struct{}{}
	for i := range tenants {
		wake[claim(fmt.Sprint(i), i).Tenant] = make(chan struct{}, 1)
	}
	var inside atomic.Int32
	var racers sync.WaitGroup
	for i := range tenants {
		racers.Go(func() {
			mine := claim(fmt.Sprint(i), i)
			for take(hosts, host, mine) != mine.Tenant {
				<-wake[mine.Tenant]
			}
			if inside.Add(1) != 1 {
				t.Error("two hold the host")
			}
			inside.Add(-1)
			for _, next := range hosts.Settle(mine.Tenant, "") {
				wake[next] <- struct{}{}
			}
		})
	}
	racers.Wait()
}

// Whatever tenants do, in whatever order: who was told that it holds a host does until it settles.
func TestAHostIsHeldUntilItIsReleased(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	hosts := &tenancy.Hosts{}
	holds := map[string]tenancy.Holder{}
	for range 20_000 {
		mine := claim(fmt.Sprint(random.IntN(8)), random.IntN(8))
		wanted := fmt.Sprint(random.IntN(5))
		if random.IntN(3) > 0 {
			holder := take(hosts, wanted, mine)
			if known, held := holds[wanted]; held && known != holder {
				t.Fatalf("host %s is held by %s, and was by %s", wanted, holder, known)
			}
			holds[wanted] = holder
			continue
		}
		settled := hosts.Settle(mine.Tenant, wanted)
		for held, holder := range holds {
			if holder == mine.Tenant && held != wanted {
				delete(holds, held)
			}
		}
		if slices.Contains(settled, mine.Tenant) {
			t.Fatalf("%s got what it gave up", mine.Tenant)
		}
	}
}

func TestClaimOf(t *testing.T) {
	tenant := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{
		Namespace: "acme", Name: "a", UID: "uid-of-a", CreationTimestamp: metav1.NewTime(time.Unix(0, 0).Add(time.Minute)),
	}}
	if got, want := tenancy.ClaimOf(tenant), claim("a", 1); got.Tenant != want.Tenant || !got.Since.Equal(want.Since) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Two managers may believe themselves leader; the claim says who was first.
func TestWhoLosesAHostToAnotherProcessWaitsForIt(t *testing.T) {
	hosts := &tenancy.Hosts{}
	expectHolder(t, take(hosts, host, claim("b", 2)), "b")
	expectHolder(t, take(hosts, host, claim("a", 1)), "b")
	hosts.Lose(host, claim("b", 2), claim("a", 1))
	expectHolder(t, take(hosts, host, claim("b", 2)), "a")
	expectNext(t, hosts.Settle(claim("a", 1).Tenant), "b")
	expectHolder(t, take(hosts, host, claim("a", 1)), "b")
}

func TestAHostThatNobodyHadIsLostAllTheSame(t *testing.T) {
	hosts := &tenancy.Hosts{}
	hosts.Lose(host, claim("b", 2), claim("a", 1))
	expectHolder(t, take(hosts, host, claim("b", 2)), "a")
}
