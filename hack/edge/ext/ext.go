// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package ext is where builds of Traefik with more features than the open one put theirs. This one
// has none.
package ext

// HTTP extends the HTTP configuration.
type HTTP struct{}

// Router extends a router.
type Router struct{}
