// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Request to the API server, as Kubernetes understands it.
type Request struct {
	// Number of the request, from 1, in the order of arrival.
	Number int
	// At is when it arrived.
	At time.Time
	// Verb: get, list, watch, create, update, patch, delete or deletecollection; outside of resources
	// the HTTP method.
	Verb string
	// Group, Resource, Subresource, Namespace and Name; empty where the path has none.
	Group, Resource, Subresource, Namespace, Name string
	// Path of the URL, without its query.
	Path string
	// Status is the code of the answer; 0 if there was none.
	Status int
	// Fault that the proxy made of it; empty if none.
	Fault Fault
}

// String is what a person needs to find the request in the code.
func (r Request) String() string {
	resource := r.Resource
	if r.Subresource != "" {
		resource += "/" + r.Subresource
	}
	if r.Resource == "" {
		resource = r.Path
	}
	name := r.Name
	if r.Namespace != "" {
		name = r.Namespace + "/" + name
	}
	return fmt.Sprintf("%s %s %s: %d", r.Verb, resource, name, r.Status)
}

// Writes says whether the request changes what the operator manages. Leases, events and reviews are
// beside its work.
func (r Request) Writes() bool {
	switch r.Verb {
	case "create", "update", "patch", "delete", "deletecollection":
		return !r.Lease() && r.Resource != "events" && !strings.HasSuffix(r.Resource, "reviews")
	}
	return false
}

// Lease says whether the request is about leader election.
func (r Request) Lease() bool { return r.Resource == "leases" }

// ParseRequest reads the parts of a request from its method and path
// (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris).
func ParseRequest(request *http.Request) Request {
	parsed := Request{At: time.Now(), Verb: request.Method, Path: request.URL.Path}
	parts := strings.Split(strings.Trim(parsed.Path, "/"), "/")
	switch {
	case len(parts) > 2 && parts[0] == "api":
		parts = parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		parsed.Group, parts = parts[1], parts[3:]
	default:
		return parsed
	}
	// The path of a namespace itself looks like a prefix: namespaces/<name>, .../status, .../finalize.
	if parts[0] == "namespaces" && len(parts) > 2 && !slices.Contains([]string{"status", "finalize"}, parts[2]) {
		parsed.Namespace, parts = parts[1], parts[2:]
	}
	for i, field := range []*string{&parsed.Resource, &parsed.Name, &parsed.Subresource} {
		if i < len(parts) {
			*field = parts[i]
		}
	}
	parsed.Verb = verb(request, parsed.Name != "")
	return parsed
}

func verb(request *http.Request, named bool) string {
	switch request.Method {
	case http.MethodGet:
		switch {
		case request.URL.Query().Get("watch") != "":
			return "watch"
		case named:
			return "get"
		}
		return "list"
	case http.MethodDelete:
		if named {
			return "delete"
		}
		return "deletecollection"
	}
	return map[string]string{http.MethodPost: "create", http.MethodPut: "update", http.MethodPatch: "patch"}[request.Method]
}
