// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"io"
	"slices"
	"sync"
	"time"
)

// hold keeps watches back.
type hold struct {
	concerns func(Request) bool
	released chan struct{}
}

// Hold keeps back what the API server sends on the watches that concern says yes to, those that
// run already included, until release is called: the manager's cache is stale meanwhile.
func (p *Proxy) Hold(concerns func(Request) bool) (release func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	held := &hold{concerns: concerns, released: make(chan struct{})}
	p.holds = append(p.holds, held)
	return sync.OnceFunc(func() {
		p.mu.Lock()
		p.holds = slices.DeleteFunc(p.holds, func(h *hold) bool { return h == held })
		p.mu.Unlock()
		close(held.released)
	})
}

// stream is the body of a watch.
func (p *Proxy) stream(request *Request, body io.ReadCloser) io.ReadCloser {
	return &stream{ReadCloser: body, proxy: p, request: *request, closed: make(chan struct{})}
}

type stream struct {
	io.ReadCloser
	proxy   *Proxy
	request Request
	read    int
	closing sync.Once
	closed  chan struct{}
}

// Read is a piece of the watch, late, cut short or held back if so planned.
func (s *stream) Read(data []byte) (int, error) {
	n, err := s.ReadCloser.Read(data)
	if s.request.Fault == SlowWatch {
		select {
		case <-time.After(slowBy):
		case <-s.closed:
		}
	}
	for _, held := range s.holds() {
		select {
		case <-held.released:
		case <-s.closed:
		}
	}
	s.read += n
	if s.request.Fault == TruncatedWatch && s.read > truncateAt {
		return max(0, n-(s.read-truncateAt)), io.ErrUnexpectedEOF
	}
	return n, err
}

// Close ends the watch.
func (s *stream) Close() error {
	s.closing.Do(func() { close(s.closed) })
	return s.ReadCloser.Close()
}

func (s *stream) holds() []*hold {
	s.proxy.mu.Lock()
	defer s.proxy.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.proxy.holds), func(h *hold) bool { return !h.concerns(s.request) })
}
