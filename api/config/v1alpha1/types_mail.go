// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// StartTLS is whether the way to the mail server is encrypted.
type StartTLS string

// Ways to the mail server.
const (
	// StartTLSRequired sends nothing to a server that does not encrypt, or shows no good certificate.
	StartTLSRequired StartTLS = "Required"
	// StartTLSOpportunistic encrypts if the server offers it, and then wants a good certificate. Who sits
	// on the way can take the offer away, and read the links in the mails.
	StartTLSOpportunistic StartTLS = "Opportunistic"
	// StartTLSNone does not encrypt: for a relay on the same machine.
	StartTLSNone StartTLS = "None"
)

// SMTP is the mail server that takes the operator's mails: invitations, warnings before an access ends,
// the addresses of portals.
type SMTP struct {
	// address of the server's submission port, host:port, such as smtp.example.com:587. The host is the
	// name that its certificate must bear. Default: none, and no mail is sent.
	Address string `json:"address,omitempty"`
	// startTLS is Required, Opportunistic or None. Default: Required.
	StartTLS StartTLS `json:"startTLS,omitempty"`
	// username that the operator logs in with; only with startTLS Required. Default: none, which does not
	// log in.
	Username string `json:"username,omitempty"`
	// passwordFile is the path of a file that holds the password alone, a line feed at its end aside. It
	// is read for every mail. Required with username.
	PasswordFile string `json:"passwordFile,omitempty"`
	// from is the address that mails come from, without a name. Required with address.
	From string `json:"from,omitempty"`
	// caFile is the path of a PEM file with the roots that the server's certificate must lead to. It is
	// read for every mail. Default: none, which takes the system's roots.
	CAFile string `json:"caFile,omitempty"`
	// timeout of handing over one mail, from looking up the server to its word that it has it, 1s to 5m.
	// Default: 30s.
	Timeout metav1.Duration `json:"timeout,omitempty"`
	// ratePerTenant is the number of mails an hour that one tenant may cause, 1 to 10000; what is more
	// waits. Default: 60.
	RatePerTenant int32 `json:"ratePerTenant,omitempty"`
	// partners is where partners' own mail servers may be, which their WhiteLabelProfiles name.
	Partners PartnerServers `json:"partners,omitempty"`
}

// PartnerServers is where partners' own mail servers may be: anywhere on the internet, on ports 25, 587 and 2525,
// and at no private, loopback, link-local or otherwise special address. What is allowed goes before what is denied.
type PartnerServers struct {
	// allowedNetworks are networks in which partners' mail servers may be whatever else is said, on every
	// port, such as 10.20.30.0/24. Default: none.
	AllowedNetworks []string `json:"allowedNetworks,omitempty"`
	// deniedNetworks are networks in which they may not be, though they are on the internet: those of the
	// cluster's nodes, pods and services where they have public addresses. Default: none.
	DeniedNetworks []string `json:"deniedNetworks,omitempty"`
}

// Activation is the endpoint that the links in invitations lead to, /activate. It speaks HTTP: what
// stands before it has the certificate.
type Activation struct {
	// bindAddress is host:port, such as 127.0.0.1:8084, or "0" for off: then invitations hold no link.
	// Needs smtp.address and url. Default: 0.
	BindAddress string `json:"bindAddress,omitempty"`
	// url is what the links begin with, as people reach the endpoint: https, or http on a loopback
	// address; a path is kept. /activate is added. Required unless bindAddress is off.
	URL string `json:"url,omitempty"`
	// tokenLifetime is how long a link works, 5m to 720h. Default: 72h.
	TokenLifetime metav1.Duration `json:"tokenLifetime,omitempty"`
	// ratePerTenant is the number of wrong links a minute that one tenant bears, 1 to 10000; then whoever
	// sent several of them waits, and nobody else. Default: 10.
	RatePerTenant int32 `json:"ratePerTenant,omitempty"`
	// ratePerClient is the number of requests a minute that one client address may send, 1 to 10000; the
	// addresses of an IPv6 /64 count as one. Default: 30.
	RatePerClient int32 `json:"ratePerClient,omitempty"`
	// trustedProxies are the networks of what stands before the endpoint: from there alone
	// X-Forwarded-For is believed to tell the client's address. Default: none.
	TrustedProxies []string `json:"trustedProxies,omitempty"`
}
