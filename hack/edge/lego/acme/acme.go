// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package acme has the types of the ACME protocol that Traefik stores.
package acme

// Account at an ACME server.
type Account struct {
	Status  string   `json:"status,omitempty"`
	Contact []string `json:"contact,omitempty"`
}

// ExtendedAccount is an Account and its URL.
type ExtendedAccount struct {
	Account

	Location string `json:"-"`
}
