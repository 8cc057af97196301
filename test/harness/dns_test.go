// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenantry/tenantry/internal/dns"
	"github.com/tenantry/tenantry/test/harness"
)

func TestTheDNSServerKnowsWhatItIsTold(t *testing.T) {
	const name = "_tenantry.support.cybercorp.example"
	server, err := harness.StartDNS()
	if err != nil {
		t.Fatal(err)
	}
	prober := dns.Prober{Server: server.Addr()}
	expect := func(want ...string) {
		t.Helper()
		got, err := prober.LookupTXT(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	expect()
	server.Set(name, "a", "b")
	expect("a", "b")
	server.Set(strings.ToUpper(name)+".", "c")
	expect("c")
	server.Set(name)
	expect()
	long := slices.Repeat([]string{strings.Repeat("0123456789", 60)}, 10)
	server.Set(name, long...)
	expect(long...)
	server.Remove(name)
	expect()
	if queries := server.Queries(name); queries != 7 {
		t.Errorf("%d queries, want six and one more over TCP", queries)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := prober.LookupTXT(t.Context(), name); err == nil {
		t.Error("it answers when it is closed")
	}
}
