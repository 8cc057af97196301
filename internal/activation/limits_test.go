// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package activation_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/internal/activation"
)

func TestOneClientHasItsShare(t *testing.T) {
	e := start(t, func(c *configv1alpha1.Activation) { c.RatePerClient = 3 })
	for range 3 {
		expect(t, e.request(http.MethodGet, e.token, here), http.StatusOK, "")
	}
	finds := e.finds
	answer := e.request(http.MethodGet, e.token, here)
	expect(t, answer, http.StatusTooManyRequests, "Wait a minute")
	if answer.Header().Get("Retry-After") != "20" || e.finds != finds {
		t.Errorf("Retry-After %q, %d look-ups", answer.Header().Get("Retry-After"), e.finds-finds)
	}
	expect(t, e.request(http.MethodGet, e.token, there), http.StatusOK, "")
	e.wait(20 * time.Second)
	expect(t, e.request(http.MethodGet, e.token, here), http.StatusOK, "")
}

func TestWhoGuessesWaitsAndTheGuestDoesNot(t *testing.T) {
	for name, grant := range map[string]string{"of a grant": string(invited), "of no grant": string(stranger)} {
		t.Run(name, func(t *testing.T) {
			e := start(t, nil)
			guess := grant + "." + strings.Repeat("A", 43)
			for range 5 {
				expect(t, e.request(http.MethodPost, guess, here), http.StatusNotFound, "")
			}
			answer := e.request(http.MethodPost, guess, here)
			expect(t, answer, http.StatusTooManyRequests, "Wait a minute")
			if answer.Header().Get("Retry-After") != "60" {
				t.Errorf("Retry-After is %q", answer.Header().Get("Retry-After"))
			}
			if grant == string(invited) {
				expect(t, e.request(http.MethodPost, e.token, here), http.StatusTooManyRequests, "")
			}
			expect(t, e.request(http.MethodPost, e.token, there), http.StatusOK, "Welcome")
		})
	}
}

func TestManyGuessersHaveFewGuessesEach(t *testing.T) {
	e := start(t, nil)
	answered := 0
	for client := range 100 {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(client)}), 1000).String()
		for range 20 {
			if e.request(http.MethodPost, newToken(t, invited).Reveal(), from).Code == http.StatusNotFound {
				answered++
			}
		}
	}
	if answered > 5+100*3 {
		t.Errorf("%d of 2000 guesses were answered", answered)
	}
}

func TestProxiesAreBelievedAsFarAsTheyAreTrusted(t *testing.T) {
	forwarded := func(values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header["X-Forwarded-For"] = values }
	}
	for name, tc := range map[string]struct {
		from     string
		forward  func(*http.Request)
		from2    string
		forward2 func(*http.Request)
		same     bool
	}{
		"two clients behind a proxy":         {"10.0.0.1:1", forwarded("192.0.2.1"), "10.0.0.1:1", forwarded("192.0.2.2"), false},
		"one client behind two proxies":      {"10.0.0.1:1", forwarded("192.0.2.1"), "10.0.0.2:1", forwarded("192.0.2.1, 10.0.0.9"), true},
		"a client that says it is others":    {"10.0.0.1:1", forwarded("1.1.1.1, 192.0.2.1"), "10.0.0.1:1", forwarded("2.2.2.2", "192.0.2.1"), true},
		"a client that says it is a proxy":   {"192.0.2.1:1", forwarded("1.1.1.1"), "192.0.2.1:2", forwarded("2.2.2.2"), true},
		"a proxy that says nothing":          {"10.0.0.1:1", forwarded(), "10.0.0.1:2", forwarded("nonsense"), true},
		"the addresses of one IPv6 network":  {"[2001:db8::1]:1", forwarded(), "[2001:db8::ffff:1]:1", forwarded(), true},
		"the addresses of two IPv6 networks": {"[2001:db8::1]:1", forwarded(), "[2001:db8:0:1::1]:1", forwarded(), false},
		"an address written in two ways":     {"192.0.2.1:1", forwarded(), "[::ffff:192.0.2.1]:1", forwarded(), true},
		"senders without an address":         {"@", forwarded(), "", forwarded(), true},
	} {
		t.Run(name, func(t *testing.T) {
			e := start(t, func(c *configv1alpha1.Activation) {
				c.RatePerClient, c.TrustedProxies = 1, []string{"10.0.0.0/8"}
			})
			expect(t, e.request(http.MethodGet, e.token, tc.from, tc.forward), http.StatusOK, "")
			want := http.StatusOK
			if tc.same {
				want = http.StatusTooManyRequests
			}
			expect(t, e.request(http.MethodGet, e.token, tc.from2, tc.forward2), want, "")
		})
	}
}

func TestAHandlerIsRefusedForProxiesThatAreNone(t *testing.T) {
	c := config()
	c.TrustedProxies = []string{"everybody"}
	if _, err := activation.New(activation.Options{Config: c}); err == nil || !strings.Contains(err.Error(), "activation.trustedProxies") {
		t.Errorf("%v", err)
	}
}
