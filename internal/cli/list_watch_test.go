// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// inPhase is a tenant of the tests as it is at a version.
func inPhase(t *testing.T, name, version, phase string) *unstructured.Unstructured {
	t.Helper()
	tenant := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "tenantry.io/v1alpha1", "kind": "Tenant", "status": map[string]any{"phase": phase},
		"metadata": map[string]any{"namespace": "acme", "name": name, "uid": name, "resourceVersion": version},
	}}
	return tenant
}

// told are the lists and the events of watches of an API server, one after another. A watch that has no more to tell stays open.
type told struct {
	t       *testing.T
	lists   [][]*unstructured.Unstructured
	watches [][]metav1.WatchEvent
	from    []string
}

func (s *told) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Query().Get("watch") != "" {
		s.watch(w, r)
		return
	}
	if len(s.lists) == 0 {
		s.t.Error("it lists once more")
		return
	}
	list := asList(s.lists[0])
	list.SetKind("TenantList")
	list.SetAPIVersion("tenantry.io/v1alpha1")
	list.SetResourceVersion(string(rune('0' + 10 - len(s.lists))))
	s.lists = s.lists[1:]
	_ = json.NewEncoder(w).Encode(list)
}

func (s *told) watch(w http.ResponseWriter, r *http.Request) {
	s.from = append(s.from, r.URL.Query().Get("resourceVersion"))
	events := s.watches[0]
	s.watches = s.watches[1:]
	for _, event := range events {
		_ = json.NewEncoder(w).Encode(event)
	}
	if len(s.watches) == 0 {
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
}

// event of a watch.
func event(t *testing.T, kind string, object any) metav1.WatchEvent {
	t.Helper()
	raw, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	event := metav1.WatchEvent{Type: kind}
	event.Object.Raw = raw
	return event
}

func TestAListGoesOn(t *testing.T) {
	gone := metav1.Status{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: metav1.StatusFailure, Code: http.StatusGone, Reason: metav1.StatusReasonExpired}
	for name, test := range map[string]struct {
		args  []string
		lines int
	}{
		"list-watch":        {args: []string{"list", "-n", "acme", "-w"}, lines: 10},
		"list-watch-status": {args: []string{"list", "-n", "acme", "-w", "--status", "Degraded"}, lines: 5},
		"list-watch-name":   {args: []string{"list", "-n", "acme", "-w", "-o", "name"}, lines: 9},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(&told{t: t,
				lists: [][]*unstructured.Unstructured{
					{inPhase(t, "initech", "1", "Active"), inPhase(t, "cybercorp", "2", "Degraded"), inPhase(t, "hooli", "3", "Active")},
					{inPhase(t, "initech", "6", "Degraded"), inPhase(t, "umbrella", "7", "Pending"), inPhase(t, "cybercorp", "4", "Active")},
				},
				watches: [][]metav1.WatchEvent{
					{event(t, "MODIFIED", inPhase(t, "cybercorp", "4", "Active")), event(t, "MODIFIED", inPhase(t, "hooli", "5", "Suspended")), event(t, "ERROR", gone)},
					{event(t, "DELETED", inPhase(t, "initech", "8", "Degraded")), event(t, "ADDED", inPhase(t, "initech-again", "9", "Pending"))},
				},
			})
			defer server.Close()
			hermetic(t)
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			reader, writer := io.Pipe()
			ended := make(chan int)
			var said strings.Builder
			go func() {
				streams := genericiooptions.IOStreams{In: strings.NewReader(""), Out: writer, ErrOut: &said}
				ended <- execute(ctx, NewCommand(streams, build), append(test.args, "--server", server.URL))
			}()
			var shown strings.Builder
			for lines := bufio.NewScanner(reader); lines.Scan(); {
				shown.WriteString(lines.Text() + "\n")
				if strings.Count(shown.String(), "\n") == test.lines {
					break
				}
			}
			interrupt()
			go func() { _, _ = io.Copy(io.Discard, reader) }()
			if code := <-ended; code != exitInterrupted || said.String() != "" {
				t.Errorf("exit code %d: %s", code, said.String())
			}
			golden(t, name, shown.String())
		})
	}
}

func TestAWatchThatIsNotAllowedEnds(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(w).Encode(metav1.Status{Status: metav1.StatusFailure, Reason: metav1.StatusReasonForbidden, Code: http.StatusForbidden, Message: "no"})
	}))
	defer server.Close()
	hermetic(t)
	for _, scope := range [][]string{{"-n", "acme"}, {"--all"}} {
		code, out, said := run(append([]string{"list", "-w", "--server", server.URL}, scope...)...)
		if code != exitForbidden || out != "" || !strings.Contains(said, "what a directory holds can't be watched") {
			t.Errorf("%v: exit code %d, %s%s", scope, code, out, said)
		}
	}
}

func TestWhatOfAWatchMayBeTriedAgain(t *testing.T) {
	if passing(context.Canceled) || !passing(errors.New("connection refused")) {
		t.Error("who interrupts it is kept waiting, or a server that restarts ends it")
	}
}
