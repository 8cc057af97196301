// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

func TestEachIsTriedUntilSomebodyInterrupts(t *testing.T) {
	objects := some(t)[:4]
	run := func(ctx context.Context, tried func(int)) []string {
		var names []string
		var shown int
		results, err := work{
			do: func(object *unstructured.Unstructured) result {
				names = append(names, object.GetName())
				tried(len(names))
				return result{before: object, err: errors.New("no")}
			},
			show: func(result) error {
				if shown++; shown != len(names) {
					t.Error("what became of one is not shown before the next is tried")
				}
				return nil
			},
		}.each(ctx, objects)
		if err != nil || len(results) != len(names) {
			t.Errorf("%d results of %d, %v", len(results), len(names), err)
		}
		return names
	}
	if got := run(t.Context(), func(int) {}); len(got) != len(objects) {
		t.Errorf("one that fails keeps the others from it: %v", got)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	if got := run(ctx, func(n int) {
		if n == 2 {
			interrupt()
		}
	}); len(got) != 2 {
		t.Errorf("it goes on though it was interrupted: %v", got)
	}
}

func TestAnEmptySelectorPicksNothing(t *testing.T) {
	for selector, fails := range map[string]string{"": "", "tier=gold": "", " ": "--selector is empty", ",": "--selector: ", "tier in gold": "--selector: "} {
		err := validSelector(selector)
		if (err == nil) != (fails == "") || err != nil && !strings.HasPrefix(err.Error(), fails) {
			t.Errorf("%q: %v", selector, err)
		}
	}
	hermetic(t)
	for _, args := range [][]string{{"suspend"}, {"set", "agents=3"}, {"plan", "change", "gold"}, {"brand", "copy", "--from", "a"}, {"delegate", "--to", "tech", "--for", "8h"}} {
		if code, _, said := run(append(args, "-l", " ")...); code != exitUsage || !strings.Contains(said, "--selector is empty") {
			t.Errorf("%v: exit code %d, %s", args, code, said)
		}
	}
}

func TestAllIsWaitedForTogether(t *testing.T) {
	w := newWriting(testCluster(t))
	w.timeout = 50 * time.Millisecond
	never := func(context.Context) (bool, string, error) { return false, "not yet", nil }
	began := time.Now()
	for range 20 {
		if err := w.until(t.Context(), "it", never); codeOf(err) != exitTimeout || err.Error() != "it is not done after 50ms: not yet" {
			t.Fatalf("got %v", err)
		}
	}
	if took := time.Since(began); took > 15*w.timeout {
		t.Errorf("each was waited for: %s in all", took)
	}
}

func TestOneRevocationThatFailsDoesNotEndTheOthers(t *testing.T) {
	streams, _, _, said := genericiooptions.NewTestIOStreams()
	grant := &unstructured.Unstructured{Object: map[string]any{"kind": "TenantAccessGrant", "metadata": map[string]any{"namespace": "acme", "name": "kim"}}}
	o := &AccessRevokeOptions{IOStreams: streams, Names: []string{"kim", "kim"}, writing: newWriting(undeletable(t, grant))}
	if err := o.Run(t.Context()); codeOf(err) != exitForbidden || err.Error() != "2 of 2 grants were not revoked" {
		t.Errorf("got %v", err)
	}
	if want := "0 of 2 grants revoked, 2 failed\n"; !strings.HasSuffix(said.String(), want) {
		t.Errorf("got %s", said)
	}
}
