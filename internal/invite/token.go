// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package invite

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"regexp"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// secretSize is the bytes of a token's secret: more than anybody can guess.
const secretSize = 32

// tokenPattern is that of a UID, a dot, and 32 bytes in base64url.
var tokenPattern = regexp.MustCompile(`^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([A-Za-z0-9_-]{43})$`)

// Token is what a link holds: the UID of its grant, which is no secret, and a secret. It prints without
// the secret; Reveal is for the mail alone.
type Token struct {
	grant  types.UID
	secret string
}

// NewToken makes a token from 32 bytes of random, which must be cryptographically so.
func NewToken(grant types.UID, random io.Reader) (Token, error) {
	secret := make([]byte, secretSize)
	if _, err := io.ReadFull(random, secret); err != nil {
		return Token{}, fmt.Errorf("making the token of an invitation: %w", err)
	}
	return Token{grant: grant, secret: base64.RawURLEncoding.EncodeToString(secret)}, nil
}

// ParseToken reads a token from a link; false if it can be none.
func ParseToken(text string) (Token, bool) {
	parts := tokenPattern.FindStringSubmatch(text)
	if parts == nil {
		return Token{}, false
	}
	return Token{grant: types.UID(parts[1]), secret: parts[2]}, true
}

// Grant is the UID of the grant that the token says it is for. Anybody may say so.
func (t Token) Grant() types.UID { return t.grant }

// Reveal is the token as a link holds it.
func (t Token) Reveal() string { return string(t.grant) + "." + t.secret }

// String implements fmt.Stringer, without the secret.
func (t Token) String() string { return string(t.grant) + ".<secret>" }

// GoString implements fmt.GoStringer, without the secret.
func (t Token) GoString() string { return t.String() }

func (t Token) hash() []byte {
	sum := sha256.Sum256([]byte(t.secret))
	return sum[:]
}

// Verdict is what a link is worth.
type Verdict string

// Verdicts.
const (
	// Unknown: the link is wrong, or a newer one took its place. Nothing more is told to who has it.
	Unknown Verdict = "Unknown"
	// Valid: the link works.
	Valid Verdict = "Valid"
	// Used: the link, or another of the same invitation, was taken up before.
	Used Verdict = "Used"
	// Expired: the link's time is over.
	Expired Verdict = "Expired"
)

// Verify judges a token against what is kept of its grant's invitation; against the zero State it does
// the same work and says Unknown. Only who has a right link learns that it was used or has expired. The
// time it takes tells nothing of the hashes.
func (s State) Verify(token Token, now time.Time) Verdict {
	hash, found := token.hash(), -1
	for i := range MaxLinks {
		kept, there := make([]byte, sha256.Size), 0
		if i < len(s.Links) && len(s.Links[i].Hash) == sha256.Size {
			kept, there = s.Links[i].Hash, 1
		}
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(hash, kept)&there, i, found)
	}
	switch {
	case found < 0:
		return Unknown
	case !s.UsedAt.IsZero():
		return Used
	case !now.Before(s.Links[found].ExpiresAt):
		return Expired
	}
	return Valid
}

// Redeem is the state after one of the links was taken up. Whoever keeps it must see to it that nobody
// else changed it since: that makes a link work once.
func (s State) Redeem(now time.Time) State {
	s.UsedAt = now
	if s.RedeemedAt.IsZero() {
		s.RedeemedAt = now
	}
	return s
}
