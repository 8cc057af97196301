// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/tenantry/tenantry/test/harness"
)

// faulty is the share of requests that meet a fault.
const faulty = 0.2

var _ = Describe("Fault 2: a faulty line to the API server", Label("fault-2", "full"), Ordered, func() {
	var clean harness.Snapshot

	BeforeAll(func(ctx SpecContext) { clean = cleanLife(ctx, here) })

	lives := func(ctx SpecContext, kinds ...harness.Fault) {
		GinkgoHelper()
		verdicts := verdicts{invariants: watchInvariants(ctx, here)}
		line := newLine(here)
		line.Break(harness.Breakage{Seed: seed, Probability: faulty, Faults: kinds})
		supervise(ctx, here, line, harness.ShortLeases)
		families := newFamilies(here, 3)
		live(ctx, families, func() {})

		struck := line.Mend()
		Expect(struck).To(HaveLen(len(kinds)), "every fault struck")
		verdicts.addAll(ctx, families, line, clean)
		verdicts.close(fmt.Sprintf("fault 2, lives on a faulty line (%s)", counts(struck)))
	}

	for _, kind := range harness.AllFaults() {
		It("gets everything right with a fifth of the requests: "+string(kind), func(ctx SpecContext) { lives(ctx, kind) })
	}
	It("gets everything right with all of these faults mixed", func(ctx SpecContext) { lives(ctx, harness.AllFaults()...) })
})

func counts(struck map[harness.Fault]int) string {
	var parts []string
	for _, kind := range harness.AllFaults() {
		if struck[kind] > 0 {
			parts = append(parts, fmt.Sprintf("%s × %d", kind, struck[kind]))
		}
	}
	return strings.Join(parts, ", ")
}
