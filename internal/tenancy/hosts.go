// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Holder is one Tenant, and no other of the same name before or after it.
type Holder struct {
	types.NamespacedName
	UID types.UID
}

// HolderFor is the Holder that a Tenant is.
func HolderFor(tenant *v1alpha1.Tenant) Holder {
	return Holder{NamespacedName: client.ObjectKeyFromObject(tenant), UID: tenant.UID}
}

// Claim is a Tenant's wish for a host.
type Claim struct {
	// Tenant that asks.
	Tenant Holder
	// Since is when it was created: who asked first comes first.
	Since time.Time
}

// ClaimOf is a Tenant's claim.
func ClaimOf(tenant *v1alpha1.Tenant) Claim {
	return Claim{Tenant: HolderFor(tenant), Since: tenant.CreationTimestamp.Time}
}

// Hosts says which tenant holds which host. It decides between workers of one process that ask at
// the same moment, on views of the world that may be stale; the claim, made before any route, decides
// between processes and carries its decisions over a restart. Safe for concurrent use; the zero value
// is empty.
type Hosts struct {
	mu      sync.Mutex
	holders map[string]Claim
	held    map[Holder][]string
	waiting map[string][]Claim
}

// Ask says who holds a host. A claimant that asks for another's host waits in line from then on.
// False says that nobody holds it: the claimant may Claim it.
func (h *Hosts) Ask(host string, claimant Claim) (Holder, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	holder, held := h.holders[host]
	if held {
		h.wait(host, claimant)
	}
	return holder.Tenant, held
}

// Claim asks for a host and says who holds it now: who held it already, else the oldest of those
// recorded as its holders, else the claimant. Who does not get it waits in line.
func (h *Hosts) Claim(host string, claimant Claim, recorded []Claim) Holder {
	h.mu.Lock()
	defer h.mu.Unlock()
	holder, ok := h.holders[host]
	if !ok {
		holder = claimant
		if len(recorded) > 0 {
			holder = slices.MinFunc(recorded, compareClaims)
		}
		h.grant(host, holder)
	}
	h.wait(host, claimant)
	return holder.Tenant
}

// Lose says that a host is another's than the table has it: another process was faster. The claimant
// waits in line for it.
func (h *Hosts) Lose(host string, claimant, holder Claim) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if former, held := h.holders[host]; held {
		h.release(host, former.Tenant)
	}
	h.setLine(host, slices.DeleteFunc(h.waiting[host], func(c Claim) bool { return c.Tenant == holder.Tenant }))
	h.grant(host, holder)
	h.wait(host, claimant)
}

// Settle says that a tenant holds and waits for no hosts but those it keeps. It returns the tenants
// that hold a host since, each the first in its line. It comes after the claim of what is given up has
// gone, or the next Claim hears of it again.
func (h *Hosts) Settle(tenant Holder, keep ...string) []Holder {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.leaveLines(func(waiting Holder) bool { return waiting == tenant }, keep)
	return h.giveUp(tenant, keep)
}

// Forget is Settle for every Tenant that there was of a name.
func (h *Hosts) Forget(name types.NamespacedName, keep ...string) []Holder {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.leaveLines(func(waiting Holder) bool { return waiting.NamespacedName == name }, keep)
	var next []Holder
	for _, holder := range slices.Collect(maps.Keys(h.held)) {
		if holder.NamespacedName == name {
			next = append(next, h.giveUp(holder, keep)...)
		}
	}
	return next
}

// Succeed passes all that one Tenant holds on to another, which takes its place back.
func (h *Hosts) Succeed(former Holder, to Claim) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, host := range slices.Clone(h.held[former]) {
		h.release(host, former)
		h.setLine(host, slices.DeleteFunc(h.waiting[host], func(c Claim) bool { return c.Tenant == to.Tenant }))
		h.grant(host, to)
	}
}

// leaveLines takes Tenants out of the lines for all hosts but those they keep.
func (h *Hosts) leaveLines(leaves func(Holder) bool, keep []string) {
	for host, line := range h.waiting {
		if !slices.Contains(keep, host) {
			h.setLine(host, slices.DeleteFunc(line, func(c Claim) bool { return leaves(c.Tenant) }))
		}
	}
}

// giveUp passes the hosts that a Tenant does not keep on to the first in their lines.
func (h *Hosts) giveUp(tenant Holder, keep []string) []Holder {
	var next []Holder
	for _, host := range slices.Clone(h.held[tenant]) {
		if slices.Contains(keep, host) {
			continue
		}
		h.release(host, tenant)
		if line := h.waiting[host]; len(line) > 0 {
			first := slices.MinFunc(line, compareClaims)
			h.setLine(host, slices.DeleteFunc(line, func(c Claim) bool { return c.Tenant == first.Tenant }))
			h.grant(host, first)
			next = append(next, first.Tenant)
		}
	}
	return next
}

func (h *Hosts) grant(host string, to Claim) {
	if h.holders == nil {
		h.holders = map[string]Claim{}
		h.held = map[Holder][]string{}
		h.waiting = map[string][]Claim{}
	}
	h.holders[host] = to
	h.held[to.Tenant] = append(h.held[to.Tenant], host)
}

func (h *Hosts) release(host string, from Holder) {
	delete(h.holders, host)
	h.held[from] = slices.DeleteFunc(h.held[from], func(held string) bool { return held == host })
	if len(h.held[from]) == 0 {
		delete(h.held, from)
	}
}

// wait puts a claimant in the line for a host that is another's, once.
func (h *Hosts) wait(host string, claimant Claim) {
	if h.holders[host].Tenant == claimant.Tenant {
		return
	}
	if !slices.ContainsFunc(h.waiting[host], func(c Claim) bool { return c.Tenant == claimant.Tenant }) {
		h.waiting[host] = append(h.waiting[host], claimant)
	}
}

func (h *Hosts) setLine(host string, line []Claim) {
	if len(line) == 0 {
		delete(h.waiting, host)
		return
	}
	h.waiting[host] = line
}

// compareClaims orders by age, then by name.
func compareClaims(a, b Claim) int {
	return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Tenant.String(), b.Tenant.String()))
}
