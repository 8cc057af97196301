// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"

	"github.com/miekg/dns"
)

// maxString is the most bytes of one string of a TXT record (RFC 1035).
const maxString = 255

// DNSServer is a real DNS server, over UDP and TCP, that knows the TXT records it is told. Names are
// taken with or without a trailing dot, in any case.
type DNSServer struct {
	address string
	servers []*dns.Server

	mu      sync.Mutex
	records map[string][]string
	queries map[string]int
}

// StartDNS starts a server without records on a free port of 127.0.0.1.
func StartDNS() (*DNSServer, error) {
	stream, packets, err := listenBoth()
	if err != nil {
		return nil, err
	}
	s := &DNSServer{
		address: stream.Addr().String(),
		records: map[string][]string{},
		queries: map[string]int{},
	}
	handler := dns.HandlerFunc(s.answer)
	s.servers = []*dns.Server{{Listener: stream, Handler: handler}, {PacketConn: packets, Handler: handler}}
	for _, server := range s.servers {
		started := make(chan error, 1)
		server.NotifyStartedFunc = func() { started <- nil }
		go func() { started <- server.ActivateAndServe() }()
		if err := <-started; err != nil {
			return nil, errors.Join(fmt.Errorf("starting a DNS server: %w", err), stream.Close(), packets.Close())
		}
	}
	return s, nil
}

// listenBoth finds a port that is free for TCP and UDP.
func listenBoth() (net.Listener, net.PacketConn, error) {
	const tries = 10
	var failed error
	for range tries {
		stream, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, nil, fmt.Errorf("listening for DNS over TCP: %w", err)
		}
		packets, err := net.ListenPacket("udp", stream.Addr().String())
		if err == nil {
			return stream, packets, nil
		}
		failed = errors.Join(fmt.Errorf("listening for DNS over UDP: %w", err), stream.Close())
	}
	return nil, nil, failed
}

// Addr is where the server answers: host:port.
func (s *DNSServer) Addr() string { return s.address }

// Set gives a name these TXT records, and no others. Values may be longer than one string of a record.
func (s *DNSServer) Set(name string, values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records[dns.CanonicalName(name)] = slices.Clone(values)
}

// Remove takes a name away: the server says that it does not exist.
func (s *DNSServer) Remove(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.records, dns.CanonicalName(name))
}

// Queries is how often a name was asked for. A question that is asked again over TCP counts twice.
func (s *DNSServer) Queries(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queries[dns.CanonicalName(name)]
}

// Close stops the server. Who asks it then gets no answer.
func (s *DNSServer) Close() error {
	var errs []error
	for _, server := range s.servers {
		errs = append(errs, server.Shutdown())
	}
	return errors.Join(errs...)
}

func (s *DNSServer) answer(w dns.ResponseWriter, request *dns.Msg) {
	answer := new(dns.Msg).SetReply(request)
	answer.Authoritative, answer.Compress = true, true
	if len(request.Question) == 1 {
		s.fill(answer, request.Question[0])
	}
	if w.LocalAddr().Network() == "udp" {
		size := dns.MinMsgSize
		if extended := request.IsEdns0(); extended != nil {
			size = int(extended.UDPSize())
		}
		answer.Truncate(size)
	}
	// Who does not take the answer asks again.
	_ = w.WriteMsg(answer)
}

func (s *DNSServer) fill(answer *dns.Msg, question dns.Question) {
	name := dns.CanonicalName(question.Name)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queries[name]++
	values, found := s.records[name]
	if !found {
		answer.Rcode = dns.RcodeNameError
		return
	}
	if question.Qtype != dns.TypeTXT {
		return
	}
	for _, value := range values {
		header := dns.RR_Header{Name: question.Name, Rrtype: dns.TypeTXT, Class: dns.ClassINET}
		answer.Answer = append(answer.Answer, &dns.TXT{Hdr: header, Txt: textStrings(value)})
	}
}

// textStrings are the strings of a record that holds the value: at least one, maybe empty.
func textStrings(value string) []string {
	made := []string{}
	for len(value) > maxString {
		made, value = append(made, value[:maxString]), value[maxString:]
	}
	return append(made, value)
}
