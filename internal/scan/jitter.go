// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Jitter is how long after a schedule is due a tenant's run starts: whole seconds from none to less than the window,
// always the same for the two, and as if thrown by dice over many tenants.
func Jitter(schedule, tenant types.UID, window time.Duration) time.Duration {
	if window < time.Second {
		return 0
	}
	sum := sha256.Sum256([]byte(string(schedule) + "/" + string(tenant)))
	second, _ := bits.Mul64(binary.BigEndian.Uint64(sum[:8]), uint64(window/time.Second))
	return time.Duration(second) * time.Second
}
