// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The components, named as their programs are.
const (
	etcd              = "etcd"
	apiserver         = "kube-apiserver"
	controllerManager = "kube-controller-manager"
	scheduler         = "kube-scheduler"
)

// components in the order in which they start.
var components = []string{etcd, apiserver, controllerManager, scheduler}

// needs names what must run for a component to become ready.
var needs = map[string][]string{
	apiserver:         {etcd},
	controllerManager: {etcd, apiserver},
	scheduler:         {etcd, apiserver},
}

const (
	serviceRange  = "10.96.0.0/12"
	serviceIP     = "10.96.0.1" // the first of serviceRange: the API server's own Service
	serviceIssuer = "https://kubernetes.default.svc.cluster.local"
)

// graceOf is how long a component may take to end before it is killed.
var graceOf = map[string]time.Duration{
	etcd:              10 * time.Second,
	apiserver:         20 * time.Second,
	controllerManager: 10 * time.Second,
	scheduler:         10 * time.Second,
}

func checkComponent(name string) error {
	if slices.Contains(components, name) {
		return nil
	}
	return fmt.Errorf("unknown component %q: it is one of %s", name, strings.Join(components, ", "))
}

// portsOf returns the names of the ports that a component listens on; the first is for clients.
func portsOf(component string) []string {
	if component == etcd {
		return []string{etcd, etcdPeer}
	}
	return []string{component}
}

// layout gives the paths of a plane's directory.
type layout string

func (l layout) path(elements ...string) string {
	return filepath.Join(append([]string{string(l)}, elements...)...)
}
func (l layout) certificate(name string) string    { return l.path("certs", name+".crt") }
func (l layout) key(name string) string            { return l.path("certs", name+".key") }
func (l layout) program(name string) string        { return l.path("k8s", name) }
func (l layout) log(component string) string       { return l.path("logs", component+".log") }
func (l layout) record(component string) string    { return l.path("run", component+".json") }
func (l layout) kubeconfigOf(client string) string { return l.path("certs", client+".kubeconfig") }

// command returns how a component is called: its program, then flags in alphabetical order.
func command(l layout, s *state, component string) []string {
	flags := map[string]func(layout, *state) map[string]string{
		etcd: etcdFlags, apiserver: apiserverFlags, controllerManager: controllerManagerFlags, scheduler: schedulerFlags,
	}[component](l, s)
	maps.Copy(flags, s.Flags[component])
	words := []string{l.program(component)}
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		words = append(words, "--"+name+"="+flags[name])
	}
	return words
}

func (s *state) url(port string) string { return "https://" + loopback(s.Ports[port]) }

func etcdFlags(l layout, s *state) map[string]string {
	return map[string]string{
		"name":     "plane",
		"data-dir": l.path("etcd"),
		// The data need not survive a power cut, and on slow disks fsync is most of a write.
		"unsafe-no-fsync":             "true",
		"quota-backend-bytes":         strconv.Itoa(8 << 30),
		"listen-client-urls":          s.url(etcd),
		"advertise-client-urls":       s.url(etcd),
		"listen-peer-urls":            s.url(etcdPeer),
		"initial-advertise-peer-urls": s.url(etcdPeer),
		"initial-cluster":             "plane=" + s.url(etcdPeer),
		"cert-file":                   l.certificate(etcd),
		"key-file":                    l.key(etcd),
		"client-cert-auth":            "true",
		"trusted-ca-file":             l.certificate(etcdCA),
		"peer-cert-file":              l.certificate(etcd),
		"peer-key-file":               l.key(etcd),
		"peer-client-cert-auth":       "true",
		"peer-trusted-ca-file":        l.certificate(etcdCA),
	}
}

func apiserverFlags(l layout, s *state) map[string]string {
	return map[string]string{
		"bind-address":      "127.0.0.1",
		"advertise-address": "127.0.0.1",
		// Endpoints can't name a loopback address, so that reconciling them would only fill the log.
		"endpoint-reconciler-type": "none",
		"secure-port":              strconv.Itoa(s.Ports[apiserver]),
		"service-cluster-ip-range": serviceRange,
		"allow-privileged":         "true",
		// At its end, cut off watches after 2 s; else every client that watches holds it for a minute.
		"shutdown-send-retry-after": "true",

		"etcd-servers":  s.url(etcd),
		"etcd-cafile":   l.certificate(etcdCA),
		"etcd-certfile": l.certificate("apiserver-etcd-client"),
		"etcd-keyfile":  l.key("apiserver-etcd-client"),

		"tls-cert-file":        l.certificate(apiserver),
		"tls-private-key-file": l.key(apiserver),
		"client-ca-file":       l.certificate(clusterCA),

		"authorization-mode":       "Node,RBAC",
		"enable-admission-plugins": "NodeRestriction",

		"service-account-issuer":           serviceIssuer,
		"service-account-key-file":         l.path("certs", serviceAccountKey+".pub"),
		"service-account-signing-key-file": l.key(serviceAccountKey),

		"kubelet-client-certificate": l.certificate("apiserver-kubelet-client"),
		"kubelet-client-key":         l.key("apiserver-kubelet-client"),

		"proxy-client-cert-file":             l.certificate("front-proxy-client"),
		"proxy-client-key-file":              l.key("front-proxy-client"),
		"requestheader-client-ca-file":       l.certificate(proxyCA),
		"requestheader-allowed-names":        "front-proxy-client",
		"requestheader-username-headers":     "X-Remote-User",
		"requestheader-group-headers":        "X-Remote-Group",
		"requestheader-extra-headers-prefix": "X-Remote-Extra-",
	}
}

func controllerManagerFlags(l layout, s *state) map[string]string {
	flags := servingFlags(l, s, controllerManager)
	maps.Copy(flags, map[string]string{
		"use-service-account-credentials":  "true",
		"service-account-private-key-file": l.key(serviceAccountKey),
		"root-ca-file":                     l.certificate(clusterCA),
		"cluster-signing-cert-file":        l.certificate(clusterCA),
		"cluster-signing-key-file":         l.key(clusterCA),
		"service-cluster-ip-range":         serviceRange,
	})
	return flags
}

func schedulerFlags(l layout, s *state) map[string]string {
	return servingFlags(l, s, scheduler)
}

// servingFlags are what the controller manager and the scheduler share: clients of the API server
// that serve their own health.
func servingFlags(l layout, s *state, component string) map[string]string {
	kubeconfig := l.kubeconfigOf(component)
	return map[string]string{
		"kubeconfig":                   kubeconfig,
		"authentication-kubeconfig":    kubeconfig,
		"authorization-kubeconfig":     kubeconfig,
		"client-ca-file":               l.certificate(clusterCA),
		"requestheader-client-ca-file": l.certificate(proxyCA),
		"bind-address":                 "127.0.0.1",
		"secure-port":                  strconv.Itoa(s.Ports[component]),
		"tls-cert-file":                l.certificate(component),
		"tls-private-key-file":         l.key(component),
		"leader-elect":                 "false", // there is one of each
	}
}
