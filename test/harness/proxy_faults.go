// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
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

// Breakage is how a line is faulty.
type Breakage struct {
	// Seed makes the choices, though not the order of requests, the same again.
	Seed uint64
	// Probability that a request meets a fault, from 0 to 1.
	Probability float64
	// Faults to choose from.
	Faults []Fault
	// Concerns says which requests may meet a fault; nil: all but leases.
	Concerns func(Request) bool
}

// faults strike requests at random.
type faults struct {
	Breakage
	random *rand.Rand
	struck map[Fault]int
}

// Break makes the line faulty until it is mended.
func (p *Proxy) Break(how Breakage) {
	if how.Concerns == nil {
		how.Concerns = func(request Request) bool { return !request.Lease() }
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = &faults{Breakage: how, random: rand.New(rand.NewPCG(how.Seed, how.Seed)), struck: map[Fault]int{}}
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
	if p.faults == nil || !p.faults.Concerns(*request) || p.faults.random.Float64() >= p.faults.Probability {
		return ""
	}
	possible := slices.DeleteFunc(slices.Clone(p.faults.Faults), func(f Fault) bool { return !f.concerns(request) })
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
