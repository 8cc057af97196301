// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package certificate asks for certificates: in vain, as there is no client.
package certificate

import (
	"context"
	"errors"

	"github.com/go-acme/lego/v5/certcrypto"
)

// Resource is a certificate with its key.
type Resource struct {
	ID          string
	Domains     []string
	PrivateKey  []byte
	Certificate []byte
}

// ObtainRequest asks for a certificate.
type ObtainRequest struct {
	Domains          []string
	EmailAddresses   []string
	Bundle           bool
	Profile          string
	PreferredChain   string
	EnableCommonName bool
	KeyType          certcrypto.KeyType
}

// RenewOptions ask for the next certificate.
type RenewOptions struct {
	EmailAddresses   []string
	Bundle           bool
	Profile          string
	PreferredChain   string
	EnableCommonName bool
}

// Certifier obtains certificates.
type Certifier struct{}

// Obtain returns an error, always.
func (*Certifier) Obtain(context.Context, ObtainRequest) (*Resource, error) {
	return nil, errors.ErrUnsupported
}

// Renew returns an error, always.
func (*Certifier) Renew(context.Context, Resource, *RenewOptions) (*Resource, error) {
	return nil, errors.ErrUnsupported
}
