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
	const each, room = 1 << 20, contentsKept >> 20
	for pass := range 2 {
		for n := range room {
			key := fmt.Sprint(n)
			if pass > 0 && kept.get(key) == nil {
				t.Errorf("content %d is not kept, though there is room", n)
			}
			kept.keep(key, make([]byte, each))
			kept.keep(key, make([]byte, each)) // by two who asked at once
		}
	}
	if kept.size != contentsKept || len(kept.kept) != room {
		t.Errorf("%d bytes of %d contents are kept", kept.size, len(kept.kept))
	}
}

// Of a master that has little more than fits, most is kept for the next tenant.
func TestOfALittleMoreThanFitsMostIsKept(t *testing.T) {
	var kept contents
	const each, objects, tenants = 1 << 20, contentsKept>>20 + 1, 20
	reads := 0
	for range tenants {
		for n := range objects {
			key := fmt.Sprint(n)
			if kept.get(key) == nil {
				reads++
				kept.keep(key, make([]byte, each))
			}
			if kept.size > contentsKept || kept.size != each*len(kept.kept) {
				t.Fatalf("%d bytes of %d contents are kept", kept.size, len(kept.kept))
			}
		}
	}
	if reads > objects*tenants/2 {
		t.Errorf("%d objects were read %d times for %d tenants", objects, reads, tenants)
	}
}
