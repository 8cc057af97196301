// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package edge

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

const (
	// headerPortal is where a portal says whose it is.
	headerPortal = "X-Portal-Of"
	// podPort is the port that portals listen on.
	podPort = 8080
)

// podNetwork leads to what stands for pods, which do not run on a plane: servers in this process, on
// the loopback, under addresses that no real network has. It is a SOCKS5 server (RFC 1928), as the
// ingress controller takes no other kind of network from its environment.
type podNetwork struct {
	listener net.Listener

	mu   sync.Mutex // guards what follows
	next netip.Addr
	pods map[netip.AddrPort]net.Addr
}

func newPodNetwork() *podNetwork {
	GinkgoHelper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(listener.Close)
	// Of the block for benchmarks (RFC 2544).
	n := &podNetwork{listener: listener, next: netip.MustParseAddr("198.18.0.1"), pods: map[netip.AddrPort]net.Addr{}}
	go n.serve()
	return n
}

// url is what the ingress controller takes from its environment.
func (n *podNetwork) url() string { return "socks5://" + n.listener.Addr().String() }

// add gives a server the address of a pod, which nobody else had or gets.
func (n *podNetwork) add(server *httptest.Server) netip.Addr {
	n.mu.Lock()
	defer n.mu.Unlock()
	address := n.next
	n.next = address.Next()
	n.pods[netip.AddrPortFrom(address, podPort)] = server.Listener.Addr()
	return address
}

func (n *podNetwork) serve() {
	for {
		connection, err := n.listener.Accept()
		if err != nil {
			return // closed
		}
		go func() {
			defer connection.Close()
			if err := n.lead(connection); err != nil {
				fmt.Fprintln(GinkgoWriter, "pod network:", err)
			}
		}()
	}
}

// lead does what one connection asks for: no authentication, CONNECT, to an IPv4 address.
func (n *podNetwork) lead(connection net.Conn) error {
	greeting := make([]byte, 2)
	if _, err := io.ReadFull(connection, greeting); err != nil {
		return err
	}
	if _, err := io.CopyN(io.Discard, connection, int64(greeting[1])); err != nil {
		return err
	}
	if _, err := connection.Write([]byte{5, 0}); err != nil {
		return err
	}
	request := make([]byte, 10)
	if _, err := io.ReadFull(connection, request); err != nil {
		return err
	}
	asked := netip.AddrPortFrom(netip.AddrFrom4([4]byte(request[4:8])), binary.BigEndian.Uint16(request[8:]))
	n.mu.Lock()
	server, known := n.pods[asked]
	n.mu.Unlock()
	const ipv4, unreachable = 1, 4
	if request[3] != ipv4 || !known {
		_, err := connection.Write([]byte{5, unreachable, 0, ipv4, 0, 0, 0, 0, 0, 0})
		return fmt.Errorf("no pod has the address %s: %w", asked, err)
	}
	pod, err := net.Dial(server.Network(), server.String())
	if err != nil {
		return err
	}
	defer pod.Close()
	if _, err := connection.Write([]byte{5, 0, 0, ipv4, 0, 0, 0, 0, 0, 0}); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(pod, connection) // either end may go first
		_ = pod.Close()
	}()
	_, _ = io.Copy(connection, pod)
	return nil
}

// newPortal starts a server that says whose portal it is, and which host it was asked for.
func newPortal(of string) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(headerPortal, of)
		fmt.Fprint(w, r.Host)
	}))
	DeferCleanup(server.Close)
	return server
}

// open makes a portal for a tenant, behind the Service that the operator made: the part of the
// kubelet, and of the controller that writes EndpointSlices for pods.
func open(ctx SpecContext, tenant *v1alpha1.Tenant) {
	GinkgoHelper()
	address := pods.add(newPortal(tenant.Status.Namespace))
	Expect(admin.Create(ctx, &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:    tenant.Status.Namespace,
			GenerateName: desired.PortalName + "-",
			Labels: map[string]string{
				discoveryv1.LabelServiceName: desired.PortalName,
				discoveryv1.LabelManagedBy:   "edge-tests",
			},
		},
		AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints: []discoveryv1.Endpoint{{
			Addresses:  []string{address.String()},
			Conditions: discoveryv1.EndpointConditions{Ready: new(true)},
		}},
		Ports: []discoveryv1.EndpointPort{{Name: new("http"), Port: new(int32(podPort)), Protocol: new(corev1.ProtocolTCP)}},
	})).To(Succeed())
}
