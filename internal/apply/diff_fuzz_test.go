// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	jsonpatch "gopkg.in/evanphx/json-patch.v4"
)

// The API server applies merge patches with the library that is used here.
func expectToLeadToWhatIsWanted(t *testing.T, want, have map[string]any) {
	t.Helper()
	dropNulls(want)
	dropNulls(have)
	patch := exactDiff(want, have)
	result, err := jsonpatch.MergePatch([]byte(marshal(t, have)), []byte(marshal(t, patch)))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]any{}
	if err := json.Unmarshal(result, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("want %s\nhave %s\npatch %s\n(-want +got):\n%s", marshal(t, want), marshal(t, have), marshal(t, patch), diff)
	}
	if cmp.Equal(want, have) != (len(patch) == 0) {
		t.Fatalf("want %s\nhave %s\npatch %s", marshal(t, want), marshal(t, have), marshal(t, patch))
	}
}

func FuzzAPatchLeadsToWhatIsWanted(f *testing.F) {
	for _, pair := range [][2]string{
		{`{}`, `{}`},
		{`{"a":{}}`, `{}`},
		{`{"a":{}}`, `{"a":{"b":1}}`},
		{`{"a":{"b":{}}}`, `{"a":1}`},
		{`{"a":1}`, `{"a":{"b":{"c":2}}}`},
		{`{"a":null}`, `{}`},
		{`{"a":{"b":null}}`, `{"a":{}}`},
		{`{"a":[{"b":null},null,[]]}`, `{"a":[]}`},
		{`{"a":[1,2]}`, `{"a":[2,1]}`},
		{`{"a":[]}`, `{"a":{}}`},
		{`{"a":{"b":[{"c":{}}]}}`, `{"a":{"b":[{"c":{"d":1}}]}}`},
		{`{"":{"":""}}`, `{"":0}`},
	} {
		f.Add([]byte(pair[0]), []byte(pair[1]))
	}
	f.Fuzz(func(t *testing.T, wanted, had []byte) {
		var want, have map[string]any
		if json.Unmarshal(wanted, &want) != nil || json.Unmarshal(had, &have) != nil || want == nil || have == nil {
			return // not two JSON objects
		}
		expectToLeadToWhatIsWanted(t, want, have)
	})
}

func TestAPatchBetweenAnyTwoObjectsLeadsToWhatIsWanted(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 5_000 {
		expectToLeadToWhatIsWanted(t, randomMap(random, 4), randomMap(random, 4))
	}
}

// randomMap has few keys, so that two of them have much in common.
func randomMap(random *rand.Rand, depth int) map[string]any {
	made := map[string]any{}
	for range random.IntN(4) {
		made[fmt.Sprint(random.IntN(4))] = randomValue(random, depth)
	}
	return made
}

func randomValue(random *rand.Rand, depth int) any {
	kinds := 6
	if depth == 0 {
		kinds = 4
	}
	switch random.IntN(kinds) {
	case 0:
		return nil
	case 1:
		return float64(random.IntN(3))
	case 2:
		return fmt.Sprint(random.IntN(3))
	case 3:
		return random.IntN(2) == 0
	case 4:
		list := make([]any, random.IntN(3))
		for i := range list {
			list[i] = randomValue(random, depth-1)
		}
		return list
	}
	return randomMap(random, depth-1)
}
