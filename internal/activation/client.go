// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package activation

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// clientBits is how much of an IPv6 address tells one client from another: who has one address of a /64
// has them all.
const clientBits = 64

// proxies are the networks whose X-Forwarded-For is believed.
type proxies []netip.Prefix

func parseProxies(networks []string) (proxies, error) {
	var parsed proxies
	for _, network := range networks {
		prefix, err := netip.ParsePrefix(network)
		if err != nil {
			return nil, fmt.Errorf("activation.trustedProxies: %w", err)
		}
		parsed = append(parsed, prefix)
	}
	return parsed, nil
}

func (p proxies) trust(address netip.Addr) bool {
	return slices.ContainsFunc(p, func(network netip.Prefix) bool { return network.Contains(address) })
}

// client names who sent a request: the last address on its way that is no trusted proxy.
func (p proxies) client(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "unknown"
	}
	address := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !p.trust(address) {
			break
		}
		next, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		address = next.Unmap()
	}
	if address.Is6() {
		if network, err := address.WithZone("").Prefix(clientBits); err == nil {
			return network.String()
		}
	}
	return address.String()
}
