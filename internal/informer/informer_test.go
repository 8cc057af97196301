// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package informer

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	toolscache "k8s.io/client-go/tools/cache"
	sourcetesting "k8s.io/client-go/tools/cache/testing"
)

// seen is what a handler was told.
type seen struct {
	mu     sync.Mutex
	events []string
}

func (s *seen) say(what string, object any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, what+" "+object.(*corev1.ConfigMap).Name)
}

func (s *seen) OnAdd(object any, initial bool) {
	what := "add"
	if initial {
		what = "initial"
	}
	s.say(what, object)
}
func (s *seen) OnUpdate(_, after any) { s.say("update", after) }
func (s *seen) OnDelete(object any)   { s.say("delete", object) }

// told are the events so far, in any order: what there is at first is told in none.
func (s *seen) told() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(slices.Values(s.events))
}

func expect(t *testing.T, who string, s *seen, want ...string) {
	t.Helper()
	slices.Sort(want)
	deadline := time.Now().Add(20 * time.Second)
	for !slices.Equal(s.told(), want) {
		if time.Now().After(deadline) {
			t.Fatalf("%s was told %v, not %v", who, s.told(), want)
		}
		time.Sleep(time.Millisecond)
	}
}

func configMap(name string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "acme", Name: name}}
}

func TestAllHandlersAreToldAll(t *testing.T) {
	source := sourcetesting.NewFakeControllerSource()
	t.Cleanup(source.Shutdown)
	for _, name := range []string{"a", "b"} {
		source.Add(configMap(name))
	}
	informer := New(source, &corev1.ConfigMap{}, 0, toolscache.Indexers{})
	var early, late, own seen
	first, err := informer.AddEventHandler(&early)
	if err != nil || first.HasSynced() {
		t.Fatal("synced before it has started:", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); informer.RunWithContext(ctx) }()
	if !toolscache.WaitForCacheSync(t.Context().Done(), informer.HasSynced, first.HasSynced) {
		t.Fatal("it does not sync")
	}
	expect(t, "who was there at the start", &early, "initial a", "initial b")

	second, err := informer.AddEventHandlerWithOptions(&late, toolscache.HandlerOptions{})
	if err != nil || !second.HasSynced() {
		t.Fatal("one that comes late has not synced:", err)
	}
	expect(t, "who came late", &late, "initial a", "initial b")
	third, err := informer.AddEventHandlerWithResyncPeriod(&own, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "who has a period of its own", &own, "initial a", "initial b")

	source.Add(configMap("c"))
	source.Modify(configMap("a"))
	source.Delete(configMap("b"))
	all := []string{"initial a", "initial b", "add c", "update a", "delete b"}
	for who, one := range map[string]*seen{"the first": &early, "the second": &late, "the third": &own} {
		expect(t, who, one, all...)
	}
	for _, one := range []toolscache.ResourceEventHandlerRegistration{second, third} {
		if err := informer.RemoveEventHandler(one); err != nil {
			t.Fatal(err)
		}
	}
	source.Add(configMap("d"))
	expect(t, "who stays", &early, append(all, "add d")...)
	expect(t, "who was removed", &late, all...)

	stop()
	<-ended
	if _, err := informer.AddEventHandler(&late); err == nil {
		t.Error("a handler was added that is never told anything")
	}
}

// Whoever is added while much changes knows in the end what there is.
func TestNobodyMissesAnythingWhileAdded(t *testing.T) {
	source := sourcetesting.NewFakeControllerSource()
	t.Cleanup(source.Shutdown)
	informer := New(source, &corev1.ConfigMap{}, 0, toolscache.Indexers{})
	go informer.RunWithContext(t.Context())
	const many = 500
	go func() {
		for n := range many {
			source.Add(configMap(fmt.Sprint(n)))
		}
		source.Add(configMap("last"))
	}()
	handlers := make([]seen, 20)
	for i := range handlers {
		if _, err := informer.AddEventHandler(&handlers[i]); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	for i := range handlers {
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
			names := map[string]bool{}
			for _, event := range handlers[i].told() {
				var what, name string
				_, _ = fmt.Sscan(event, &what, &name)
				names[name] = true
			}
			if len(names) == many+1 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("handler %d knows %d of %d", i, len(names), many+1)
			}
		}
	}
}
