// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

func TestATargetThatCanNotBeLookedAtIsKnownToWait(t *testing.T) {
	name := types.NamespacedName{Namespace: "acme", Name: "baseline"}
	posts := newBoard()
	if posts.miss(name, "cybercorp", "r1/1") {
		t.Error("a sync that is not posted hears of it")
	}
	posts.put(name, post{sync: &v1alpha1.MasterTenantSync{ObjectMeta: metav1.ObjectMeta{UID: "1"}}, mode: syncWrite, attempt: "r1/1"}, nil)
	if !posts.miss(name, "cybercorp", "r1/1") || posts.miss(name, "cybercorp", "r1/1") {
		t.Error("it is told other than once")
	}
	posts.report(name, "initech", finding{attempt: "r1/1", state: replication.Current})
	if posts.miss(name, "initech", "r1/1") {
		t.Error("what is known of another is forgotten")
	}
	found, _ := posts.findings(name)
	if found["cybercorp"].state != replication.Pending || found["initech"].state != replication.Current {
		t.Errorf("%+v", found)
	}
}

func TestWhileNothingIsLookedAtWhatWasFoundIsForgotten(t *testing.T) {
	name := types.NamespacedName{Namespace: "acme", Name: "baseline"}
	posts := newBoard()
	at := func(mode syncMode) {
		posts.put(name, post{sync: syncOfAcme("baseline"), mode: mode, attempt: "r1/1"}, nil)
	}
	at(syncWrite)
	posts.report(name, "cybercorp", finding{attempt: "r1/1", state: replication.Current})
	at(syncStill)
	if posts.report(name, "cybercorp", finding{attempt: "r1/1", state: replication.Current}) || posts.miss(name, "cybercorp", "r1/1") {
		t.Error("what a look found that began before is news")
	}
	at(syncWrite)
	if found, _ := posts.findings(name); len(found) > 0 {
		t.Errorf("it may have changed meanwhile: %+v", found)
	}
}

func TestWhoIsNoTargetForAWhileTakesAnotherTurn(t *testing.T) {
	name := types.NamespacedName{Namespace: "acme", Name: "baseline"}
	posts := newBoard()
	at := post{sync: syncOfAcme("baseline"), mode: syncWrite, attempt: "r1/1"}
	posts.put(name, at, []types.UID{"cybercorp", "initech"})
	before := posts.of("acme")[0]
	posts.unadmit(&before, "cybercorp")
	if posts.admits(name, at.attempt, "cybercorp") || !posts.admits(name, at.attempt, "initech") {
		t.Error("who left is admitted, or who stayed is not")
	}
	at.leavers = true
	posts.put(name, at, []types.UID{"cybercorp"})
	posts.unadmit(&before, "cybercorp")
	if !posts.admits(name, at.attempt, "cybercorp") {
		t.Error("who was admitted since is not, by a look that began before")
	}
}

func TestALookIsOvertakenByAChangeOfASyncAndByNothingElse(t *testing.T) {
	name := types.NamespacedName{Namespace: "acme", Name: "baseline"}
	for what, test := range map[string]struct {
		happens func(*board, post)
		want    bool
	}{
		"nothing":             {func(*board, post) {}, false},
		"the same again":      {func(b *board, p post) { b.put(name, p, nil) }, false},
		"another is admitted": {func(b *board, p post) { b.put(name, p, []types.UID{"initech"}) }, false},
		"another sync comes": {func(b *board, p post) {
			p.sync = syncOfAcme("other")
			b.put(types.NamespacedName{Namespace: "acme", Name: "other"}, p, nil)
		}, false},
		"the content changes": {func(b *board, p post) { p.attempt = "r2/2"; b.put(name, p, nil) }, true},
		"it is suspended":     {func(b *board, p post) { p.mode = syncStill; b.put(name, p, nil) }, true},
		"it is suspended, and resumed": {func(b *board, p post) {
			still := p
			still.mode = syncStill
			b.put(name, still, nil)
			b.put(name, p, nil)
		}, true},
		"it goes": {func(b *board, _ post) { b.take(name) }, true},
		"it goes and another comes": {func(b *board, p post) {
			b.take(name)
			p.sync = p.sync.DeepCopy()
			p.sync.UID = "new"
			b.put(name, p, nil)
		}, true},
	} {
		posts := newBoard()
		posts.put(name, post{sync: syncOfAcme("baseline"), mode: syncWrite, attempt: "r1/1"}, nil)
		seen := posts.of("acme")
		test.happens(posts, post{sync: syncOfAcme("baseline"), mode: syncWrite, attempt: "r1/1"})
		if got := posts.overtaken(seen); got != test.want {
			t.Errorf("%s: overtaken is %v", what, got)
		}
	}
}

func TestASyncThatCanNotBeLookedAtIsWaitedForByNobody(t *testing.T) {
	name, failing := types.NamespacedName{Namespace: "acme", Name: "baseline"}, syncOfAcme("baseline")
	posts := newBoard()
	posts.fail(failing)
	seen := posts.of("acme")
	if len(seen) != 1 || seen[0].mode != syncUnread || awaited(failing, ofAcme("cybercorp"), seen) || !unread(seen)["baseline"] {
		t.Fatalf("posted: %+v", seen)
	}
	if !posts.put(name, post{sync: failing, mode: syncWrite, attempt: "r1/1"}, nil) || !posts.overtaken(seen) {
		t.Error("nobody looks anew when it can be")
	}
	posts.fail(failing)
	if now := posts.of("acme"); now[0].mode != syncWrite || len(unread(now)) > 0 {
		t.Error("what it was about is forgotten")
	}
	anew := syncOfAcme("baseline")
	anew.UID = "anew"
	posts.fail(anew)
	if now := posts.of("acme"); now[0].mode != syncUnread || now[0].sync.UID != "anew" {
		t.Error("a former one of its name speaks for it")
	}
}

func syncOfAcme(name string) *v1alpha1.MasterTenantSync {
	return &v1alpha1.MasterTenantSync{ObjectMeta: metav1.ObjectMeta{Namespace: "acme", Name: name, UID: types.UID("uid-of-" + name)}}
}
