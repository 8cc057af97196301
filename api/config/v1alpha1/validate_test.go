// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestValidateAccepts(t *testing.T) {
	for name, change := range map[string]func(*Configuration){
		"the defaults":                    func(*Configuration) {},
		"a base domain of one label":      func(c *Configuration) { c.BaseDomain = "localhost" },
		"no reserved names":               func(c *Configuration) { c.ReservedNames = nil },
		"http without certificates":       func(c *Configuration) { c.Edge.Scheme = SchemeHTTP },
		"a certificate from cert-manager": func(c *Configuration) { c.Edge.Ingress.TLS.SecretName = "portal-tls" },
		"a numbered target port":          func(c *Configuration) { c.Portal.TargetPort = intstr.FromInt32(8080) },
		"one backend for all tenants":     func(c *Configuration) { c.Portal = Portal{Port: 80, ExternalName: "portal.platform.svc.cluster.local"} },
		"a region with classes and nodes": func(c *Configuration) {
			c.Regions = map[string]Region{"eu-west": {StorageClasses: []string{"eu-west.ssd"}}}
		},
		"the baseline of Pod Security":  func(c *Configuration) { c.Namespace.PodSecurity = PodSecurityBaseline },
		"a quota for GPUs":              func(c *Configuration) { c.Quota["requests.nvidia.com/gpu"] = resource.MustParse("1") },
		"a quota for objects of a kind": func(c *Configuration) { c.Quota["count/jobs.batch"] = resource.MustParse("50") },
		"a quota for huge pages":        func(c *Configuration) { c.Quota["requests.hugepages-2Mi"] = resource.MustParse("1Gi") },
		"no seats and no disk": func(c *Configuration) {
			c.Limits = LimitDefaults{Agents: new(int32(0)), Disk: new(resource.MustParse("0"))}
		},
		"a maximum above the defaults": func(c *Configuration) { c.LimitRange.Max = corev1.ResourceList{"cpu": resource.MustParse("2")} },
		"the internet without its private": func(c *Configuration) {
			c.Network.EgressCIDRs = []networkingv1.IPBlock{{CIDR: "0.0.0.0/0", Except: []string{"10.0.0.0/8"}}}
		},
		"one manager alone":          func(c *Configuration) { c.LeaderElection = LeaderElection{Enabled: new(false)} },
		"a limit on requests":        func(c *Configuration) { c.Client = Client{QPS: 0.5, Burst: 1} },
		"endpoints on any free port": func(c *Configuration) { c.Metrics.BindAddress, c.Health.BindAddress = "127.0.0.1:0", "[::1]:0" },
		"endpoints that are off":     func(c *Configuration) { c.Metrics.BindAddress, c.Health.BindAddress = AddressOff, AddressOff },
		"a profiler on loopback":     func(c *Configuration) { c.PProf.BindAddress = "localhost:6060" },
	} {
		t.Run(name, func(t *testing.T) {
			c := defaulted()
			change(c)
			if errs := Validate(c); len(errs) > 0 {
				t.Error(errs.ToAggregate())
			}
		})
	}
}

// refusal is what one wrong value must be answered with: exactly one error, that begins with the path
// and contains the hint.
type refusal struct {
	name   string
	change func(*Configuration)
	path   string
	hint   string
}

func checkRefusals(t *testing.T, refusals []refusal) {
	t.Helper()
	for _, tc := range refusals {
		t.Run(tc.name, func(t *testing.T) {
			c := defaulted()
			tc.change(c)
			errs := Validate(c)
			if len(errs) != 1 {
				t.Fatalf("want one error, got %d: %v", len(errs), errs)
			}
			if errs[0].Field != tc.path {
				t.Errorf("path is %s, not %s", errs[0].Field, tc.path)
			}
			if !strings.Contains(errs[0].Error(), tc.hint) {
				t.Errorf("%q does not contain %q", errs[0].Error(), tc.hint)
			}
		})
	}
}

func TestValidateRefusesWhatTenantsCannotGet(t *testing.T) {
	checkRefusals(t, []refusal{
		{"no base domain", func(c *Configuration) { c.BaseDomain = "" }, "baseDomain", "such as tenants.example.com"},
		{"an upper-case base domain", func(c *Configuration) { c.BaseDomain = "Tenantry.example" }, "baseDomain", "lowercase"},
		{"a trailing dot", func(c *Configuration) { c.BaseDomain = "tenantry.example." }, "baseDomain", "lowercase"},
		{"an address for a base domain", func(c *Configuration) { c.BaseDomain = "192.0.2.1" }, "baseDomain", "not an address"},
		{"a base domain that leaves no room", func(c *Configuration) { c.BaseDomain = strings.Repeat("a234567.", 24) + "example" }, "baseDomain", "189"},
		{"a label over 63 characters", func(c *Configuration) { c.BaseDomain = strings.Repeat("a", 64) + ".example" }, "baseDomain", "63"},
		{"a reserved name with a dot", func(c *Configuration) { c.ReservedNames = []string{"www", "a.b"} }, "reservedNames[1]", "dots"},
		{"a reserved host with a scheme", func(c *Configuration) { c.ReservedHosts = []string{"https://a.example"} }, "reservedHosts[0]", "lowercase"},
		{"an unknown edge", func(c *Configuration) { c.Edge.Type = "Mesh" }, "edge.type", `"Ingress"`},
		{"the Gateway API without a Gateway", func(c *Configuration) { c.Edge.Type = EdgeGateway }, "edge.gateway", "name the Gateway"},
		{"a Gateway for Ingresses", func(c *Configuration) { c.Edge.Gateway = &Gateway{Name: "edge", Namespace: "edge"} }, "edge.gateway", "leave it out"},
		{"a Gateway's name", func(c *Configuration) {
			c.Edge.Type, c.Edge.Gateway = EdgeGateway, &Gateway{Name: "Edge", Namespace: "edge", Port: 443}
		}, "edge.gateway.name", "lowercase"},
		{"a Gateway's namespace", func(c *Configuration) { c.Edge.Type, c.Edge.Gateway = EdgeGateway, &Gateway{Name: "edge", Port: 443} }, "edge.gateway.namespace", "must consist of"},
		{"a listener's name", func(c *Configuration) {
			c.Edge.Type, c.Edge.Gateway = EdgeGateway, &Gateway{Name: "edge", Namespace: "edge", SectionName: "Web", Port: 443}
		}, "edge.gateway.sectionName", "lowercase"},
		{"an unknown scheme", func(c *Configuration) { c.Edge.Scheme = "ftp" }, "edge.scheme", `"https", "http"`},
		{"an edge namespace that is none", func(c *Configuration) { c.Edge.Namespace = "a.b" }, "edge.namespace", "dots"},
		{"an ingress class that is none", func(c *Configuration) { c.Edge.Ingress.ClassName = "a_b" }, "edge.ingress.className", "subdomain"},
		{"an annotation of ours", func(c *Configuration) { c.Edge.Ingress.Annotations = map[string]string{"tenantry.io/managed": "no"} }, "edge.ingress.annotations[tenantry.io/managed]", "operator alone"},
		{"an annotation that is none", func(c *Configuration) { c.Edge.Ingress.Annotations = map[string]string{"a b": ""} }, "edge.ingress.annotations", "name part"},
		{"a certificate with http", func(c *Configuration) { c.Edge.Scheme, c.Edge.Ingress.TLS.SecretName = SchemeHTTP, "tls" }, "edge.ingress.tls.secretName", "set scheme to https"},
		{"a certificate's name that is none", func(c *Configuration) { c.Edge.Ingress.TLS.SecretName = "TLS" }, "edge.ingress.tls.secretName", "subdomain"},
		{"a port out of range", func(c *Configuration) { c.Portal.Port = 65536 }, "portal.port", "65535"},
		{"a target port out of range", func(c *Configuration) { c.Portal.TargetPort = intstr.FromInt32(-1) }, "portal.targetPort", "65535"},
		{"a target port's name that is none", func(c *Configuration) { c.Portal.TargetPort = intstr.FromString("hTTP") }, "portal.targetPort", "a-z"},
		{"a selector that matches no label", func(c *Configuration) { c.Portal.Selector = map[string]string{"app": "a b"} }, "portal.selector", "valid label"},
		{"a selector beside externalName", func(c *Configuration) { c.Portal.ExternalName, c.Portal.TargetPort = "a.example", intstr.IntOrString{} }, "portal.selector", "either"},
		{"a target port beside externalName", func(c *Configuration) { c.Portal.ExternalName, c.Portal.Selector = "a.example", nil }, "portal.targetPort", "set port"},
		{"an external name that is an address", func(c *Configuration) { c.Portal = Portal{Port: 80, ExternalName: "10.0.0.1"} }, "portal.externalName", "not an address"},
		{"a region's name that is none", func(c *Configuration) { c.Regions = map[string]Region{"EU": {}} }, "regions[EU]", "label"},
		{"a storage class that is none", func(c *Configuration) { c.Regions = map[string]Region{"eu": {StorageClasses: []string{"A"}}} }, "regions[eu].storageClasses[0]", "subdomain"},
		{"privileged pods", func(c *Configuration) { c.Namespace.PodSecurity = "privileged" }, "namespace.podSecurity", `"restricted", "baseline"`},
		{"a DNS namespace that is none", func(c *Configuration) { c.Network.DNS.Namespace = "Kube" }, "network.dns.namespace", "label"},
		{"a DNS selector that is none", func(c *Configuration) { c.Network.DNS.PodSelector = map[string]string{"a": "b c"} }, "network.dns.podSelector", "valid label"},
		{"a DNS port out of range", func(c *Configuration) { c.Network.DNS.Ports = []int32{53, 0} }, "network.dns.ports[1]", "65535"},
		{"a network that is an address", func(c *Configuration) { c.Network.EgressCIDRs = []networkingv1.IPBlock{{CIDR: "10.0.0.1"}} }, "network.egressCIDRs[0].cidr", "203.0.113.0/24"},
		{"an exception outside its network", func(c *Configuration) {
			c.Network.EgressCIDRs = []networkingv1.IPBlock{{CIDR: "10.0.0.0/8", Except: []string{"192.168.0.0/16"}}}
		}, "network.egressCIDRs[0].except[0]", "inside 10.0.0.0/8"},
		{"an exception as large as its network", func(c *Configuration) {
			c.Network.EgressCIDRs = []networkingv1.IPBlock{{CIDR: "10.0.0.0/8", Except: []string{"10.0.0.0/8"}}}
		}, "network.egressCIDRs[0].except[0]", "smaller"},
		{"a retention of more than a year", func(c *Configuration) { c.RetainFor.Duration = 9000 * time.Hour }, "retainFor", "from 0s to 8760h0m0s"},
		{"a retention before now", func(c *Configuration) { c.RetainFor.Duration = -time.Hour }, "retainFor", "from 0s to 8760h0m0s"},
		{"a proof", func(c *Configuration) { c.Domains.Proof = "Word" }, "domains.proof", "supported values"},
		{"a resolver", func(c *Configuration) { c.Domains.Resolver = "dns.example" }, "domains.resolver", "such as 10.96.0.10:53"},
		{"a hurried retry", func(c *Configuration) { c.Domains.RetryPeriod.Duration = time.Millisecond }, "domains.retryPeriod", "from 1s"},
		{"a late recheck", func(c *Configuration) { c.Domains.RecheckPeriod.Duration = 48 * time.Hour }, "domains.recheckPeriod", "to 24h0m0s"},
		{"a region's node selector", func(c *Configuration) {
			c.Regions = map[string]Region{"eu": {NodeSelector: map[string]string{"a b": "c"}}}
		}, "regions[eu].nodeSelector", "name part must consist of"},
	})
}

func TestValidateRefusesLimitsThatCannotHold(t *testing.T) {
	checkRefusals(t, []refusal{
		{"an unknown resource", func(c *Configuration) { c.Quota["pod"] = resource.MustParse("1") }, "quota[pod]", "supported values"},
		{"disk, which limits has", func(c *Configuration) { c.Quota["requests.storage"] = resource.MustParse("1Gi") }, "quota[requests.storage]", "limits.disk"},
		{"a storage class's disk", func(c *Configuration) {
			c.Quota["a.storageclass.storage.k8s.io/requests.storage"] = resource.MustParse("1Gi")
		}, "quota[a.storageclass.storage.k8s.io/requests.storage]", "limits.disk"},
		{"a fraction of an inventory", func(c *Configuration) { c.Quota["count/assetinventories.tenantry.io"] = resource.MustParse("500m") }, "quota[count/assetinventories.tenantry.io]", "whole number"},
		{"a fraction of a schedule", func(c *Configuration) { c.Quota["count/scanschedules.tenantry.io"] = resource.MustParse("500m") }, "quota[count/scanschedules.tenantry.io]", "whole number"},
		{"seats, which limits has", func(c *Configuration) { c.Quota["count/tenantaccessgrants.tenantry.io"] = resource.MustParse("1") }, "quota[count/tenantaccessgrants.tenantry.io]", "limits.agents"},
		{"a qualified name that is none", func(c *Configuration) { c.Quota["requests.a.example/b/c"] = resource.MustParse("1") }, "quota[requests.a.example/b/c]", "valid label key"},
		{"a negative quantity", func(c *Configuration) { c.Quota["cpu"] = resource.MustParse("-1") }, "quota[cpu]", "negative"},
		{"half an object", func(c *Configuration) { c.Quota["pods"] = resource.MustParse("1500m") }, "quota[pods]", "whole"},
		{"no room for the operator's own", func(c *Configuration) { c.Quota["resourcequotas"] = resource.MustParse("1") }, "quota[resourcequotas]", "at least 2"},
		{"null", func(c *Configuration) { c.Quota["cpu"] = resource.Quantity{} }, "quota[cpu]", "may be changed, not taken away"},
		{"negative seats", func(c *Configuration) { c.Limits.Agents = new(int32(-1)) }, "limits.agents", "1000000"},
		{"more disk than the API takes", func(c *Configuration) { c.Limits.Disk = new(resource.MustParse("2Ei")) }, "limits.disk", "1Ei"},
		{"a container resource that is none", func(c *Configuration) { c.LimitRange.Max = corev1.ResourceList{"pods": resource.MustParse("1")} }, "limitRange.max[pods]", "supported values"},
		{"a request above the limit", func(c *Configuration) { c.LimitRange.DefaultRequest["cpu"] = resource.MustParse("1") }, "limitRange.defaultRequest[cpu]", "at most the 500m of default"},
		{"a limit above the maximum", func(c *Configuration) { c.LimitRange.Max = corev1.ResourceList{"memory": resource.MustParse("256Mi")} }, "limitRange.default[memory]", "raise max"},
	})
}

func TestValidateRefusesWhatTheManagerCannotRunWith(t *testing.T) {
	seconds := func(n int) metav1.Duration { return metav1.Duration{Duration: time.Duration(n) * time.Second} }
	checkRefusals(t, []refusal{
		{"no workers", func(c *Configuration) { c.Workers = -1 }, "workers", "between 1 and 256"},
		{"too many workers", func(c *Configuration) { c.Workers = 257 }, "workers", "between 1 and 256"},
		{"a lease's namespace that is none", func(c *Configuration) { c.LeaderElection.Namespace = "A" }, "leaderElection.namespace", "label"},
		{"a lease's name that is none", func(c *Configuration) { c.LeaderElection.Name = "A" }, "leaderElection.name", "subdomain"},
		{"a lease of less than a second", func(c *Configuration) {
			c.LeaderElection = LeaderElection{Namespace: "a", Name: "a", LeaseDuration: metav1.Duration{Duration: 900 * time.Millisecond}, RenewDeadline: metav1.Duration{Duration: 800 * time.Millisecond}, RetryPeriod: metav1.Duration{Duration: 100 * time.Millisecond}}
		}, "leaderElection.leaseDuration", "1s"},
		{"a deadline as long as the lease", func(c *Configuration) { c.LeaderElection.RenewDeadline = seconds(15) }, "leaderElection.renewDeadline", "less than leaseDuration"},
		{"a deadline that leaves no second try", func(c *Configuration) { c.LeaderElection.RetryPeriod = seconds(9) }, "leaderElection.renewDeadline", "retryPeriod"},
		{"a retry without a pause", func(c *Configuration) { c.LeaderElection.RetryPeriod = seconds(-1) }, "leaderElection.retryPeriod", "more than 0s"},
		{"negative requests a second", func(c *Configuration) { c.Client = Client{QPS: -2, Burst: 1} }, "client.qps", "-1"},
		{"no burst", func(c *Configuration) { c.Client = Client{QPS: 1, Burst: -1} }, "client.burst", "at least 1"},
		{"an address without a port", func(c *Configuration) { c.Metrics.BindAddress = "127.0.0.1" }, "metrics.bindAddress", "host:port"},
		{"a port out of range", func(c *Configuration) { c.Health.BindAddress = ":65536" }, "health.bindAddress", "65535"},
		{"a host name to listen on", func(c *Configuration) { c.Health.BindAddress = "example.com:80" }, "health.bindAddress", "IP address"},
		{"a profiler for everyone", func(c *Configuration) { c.PProf.BindAddress = ":6060" }, "pprof.bindAddress", "loopback"},
		{"a profiler's address that is none", func(c *Configuration) { c.PProf.BindAddress = "here" }, "pprof.bindAddress", "host:port"},
		{"an unknown log level", func(c *Configuration) { c.Logging.Level = "trace" }, "logging.level", `"debug", "info", "warn", "error"`},
		{"an unknown log format", func(c *Configuration) { c.Logging.Format = "xml" }, "logging.format", `"json", "text"`},
	})
}
