// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/tenantry/tenantry/test/harness"
)

// recorder notes the requests that an operator sends, in order, and apart from them its watches. Not
// noted are discovery and events, which are sent in the background.
type recorder struct {
	mu       sync.Mutex
	requests []request
	watches  []request
	// before, if set, is called with each request before it is sent.
	before func(request)
	// refuse, if set, says of which requests none reaches the API server.
	refuse func(request) bool
}

// request is one request to the API server.
type request struct {
	harness.Request
	Query url.Values
}

// String is what specs compare: "create services", "patch tenants/status cybercorp".
func (r request) String() string {
	resource := r.Resource
	if r.Subresource != "" {
		resource += "/" + r.Subresource
	}
	return strings.TrimSpace(r.Verb + " " + resource + " " + r.Name)
}

// wrap is the wrapper for a rest.Config.
func (r *recorder) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(sent *http.Request) (*http.Response, error) {
		parsed := request{Request: harness.ParseRequest(sent), Query: sent.URL.Query()}
		if parsed.Resource != "" && parsed.Resource != "events" {
			r.note(parsed)
			if r.refused(parsed) {
				return nil, syscall.ECONNREFUSED
			}
		}
		return next.RoundTrip(sent)
	})
}

func (r *recorder) note(request request) {
	r.mu.Lock()
	before := r.before
	if request.Verb == "watch" {
		r.watches = append(r.watches, request)
	} else {
		r.requests = append(r.requests, request)
	}
	r.mu.Unlock()
	if before != nil {
		before(request)
	}
}

// onRequest has a function called with each request from now on, before it is sent.
func (r *recorder) onRequest(before func(request)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.before = before
}

// onRefuse has the requests fail from now on that a function says so of; nil ends it.
func (r *recorder) onRefuse(refuse func(request) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuse = refuse
}

func (r *recorder) refused(request request) bool {
	r.mu.Lock()
	refuse := r.refuse
	r.mu.Unlock()
	return refuse != nil && refuse(request)
}

// take returns the requests since it was last called.
func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := make([]string, 0, len(r.requests))
	for _, request := range r.requests {
		taken = append(taken, request.String())
	}
	r.requests = nil
	return taken
}

// takeWrites is take without what only reads.
func (r *recorder) takeWrites() []string {
	return slices.DeleteFunc(r.take(), func(request string) bool {
		return strings.HasPrefix(request, "get ") || strings.HasPrefix(request, "list ")
	})
}

// all returns the watches, and the requests since take was last called, and keeps them.
func (r *recorder) all() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Concat(r.watches, r.requests)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }
