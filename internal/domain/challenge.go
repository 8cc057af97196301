// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package domain decides who may have a domain and whether it is proven and secure. It is pure: no
// client, no clock, no network, no logger.
package domain

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
)

const (
	recordPrefix    = "_tenantry."
	challengePrefix = "tenantry-domain-verification="
)

// RecordName is the name of the DNS TXT record that proves a host: `_tenantry.<host>`.
func RecordName(host string) string {
	return recordPrefix + host
}

// Challenge is what the TXT record RecordName(host) must hold to prove that the host belongs to the
// place of that UID. It is no secret, at most 128 characters, and always the same for the same pair:
// another place, and the same place with another host, need another record.
func Challenge(placeUID, host string) string {
	var pair []byte
	for _, part := range []string{placeUID, host} {
		// With its length before it, no part can take over a piece of its neighbour.
		pair = binary.BigEndian.AppendUint64(pair, uint64(len(part)))
		pair = append(pair, part...)
	}
	sum := sha256.Sum256(pair)
	return challengePrefix + hex.EncodeToString(sum[:])
}

// Proves says whether one of the TXT records is the challenge, white space around it aside. Other
// records beside it don't matter; an empty challenge is never proven.
func Proves(records []string, challenge string) bool {
	return challenge != "" && slices.ContainsFunc(records, func(record string) bool {
		return strings.TrimSpace(record) == challenge
	})
}
