// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"crypto/x509"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
)

// PartnerServer is a partner's own mail server. STARTTLS with a good certificate is demanded of it.
type PartnerServer struct {
	// Host and Port of the server. The host is the name that its certificate must bear.
	Host string
	Port int
	// From is the address that mails come from.
	From string
	// Username and Password that the operator logs in with. Default: none, which does not log in.
	Username, Password string
	// Roots that the certificate must lead to. Default: the system's.
	Roots *x509.CertPool
}

// NewPartnerSender makes a Sender that connects to nothing but what networks permit.
func NewPartnerSender(server PartnerServer, networks Networks, timeout time.Duration) (*Sender, error) {
	_, domain, found := strings.Cut(server.From, "@")
	if !found {
		return nil, errors.New("spec.emailFrom must be a mail address")
	}
	if isClusterName(server.Host) {
		return nil, errors.New(unreachable)
	}
	return &Sender{
		host: server.Host, port: server.Port, from: server.From, domain: domain, way: configv1alpha1.StartTLSRequired, timeout: timeout,
		username: server.Username,
		password: func() (string, error) { return server.Password, nil },
		roots:    func() (*x509.CertPool, error) { return server.Roots, nil },
		permit:   networks.Permit,
		named:    partnerSettings,
	}, nil
}

// isClusterName says that a name is one of the cluster's own DNS, wherever that leads.
func isClusterName(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return strings.HasSuffix(host, ".svc") || strings.Contains(host, ".svc.") || strings.HasSuffix(host, ".cluster.local")
}

// Networks are where partners' mail servers may be, beside the internet. What is allowed goes before what is denied.
type Networks struct {
	Allowed, Denied []netip.Prefix
}

// submissionPorts are those that mail servers take mails on with STARTTLS. Others would let the operator be used to
// find out what answers where.
var submissionPorts = []uint16{25, 587, 2525}

// special are the networks that nobody on the internet has: private, shared, link-local, documentation, benchmarks,
// and those of IPv6 that embed an IPv4 address, which may be any of these.
var special = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/9", "ff00::/8",
)

// Permit says whether a mail server may be at an address.
func (n Networks) Permit(at netip.AddrPort) error {
	address := at.Addr().Unmap().WithZone("")
	holds := func(network netip.Prefix) bool { return network.Contains(address) }
	switch {
	case slices.ContainsFunc(n.Allowed, holds):
		return nil
	case slices.ContainsFunc(n.Denied, holds), slices.ContainsFunc(special, holds), !slices.Contains(submissionPorts, at.Port()):
		return errForbidden
	}
	return nil
}

func prefixes(networks ...string) []netip.Prefix {
	parsed := make([]netip.Prefix, 0, len(networks))
	for _, network := range networks {
		parsed = append(parsed, netip.MustParsePrefix(network))
	}
	return parsed
}
