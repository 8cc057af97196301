// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("Fault 2: shares on a faulty line to the API server", Label("fault-2", "full"), func() {
	for _, operation := range licensings() {
		It(operation.name+", with all faults mixed", func(ctx SpecContext) {
			sweep := newSweep(ctx, operation)
			sweep.operator.Kill()

			judged := verdicts{invariants: watchInvariants(ctx, here)}
			line := newLine(here)
			line.Break(harness.Breakage{Seed: seed, Probability: faulty, Faults: harness.AllFaults()})
			supervise(ctx, here, line, harness.ShortLeases)
			families := newFamilies(here, 2)
			for _, family := range families {
				Eventually(operation.given).WithContext(ctx).WithArguments(family).Should(Succeed())
				Eventually(operation.when).WithContext(ctx).WithArguments(family).Should(Succeed())
				Eventually(operation.then).WithContext(ctx).WithArguments(family).Should(Succeed())
			}
			struck := line.Mend()
			judged.addAll(ctx, families, line, sweep.clean)
			judged.close(fmt.Sprintf("fault 2, %s on a faulty line (%s)", operation.name, counts(struck)))
		})
	}
})
