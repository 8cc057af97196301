// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// brief is a retention that ends while the operator is away.
const brief = 6 * time.Second

var _ = Describe("Fault 6: the operator is away when something falls due", Label("fault-6"), func() {
	It("does it first thing on its return", func(ctx SpecContext) {
		all := slices.Concat(absencesOfSyncs(), absencesOfBrands(), absences())
		leader := startLeader(ctx, here)
		clean := make([]harness.Snapshot, len(all))
		lived := begin(ctx, all)
		for i, absence := range all {
			Expect(absence.meanwhile(ctx, lived[i])).To(Succeed())
		}
		for i, absence := range all {
			Eventually(absence.then).WithContext(ctx).WithArguments(lived[i]).Should(Succeed())
		}
		Expect(harness.Quiet(ctx, leader.line, rest)).To(Succeed(), "a run without a fault")
		for i := range all {
			clean[i] = lived[i].snapshot(ctx)
		}

		judged := verdicts{invariants: watchInvariants(ctx, here)}
		left := begin(ctx, all)
		leader.Kill()
		for i, absence := range all {
			Expect(absence.meanwhile(ctx, left[i])).To(Succeed())
		}
		waitFor(ctx, time.After(brief)) // every retention is over
		leader = startLeader(ctx, here)
		back := time.Now()
		late := make([][]string, len(all))
		for i, absence := range all {
			late[i] = until(ctx, func(ctx context.Context) error { return absence.then(ctx, left[i]) })
		}
		done := time.Since(back)
		judged.add("what it writes first", stray(leader.line, left)...)
		for i, absence := range all {
			judged.add(absence.name, append(late[i], left[i].converges(ctx, clean[i])...)...)
		}
		judged.add("at rest", unrest(ctx, leader.line)...)
		judged.close(fmt.Sprintf("fault 6, away while something falls due (done %s after its return)", done.Round(time.Millisecond)))
	})
})

// absence is what happens while the operator is away.
type absence struct {
	name string
	// given brings a family to where the operator goes. It is tried until it succeeds.
	given func(context.Context, family) error
	// meanwhile happens when nobody looks.
	meanwhile func(context.Context, family) error
	// then returns an error until the operator has done what was due.
	then func(context.Context, family) error
}

// absences, those last that can't wait.
func absences() []absence {
	purged := func(ctx context.Context, f family) error { return f.purged(ctx, f.child) }
	return []absence{
		{
			name: "a tenant is deleted, and its retention ends",
			given: func(ctx context.Context, f family) error {
				return first(active(ctx, f), f.keepFor(ctx, f.child, brief-time.Second), inPhases(ctx, f, v1alpha1.PhaseActive))
			},
			meanwhile: func(ctx context.Context, f family) error { return f.remove(ctx, f.child) },
			then:      purged,
		},
		{
			name:  "a limit is lowered",
			given: active,
			meanwhile: func(ctx context.Context, f family) error {
				return f.change(ctx, f.child, func(tenant *v1alpha1.Tenant) {
					tenant.Spec.Limits = &v1alpha1.Limits{Agents: new(int32(1)), Disk: new(resource.MustParse("1Gi"))}
				})
			},
			then: func(ctx context.Context, f family) error { return inPhases(ctx, f, v1alpha1.PhaseActive) },
		},
		{
			name:      "a partner is suspended",
			given:     active,
			meanwhile: func(ctx context.Context, f family) error { return f.suspend(ctx, f.partner, true) },
			then:      func(ctx context.Context, f family) error { return inPhases(ctx, f, v1alpha1.PhaseSuspended) },
		},
		{
			name:      "somebody wants a kept place gone",
			given:     retired,
			meanwhile: func(ctx context.Context, f family) error { return f.wish(ctx, f.child, v1alpha1.ActionPurge) },
			then:      purged,
		},
		{
			name:      "somebody wants a kept place back",
			given:     retired,
			meanwhile: func(ctx context.Context, f family) error { return f.createCustomer(ctx) },
			then:      func(ctx context.Context, f family) error { return f.back(ctx, f.child) },
		},
		{
			name: "a retention ends",
			given: func(ctx context.Context, f family) error {
				return first(active(ctx, f), f.keepFor(ctx, f.child, brief), inPhases(ctx, f, v1alpha1.PhaseActive))
			},
			meanwhile: func(context.Context, family) error { return nil },
			then:      purged,
		},
	}
}

// begin makes a family for each absence, at rest; the last one's customer is deleted, and its place
// kept, when all else has settled.
func begin(ctx context.Context, all []absence) []family {
	GinkgoHelper()
	families := newFamilies(here, len(all))
	for i, absence := range all {
		Eventually(absence.given).WithContext(ctx).WithArguments(families[i]).Should(Succeed())
	}
	last := families[len(families)-1]
	Expect(last.remove(ctx, last.child)).To(Succeed())
	Eventually(last.retained).WithContext(ctx).WithArguments(last.child).WithPolling(10 * time.Millisecond).Should(Succeed())
	return families
}

// stray are the first writes, one for each family, that are about none of them.
func stray(line *harness.Proxy, families []family) []string {
	var found []string
	for i, request := range line.Done() {
		if i == len(families) {
			break
		}
		concerned := false
		for _, family := range families {
			concerned = concerned || strings.Contains(request.String(), family.token)
		}
		if !concerned {
			found = append(found, "it wrote before: "+request.String())
		}
	}
	return found
}
