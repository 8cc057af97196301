// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package lego is the ACME client: there is none.
package lego

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-acme/lego/v5/acme"
	"github.com/go-acme/lego/v5/certificate"
	"github.com/go-acme/lego/v5/challenge"
	"github.com/go-acme/lego/v5/challenge/dns01"
	"github.com/go-acme/lego/v5/challenge/http01"
	"github.com/go-acme/lego/v5/challenge/tlsalpn01"
	"github.com/go-acme/lego/v5/registration"
)

// DirectoryURLLetsEncrypt is where Let's Encrypt is.
const DirectoryURLLetsEncrypt = "https://acme-v02.api.letsencrypt.org/directory"

// User has an account at an ACME server.
type User interface {
	GetEmail() string
	GetRegistration() *acme.ExtendedAccount
	GetPrivateKey() crypto.Signer
}

// Config of a Client.
type Config struct {
	CADirURL    string
	UserAgent   string
	HTTPClient  *http.Client
	Certificate CertificateConfig
}

// CertificateConfig is how certificates are waited for.
type CertificateConfig struct {
	Timeout time.Duration
}

// NewConfig returns an empty Config.
func NewConfig(User) *Config { return &Config{} }

// Client of an ACME server.
type Client struct {
	Certificate  *certificate.Certifier
	Challenge    *SolverManager
	Registration *registration.Registrar
}

// NewClient returns an error, always.
func NewClient(*Config) (*Client, error) {
	return nil, fmt.Errorf("ACME: %w: this build of Traefik has no ACME client", errors.ErrUnsupported)
}

// CreateCertPool returns an error, always.
func CreateCertPool([]string, bool) (*x509.CertPool, error) {
	return nil, errors.ErrUnsupported
}

// SolverManager knows what answers which kind of challenge.
type SolverManager struct{}

// SetDNS01Provider returns an error, always.
func (*SolverManager) SetDNS01Provider(challenge.Provider, ...dns01.ChallengeOption) error {
	return errors.ErrUnsupported
}

// SetHTTP01Provider returns an error, always.
func (*SolverManager) SetHTTP01Provider(challenge.Provider, ...http01.ChallengeOption) error {
	return errors.ErrUnsupported
}

// SetTLSALPN01Provider returns an error, always.
func (*SolverManager) SetTLSALPN01Provider(challenge.Provider, ...tlsalpn01.ChallengeOption) error {
	return errors.ErrUnsupported
}
