// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Fault of the network or the API server.
type Fault string

// Faults.
const (
	// Conflict: 409 to a write that was not done.
	Conflict Fault = "409"
	// TooMany: 429, to be tried again in a second.
	TooMany Fault = "429"
	// ServerError: 500.
	ServerError Fault = "500"
	// Timeout: no answer for two seconds, then 504.
	Timeout Fault = "timeout"
	// Reset of the connection before the request was sent on.
	Reset Fault = "reset"
	// LostAnswer: the request was done, and the connection reset before the answer.
	LostAnswer Fault = "lost answer"
	// SlowWatch: each piece of a watch comes half a second late.
	SlowWatch Fault = "slow watch"
	// TruncatedWatch: a watch ends in the middle of an event.
	TruncatedWatch Fault = "truncated watch"
)

const (
	timeoutAfter = 2 * time.Second
	slowBy       = 500 * time.Millisecond
	truncateAt   = 1500 // bytes
)

// AllFaults there are.
func AllFaults() []Fault {
	return []Fault{Conflict, TooMany, ServerError, Timeout, Reset, LostAnswer, SlowWatch, TruncatedWatch}
}

// concerns says whether a fault can befall a request.
func (f Fault) concerns(request *Request) bool {
	switch f {
	case SlowWatch, TruncatedWatch:
		return request.Verb == "watch"
	case Conflict, LostAnswer:
		return request.Writes()
	}
	return true
}

// faults strike requests at random.
type faults struct {
	random      *rand.Rand
	probability float64
	kinds       []Fault
	struck      map[Fault]int
}

// Break makes the line faulty: each request, leases aside, meets one of the kinds of faults with the
// given probability. The seed makes the choices, though not the order of requests, the same again.
func (p *Proxy) Break(seed uint64, probability float64, kinds ...Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = &faults{random: rand.New(rand.NewPCG(seed, seed)), probability: probability, kinds: kinds, struck: map[Fault]int{}}
}

// Mend makes the line good again and says how often each fault struck.
func (p *Proxy) Mend() map[Fault]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.faults == nil {
		return nil
	}
	struck := p.faults.struck
	p.faults = nil
	return struck
}

// fault that strikes a request; empty if none does.
func (p *Proxy) fault(request *Request) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.faults == nil || request.Lease() || p.faults.random.Float64() >= p.faults.probability {
		return ""
	}
	possible := slices.DeleteFunc(slices.Clone(p.faults.kinds), func(f Fault) bool { return !f.concerns(request) })
	if len(possible) == 0 {
		return ""
	}
	request.Fault = possible[p.faults.random.IntN(len(possible))]
	p.faults.struck[request.Fault]++
	return request.Fault
}

func (f Fault) answersItself() bool {
	return slices.Contains([]Fault{Conflict, TooMany, ServerError, Timeout, Reset}, f)
}

// answer in the API server's place.
func (f Fault) answer(w http.ResponseWriter, r *http.Request) {
	switch f {
	case Conflict:
		refuse(w, http.StatusConflict, metav1.StatusReasonConflict)
	case TooMany:
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests)
	case ServerError:
		refuse(w, http.StatusInternalServerError, metav1.StatusReasonInternalError)
	case Timeout:
		select {
		case <-r.Context().Done():
		case <-time.After(timeoutAfter):
			refuse(w, http.StatusGatewayTimeout, metav1.StatusReasonTimeout)
		}
	default:
		reset(w)
	}
}

func refuse(w http.ResponseWriter, code int, reason metav1.StatusReason) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(metav1.Status{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
		Status:   metav1.StatusFailure,
		Reason:   reason,
		Code:     int32(code),
		Message:  fmt.Sprintf("the faulty line answers %d", code),
	})
}

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
	return func() {
		p.mu.Lock()
		p.holds = slices.DeleteFunc(p.holds, func(h *hold) bool { return h == held })
		p.mu.Unlock()
		close(held.released)
	}
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
