// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package notify_test

import (
	"crypto/x509"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tenantry/tenantry/internal/notify"
	"github.com/tenantry/tenantry/test/harness"
)

var loopback = notify.Networks{Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}

// partnersOwn starts a mail server that wants a login after STARTTLS.
func partnersOwn(t *testing.T) (*harness.SMTPServer, notify.PartnerServer) {
	t.Helper()
	server, authority := startServer(t, true)
	host, text, err := net.SplitHostPort(server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority.Roots())
	return server, notify.PartnerServer{Host: host, Port: port, From: "no-reply@acme.example", Username: user, Password: password, Roots: roots}
}

func sendAs(t *testing.T, server notify.PartnerServer, networks notify.Networks) error {
	t.Helper()
	sender, err := notify.NewPartnerSender(server, networks, 5*time.Second)
	if err != nil {
		return err
	}
	message, err := notify.Render(invitation, acme, envelope)
	if err != nil {
		t.Fatal(err)
	}
	return sender.Send(t.Context(), message)
}

func TestAPartnersServerTakesMailsFromThePartnersAddress(t *testing.T) {
	post, server := partnersOwn(t)
	if err := sendAs(t, server, loopback); err != nil {
		t.Fatal(err)
	}
	mails := post.Mails("")
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	if from, err := mails[0].Decoded("From"); err != nil || !strings.Contains(from, "<no-reply@acme.example>") {
		t.Errorf("from %q, %v", from, err)
	}
}

func TestAPartnersServerAtAnAddressThatIsRefusedIsNotAsked(t *testing.T) {
	post, server := partnersOwn(t)
	for name, change := range map[string]func(*notify.PartnerServer){
		"a name that leads to this machine": func(*notify.PartnerServer) {},
		"this machine":                      func(s *notify.PartnerServer) { s.Host = "127.0.0.1" },
		"this machine, written otherwise":   func(s *notify.PartnerServer) { s.Host = "127.1" },
		"a private address":                 func(s *notify.PartnerServer) { s.Host, s.Port = "10.0.0.1", 587 },
		"the metadata of a cloud":           func(s *notify.PartnerServer) { s.Host, s.Port = "169.254.169.254", 25 },
		"a service of the cluster":          func(s *notify.PartnerServer) { s.Host = "kubernetes.default.svc.cluster.local" },
		"a service of the cluster, shorter": func(s *notify.PartnerServer) { s.Host = "kubernetes.default.svc" },
		"a service with a dot at its end":   func(s *notify.PartnerServer) { s.Host = "Kubernetes.default.SVC." },
		"a name that is not there":          func(s *notify.PartnerServer) { s.Host = "nobody.invalid" },
	} {
		t.Run(name, func(t *testing.T) {
			attempt := server
			change(&attempt)
			err := sendAs(t, attempt, notify.Networks{})
			if err == nil || !strings.Contains(err.Error(), "smtp.partners") {
				t.Errorf("%v", err)
			}
			if err != nil && (strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), ":53")) {
				t.Errorf("%v tells what is nobody's business", err)
			}
		})
	}
	if attempts := post.Attempts(); attempts != 0 {
		t.Errorf("somebody connected %d times", attempts)
	}
}

func TestAPartnersServerIsTrustedWithNothingInTheOpen(t *testing.T) {
	open, _ := startServer(t, false)
	_, server := partnersOwn(t)
	_, port, _ := strings.Cut(open.Addr(), ":")
	server.Port, _ = strconv.Atoi(port)
	checkFailure(t, sendAs(t, server, loopback), notify.NotSent, "STARTTLS")
	if len(open.Mails("")) != 0 {
		t.Error("a mail went in the open")
	}

	_, server = partnersOwn(t)
	server.Roots = x509.NewCertPool()
	checkFailure(t, sendAs(t, server, loopback), notify.NotSent, "ca.crt in the Secret")
	_, server = partnersOwn(t)
	server.Password = "another"
	checkFailure(t, sendAs(t, server, loopback), notify.NotSent, "username and password in the Secret")
}

func TestWhereAPartnersServerMayBe(t *testing.T) {
	networks := notify.Networks{Allowed: []netip.Prefix{netip.MustParsePrefix("10.20.30.0/24")}, Denied: []netip.Prefix{netip.MustParsePrefix("8.8.0.0/16")}}
	for text, permitted := range map[string]bool{
		"9.9.9.9:587": true, "9.9.9.9:25": true, "9.9.9.9:2525": true, "[2606:4700::1]:587": true,
		"9.9.9.9:22": false, "9.9.9.9:443": false, "9.9.9.9:6443": false,
		"8.8.8.8:587": false, "10.20.30.40:587": true, "10.20.30.40:10025": true, "10.20.31.1:587": false,
		"0.0.0.0:587": false, "127.0.0.1:587": false, "172.16.0.1:587": false, "192.168.1.1:587": false, "100.64.0.1:587": false,
		"169.254.169.254:587": false, "198.18.0.1:587": false, "224.0.0.1:587": false, "255.255.255.255:587": false,
		"[::]:587": false, "[::1]:587": false, "[::ffff:10.0.0.1]:587": false, "[::ffff:9.9.9.9]:587": true, "[64:ff9b::a00:1]:587": false,
		"[2002:a00:1::]:587": false, "[fd00::1]:587": false, "[fe80::1%eth0]:587": false, "[fec0::1]:587": false, "[ff02::1]:587": false,
	} {
		if err := networks.Permit(netip.MustParseAddrPort(text)); (err == nil) != permitted {
			t.Errorf("%s: %v", text, err)
		}
	}
}
