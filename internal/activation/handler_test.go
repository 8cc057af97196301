// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package activation_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/internal/activation"
	"github.com/tenantry/tenantry/internal/invite"
)

const here, there = "192.0.2.1:1000", "192.0.2.2:1000"

// stateWith is what is kept of an invitation with this link.
func stateWith(t *testing.T, token invite.Token, ends time.Time) invite.State {
	t.Helper()
	hash := sha256.Sum256([]byte(strings.TrimPrefix(token.Reveal(), string(token.Grant())+".")))
	return invite.State{Attempts: 1, Outcome: invite.OutcomeSent, Links: []invite.Link{{Hash: hash[:], ExpiresAt: ends}}}
}

func expect(t *testing.T, answer *httptest.ResponseRecorder, status int, hint string) {
	t.Helper()
	if answer.Code != status || !strings.Contains(answer.Body.String(), hint) {
		t.Errorf("%d, not %d with %q:\n%s", answer.Code, status, hint, answer.Body)
	}
}

func TestLookingChangesNothing(t *testing.T) {
	e := start(t, nil)
	for range 10 {
		expect(t, e.request(http.MethodGet, e.token, here), http.StatusOK, `<form method="post" action="activate">`)
		e.request(http.MethodHead, e.token, here)
	}
	if !e.state().UsedAt.IsZero() {
		t.Error("the invitation was taken up")
	}
}

func TestALinkWorksOnce(t *testing.T) {
	e := start(t, nil)
	expect(t, e.request(http.MethodPost, e.token, here), http.StatusOK, "https://cybercorp-acme.tenantry.example")
	if !e.state().RedeemedAt.Equal(e.now) {
		t.Errorf("kept: %+v", e.state())
	}
	expect(t, e.request(http.MethodPost, e.token, here), http.StatusGone, "was taken up before")
	expect(t, e.request(http.MethodGet, e.token, here), http.StatusGone, "was taken up before")
}

func TestOfManyAtOnceOneTakesItUp(t *testing.T) {
	e := start(t, nil)
	var welcome atomic.Int32
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if e.request(http.MethodPost, e.token, here).Code == http.StatusOK {
				welcome.Add(1)
			}
		})
	}
	group.Wait()
	if welcome.Load() != 1 {
		t.Errorf("%d took it up", welcome.Load())
	}
}

func TestAChangeInTheMeantimeIsLookedAtAgain(t *testing.T) {
	e := start(t, nil)
	e.conflicts = 2
	expect(t, e.request(http.MethodPost, e.token, here), http.StatusOK, "Welcome")
	e = start(t, nil)
	e.conflicts = 3
	expect(t, e.request(http.MethodPost, e.token, here), http.StatusServiceUnavailable, "not used up")
}

func TestALinkEnds(t *testing.T) {
	e := start(t, nil)
	e.wait(time.Hour)
	expect(t, e.request(http.MethodPost, e.token, here), http.StatusGone, "send the invitation again")
	expect(t, e.request(http.MethodGet, e.token, here), http.StatusGone, "send the invitation again")
	if !e.state().UsedAt.IsZero() {
		t.Error("an old link was taken up")
	}
}

// page is an answer without what differs each time.
func page(answer *httptest.ResponseRecorder) string {
	nonce := regexp.MustCompile(`nonce[-=]"?[A-Z0-9]+`)
	return nonce.ReplaceAllString(fmt.Sprint(answer.Code, answer.Header(), answer.Body), "nonce")
}

func TestAWrongLinkSaysNothing(t *testing.T) {
	want := ""
	for name, token := range map[string]func(*endpoint) string{
		"nobody is invited":   func(*endpoint) string { return newToken(t, stranger).Reveal() },
		"somebody is invited": func(*endpoint) string { return newToken(t, invited).Reveal() },
		"somebody was": func(e *endpoint) string {
			e.request(http.MethodPost, e.token, here)
			return newToken(t, invited).Reveal()
		},
		"the link has ended":    func(e *endpoint) string { e.wait(time.Hour); return newToken(t, invited).Reveal() },
		"no token":              func(*endpoint) string { return "" },
		"a token that is none":  func(*endpoint) string { return `"><script>alert(1)</script>` },
		"half a token":          func(e *endpoint) string { return e.token[:len(e.token)-1] },
		"the token of no grant": func(e *endpoint) string { return string(stranger) + e.token[len(stranger):] },
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			t.Run(method+": "+name, func(t *testing.T) {
				e := start(t, nil)
				answer := e.request(method, token(e), here)
				expect(t, answer, http.StatusNotFound, "This link is not known")
				if want == "" {
					want = page(answer)
				}
				if got := page(answer); got != want {
					t.Errorf("the page tells:\n%s", got)
				}
			})
		}
	}
}

func TestATokenGoesIntoTheFormAlone(t *testing.T) {
	e := start(t, nil)
	secret := e.token[len(invited)+1:]
	if shown := e.request(http.MethodGet, e.token, here); strings.Count(fmt.Sprint(shown.Header(), shown.Body), secret) != 1 {
		t.Errorf("the page holds the token elsewhere:\n%s", shown.Body)
	}
	for range 2 {
		if answer := e.request(http.MethodPost, e.token, here); strings.Contains(fmt.Sprint(answer.Header(), answer.Body), secret) {
			t.Errorf("the page holds the token:\n%s", answer.Body)
		}
	}
	e.broken = errors.New("the API server is away")
	expect(t, e.request(http.MethodGet, e.token, here), http.StatusServiceUnavailable, "Try again in a few minutes")
	expect(t, e.request(http.MethodPost, e.token, here), http.StatusServiceUnavailable, "Try again in a few minutes")
	if log := e.log.String(); strings.Contains(log, secret) || strings.Count(log, "\n") != 3 || !strings.Contains(log, "acme-cybercorp") {
		t.Errorf("the log:\n%s", log)
	}
}

func TestATokenInTheURLIsNoForm(t *testing.T) {
	e := start(t, nil)
	answer := e.request(http.MethodPost, "", here, func(r *http.Request) { r.URL.RawQuery = "token=" + e.token })
	expect(t, answer, http.StatusNotFound, "not known")
	for _, kind := range []string{"text/plain", "multipart/form-data; boundary=x", "application/json"} {
		answer := e.request(http.MethodPost, e.token, here, func(r *http.Request) { r.Header.Set("Content-Type", kind) })
		expect(t, answer, http.StatusNotFound, "not known")
	}
	answer = e.request(http.MethodPost, strings.Repeat("a", 1<<20)+"&token="+e.token, here)
	expect(t, answer, http.StatusNotFound, "not known")
}

func TestEveryPageIsGuarded(t *testing.T) {
	e := start(t, nil)
	for name, answer := range map[string]*httptest.ResponseRecorder{
		"a right link":   e.request(http.MethodGet, e.token, here),
		"a wrong link":   e.request(http.MethodGet, "", here),
		"a taken link":   e.request(http.MethodPost, e.token, here),
		"another method": e.request(http.MethodDelete, e.token, here),
	} {
		t.Run(name, func(t *testing.T) {
			for header, want := range map[string]string{
				"Referrer-Policy":        "no-referrer",
				"Cache-Control":          "no-store",
				"X-Content-Type-Options": "nosniff",
				"X-Frame-Options":        "DENY",
				"X-Robots-Tag":           "noindex, nofollow",
				"Content-Type":           "text/html; charset=utf-8",
			} {
				if got := answer.Header().Get(header); got != want {
					t.Errorf("%s is %q, not %q", header, got, want)
				}
			}
			policy := regexp.MustCompile(`^default-src 'none'; style-src 'nonce-([A-Z0-9]{26})'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$`)
			found := policy.FindStringSubmatch(answer.Header().Get("Content-Security-Policy"))
			if found == nil || !strings.Contains(answer.Body.String(), `<style nonce="`+found[1]+`">`) {
				t.Errorf("policy %q", answer.Header().Get("Content-Security-Policy"))
			}
			if body := answer.Body.String(); strings.Contains(body, "<b>") || strings.Contains(body, "ZgotmplZ") {
				t.Errorf("not escaped:\n%s", body)
			}
		})
	}
	if answer := e.request(http.MethodDelete, e.token, here); answer.Code != http.StatusMethodNotAllowed || answer.Header().Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("%d, allowed %q", answer.Code, answer.Header().Get("Allow"))
	}
}

func TestALinkLeadsToTheHandler(t *testing.T) {
	for name, base := range map[string]string{"the root": "https://example.com", "a path": "https://example.com/tenantry", "a path with a slash": "https://example.com/a%20b/"} {
		t.Run(name, func(t *testing.T) {
			e := start(t, func(c *configv1alpha1.Activation) { c.URL = base })
			token, _ := invite.ParseToken(e.token)
			link, err := activation.Link(configv1alpha1.Activation{URL: base}, token)
			if err != nil {
				t.Fatal(err)
			}
			parsed, err := url.Parse(link)
			if err != nil || !strings.HasPrefix(link, base) || parsed.Query().Get("token") != e.token {
				t.Errorf("the link is %s: %v", link, err)
			}
			for _, target := range []string{parsed.RequestURI(), "/activate?" + parsed.RawQuery} {
				answer := httptest.NewRecorder()
				e.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, target, nil))
				expect(t, answer, http.StatusOK, "You are invited")
			}
			answer := httptest.NewRecorder()
			e.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/other?"+parsed.RawQuery, nil))
			if answer.Code != http.StatusNotFound {
				t.Errorf("another path: %d", answer.Code)
			}
		})
	}
}

func TestAServerWaitsForNobodyForLong(t *testing.T) {
	server := activation.NewServer(http.NotFoundHandler())
	if server.ReadHeaderTimeout == 0 || server.ReadTimeout == 0 || server.WriteTimeout == 0 || server.IdleTimeout == 0 {
		t.Errorf("%+v", server)
	}
}
