// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net"
	"slices"
	"strings"
	"testing"
)

func TestFlagsSetByTheUserReplaceOurs(t *testing.T) {
	s := testState(t)
	s.Flags = componentFlags{controllerManager: {"leader-elect": "true", "kube-api-qps": "1000"}}
	words := command(layout("/plane"), s, controllerManager)
	if words[0] != "/plane/k8s/kube-controller-manager" {
		t.Errorf("the program is %s", words[0])
	}
	for _, wanted := range []string{"--leader-elect=true", "--kube-api-qps=1000", "--use-service-account-credentials=true"} {
		if !slices.Contains(words, wanted) {
			t.Errorf("%s is missing in %v", wanted, words)
		}
	}
	if slices.Contains(words, "--leader-elect=false") {
		t.Error("our own --leader-elect is still there")
	}
}

func TestNothingListensBeyondTheLoopback(t *testing.T) {
	s := testState(t)
	for _, component := range components {
		for _, word := range command(layout("/plane"), s, component) {
			name, value, _ := strings.Cut(word, "=")
			listens := strings.HasSuffix(name, "bind-address") || strings.Contains(name, "-urls")
			if listens && !strings.Contains(value, "127.0.0.1") {
				t.Errorf("%s: %s", component, word)
			}
		}
	}
}

func TestAComponentIsCalledTheSameEveryTime(t *testing.T) {
	s := testState(t)
	for _, component := range components {
		first := command(layout("/plane"), s, component)
		for range 20 {
			if !slices.Equal(first, command(layout("/plane"), s, component)) {
				t.Fatalf("%s: its flags have no fixed order", component)
			}
		}
	}
}

func TestPortsAreFreeAndAllDifferent(t *testing.T) {
	ports, err := choosePorts(portNames)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, name := range portNames {
		port := ports[name]
		if port < firstPort || port > lastPort || seen[port] {
			t.Errorf("%s has port %d of %v", name, port, ports)
		}
		seen[port] = true
	}
}

func TestATakenPortIsNamed(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	s := testState(t)
	s.Ports[etcdPeer] = port
	p := &plane{layout: layout(t.TempDir()), name: "dev"}
	err = p.checkPorts(s, components)
	if err == nil || !strings.Contains(err.Error(), listener.Addr().String()[len("127.0.0.1:"):]) || !strings.Contains(err.Error(), "etcd can't start") {
		t.Errorf("error %v, want one that names etcd and port %d", err, port)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.checkPorts(s, components); err != nil {
		t.Error(err)
	}
}
