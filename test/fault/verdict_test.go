// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	. "github.com/onsi/ginkgo/v2"

	"github.com/tenantry/tenantry/internal/directory"
	"github.com/tenantry/tenantry/test/harness"
)

// verdicts collect what faults left behind.
type verdicts struct {
	invariants *harness.Invariants
	tried      int
	lost       []string
}

// add what was found after one fault; nothing means that nothing is lost.
func (v *verdicts) add(fault string, found ...string) {
	v.tried++
	found = append(found, v.invariants.Take()...)
	if len(found) > 0 {
		v.lost = append(v.lost, fault+":\n"+strings.Join(found, "\n"))
	}
}

// addAll of the families' differences, once none of them is at work any more.
func (v *verdicts) addAll(ctx context.Context, families []family, line *harness.Proxy, clean harness.Snapshot) {
	GinkgoHelper()
	for _, family := range families {
		family.converges(ctx, clean)
	}
	for _, family := range families {
		v.add("family "+family.token, family.differences(ctx, line, clean)...)
	}
}

// unrest is what the operator writes when it should rest. The directories of people follow what they
// tell a second later, and rest after that.
func unrest(ctx context.Context, line *harness.Proxy) []string {
	before := len(line.Requests())
	err := harness.Quiet(ctx, line, rest)
	if err != nil && !slices.ContainsFunc(line.Requests()[before:], writesElsewhere) {
		err = harness.Quiet(ctx, line, rest)
	}
	if err != nil {
		return []string{err.Error()}
	}
	return nil
}

// settles is unrest, once nothing was written for a moment: a cache may be behind what was just written.
func settles(ctx context.Context, line *harness.Proxy) []string {
	return append(until(ctx, func(ctx context.Context) error { return harness.Quiet(ctx, line, settle) }), unrest(ctx, line)...)
}

// writesElsewhere says whether a request writes anything but a directory.
func writesElsewhere(request harness.Request) bool {
	return request.Writes() && !strings.HasPrefix(request.Namespace, directory.NamespacePrefix)
}

// close prints the figure, and fails the spec if anything is lost.
func (v *verdicts) close(what string) {
	GinkgoHelper()
	figure(what, v.tried, len(v.lost))
	if len(v.lost) > 0 {
		Fail(strings.Join(v.lost, "\n\n"))
	}
}

// converges says what differs from what a run without a fault ended in, once the family had time to
// get there.
func (f family) converges(ctx context.Context, clean harness.Snapshot) []string {
	GinkgoHelper()
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for !cmp.Equal(clean.Objects, f.snapshot(ctx).Objects) {
		if bounded.Err() != nil {
			return []string{"not what it should be:\n" + cmp.Diff(clean.Objects, f.snapshot(ctx).Objects)}
		}
	}
	return nil
}

// differences is converges, and then what the operator writes when it should rest.
func (f family) differences(ctx context.Context, line *harness.Proxy, clean harness.Snapshot) []string {
	GinkgoHelper()
	if found := f.converges(ctx, clean); len(found) > 0 {
		return found
	}
	found := unrest(ctx, line)
	if diff := cmp.Diff(clean.Objects, f.snapshot(ctx).Objects); diff != "" {
		found = append(found, "it did not stay what it should be:\n"+diff)
	}
	return found
}

// kept says whether all that must survive did.
func kept(before, after harness.Snapshot) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(before.Kept)) {
		if before.Kept[name] != after.Kept[name] {
			errs = append(errs, fmt.Errorf("%s was made anew", name))
		}
	}
	return errors.Join(errs...)
}

// figure prints how many faults were tried, and how many left something behind.
func figure(what string, tried, lost int) {
	fmt.Fprintf(os.Stderr, "%s: %d tried, %d lost\n", what, tried, lost)
}
