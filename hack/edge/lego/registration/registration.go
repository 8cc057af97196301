// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package registration makes accounts at an ACME server: in vain, as there is no client.
package registration

import (
	"context"
	"errors"

	"github.com/go-acme/lego/v5/acme"
)

// RegisterOptions of a new account.
type RegisterOptions struct {
	TermsOfServiceAgreed bool
}

// RegisterEABOptions of a new account that another account vouches for.
type RegisterEABOptions struct {
	TermsOfServiceAgreed bool
	Kid                  string
	HmacEncoded          string
}

// Registrar makes accounts.
type Registrar struct{}

// Register returns an error, always.
func (*Registrar) Register(context.Context, RegisterOptions) (*acme.ExtendedAccount, error) {
	return nil, errors.ErrUnsupported
}

// RegisterWithExternalAccountBinding returns an error, always.
func (*Registrar) RegisterWithExternalAccountBinding(context.Context, RegisterEABOptions) (*acme.ExtendedAccount, error) {
	return nil, errors.ErrUnsupported
}
