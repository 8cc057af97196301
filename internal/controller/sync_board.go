// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

// syncMode is what a sync may do at present.
type syncMode int

const (
	// syncStill: nothing is looked at, and what there is stays.
	syncStill syncMode = iota
	// syncLook: what would be done is found out.
	syncLook
	// syncWrite: those who are admitted are written to.
	syncWrite
	// syncLeave: the sync is going, and its copies with it.
	syncLeave
	// syncUnread: what it is about could not be found out yet. What there is stays, and nobody waits for it.
	syncUnread
)

// post is what a sync is about at present, as its controller tells those who look at the targets. But for what is
// admitted and found it never changes: another takes its place.
type post struct {
	sync *v1alpha1.MasterTenantSync
	// picks says who is a target; nil while the sync is going.
	picks     func(*v1alpha1.Tenant) bool
	selection replication.Selection
	mode      syncMode
	// attempt at the revision: what was found at another is of no account.
	attempt string
	// open says that every target is admitted; leavers, that those who are no targets any more are taken leave of.
	open, leavers bool
	// pins of the approved plan; nil where anything may be written.
	pins *replication.Pins
	plan v1alpha1.PlanHash
	// turn is another with each post for which the targets have to be looked at anew.
	turn int64
}

// reaches says whether a tenant is to have what the sync carries.
func (p *post) reaches(tenant *v1alpha1.Tenant) bool { return p.mode != syncLeave && p.picks(tenant) }

// finding is what one look at a target found.
type finding struct {
	attempt string
	state   replication.TargetState
	// actions that were left to be done, or in the way; all of them if whole.
	actions []replication.Action
	whole   bool
	// stale says that an approved plan does not have what would have to be done; kept, that objects of the tenant's own stand
	// in the place of copies, and stay.
	stale, kept bool
	// message says why it failed.
	message string
}

// posting is a post with what changes of it.
type posting struct {
	post
	admitted map[types.UID]bool
	found    map[types.UID]finding
}

// board is where the controller of syncs tells what each is about, and that of targets what it found. It holds what can
// be found out again: after a restart it is empty.
type board struct {
	mu    sync.Mutex
	turns int64
	posts map[string]map[string]*posting // by namespace and name of the sync
}

func newBoard() *board { return &board{posts: map[string]map[string]*posting{}} }

// put has a post take the place of the one before, and says whether the targets have to be looked at anew. Admitted
// are those who may be written to.
func (b *board) put(name types.NamespacedName, next post, admitted []types.UID) (anew bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.posts[name.Namespace][name.Name]
	kept := &posting{post: next, admitted: map[types.UID]bool{}, found: map[types.UID]finding{}}
	if before != nil && before.sync.UID == next.sync.UID {
		if next.mode != syncStill { // while nothing is looked at, what was found grows old
			kept.found = before.found
		}
		if before.attempt == next.attempt {
			kept.admitted = before.admitted
		}
		anew = before.attempt != next.attempt || before.mode != next.mode || before.open != next.open || before.leavers != next.leavers ||
			before.sync.Generation != next.sync.Generation || before.plan != next.plan
		kept.turn = before.turn
	} else {
		anew = true
	}
	if anew {
		b.turns++
		kept.turn = b.turns
	}
	for _, uid := range admitted {
		kept.admitted[uid] = true
	}
	if b.posts[name.Namespace] == nil {
		b.posts[name.Namespace] = map[string]*posting{}
	}
	b.posts[name.Namespace][name.Name] = kept
	return anew
}

// fail notes that it could not be found out what a sync is about, where nothing is posted of it: who waits for it goes on without.
func (b *board) fail(sync *v1alpha1.MasterTenantSync) {
	name := types.NamespacedName{Namespace: sync.Namespace, Name: sync.Name}
	b.mu.Lock()
	before := b.posts[name.Namespace][name.Name]
	posted := before != nil && before.sync.UID == sync.UID
	b.mu.Unlock()
	if !posted { // one sync is looked at by one worker at a time
		b.put(name, post{sync: sync, picks: replication.TargetPicker(sync), mode: syncUnread}, nil)
	}
}

// take removes what a sync is about.
func (b *board) take(name types.NamespacedName) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.posts[name.Namespace], name.Name)
	if len(b.posts[name.Namespace]) == 0 {
		delete(b.posts, name.Namespace)
	}
}

// of are the posts of a namespace, sorted by name.
func (b *board) of(namespace string) []post {
	b.mu.Lock()
	defer b.mu.Unlock()
	var posts []post
	for _, posted := range b.posts[namespace] {
		posts = append(posts, posted.post)
	}
	slices.SortFunc(posts, func(x, y post) int { return strings.Compare(x.sync.Name, y.sync.Name) })
	return posts
}

// admits says whether a target may be written to at an attempt.
func (b *board) admits(name types.NamespacedName, attempt string, target types.UID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	posted := b.posts[name.Namespace][name.Name]
	return posted != nil && posted.attempt == attempt && posted.mode == syncWrite && (posted.open || posted.admitted[target])
}

// overtaken says whether any of some posts is no more what its sync is about.
func (b *board) overtaken(posts []post) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(posts, func(one post) bool {
		now := b.posts[one.sync.Namespace][one.sync.Name]
		return now == nil || now.turn != one.turn
	})
}

// report notes what was found of a target, and says whether that is news.
func (b *board) report(name types.NamespacedName, target types.UID, found finding) (news bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	posted := b.posts[name.Namespace][name.Name]
	if posted == nil || posted.mode == syncStill {
		return false
	}
	before, known := posted.found[target]
	posted.found[target] = found
	return !known || before.attempt != found.attempt || before.state != found.state || before.stale != found.stale || before.whole != found.whole ||
		before.kept != found.kept || before.message != found.message || posted.mode == syncLook && !sameActions(before.actions, found.actions)
}

// miss notes that a target could not be looked at, where nothing is known of it yet, and says whether that is news.
func (b *board) miss(name types.NamespacedName, target types.UID, attempt string) (news bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	posted := b.posts[name.Namespace][name.Name]
	if posted == nil || posted.mode == syncStill || posted.found[target].attempt == attempt {
		return false
	}
	posted.found[target] = finding{attempt: attempt, state: replication.Pending}
	return true
}

// unadmit is told that a target is none at present, by a post: to come back takes another turn.
func (b *board) unadmit(by *post, target types.UID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if posted := b.posts[by.sync.Namespace][by.sync.Name]; posted != nil && posted.turn == by.turn {
		delete(posted.admitted, target)
	}
}

// forget is told that a target is no more, or is none.
func (b *board) forget(name types.NamespacedName, target types.UID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if posted := b.posts[name.Namespace][name.Name]; posted != nil {
		delete(posted.found, target)
		delete(posted.admitted, target)
	}
}

// findings are what was found of the targets of a sync, and who of them is admitted.
func (b *board) findings(name types.NamespacedName) (found map[types.UID]finding, admitted map[types.UID]bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	posted := b.posts[name.Namespace][name.Name]
	if posted == nil {
		return nil, nil
	}
	return maps.Clone(posted.found), maps.Clone(posted.admitted)
}

func sameActions(x, y []replication.Action) bool {
	return slices.EqualFunc(x, y, replication.Action.Equal)
}
