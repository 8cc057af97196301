// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package dns01 is the challenge by DNS.
package dns01

import (
	"strings"
	"time"
)

// ChallengeOption changes how the challenge is met.
type ChallengeOption func() error

// Client asks name servers.
type Client struct{}

// Options of a Client.
type Options struct {
	RecursiveNameservers []string
}

// NewClient makes a Client that asks nobody.
func NewClient(*Options) *Client { return &Client{} }

// SetDefaultClient does nothing.
func SetDefaultClient(*Client) {}

// CondOptions returns an option without effect.
func CondOptions(bool, ...ChallengeOption) ChallengeOption { return nothing }

// DisableAuthoritativeNssPropagationRequirement returns an option without effect.
func DisableAuthoritativeNssPropagationRequirement() ChallengeOption { return nothing }

// DisableRecursiveNSsPropagationRequirement returns an option without effect.
func DisableRecursiveNSsPropagationRequirement() ChallengeOption { return nothing }

// PropagationWait returns an option without effect.
func PropagationWait(time.Duration, bool) ChallengeOption { return nothing }

func nothing() error { return nil }

// UnFqdn takes the dot away at the end of a name.
func UnFqdn(name string) string { return strings.TrimSuffix(name, ".") }
