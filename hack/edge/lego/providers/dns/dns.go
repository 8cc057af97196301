// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package dns has the providers of the challenge by DNS: none.
package dns

import (
	"errors"

	"github.com/go-acme/lego/v5/challenge"
)

// NewDNSChallengeProviderByName returns an error, always.
func NewDNSChallengeProviderByName(string) (challenge.Provider, error) {
	return nil, errors.ErrUnsupported
}
