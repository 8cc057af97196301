// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tenantry/tenantry/internal/cli/edit"
)

func TestSettingsAreRead(t *testing.T) {
	for assignment, want := range map[string]any{
		"plan=gold":                 "gold",
		"display-name=Cyber = Corp": "Cyber = Corp",
		"customer-access=readonly":  "ReadOnly",
		"agents=30":                 int64(30),
		"disk=51200Mi":              "50Gi",
		"portal=off":                false,
		"portal=on":                 true,
		"brand=dark":                "dark",
		"plan=":                     nil,
		"agents=":                   nil,
		"agents=-1":                 `agents: "-1" is no number of seats`,
		"agents=3000000000":         `agents: "3000000000" is no number of seats`,
		"disk=much":                 `disk: "much" is no quantity, such as 50Gi`,
		"disk=-1Gi":                 `disk: "-1Gi" is no quantity, such as 50Gi`,
		"portal=true":               `portal: "true" is neither on nor off`,
	} {
		t.Run(assignment, func(t *testing.T) {
			read, err := assigned(assignment)
			var got any
			if err != nil {
				got = err.Error()
			} else {
				got = read[len(read)-1].Value
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What a setting is undone with makes the tenant as it was.
func TestSettingsAreUndone(t *testing.T) {
	for name, test := range map[string]struct {
		spec        map[string]any
		assignments string
		want        string
	}{
		"what was there":     {spec: map[string]any{"planRef": map[string]any{"name": "free"}, "limits": map[string]any{"agents": int64(3)}}, assignments: "plan=gold agents=", want: "set plan=free agents=3"},
		"what was not there": {spec: map[string]any{}, assignments: "plan=gold agents=30 disk=1Gi portal=off", want: "set plan= agents= disk= portal="},
		"a brand":            {spec: map[string]any{"whiteLabel": map[string]any{"profileRef": map[string]any{"name": "light"}}}, assignments: "brand=dark", want: "set brand=light"},
		"a switch":           {spec: map[string]any{"portal": map[string]any{"active": false}}, assignments: "portal=on", want: "set portal=off"},
	} {
		t.Run(name, func(t *testing.T) {
			change, names, err := assigning(append(strings.Fields(test.assignments), "cybercorp"))
			if err != nil || len(names) != 1 {
				t.Fatal(names, err)
			}
			before := &unstructured.Unstructured{Object: map[string]any{"spec": test.spec}}
			undo := change.undo(before)
			if got := strings.Join(undo, " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			after, err := edit.Preview(before, change.fields)
			if err != nil {
				t.Fatal(err)
			}
			back, _, err := assigning(undo[1:])
			if err != nil {
				t.Fatal(err)
			}
			again, err := edit.Preview(after, back.fields)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before.Object, again.Object); diff != "" {
				t.Errorf("(-before +after):\n%s", diff)
			}
		})
	}
}

func TestActivatingIsUndoneOneByOne(t *testing.T) {
	change, _, _ := activating(nil)
	off := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"portal": map[string]any{"active": false}}}}
	if got := len(edit.Pending(off, change.fields)); got != 1 {
		t.Errorf("%d fields are pending where the portal is off", got)
	}
	if got := edit.Pending(&unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{}}}, change.fields); len(got) > 0 {
		t.Errorf("%v is pending where nothing is said of the portal", got)
	}
	if got := change.undo(nil); got != nil {
		t.Errorf("several at once are undone with %v", got)
	}
}

func TestABrandThatIsCopiedIsUndone(t *testing.T) {
	for name, test := range map[string]struct {
		spec map[string]any
		want string
	}{
		"the partner's": {spec: map[string]any{}, want: "set brand="},
		"its own":       {spec: map[string]any{"whiteLabel": map[string]any{"profileRef": map[string]any{"name": "dark"}}}, want: "set brand=dark"},
		"a sibling's":   {spec: map[string]any{"whiteLabel": map[string]any{"copyFrom": map[string]any{"name": "hooli"}}}, want: "brand copy --to --from hooli"},
		"none, by word": {spec: map[string]any{"whiteLabel": map[string]any{"none": map[string]any{}}}},
	} {
		t.Run(name, func(t *testing.T) {
			before, change := &unstructured.Unstructured{Object: map[string]any{"spec": test.spec}}, brandCopying("cybercorp")
			if got := strings.Join(change.undo(before), " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			after, err := edit.Preview(before, change.fields)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]any{"whiteLabel": map[string]any{"copyFrom": map[string]any{"name": "cybercorp"}}}
			if diff := cmp.Diff(want, after.Object["spec"]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			set, _, err := assigning([]string{"brand=light"})
			if err != nil {
				t.Fatal(err)
			}
			if got := set.undo(after); got != nil {
				t.Errorf("setting a brand where a sibling's is borne is undone with %v", got)
			}
		})
	}
}
