// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"maps"
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// The names that the defaults use and that other parts of the project rely on.
const (
	// DefaultNamespace is where the manager and its Lease live.
	DefaultNamespace = "tenantry-system"
	// DefaultLeaseName is the name of the manager's Lease.
	DefaultLeaseName = "tenantry-manager"
	// DefaultEdgeNamespace is where the ingress controller runs.
	DefaultEdgeNamespace = "traefik"
)

// DefaultRetainFor is how long a deleted tenant's place is kept: a slip on a Friday is noticed in time.
const DefaultRetainFor = 7 * 24 * time.Hour

// SetDefaults fills every field that has a default and was left out. It is idempotent.
func SetDefaults(c *Configuration) {
	if c.ReservedNames == nil {
		c.ReservedNames = []string{"www", "api", "admin"}
	}
	setEdgeDefaults(&c.Edge)
	setPortalDefaults(&c.Portal)
	setDefault(&c.Namespace.PodSecurity, PodSecurityRestricted)
	c.Quota = merge(quantities(defaultQuota), c.Quota)
	setLimitDefaults(&c.Limits)
	c.LimitRange.Default = merge(quantities(defaultLimits), c.LimitRange.Default)
	c.LimitRange.DefaultRequest = merge(quantities(defaultRequests), c.LimitRange.DefaultRequest)
	setNetworkDefaults(&c.Network)
	setDomainsDefaults(&c.Domains)
	if c.Sync.Kinds == nil {
		c.Sync.Kinds = []SyncKind{{APIVersion: "v1", Kind: "ConfigMap"}, {APIVersion: "v1", Kind: "Secret"}}
	}
	setScansDefaults(&c.Scans)
	if c.RetainFor == nil {
		c.RetainFor = &metav1.Duration{Duration: DefaultRetainFor}
	}
	setSMTPDefaults(&c.SMTP)
	setActivationDefaults(&c.Activation)
	setDefault(&c.Workers, 16)
	setLeaderElectionDefaults(&c.LeaderElection)
	setClientDefaults(&c.Client)
	setDefault(&c.Metrics.BindAddress, "127.0.0.1:8080")
	setDefault(&c.Health.BindAddress, ":8081")
	setDefault(&c.PProf.BindAddress, AddressOff)
	setDefault(&c.Logging.Level, LogInfo)
	setDefault(&c.Logging.Format, LogJSON)
}

// resourceInventories counts AssetInventories: all of a place are read when one of them changes.
const resourceInventories corev1.ResourceName = "count/assetinventories.tenantry.io"

// resourceSchedules counts ScanSchedules: a partner's are looked at for each of its customers.
const resourceSchedules corev1.ResourceName = "count/scanschedules.tenantry.io"

// defaultQuota has room for 40 containers that ask for nothing: a tenant full of them meets the
// limits of pods, cpu and memory at about the same time.
var defaultQuota = map[corev1.ResourceName]string{
	corev1.ResourceCPU:                    "4",
	corev1.ResourceMemory:                 "8Gi",
	corev1.ResourceEphemeralStorage:       "20Gi",
	corev1.ResourceLimitsCPU:              "20",
	corev1.ResourceLimitsMemory:           "20Gi",
	corev1.ResourceLimitsEphemeralStorage: "40Gi",
	corev1.ResourcePods:                   "40",
	corev1.ResourceServices:               "20",
	corev1.ResourceServicesNodePorts:      "0",
	corev1.ResourceServicesLoadBalancers:  "0",
	corev1.ResourceReplicationControllers: "20",
	corev1.ResourceQuotas:                 "5",
	corev1.ResourceSecrets:                "100",
	corev1.ResourceConfigMaps:             "100",
	corev1.ResourcePersistentVolumeClaims: "20",
	resourceInventories:                   "20",
	resourceSchedules:                     "50",
}

// defaultLimits are those of a container that has none, and of a scan's.
var defaultLimits = map[corev1.ResourceName]string{
	corev1.ResourceCPU:              "500m",
	corev1.ResourceMemory:           "512Mi",
	corev1.ResourceEphemeralStorage: "1Gi",
}

// defaultRequests are those of a container that has neither request nor limit, and of a scan's.
var defaultRequests = map[corev1.ResourceName]string{
	corev1.ResourceCPU:              "100m",
	corev1.ResourceMemory:           "128Mi",
	corev1.ResourceEphemeralStorage: "256Mi",
}

// privateNetworks are closed to tenants unless an egress block says otherwise: the cluster, its
// nodes, whatever else the operator runs, and the metadata service of a cloud.
var privateNetworks = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("fc00::/7"),
	netip.MustParsePrefix("fe80::/10"),
}

func setEdgeDefaults(e *Edge) {
	setDefault(&e.Type, EdgeIngress)
	setDefault(&e.Scheme, SchemeHTTPS)
	setDefault(&e.Namespace, DefaultEdgeNamespace)
	if e.Gateway != nil {
		setDefault(&e.Gateway.Port, 443)
	}
}

func setDomainsDefaults(d *Domains) {
	setDefault(&d.Proof, ProofTXT)
	setDefault(&d.RetryPeriod.Duration, 30*time.Second)
	setDefault(&d.RecheckPeriod.Duration, time.Hour)
}

func setPortalDefaults(p *Portal) {
	setDefault(&p.Port, 80)
	if p.ExternalName != "" {
		return
	}
	setDefault(&p.TargetPort, intstr.FromString("http"))
	if len(p.Selector) == 0 {
		p.Selector = map[string]string{"app.kubernetes.io/name": "portal"}
	}
}

func setLimitDefaults(l *LimitDefaults) {
	if l.Agents == nil {
		l.Agents = new(int32(10))
	}
	if l.Disk == nil {
		l.Disk = new(resource.MustParse("10Gi"))
	}
}

func setNetworkDefaults(n *Network) {
	setDefault(&n.DNS.Namespace, metav1.NamespaceSystem)
	if len(n.DNS.PodSelector) == 0 {
		n.DNS.PodSelector = map[string]string{"k8s-app": "kube-dns"}
	}
	if len(n.DNS.Ports) == 0 {
		n.DNS.Ports = []int32{53}
	}
	for i := range n.EgressCIDRs {
		setEgressDefaults(&n.EgressCIDRs[i])
	}
}

// setEgressDefaults tells "nothing said" (nil) from "no exceptions" (empty).
func setEgressDefaults(b *networkingv1.IPBlock) {
	cidr, err := netip.ParsePrefix(b.CIDR)
	if b.Except != nil || err != nil {
		return
	}
	b.Except = []string{}
	for _, private := range privateNetworks {
		if strictlyInside(private, cidr) {
			b.Except = append(b.Except, private.String())
		}
	}
}

// strictlyInside is what the API server asks of an exception: smaller than the block, and in it.
func strictlyInside(inner, outer netip.Prefix) bool {
	return outer.Bits() < inner.Bits() && outer.Masked().Contains(inner.Addr())
}

func setScansDefaults(s *Scans) {
	for name, profile := range s.Profiles {
		profile.Resources.Limits = merge(quantities(defaultLimits), profile.Resources.Limits)
		profile.Resources.Requests = merge(quantities(defaultRequests), profile.Resources.Requests)
		setDefault(&profile.Deadline.Duration, time.Hour)
		s.Profiles[name] = profile
	}
}

func setSMTPDefaults(s *SMTP) {
	setDefault(&s.StartTLS, StartTLSRequired)
	setDefault(&s.Timeout.Duration, 30*time.Second)
	setDefault(&s.RatePerTenant, 60)
}

func setActivationDefaults(a *Activation) {
	setDefault(&a.BindAddress, AddressOff)
	setDefault(&a.TokenLifetime.Duration, 72*time.Hour)
	setDefault(&a.RatePerTenant, 10)
	setDefault(&a.RatePerClient, 30)
}

func setLeaderElectionDefaults(l *LeaderElection) {
	if l.Enabled == nil {
		l.Enabled = new(true)
	}
	setDefault(&l.Namespace, DefaultNamespace)
	setDefault(&l.Name, DefaultLeaseName)
	setDefault(&l.LeaseDuration.Duration, 15*time.Second)
	setDefault(&l.RenewDeadline.Duration, 10*time.Second)
	setDefault(&l.RetryPeriod.Duration, 2*time.Second)
}

func setClientDefaults(c *Client) {
	setDefault(&c.QPS, NoClientLimit)
	if c.QPS > 0 {
		setDefault(&c.Burst, max(1, int(2*c.QPS)))
	}
	setDefault(&c.Burst, NoClientLimit)
}

func setDefault[T comparable](field *T, value T) {
	var unset T
	if *field == unset {
		*field = value
	}
}

func quantities(values map[corev1.ResourceName]string) corev1.ResourceList {
	list := make(corev1.ResourceList, len(values))
	for name, value := range values {
		list[name] = resource.MustParse(value)
	}
	return list
}

// merge returns base with the entries of over in place of its own.
func merge(base, over corev1.ResourceList) corev1.ResourceList {
	maps.Copy(base, over)
	return base
}
