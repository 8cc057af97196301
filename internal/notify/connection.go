// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
)

// dial connects for as long as ctx lasts, whatever the library does to the connection's deadline.
// Permit judges every address that is tried, once it is known: whatever name led there, and whatever it led to
// a moment before.
func dial(ctx context.Context, network, address string, permit func(netip.AddrPort) error) (net.Conn, error) {
	var dialer net.Dialer
	if permit != nil {
		dialer.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error {
			resolved, err := netip.ParseAddrPort(address)
			if err != nil {
				return errForbidden
			}
			return permit(resolved)
		}
	}
	connection, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = connection.Close() })
	return &bounded{Conn: connection, left: maxAnswers, stop: stop}, nil
}

// maxAnswers is the most bytes of a mail server's answers to one mail, certificates included.
const maxAnswers = 256 << 10

var errTooMuch = errors.New("the mail server says more than any mail server does")

// bounded is a connection that takes so much and no more.
type bounded struct {
	net.Conn
	left int
	stop func() bool
}

// Read implements net.Conn.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooMuch
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// Close implements net.Conn.
func (b *bounded) Close() error {
	b.stop()
	return b.Conn.Close()
}
