// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// endTimeout is how long the operator may take to note how a mail went, also when it is told to end.
const endTimeout = 10 * time.Second

// persist does what must not be left undone, until it succeeds or endTimeout has passed, and also when
// the operator is told to end meanwhile. An error holds why the last try failed.
func persist(ctx context.Context, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	pauses := wait.Backoff{Duration: 50 * time.Millisecond, Factor: 2, Jitter: 0.2, Steps: 10, Cap: time.Second}
	var failed error
	err := pauses.DelayFunc().Until(ctx, true, true, func(ctx context.Context) (bool, error) {
		failed = try(ctx)
		return failed == nil, nil
	})
	if err != nil {
		return errors.Join(failed, err)
	}
	return nil
}
