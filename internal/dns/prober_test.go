// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package dns_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	mdns "github.com/miekg/dns"

	"github.com/tenantry/tenantry/internal/dns"
)

const record = "_tenantry.support.cybercorp.example"

// brief is long for a server that answers, and short for a test of one that doesn't.
const brief = 200 * time.Millisecond

func TestLookupTXT(t *testing.T) {
	long := strings.Repeat("0123456789", 60)
	many := slices.Repeat([]string{strings.Repeat("a", 255)}, 20)
	for _, test := range []struct {
		name   string
		answer func(*mdns.Msg)
		want   []string
	}{
		{"a record that is there is found", txt("a"), []string{"a"}},
		{"several records are found", txt("a", "b", "v=spf1 -all"), []string{"a", "b", "v=spf1 -all"}},
		{"an empty record is found", txt(""), []string{""}},
		{"the strings of a long record are joined", txt(long), []string{long}},
		{"records that don't fit into a datagram are asked for again over TCP", txt(many...), many},
		{"as many records as may be are found", txt(slices.Repeat([]string{"a"}, dns.MaxRecords)...), slices.Repeat([]string{"a"}, dns.MaxRecords)},
		{"a record behind an alias is found", alias("a"), []string{"a"}},
		{"a record of another type is passed over", aRecord, nil},
		{"a name that is not there has none", rcode(mdns.RcodeNameError), nil},
		{"a name with other records has none", rcode(mdns.RcodeSuccess), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := serve(t, respond(test.answer))
			got, err := dns.Prober{Server: server}.LookupTXT(t.Context(), record)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLookupTXTFails(t *testing.T) {
	for _, test := range []struct {
		name   string
		handle mdns.HandlerFunc
		says   string
	}{
		{"where the server fails", respond(rcode(mdns.RcodeServerFailure)), "server misbehaving"},
		{"where the server refuses", respond(rcode(mdns.RcodeRefused)), "server misbehaving"},
		{"where the server refers to others", respond(func(m *mdns.Msg) { m.Authoritative = false }), "lame referral"},
		{"where the server does not answer", func(mdns.ResponseWriter, *mdns.Msg) {}, "no answer in time"},
		{"where somebody else answers", respond(func(m *mdns.Msg) { txt("a")(m); m.Id++ }), "no answer in time"},
		{"where another name is answered for", respond(func(m *mdns.Msg) { txt("a")(m); m.Question[0].Name = "other.example." }), "no answer in time"},
		{"where the answer is garbage", func(w mdns.ResponseWriter, _ *mdns.Msg) { _, _ = w.Write([]byte("garbage")) }, "no answer in time"},
		{"where a record is cut off", respondCut, "cannot unmarshal DNS message"},
		{"where there are too many records", respond(txt(slices.Repeat([]string{"a"}, dns.MaxRecords+1)...)), "remove others"},
		{"where the records are too large", respond(txt(slices.Repeat([]string{strings.Repeat("a", 1000)}, 17)...)), "remove others"},
		{"where the answer is as large as can be", respond(txt(slices.Repeat([]string{strings.Repeat("a", 250)}, 240)...)), "remove others"},
		{"where the server does not answer over TCP", overTCP, "no answer in time"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := serve(t, test.handle)
			records, err := dns.Prober{Server: server, Timeout: brief}.LookupTXT(t.Context(), record)
			if err == nil {
				t.Fatalf("got %q", records)
			}
			for _, part := range []string{record, server, test.says} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			if records != nil {
				t.Errorf("got %q beside the error", records)
			}
		})
	}
}

func TestLookupTXTFailsWhereThereIsNoServer(t *testing.T) {
	packets, stream := listen(t)
	closed := stream.Addr().String()
	if err := errors.Join(packets.Close(), stream.Close()); err != nil {
		t.Fatal(err)
	}
	_, err := dns.Prober{Server: closed, Timeout: brief}.LookupTXT(t.Context(), record)
	if err == nil || !strings.Contains(err.Error(), closed) || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("got %v", err)
	}
}

func TestLookupTXTEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := serve(t, func(mdns.ResponseWriter, *mdns.Msg) { cancel() })
	_, err := dns.Prober{Server: server, Timeout: time.Hour}.LookupTXT(ctx, record)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestLookupTXTWithoutAServerAsksTheSystems(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := dns.Prober{}.LookupTXT(ctx, record)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "the system's DNS server") {
		t.Errorf("got %v", err)
	}
}

func TestLookupTXTAsksForTheNameItselfOnly(t *testing.T) {
	for _, name := range []string{record, record + ".", "_tenantry.intranet"} {
		var asked atomic.Pointer[[]string]
		asked.Store(&[]string{})
		server := serve(t, func(w mdns.ResponseWriter, question *mdns.Msg) {
			names := append(slices.Clone(*asked.Load()), question.Question[0].Name)
			asked.Store(&names)
			respond(rcode(mdns.RcodeNameError))(w, question)
		})
		if _, err := (dns.Prober{Server: server}).LookupTXT(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{mdns.Fqdn(name)}, *asked.Load()); diff != "" {
			t.Error(diff)
		}
	}
}

// serve answers over UDP and TCP on one port until the test ends.
func serve(t *testing.T, handle mdns.HandlerFunc) string {
	t.Helper()
	packets, stream := listen(t)
	for _, server := range []*mdns.Server{{PacketConn: packets}, {Listener: stream}} {
		started := make(chan struct{})
		server.Handler, server.NotifyStartedFunc = handle, func() { close(started) }
		go func() {
			if err := server.ActivateAndServe(); err != nil {
				t.Errorf("serving DNS: %v", err)
			}
		}()
		<-started
		t.Cleanup(func() { _ = server.Shutdown() })
	}
	return stream.Addr().String()
}

// listen finds a port that is free for both.
func listen(t *testing.T) (net.PacketConn, net.Listener) {
	t.Helper()
	for {
		stream, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		packets, err := net.ListenPacket("udp", stream.Addr().String())
		if err == nil {
			return packets, stream
		}
		_ = stream.Close()
	}
}

// respond sends an answer, cut to what the asker takes in a datagram.
func respond(fill func(*mdns.Msg)) mdns.HandlerFunc {
	return func(w mdns.ResponseWriter, question *mdns.Msg) {
		answer := new(mdns.Msg).SetReply(question)
		answer.Authoritative, answer.Compress = true, true
		fill(answer)
		if w.LocalAddr().Network() == "udp" {
			answer.Truncate(int(question.IsEdns0().UDPSize()))
		}
		_ = w.WriteMsg(answer)
	}
}

func txt(values ...string) func(*mdns.Msg) {
	return func(answer *mdns.Msg) {
		for _, value := range values {
			answer.Answer = append(answer.Answer, &mdns.TXT{Hdr: header(answer, mdns.TypeTXT), Txt: pieces(value)})
		}
	}
}

// pieces are strings of the most bytes that one string of a record holds.
func pieces(value string) []string {
	var made []string
	for piece := range slices.Chunk([]byte(value), 255) {
		made = append(made, string(piece))
	}
	if made == nil {
		return []string{""}
	}
	return made
}

func alias(value string) func(*mdns.Msg) {
	return func(answer *mdns.Msg) {
		target := header(answer, mdns.TypeTXT)
		target.Name = "proof.example."
		answer.Answer = []mdns.RR{
			&mdns.CNAME{Hdr: header(answer, mdns.TypeCNAME), Target: target.Name},
			&mdns.TXT{Hdr: target, Txt: []string{value}},
		}
	}
}

func aRecord(answer *mdns.Msg) {
	answer.Answer = []mdns.RR{&mdns.A{Hdr: header(answer, mdns.TypeA), A: net.IPv4(192, 0, 2, 1)}}
}

func rcode(code int) func(*mdns.Msg) {
	return func(answer *mdns.Msg) { answer.Rcode = code }
}

func header(answer *mdns.Msg, kind uint16) mdns.RR_Header {
	return mdns.RR_Header{Name: answer.Question[0].Name, Rrtype: kind, Class: mdns.ClassINET, Ttl: 1}
}

func respondCut(w mdns.ResponseWriter, question *mdns.Msg) {
	answer := new(mdns.Msg).SetReply(question)
	txt("a long value")(answer)
	packed, err := answer.Pack()
	if err != nil {
		panic(fmt.Sprintf("packing an answer: %v", err))
	}
	_, _ = w.Write(packed[:len(packed)-4])
}

// overTCP sends the asker on to TCP, and does not answer there.
func overTCP(w mdns.ResponseWriter, question *mdns.Msg) {
	answer := new(mdns.Msg).SetReply(question)
	answer.Truncated = true
	if w.LocalAddr().Network() == "udp" {
		_ = w.WriteMsg(answer)
	}
}
