// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"syscall"
)

const etcdPeer = "etcd-peer"

// portNames are all ports of a plane; except for etcd's second one they bear the component's name.
var portNames = []string{etcd, etcdPeer, apiserver, controllerManager, scheduler}

// Ports are taken from below the ephemeral range, where an outgoing connection of any process
// might sit on them while the plane is down.
const (
	firstPort = 20000
	lastPort  = 29999
)

// choosePorts finds a free port for each name.
func choosePorts(names []string) (map[string]int, error) {
	ports := map[string]int{}
	taken := map[int]bool{}
	for _, name := range names {
		for tries := 0; ports[name] == 0; tries++ {
			port := firstPort + rand.IntN(lastPort-firstPort+1)
			if !taken[port] && portFree(port) == nil {
				ports[name], taken[port] = port, true
			} else if tries == 1000 {
				return nil, fmt.Errorf("no free port found between %d and %d on 127.0.0.1", firstPort, lastPort)
			}
		}
	}
	return ports, nil
}

// portFree returns nil if a port of the loopback can be listened on.
func portFree(port int) error {
	listener, err := net.Listen("tcp", loopback(port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("port %d of 127.0.0.1 is taken by another process", port)
	}
	if err != nil {
		return err
	}
	return listener.Close()
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
