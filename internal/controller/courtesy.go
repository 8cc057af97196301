// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"errors"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
)

// Whoever is let in no more by a thousand tenants is out of them all before anything else is seen to in any: what else there is
// to do for a tenant comes behind what others wait for, but before what is looked at without a reason, as at the start.
var errOthersFirst = errors.New("others first: somebody was taken out of the place")

const behindOthers = -1

// courtesy are the tenants that let others go first, and have not been seen to since. Each does so once: somebody who is let in again and
// again by who may write over bindings would keep it from all else.
type courtesy struct {
	mu    sync.Mutex
	shown sets.Set[types.UID]
}

// due says whether a tenant is to let others go first, since somebody was taken out of its place.
func (c *courtesy) due(tenant types.UID, revoked bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !revoked || c.shown.Has(tenant) {
		c.shown.Delete(tenant)
		return false
	}
	if c.shown == nil {
		c.shown = sets.Set[types.UID]{}
	}
	c.shown.Insert(tenant)
	return true
}
