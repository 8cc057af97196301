// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package tlsalpn01 is the challenge by TLS.
package tlsalpn01

import (
	"errors"
	"time"
)

// ACMETLS1Protocol is the protocol that an ACME server asks for in its handshake.
const ACMETLS1Protocol = "acme-tls/1"

// ChallengeOption changes how the challenge is met.
type ChallengeOption func() error

// SetDelay returns an option without effect.
func SetDelay(time.Duration) ChallengeOption { return func() error { return nil } }

// ChallengeBlocks returns an error, always.
func ChallengeBlocks(_, _ string) (certificate, key []byte, err error) {
	return nil, nil, errors.ErrUnsupported
}
