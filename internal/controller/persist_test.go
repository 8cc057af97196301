// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

var errDown = errors.New("the API server is away")

func TestWhatMustBeNotedIsTriedForAsLongAsThereIsTime(t *testing.T) {
	for _, away := range []time.Duration{0, 300 * time.Millisecond, 5 * time.Second, 8 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel() // the operator is told to end
			began, tries := time.Now(), 0
			err := persist(ctx, func(ctx context.Context) error {
				tries++
				if time.Since(began) < away {
					return errDown
				}
				return ctx.Err()
			})
			if err != nil || tries > 20 {
				t.Errorf("away for %s: %v after %s and %d tries", away, err, time.Since(began), tries)
			}
		})
	}
}

func TestWhatCannotBeNotedIsGivenUpInTime(t *testing.T) {
	for name, try := range map[string]func(context.Context) error{
		"refused":    func(context.Context) error { return errDown },
		"unanswered": func(ctx context.Context) error { <-ctx.Done(); return errDown },
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			err := persist(t.Context(), try)
			if took := time.Since(began); !errors.Is(err, errDown) || took != endTimeout {
				t.Errorf("%s: %v after %s", name, err, took)
			}
		})
	}
}
