// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package directory_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/directory"
)

var update = flag.Bool("update", false, "write testdata/*.yaml instead of comparing with it")

var jo = access.Subject{Kind: v1alpha1.SubjectUser, Name: "jdoe@cybercorp.example"}

func entry(tenant string, change ...func(*directory.Entry)) directory.Entry {
	made := directory.Entry{
		Tenant: tenant, Parent: "acme", Namespace: "acme-" + tenant, DisplayName: tenant, Role: v1alpha1.RoleAdmin, Host: tenant + ".tenantry.example",
	}
	for _, change := range change {
		change(&made)
	}
	return made
}

func until(end time.Time) func(*directory.Entry) {
	return func(e *directory.Entry) { e.ExpiresAt = &end }
}

// many entries, in a row that is not their order.
func many(count int) []directory.Entry {
	var entries []directory.Entry
	for i := range count {
		entries = append(entries, entry(fmt.Sprintf("customer-%05d", (i*7919)%count)))
	}
	return entries
}

func TestWhatThereIsOfADirectory(t *testing.T) {
	end := time.Date(2027, 1, 31, 1, 2, 3, 456, time.FixedZone("CET", 3600))
	var printed strings.Builder
	for _, intent := range directory.For(jo, []directory.Entry{
		entry("initech", until(end), func(e *directory.Entry) { e.Role, e.Host = v1alpha1.RoleViewer, "" }),
		entry("cybercorp", func(e *directory.Entry) { e.DisplayName = "Cyber <Corp> & \"Söhne\"\u202e\x1b[31m" }),
	}) {
		text, err := yaml.Marshal(intent.Object)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&printed, "--- %T\n%s", intent.Object, text)
	}
	golden := filepath.Join("testdata", "directory.yaml")
	if *update {
		if err := os.WriteFile(golden, []byte(printed.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("%v: go test ./internal/directory -update writes it", err)
	}
	if diff := cmp.Diff(string(want), printed.String()); diff != "" {
		t.Errorf("%s (-want +got); if it should be so, go test ./internal/directory -update:\n%s", golden, diff)
	}
}

func TestThereIsNothingWithoutEntries(t *testing.T) {
	if intents, shards := directory.For(jo, nil), directory.Encode(nil); len(intents) != 0 || len(shards) != 0 {
		t.Errorf("got %v, %v", intents, shards)
	}
}

func TestShardsAreTheSameInWhateverOrder(t *testing.T) {
	entries := many(1201)
	shards := directory.Encode(entries)
	slices.Reverse(entries)
	if diff := cmp.Diff(shards, directory.Encode(entries)); diff != "" {
		t.Error(diff)
	}
}

func TestEntriesAreReadAsTheyWereWritten(t *testing.T) {
	for count, want := range map[int]int{1: 1, 499: 1, 500: 1, 501: 2, 1000: 2, 1001: 3} {
		entries := many(count)
		entries[0].ExpiresAt = new(time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC))
		shards := directory.Encode(entries)
		if len(shards) != want {
			t.Errorf("%d entries are in %d shards", count, len(shards))
		}
		var read []directory.Entry
		for number, shard := range shards {
			found, said, err := directory.Decode(map[string]string{directory.DataKey: shard})
			if err != nil {
				t.Fatal(err)
			}
			if number == 0 && said != want || number > 0 && said != 0 {
				t.Errorf("shard %d of %d says that there are %d", number, want, said)
			}
			read = append(read, found...)
		}
		slices.SortFunc(entries, func(a, b directory.Entry) int { return strings.Compare(a.Tenant, b.Tenant) })
		if diff := cmp.Diff(entries, read); diff != "" {
			t.Errorf("%d entries (-written +read):\n%s", count, diff)
		}
	}
}

func TestAChangedEntryChangesItsShardAlone(t *testing.T) {
	entries := many(1500)
	before := directory.Encode(entries)
	index := slices.IndexFunc(entries, func(e directory.Entry) bool { return e.Tenant == "customer-00777" })
	entries[index].DisplayName = "Renamed"
	after := directory.Encode(entries)
	if before[0] != after[0] || before[1] == after[1] || before[2] != after[2] {
		t.Error("other shards changed than the second")
	}
}

func TestTheLongestEntriesFitIntoAConfigMap(t *testing.T) {
	const most = 1 << 20
	end := time.Now()
	var entries []directory.Entry
	for i := range directory.ShardSize {
		for _, widest := range []string{strings.Repeat("\U0001f600", 300)} {
			entries = append(entries, directory.Entry{
				Tenant: fmt.Sprintf("%063d", i), Parent: strings.Repeat("p", 63), Namespace: strings.Repeat("n", 63),
				DisplayName: widest, Role: v1alpha1.RoleReporter, Host: strings.Repeat("h", 253), ExpiresAt: &end,
			})
		}
	}
	if shards := directory.Encode(entries); len(shards) != 1 || len(shards[0])+len(directory.DataKey) > most {
		t.Errorf("%d shards, the first of %d bytes", len(shards), len(shards[0]))
	}
}

func TestWhatIsNoDirectoryIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		data  map[string]string
		newer bool
	}{
		"nothing":                      {nil, false},
		"another key":                  {map[string]string{"brand.json": "{}"}, false},
		"no JSON":                      {map[string]string{directory.DataKey: "version: 1"}, false},
		"no version":                   {map[string]string{directory.DataKey: `{"entries":[]}`}, false},
		"a negative number of shards":  {map[string]string{directory.DataKey: `{"version":1,"shards":-1}`}, false},
		"a newer version":              {map[string]string{directory.DataKey: `{"version":2,"entries":[]}`}, true},
		"a newer one of another shape": {map[string]string{directory.DataKey: `{"version":2,"entries":"compressed"}`}, true},
	} {
		if _, _, err := directory.Decode(test.data); err == nil || errors.Is(err, directory.ErrNewer) != test.newer {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFieldsOfALaterVersionAreNoFault(t *testing.T) {
	read, shards, err := directory.Decode(map[string]string{directory.DataKey: `{"version":1,"shards":1,"entries":[{"tenant":"a","plan":"gold"}],"more":true}`})
	if err != nil || shards != 1 || len(read) != 1 || read[0].Tenant != "a" {
		t.Errorf("%v, %d, %v", read, shards, err)
	}
}
