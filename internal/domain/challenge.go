// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package domain decides who may have a domain and whether it is proven and secure. It is pure: no
// client, no clock, no network, no logger.
package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

const (
	recordPrefix    = "_tenantry."
	challengePrefix = "tenantry-domain-verification="
)

// RecordName is the name of the DNS TXT record that proves a host: `_tenantry.<host>`.
func RecordName(host string) string {
	return recordPrefix + host
}

// Challenge is what the TXT record of every domain must hold that is to belong to the place of that
// UID: a domain is bound to the place by where the record lies, and status has room for one. It is no
// secret, at most 128 characters, and always the same for the same place.
func Challenge(placeUID string) string {
	sum := sha256.Sum256([]byte(placeUID))
	return challengePrefix + hex.EncodeToString(sum[:])
}

// Proves says whether one of the TXT records is the challenge, white space around it aside. Other
// records beside it don't matter; an empty challenge is never proven.
func Proves(records []string, challenge string) bool {
	return challenge != "" && slices.ContainsFunc(records, func(record string) bool {
		return strings.TrimSpace(record) == challenge
	})
}

// LongestPause between two looks for a record that is not there: the pause begins with a retry period
// and grows, for as long as the Tenant that asks for the domain stays as it is.
func LongestPause(retry time.Duration) time.Duration { return 20 * retry }
