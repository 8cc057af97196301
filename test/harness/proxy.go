// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"

	"k8s.io/client-go/rest"
)

// errLost makes the proxy break the connection.
var errLost = errors.New("the answer is lost")

// Proxy stands between one manager and the API server. It records every request, can cut the line
// at a certain write, and can be made faulty. It listens on the loopback, with a certificate of its
// own, and passes the bearer token on.
type Proxy struct {
	server *httptest.Server

	mu       sync.Mutex // guards what follows
	requests []*Request
	faults   *faults
	holds    []*hold

	line cutter
}

// NewProxy starts a proxy in front of the cluster's API server.
func NewProxy(cluster *Cluster) (*Proxy, error) {
	upstream, err := url.Parse(cluster.Config.Host)
	if err != nil {
		return nil, fmt.Errorf("parsing the API server's address: %w", err)
	}
	tlsConfig, err := rest.TLSConfigFor(rest.AnonymousClientConfig(cluster.Config))
	if err != nil {
		return nil, fmt.Errorf("trusting the API server: %w", err)
	}
	p := &Proxy{}
	reverse := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(upstream) },
		Transport:      &http.Transport{TLSClientConfig: tlsConfig, ForceAttemptHTTP2: true},
		FlushInterval:  -1,
		ModifyResponse: p.answered,
		ErrorHandler:   func(w http.ResponseWriter, _ *http.Request, _ error) { reset(w) },
		ErrorLog:       log.New(io.Discard, "", 0),
	}
	p.server = httptest.NewUnstartedServer(p.handler(reverse))
	p.server.Config.ErrorLog = reverse.ErrorLog
	p.server.StartTLS()
	return p, nil
}

// URL to reach it by.
func (p *Proxy) URL() string { return p.server.URL }

// CertificateAuthority of its certificate, as PEM.
func (p *Proxy) CertificateAuthority() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.server.Certificate().Raw})
}

// Close breaks every connection and waits until nothing is on its way any more.
func (p *Proxy) Close() {
	p.server.CloseClientConnections()
	p.server.Close()
}

// Requests since the last Forget.
func (p *Proxy) Requests() []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	requests := make([]Request, 0, len(p.requests))
	for _, request := range p.requests {
		requests = append(requests, *request)
	}
	return requests
}

// Done are the writes since the last Forget that the API server accepted.
func (p *Proxy) Done() []Request {
	return slices.DeleteFunc(p.Requests(), func(r Request) bool {
		return !r.Writes() || r.Status < http.StatusOK || r.Status >= http.StatusMultipleChoices
	})
}

// Forget the requests so far.
func (p *Proxy) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = nil
}

// Writes counts the writes since the last Forget; see Quiet.
func (p *Proxy) Writes(context.Context) (int, error) {
	return len(slices.DeleteFunc(p.Requests(), func(r Request) bool { return !r.Writes() })), nil
}

func (p *Proxy) handler(upstream http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request := p.record(r)
		release, passed := p.line.pass(request)
		defer release()
		if !passed {
			reset(w)
			return
		}
		fault := p.fault(request)
		if fault.answersItself() {
			fault.answer(w, r)
			return
		}
		upstream.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, request)))
	})
}

type requestKey struct{}

// answered looks at the API server's answer before the manager does.
func (p *Proxy) answered(response *http.Response) error {
	request := response.Request.Context().Value(requestKey{}).(*Request)
	p.mu.Lock()
	request.Status = response.StatusCode
	p.mu.Unlock()
	if p.line.answered(request) || request.Fault == LostAnswer {
		return errLost
	}
	if request.Verb == "watch" {
		response.Body = p.stream(request, response.Body)
	}
	return nil
}

func (p *Proxy) record(r *http.Request) *Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	request := ParseRequest(r)
	request.Number = len(p.requests) + 1
	p.requests = append(p.requests, &request)
	return &request
}

// reset breaks the connection in a way that the other side sees at once.
func reset(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if secure, ok := connection.(*tls.Conn); ok {
		connection = secure.NetConn()
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // closing then sends a reset
	}
	_ = connection.Close()
}
