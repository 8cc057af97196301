// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// MaxMessage is the length of the longest message about a tenant, in bytes.
const MaxMessage = 512

// failures are the verbs that leave something undone until a person acts, the gravest first, and their reasons.
var failures = []struct {
	verb   Verb
	reason string
}{
	{Contest, v1alpha1.ReasonConflict},
	{Refuse, v1alpha1.ReasonContentRefused},
	{Report, v1alpha1.ReasonDrifted},
}

// Judge says how a sync fares in a tenant by what is left to do or in the way there: Synced if nothing is; Pending while
// something is to be written; then Failed, with a reason, for what is in the way; then Pending for what is waited for. Where
// objects of the tenant's own are kept, as the sync asks, and all else is there, it is Synced too, and says so. The
// message names the first object and says how many more there are.
func Judge(actions []Action) (state v1alpha1.SyncState, reason, message string) {
	if len(actions) == 0 {
		return v1alpha1.SyncSynced, v1alpha1.ReasonSynced, ""
	}
	if slices.ContainsFunc(actions, func(action Action) bool { return action.Verb.Writes() }) {
		return v1alpha1.SyncPending, v1alpha1.ReasonSyncing, ""
	}
	for _, failure := range failures {
		if message := told(actions, failure.verb); message != "" {
			return v1alpha1.SyncFailed, failure.reason, message
		}
	}
	if message := told(actions, Wait); message != "" {
		return v1alpha1.SyncPending, v1alpha1.ReasonWaiting, message
	}
	return v1alpha1.SyncSynced, v1alpha1.ReasonKept, told(actions, Keep)
}

// told is a message about the actions of one verb; empty if there are none.
func told(actions []Action, verb Verb) string {
	var first *Action
	others := 0
	for i := range actions {
		switch {
		case actions[i].Verb != verb:
		case first == nil:
			first = &actions[i]
		default:
			others++
		}
	}
	if first == nil {
		return ""
	}
	more := ""
	if others > 0 {
		more = fmt.Sprintf(" (and %d more)", others)
	}
	return shorten(first.Key.String()+": "+first.Note, MaxMessage-len(more)) + more
}

// shorten cuts a text to a length in bytes, between two characters.
func shorten(text string, length int) string {
	const dots = "…"
	if len(text) <= length {
		return text
	}
	cut := length - len(dots)
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return strings.ToValidUTF8(text[:cut], "") + dots
}

// Claim is what one sync carries to one tenant.
type Claim struct {
	// Sync is its name.
	Sync string
	// Keys of what it carries.
	Keys []Key
}

// Contested are the objects that several of the syncs which reach one tenant carry there, with the sorted names of those.
func Contested(claims []Claim) map[Key][]string {
	claimed := map[Key]string{}
	contested := map[Key][]string{}
	for _, claim := range slices.SortedFunc(slices.Values(claims), func(a, b Claim) int { return cmp.Compare(a.Sync, b.Sync) }) {
		for _, key := range claim.Keys {
			first, taken := claimed[key]
			switch names := contested[key]; {
			case !taken:
				claimed[key] = claim.Sync
			case first == claim.Sync, len(names) > 0 && names[len(names)-1] == claim.Sync:
			case names == nil:
				contested[key] = []string{first, claim.Sync}
			default:
				contested[key] = append(names, claim.Sync)
			}
		}
	}
	return contested
}
