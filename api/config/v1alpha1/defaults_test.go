// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

func defaulted() *Configuration {
	c := &Configuration{BaseDomain: "tenantry.example"}
	SetDefaults(c)
	return c
}

func TestDefaultsAreIdempotent(t *testing.T) {
	once, twice := defaulted(), defaulted()
	SetDefaults(twice)
	if diff := cmp.Diff(once, twice); diff != "" {
		t.Errorf("the second time changed:\n%s", diff)
	}
}

func TestDefaultsKeepWhatIsSet(t *testing.T) {
	c := &Configuration{
		BaseDomain:     "tenantry.example",
		ReservedNames:  []string{},
		Portal:         Portal{ExternalName: "portal.example"},
		LeaderElection: LeaderElection{Enabled: new(false)},
		Limits:         LimitDefaults{Agents: new(int32(0))},
		Client:         Client{QPS: 50},
	}
	SetDefaults(c)
	if len(c.ReservedNames) != 0 {
		t.Errorf("an empty list of reserved names became %v", c.ReservedNames)
	}
	if c.Portal.Selector != nil || c.Portal.TargetPort.String() != "0" {
		t.Errorf("a portal with externalName got selector %v, target port %s", c.Portal.Selector, c.Portal.TargetPort.String())
	}
	if *c.LeaderElection.Enabled {
		t.Error("leader election was turned on")
	}
	if *c.Limits.Agents != 0 {
		t.Errorf("0 seats became %d", *c.Limits.Agents)
	}
	if c.Client.Burst != 100 {
		t.Errorf("burst is %d, not twice qps", c.Client.Burst)
	}
}

func TestQuotaIsMergedOverTheDefaults(t *testing.T) {
	quantity := quantities(map[corev1.ResourceName]string{"pods": "7", "requests.example.com/gpu": "1"})
	c := &Configuration{Quota: quantity}
	SetDefaults(c)
	want := quantities(defaultQuota)
	maps.Copy(want, quantity)
	if diff := cmp.Diff(want, c.Quota); diff != "" {
		t.Errorf("quota (-want +got):\n%s", diff)
	}
}

func TestEgressLeavesPrivateNetworksClosed(t *testing.T) {
	for _, tc := range []struct {
		name  string
		block networkingv1.IPBlock
		want  []string
	}{
		{
			name:  "the IPv4 internet",
			block: networkingv1.IPBlock{CIDR: "0.0.0.0/0"},
			want:  []string{"10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"},
		},
		{name: "the IPv6 internet", block: networkingv1.IPBlock{CIDR: "::/0"}, want: []string{"fc00::/7", "fe80::/10"}},
		{name: "a private network that is asked for", block: networkingv1.IPBlock{CIDR: "10.0.0.0/8"}, want: []string{}},
		{name: "part of a private network", block: networkingv1.IPBlock{CIDR: "10.1.0.0/16"}, want: []string{}},
		{name: "a public network", block: networkingv1.IPBlock{CIDR: "203.0.113.0/24"}, want: []string{}},
		{name: "no exceptions wanted", block: networkingv1.IPBlock{CIDR: "0.0.0.0/0", Except: []string{}}, want: []string{}},
		{
			name:  "exceptions of one's own",
			block: networkingv1.IPBlock{CIDR: "0.0.0.0/0", Except: []string{"198.51.100.0/24"}},
			want:  []string{"198.51.100.0/24"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := &Configuration{Network: Network{EgressCIDRs: []networkingv1.IPBlock{tc.block}}}
			SetDefaults(c)
			if diff := cmp.Diff(tc.want, c.Network.EgressCIDRs[0].Except); diff != "" {
				t.Errorf("exceptions (-want +got):\n%s", diff)
			}
		})
	}
}
