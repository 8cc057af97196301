// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package dns asks DNS servers for the records that prove domains.
package dns

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

const (
	// DefaultTimeout leaves time to ask again where a question was lost.
	DefaultTimeout = 10 * time.Second
	// MaxRecords is how many TXT records a name may have.
	MaxRecords = 64
	// MaxSize is the most bytes of a name's TXT records together.
	MaxSize = 16 << 10
)

var errNoAnswer = fmt.Errorf("no answer in time: %w", context.DeadlineExceeded)

// Prober asks a DNS server for TXT records. Its zero value asks the system's. It keeps nothing: every
// look-up is a question to the server.
type Prober struct {
	// Server is the DNS server's address, host:port. Default: the system's servers.
	Server string
	// Timeout of one look-up, with all that it tries. Default: DefaultTimeout.
	Timeout time.Duration
}

// LookupTXT returns the TXT records of a name, the strings of each joined; none, and no error, if the
// server says that there are none. The name is taken as it is, whatever search domains the system has.
// More than MaxRecords or MaxSize is an error: whoever has the domain chooses what is there. Errors
// name the record and the server.
func (p Prober) LookupTXT(ctx context.Context, name string) ([]string, error) {
	timeout := p.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	records, err := p.resolver(ctx).LookupTXT(ctx, strings.TrimSuffix(name, ".")+".")
	if err != nil {
		return nil, p.explain(ctx, name, err)
	}
	size := 0
	for _, record := range records {
		size += len(record)
	}
	if len(records) > MaxRecords || size > MaxSize {
		return nil, fmt.Errorf("asking %s for the TXT records at %s: there are %d with %d bytes, more than %d or %d bytes; remove others",
			p.server(), name, len(records), size, MaxRecords, MaxSize)
	}
	return records, nil
}

// resolver asks the Prober's server for as long as ctx lasts.
func (p Prober) resolver(ctx context.Context) *net.Resolver {
	dial := func(dialing context.Context, network, address string) (net.Conn, error) {
		if p.Server != "" {
			address = p.Server
		}
		var dialer net.Dialer
		connection, err := dialer.DialContext(dialing, network, address)
		if err == nil {
			// The resolver itself looks at ctx between questions only, not while it waits for an answer.
			context.AfterFunc(ctx, func() { _ = connection.Close() })
		}
		return connection, err
	}
	return &net.Resolver{PreferGo: true, Dial: dial}
}

// explain makes no error of "there is none", and else names the record and the server that was asked:
// the resolver names the system's, which it believes to have dialled.
func (p Prober) explain(ctx context.Context, name string, err error) error {
	failure, ok := errors.AsType[*net.DNSError](err)
	switch {
	case ok && failure.IsNotFound:
		return nil
	case errors.Is(ctx.Err(), context.Canceled):
		err = ctx.Err()
	case ctx.Err() != nil, ok && failure.IsTimeout:
		err = errNoAnswer
	case ok:
		failure.Name, failure.Server = name, cmp.Or(p.Server, failure.Server)
		return fmt.Errorf("asking for TXT records: %w", failure)
	}
	return fmt.Errorf("asking %s for the TXT records at %s: %w", p.server(), name, err)
}

func (p Prober) server() string {
	return cmp.Or(p.Server, "the system's DNS server")
}
