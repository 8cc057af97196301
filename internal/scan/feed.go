// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"strings"
	"time"
)

// ReadFeed reads what a feed of vulnerabilities writes of itself: its version and, after a space, since when it has had
// it, as in "2026-11-23.1 2026-11-23T02:00:00Z". Without a time that can be read it has had it for ever, and jitter
// spreads nothing.
func ReadFeed(text string) Feed {
	text = strings.TrimSpace(text)
	if len(text) > maxFeedVersion {
		text = text[:maxFeedVersion]
	}
	feed := Feed{Version: text}
	if _, since, found := strings.Cut(text, " "); found {
		if at, err := time.Parse(time.RFC3339, strings.TrimSpace(since)); err == nil {
			feed.Since = at
		}
	}
	return feed
}

// maxFeedVersion is how much of a feed's version is looked at: the ledgers of all tenants hold it.
const maxFeedVersion = 256
