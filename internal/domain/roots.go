// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package domain

import (
	"crypto/x509"
	"errors"
	"fmt"
)

// Roots are the roots that certificates must lead to: those of a PEM bundle, or the system's if the
// bundle is nil. A bundle without certificates is an error, an empty one too: the system's roots would
// trust more than was asked for. So are a block that is no certificate, and a system without roots.
func Roots(bundle []byte) (*x509.CertPool, error) {
	if bundle == nil {
		return systemRoots()
	}
	roots, err := decodeCertificates(bundle)
	if err != nil {
		return nil, fmt.Errorf("reading the roots: %w; mend the PEM file or take the block out", err)
	}
	if len(roots) == 0 {
		return nil, errors.New("there is no PEM certificate among the roots; give a file with at least one, or none to trust the system's roots")
	}
	pool := x509.NewCertPool()
	for _, root := range roots {
		pool.AddCert(root)
	}
	return pool, nil
}

func systemRoots() (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("reading the system's roots; give a PEM file with roots instead: %w", err)
	}
	if pool.Equal(x509.NewCertPool()) {
		return nil, errors.New("the system has no roots; install its CA certificates, or give a PEM file with roots")
	}
	return pool, nil
}
