// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/replication"
)

// BenchmarkATenantThatHoldsAll compares twenty sources with what a tenant holds: a change of one of them costs that
// much for every tenant.
func BenchmarkATenantThatHoldsAll(b *testing.B) {
	sync, site := newSync(), newSite("initech")
	objects := twenty()[1:] // without the one that is filled in
	objects = append(objects, configMap("large", map[string]any{"text": strings.Repeat("x", 1<<20)}))
	sources := sourcesOf(sync, objects...).Sources
	settle(b, site, sync, replication.Selection{Sources: sources})
	held, labels := site.held(), desired.OwnerLabels(site.tenant)
	wanted := make([]replication.Copy, 0, len(sources))
	b.ReportAllocs()
	for b.Loop() {
		wanted = wanted[:0]
		for _, source := range sources {
			wanted = append(wanted, replication.Wanted(source, sync, site.tenant, "acme-initech", labels))
		}
		if actions := replication.Actions(sync, replication.Place{Labels: labels, Wanted: wanted, Held: held}); len(actions) > 0 {
			b.Fatal(actions)
		}
	}
}

// BenchmarkAStepOfFiveThousand is what a rollout costs at each of its steps.
func BenchmarkAStepOfFiveThousand(b *testing.B) {
	targets := make([]replication.Target, 5000)
	for i := range targets {
		targets[i] = replication.Target{Name: fmt.Sprintf("tenant-%04d", i), State: replication.Pending}
	}
	memory := replication.Memory{}.Begin(nil, "r1")
	b.ReportAllocs()
	for b.Loop() {
		replication.Step(&v1alpha1.Rollout{}, "r1", memory, targets, made)
	}
}

// BenchmarkReadingAMebibyte is what each version of a source costs, once.
func BenchmarkReadingAMebibyte(b *testing.B) {
	object := configMap("large", map[string]any{"text": strings.Repeat("x", 1<<20)})
	b.ReportAllocs()
	for b.Loop() {
		rules.Read(object)
	}
}
