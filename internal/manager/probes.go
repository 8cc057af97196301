// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
)

// probePatience is how long a readiness probe waits; the kubelet gives up after a second.
const probePatience = 500 * time.Millisecond

// errNotSynced is what the readiness probe says before the first lists are in.
var errNotSynced = errors.New("the caches are not filled yet: the API server has not answered, or refused, a list")

// addProbes serves /healthz, which says that the process runs, and /readyz, which says that its caches
// are filled. A manager that waits for the lease is ready: it can take over at once.
func addProbes(mgr ctrl.Manager) error {
	if err := mgr.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return fmt.Errorf("adding the health probe: %w", err)
	}
	if err := mgr.AddReadyzCheck("caches", synced(mgr.GetCache())); err != nil {
		return fmt.Errorf("adding the readiness probe: %w", err)
	}
	return nil
}

func synced(informers cache.Informers) healthz.Checker {
	return func(request *http.Request) error {
		ctx, cancel := context.WithTimeout(request.Context(), probePatience)
		defer cancel()
		if !informers.WaitForCacheSync(ctx) {
			return errNotSynced
		}
		return nil
	}
}
