// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package activation is the endpoint that the links in invitations lead to. GET shows a page and changes
// nothing, for programs that look through mails follow links; POST, by the button on that page, takes up
// the invitation, once. Who does not have the right link learns nothing, whether there is an invitation
// or not.
package activation

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-logr/logr"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/internal/invite"
	"github.com/tenantry/tenantry/internal/notify"
	"github.com/tenantry/tenantry/internal/notify/throttle"
)

const (
	// path is where the endpoint answers.
	path = "/activate"
	// parameter holds the token, in the link and in the form.
	parameter = "token"
	// maxForm is the most bytes of a form.
	maxForm = 4 << 10
	// maxKeys is how many clients and tenants are remembered, some 200 bytes each.
	maxKeys = 10_000
	// freeGuesses is how many wrong links a minute a client may send to a tenant that had too many.
	freeGuesses = 3
	// tries is how often an invitation is looked at anew that changes at the same time.
	tries = 3
)

// Options are what a handler needs. All but Log and Brand are required.
type Options struct {
	// Config is the operator's, with its defaults.
	Config configv1alpha1.Activation
	// Store keeps the invitations.
	Store Store
	// Brand of the pages for who has no right link, or one of a tenant without a brand. Default: notify.DefaultBrand.
	Brand notify.Brand
	// Log hears of invitations that were taken up, and of errors; never of a token.
	Log logr.Logger
	// Now is the time.
	Now func() time.Time
}

type handler struct {
	Options
	proxies proxies
	// clients counts all requests of a client, guessers its wrong links, tenants the wrong links for one.
	clients, guessers, tenants *throttle.Throttle
}

// New makes the handler of /activate, below the path of the configured URL and at the root, for a proxy
// that takes that path away. Everything else is not found.
func New(options Options) (http.Handler, error) {
	trusted, err := parseProxies(options.Config.TrustedProxies)
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(options.Config.URL)
	if err != nil {
		return nil, errors.New("activation.url is no URL")
	}
	h := &handler{
		Options:  options,
		proxies:  trusted,
		clients:  throttle.New(int(options.Config.RatePerClient), time.Minute, maxKeys),
		guessers: throttle.New(freeGuesses, time.Minute, maxKeys),
		tenants:  throttle.New(int(options.Config.RatePerTenant), time.Minute, maxKeys),
	}
	mux := http.NewServeMux()
	mux.HandleFunc(path, h.serve)
	if prefix := strings.TrimSuffix(base.EscapedPath(), "/"); prefix != "" {
		mux.HandleFunc(prefix+path, h.serve)
	}
	return mux, nil
}

// NewServer makes a server for the handler that waits for nobody for long. Its address and its end are
// the caller's.
func NewServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
}

// Link is what a mail holds to lead to the endpoint.
func Link(config configv1alpha1.Activation, token invite.Token) (string, error) {
	base, err := url.Parse(config.URL)
	if err != nil {
		return "", errors.New("activation.url is no URL")
	}
	link := base.JoinPath(path)
	link.RawQuery = url.Values{parameter: {token.Reveal()}}.Encode()
	return link.String(), nil
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request) {
	client := h.proxies.client(r)
	if wait, ok := h.clients.Allow(client, h.Now()); !ok {
		h.write(w, page{Kind: pageSlow, Wait: wait})
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		text := r.URL.Query().Get(parameter)
		p, _ := h.look(r.Context(), client, text)
		if p.Kind == pageValid {
			p.Token = text
		}
		h.write(w, p)
	case http.MethodPost:
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		// A form that can't be read holds no token.
		_ = r.ParseForm()
		h.write(w, h.redeem(r.Context(), client, r.PostForm.Get(parameter)))
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		h.write(w, page{Kind: pageMethod})
	}
}

// look says what a link is worth, as a page; pageValid comes with what was found.
func (h *handler) look(ctx context.Context, client, text string) (page, Invitation) {
	token, ok := invite.ParseToken(text)
	if !ok {
		return page{Kind: pageUnknown}, Invitation{}
	}
	found, err := h.Store.Find(ctx, token.Grant())
	if err != nil && !errors.Is(err, ErrNotFound) {
		h.Log.Error(err, "An invitation could not be looked up", "grant", token.Grant())
		return page{Kind: pageBroken}, Invitation{}
	}
	tenant := found.Tenant
	if err != nil {
		found, tenant = Invitation{}, string(token.Grant())
	}
	now := h.Now()
	if h.tenants.Exhausted(tenant, now) && h.guessers.Exhausted(client, now) {
		return page{Kind: pageSlow, Wait: time.Minute}, Invitation{}
	}
	switch found.State.Verify(token, now) {
	case invite.Valid:
		return h.pageFor(pageValid, found), found
	case invite.Used:
		return h.pageFor(pageUsed, found), Invitation{}
	case invite.Expired:
		return h.pageFor(pageExpired, found), Invitation{}
	}
	h.tenants.Allow(tenant, now)
	h.guessers.Allow(client, now)
	return page{Kind: pageUnknown}, Invitation{}
}

// redeem takes up an invitation. Of several at once, one does.
func (h *handler) redeem(ctx context.Context, client, text string) page {
	for range tries {
		seen, found := h.look(ctx, client, text)
		if seen.Kind != pageValid {
			return seen
		}
		token, _ := invite.ParseToken(text)
		err := h.Store.Keep(ctx, token.Grant(), found, found.State.Redeem(h.Now()))
		switch {
		case err == nil:
			h.Log.Info("An invitation was taken up", "grant", token.Grant(), "tenant", found.Tenant)
			return h.pageFor(pageDone, found)
		case !errors.Is(err, ErrConflict):
			h.Log.Error(err, "An invitation could not be taken up", "grant", token.Grant(), "tenant", found.Tenant)
			return page{Kind: pageBroken}
		}
	}
	return page{Kind: pageBroken}
}
