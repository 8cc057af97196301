// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package activation_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/internal/activation"
	"github.com/tenantry/tenantry/internal/invite"
)

const (
	invited  types.UID = "6f1c0f5e-7d0a-4b8e-9a39-0d8f2a1f6c11"
	stranger types.UID = "00000000-0000-4000-8000-000000000000"
)

// memory is a Store that keeps invitations as an API server would.
type memory struct {
	mu          sync.Mutex
	invitations map[types.UID]activation.Invitation
	finds       int
	// broken is what every call returns; conflicts, how many calls of Keep find a change.
	broken    error
	conflicts int
}

func (m *memory) Find(_ context.Context, grant types.UID) (activation.Invitation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.finds++
	found, ok := m.invitations[grant]
	switch {
	case m.broken != nil:
		return activation.Invitation{}, m.broken
	case !ok:
		return activation.Invitation{}, activation.ErrNotFound
	}
	return found, nil
}

func (m *memory) Keep(_ context.Context, grant types.UID, found activation.Invitation, state invite.State) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.conflicts > 0 {
		m.conflicts--
		return activation.ErrConflict
	}
	kept := m.invitations[grant]
	if kept.Version != found.Version {
		return activation.ErrConflict
	}
	version, _ := strconv.Atoi(kept.Version)
	kept.State, kept.Version = state, strconv.Itoa(version+1)
	m.invitations[grant] = kept
	return nil
}

func (m *memory) state() invite.State {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.invitations[invited].State
}

// endpoint is a handler with one invitation.
type endpoint struct {
	http.Handler
	*memory
	token string
	log   *strings.Builder

	mu  sync.Mutex
	now time.Time
}

func (e *endpoint) clock() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
}

func (e *endpoint) wait(d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.now = e.now.Add(d)
}

func config() configv1alpha1.Activation {
	return configv1alpha1.Activation{
		URL:           "https://example.com/tenantry",
		TokenLifetime: metav1.Duration{Duration: time.Hour},
		RatePerTenant: 5,
		RatePerClient: 1000,
	}
}

func start(t *testing.T, change func(*configv1alpha1.Activation)) *endpoint {
	t.Helper()
	token := newToken(t, invited)
	e := &endpoint{token: token.Reveal(), log: &strings.Builder{}, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	e.memory = &memory{invitations: map[types.UID]activation.Invitation{invited: {
		State:      stateWith(t, token, e.now.Add(time.Hour)),
		Tenant:     "acme-cybercorp",
		TenantName: "CyberCorp <b>Ltd</b>",
		UserName:   "jdoe@cybercorp.example",
		PortalURL:  "https://cybercorp-acme.tenantry.example",
	}}}
	c := config()
	if change != nil {
		change(&c)
	}
	var err error
	e.Handler, err = activation.New(activation.Options{Config: c, Store: e.memory, Log: e.logger(), Now: e.clock})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *endpoint) logger() logr.Logger {
	var mu sync.Mutex
	return funcr.New(func(prefix, args string) {
		mu.Lock()
		defer mu.Unlock()
		e.log.WriteString(prefix + " " + args + "\n")
	}, funcr.Options{})
}

func newToken(t *testing.T, grant types.UID) invite.Token {
	t.Helper()
	token, err := invite.NewToken(grant, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// request sends a request from an address, with the token where the method has it.
func (e *endpoint) request(method, token, from string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	query := url.Values{"token": {token}}.Encode()
	request := httptest.NewRequest(method, "/activate?"+query, nil)
	if method == http.MethodPost {
		request = httptest.NewRequest(method, "/activate", strings.NewReader(query))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	request.RemoteAddr = from
	for _, c := range change {
		c(request)
	}
	answer := httptest.NewRecorder()
	e.ServeHTTP(answer, request)
	return answer
}
