// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package http01 is the challenge by HTTP.
package http01

import "time"

// PathPrefix is where an ACME server asks for the answer.
const PathPrefix = "/.well-known/acme-challenge/"

// ChallengeOption changes how the challenge is met.
type ChallengeOption func() error

// SetDelay returns an option without effect.
func SetDelay(time.Duration) ChallengeOption { return func() error { return nil } }
