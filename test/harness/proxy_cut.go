// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import "sync"

// Moment of a write.
type Moment string

// Moments at which the line can be cut.
const (
	// Before the write is sent.
	Before Moment = "before"
	// After the write was done, or refused; its answer is lost.
	After Moment = "after"

	stalled Moment = "stalled"
)

// CutAt lets writes through one at a time, and at the given moment of the nth cuts the line for
// good and calls then: from that moment on nothing reaches the API server through this proxy.
// Writes are counted from the call on, from 1, refused ones too. Then must not call the proxy.
func (p *Proxy) CutAt(n int, moment Moment, then func()) {
	p.line.mu.Lock()
	defer p.line.mu.Unlock()
	p.line.at, p.line.moment, p.line.then, p.line.count = n, moment, then, 0
	p.line.delivered = make(chan struct{})
}

// StallAt lets writes through one at a time and stalls the nth on its way: then is called, and the
// write arrives at the API server when deliver is called. Writes are counted as by CutAt.
func (p *Proxy) StallAt(n int, then func()) (deliver func()) {
	p.CutAt(n, stalled, then)
	return sync.OnceFunc(func() { close(p.line.delivered) })
}

// Stalled says whether a write is stalled, or was.
func (p *Proxy) Stalled() bool {
	p.line.mu.Lock()
	defer p.line.mu.Unlock()
	return p.line.moment == stalled && p.line.count >= p.line.at
}

// Cut says whether the line was cut.
func (p *Proxy) Cut() bool {
	p.line.mu.Lock()
	defer p.line.mu.Unlock()
	return p.line.cut
}

// cutter cuts the line at a certain write.
type cutter struct {
	// turn is held by the one write that is on its way while a cut is planned.
	turn sync.Mutex

	mu     sync.Mutex // guards what follows
	at     int
	moment Moment
	then   func()
	count  int
	cut    bool
	// delivered is closed when a stalled write may go on.
	delivered chan struct{}
}

// pass says whether the request may be sent on. Release is to be called when it is done.
func (c *cutter) pass(request *Request) (release func(), passed bool) {
	release = func() {}
	if c.planned() && request.Writes() {
		c.turn.Lock()
		release = c.turn.Unlock
	}
	passed, wait := c.admit(request)
	if wait != nil {
		<-wait
	}
	return release, passed
}

// admit counts a write. One that is stalled has to wait.
func (c *cutter) admit(request *Request) (passed bool, wait <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut || c.at == 0 || !request.Writes() {
		return !c.cut, nil
	}
	c.count++
	switch {
	case c.count != c.at:
		return true, nil
	case c.moment == Before:
		c.sever()
		return false, nil
	case c.moment == stalled:
		c.then()
		return true, c.delivered
	}
	return true, nil
}

// answered says whether the answer to a request is lost. The count stands still while a write is on
// its way.
func (c *cutter) answered(request *Request) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at > 0 && c.moment == After && c.count == c.at && request.Writes() && !c.cut {
		c.sever()
	}
	return c.cut
}

func (c *cutter) sever() {
	c.cut = true
	c.then()
}

func (c *cutter) planned() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at > 0
}
