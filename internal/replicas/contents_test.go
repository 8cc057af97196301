// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replicas

import (
	"fmt"
	"testing"
)

func TestContentsAreKeptWhileThereIsRoom(t *testing.T) {
	var kept contents
	if content := kept.get("none"); content != nil {
		t.Errorf("of nothing there is %d bytes", len(content))
	}
	const each = 1 << 20
	for n := range 3 * contentsKept / each {
		key := fmt.Sprint(n)
		kept.keep(key, make([]byte, each))
		kept.keep(key, make([]byte, each)) // by two who asked at once
		if kept.get("0") == nil {          // which is asked for all the while
			t.Fatalf("after %d others, the first is gone", n)
		}
		if kept.size > contentsKept || kept.size != each*kept.kept.Len() {
			t.Fatalf("%d bytes of %d contents", kept.size, kept.kept.Len())
		}
	}
	if kept.kept.Len() != contentsKept/each {
		t.Errorf("%d are kept", kept.kept.Len())
	}
	if kept.get("1") != nil {
		t.Error("one that nobody asked for is kept")
	}
}
