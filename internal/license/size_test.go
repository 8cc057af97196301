// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package license

import (
	"fmt"
	"testing"
)

// TestTenThousandTenantsFitInAConfigMap: the API server takes no ConfigMap of more than a mebibyte.
func TestTenThousandTenantsFitInAConfigMap(t *testing.T) {
	t.Parallel()
	const tenants, most = 10_000, 1 << 20
	books := Books{Partner: Uncapped(), Entries: map[string]Entry{}}
	for n := range tenants {
		books.Entries[fmt.Sprintf("customer-%05d", n)] = Entry{Incarnation: "5e8c5d0e", Generation: 12, Serial: 12, Plan: "standard", Own: Amounts{1, 25, 50 << 30}}
	}
	text, err := books.Write()
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > most {
		t.Errorf("the books of %d tenants have %d bytes, and may have %d", tenants, len(text), most)
	}
	t.Logf("%d bytes for each tenant", len(text)/tenants)
}
