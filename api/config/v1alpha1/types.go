// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Configuration is the operator's configuration file. Only baseDomain must be given; every other
// field has a default. The file is read once, at start; unknown and duplicate fields are refused.
//
// +kubebuilder:object:root=true
type Configuration struct {
	metav1.TypeMeta `json:",inline"`

	// baseDomain is the DNS name under which every tenant without a partner's domain gets its host:
	// <subdomain>.<base domain> for a root, <subdomain>-<partner's subdomain>.<base domain> below a
	// partner. Required.
	BaseDomain string `json:"baseDomain"`
	// reservedNames are the subdomain labels that no tenant gets. Default: www, api, admin.
	ReservedNames []string `json:"reservedNames,omitempty"`
	// reservedHosts are hosts of the operator's owner that no tenant gets, beside the base domain and
	// its parents, which are always refused. Default: none.
	ReservedHosts []string `json:"reservedHosts,omitempty"`

	// edge is how requests from outside reach the tenants.
	Edge Edge `json:"edge,omitempty"`
	// portal is what answers behind a tenant's host.
	Portal Portal `json:"portal,omitempty"`
	// regions are the storage regions that a Tenant may name. Default: none.
	Regions map[string]Region `json:"regions,omitempty"`

	// namespace is what every tenant's namespace has.
	Namespace NamespaceDefaults `json:"namespace,omitempty"`
	// quota is the hard limits of every tenant's namespace beside seats and disk (see limits). What is
	// given is merged over the defaults, name by name: a default may be changed, not taken away.
	// Defaults: cpu 4, memory 8Gi, ephemeral-storage 20Gi, limits.cpu 20, limits.memory 20Gi,
	// limits.ephemeral-storage 40Gi, pods 40, services 20, services.nodeports 0,
	// services.loadbalancers 0, replicationcontrollers 20, resourcequotas 5, secrets 100,
	// configmaps 100, persistentvolumeclaims 20, count/assetinventories.tenantry.io 20,
	// count/scanschedules.tenantry.io 50.
	Quota corev1.ResourceList `json:"quota,omitempty"`
	// limits are the seats and the disk of tenants that have neither a plan nor limits of their own.
	Limits LimitDefaults `json:"limits,omitempty"`
	// limitRange is what a container gets that asks for nothing, and the most that it may ask for.
	LimitRange LimitRange `json:"limitRange,omitempty"`
	// network is whom a tenant's pods may talk to beside each other.
	Network Network `json:"network,omitempty"`
	// domains is how domains of partners' and customers' own are proven and checked.
	Domains Domains `json:"domains,omitempty"`
	// sync is what MasterTenantSyncs may copy.
	Sync Sync `json:"sync,omitempty"`
	// scans is what ScanSchedules may run.
	Scans Scans `json:"scans,omitempty"`
	// retainFor is how long a deleted tenant's place is kept, at most a year, where its Tenant does not
	// say. 0s purges at once. Never nil once defaulted. Default: 168h.
	RetainFor *metav1.Duration `json:"retainFor,omitempty"`

	// smtp is the mail server that takes the operator's mails.
	SMTP SMTP `json:"smtp,omitempty"`
	// activation is the endpoint that the links in invitations lead to.
	Activation Activation `json:"activation,omitempty"`

	// workers is the number of tenants that are worked on at the same time, 1 to 256. Default: 16.
	Workers int `json:"workers,omitempty"`
	// leaderElection lets one of several managers work, and another take over.
	LeaderElection LeaderElection `json:"leaderElection,omitempty"`
	// client is how fast the manager may send requests to the API server.
	Client Client `json:"client,omitempty"`
	// metrics is the Prometheus endpoint, /metrics.
	Metrics Metrics `json:"metrics,omitempty"`
	// health is the endpoint for probes, /healthz and /readyz.
	Health Health `json:"health,omitempty"`
	// pprof is the endpoint of Go's profiler, /debug/pprof/.
	PProf PProf `json:"pprof,omitempty"`
	// logging is what the manager writes to its standard error.
	Logging Logging `json:"logging,omitempty"`
}

// EdgeType is the kind of route that a tenant's portal gets.
type EdgeType string

// Kinds of route.
const (
	// EdgeIngress makes an Ingress of networking.k8s.io/v1.
	EdgeIngress EdgeType = "Ingress"
	// EdgeGateway makes an HTTPRoute of gateway.networking.k8s.io/v1, and a ListenerSet for a custom host.
	EdgeGateway EdgeType = "Gateway"
)

// Schemes of the tenants' URLs.
const (
	SchemeHTTP  = "http"
	SchemeHTTPS = "https"
)

// Edge is how requests from outside reach the tenants.
type Edge struct {
	// type is Ingress or Gateway. Default: Ingress.
	Type EdgeType `json:"type,omitempty"`
	// scheme of the tenants' URLs: https or http. With https every route has a TLS block for its
	// hosts, with http none. Default: https.
	Scheme string `json:"scheme,omitempty"`
	// namespace that the ingress controller's pods run in: the only ones from outside the tenant that
	// its NetworkPolicy lets in. Default: traefik.
	Namespace string `json:"namespace,omitempty"`
	// ingress is how the Ingress is made.
	Ingress Ingress `json:"ingress,omitempty"`
	// gateway is the parent of the HTTPRoutes. Required with type Gateway, not allowed without.
	Gateway *Gateway `json:"gateway,omitempty"`
}

// Ingress is how a tenant's Ingress is made.
type Ingress struct {
	// className is the IngressClass. Default: none, which takes the cluster's default class.
	ClassName string `json:"className,omitempty"`
	// annotations of every Ingress, for its controller or for cert-manager. Default: none.
	Annotations map[string]string `json:"annotations,omitempty"`
	// tls is the certificate of the subdomains, when edge.scheme is https.
	TLS IngressTLS `json:"tls,omitempty"`
}

// IngressTLS is the certificate of a tenant's subdomain.
type IngressTLS struct {
	// secretName is the Secret in the tenant's namespace, which somebody else fills (cert-manager, for
	// one). Default: none, which leaves it to the default certificate of the ingress controller:
	// usually a wildcard for the base domain.
	SecretName string `json:"secretName,omitempty"`
}

// Gateway is the parent of an HTTPRoute.
type Gateway struct {
	// name of the Gateway.
	Name string `json:"name"`
	// namespace of the Gateway.
	Namespace string `json:"namespace"`
	// sectionName is the listener of the Gateway for the subdomains; empty: every listener that fits.
	SectionName string `json:"sectionName,omitempty"`
	// port that custom hosts are listened for, 1 to 65535: the Gateway must allow ListenerSets.
	// Default: 443.
	Port int32 `json:"port,omitempty"`
}

// Portal is what answers behind a tenant's host: pods of the tenant's own namespace that selector
// matches, or one backend for all tenants, which externalName names.
type Portal struct {
	// port of the Service, 1 to 65535. Default: 80.
	Port int32 `json:"port,omitempty"`
	// targetPort is the pods' port, a number or a name. Default: http. Not allowed with externalName.
	TargetPort intstr.IntOrString `json:"targetPort,omitzero"`
	// selector matches the pods' labels. Default: app.kubernetes.io/name: portal. Not allowed with
	// externalName.
	Selector map[string]string `json:"selector,omitempty"`
	// externalName is the DNS name of a backend for all tenants, which tells them apart by the Host
	// header. Default: none.
	ExternalName string `json:"externalName,omitempty"`
}

// Region is a place where tenants' data and work may lie.
type Region struct {
	// nodeSelector is put on every pod of the region's tenants, by an admission policy. Default: none.
	NodeSelector map[string]string `json:"nodeSelector,omitempty"`
	// storageClasses that tenants of the region may claim from; classes that only other regions of this
	// file name are closed to them. Default: none.
	StorageClasses []string `json:"storageClasses,omitempty"`
}

// Proof is how somebody shows that a domain is theirs.
type Proof string

// Ways to prove a domain.
const (
	// ProofTXT wants a DNS TXT record `_tenantry.<domain>` that holds the Tenant's status.domainChallenge.
	ProofTXT Proof = "TXT"
	// ProofNone takes everybody's word: whoever asks first gets the domain.
	ProofNone Proof = "None"
)

// Domains is how domains of partners' and customers' own are proven and checked.
type Domains struct {
	// proof is TXT or None. Default: TXT.
	Proof Proof `json:"proof,omitempty"`
	// resolver is the DNS server that is asked for TXT records, host:port. Default: none, which
	// asks the system's.
	Resolver string `json:"resolver,omitempty"`
	// certificateRoots is the path of a PEM file with the roots that the certificates of custom hosts
	// must lead to. Default: none, which takes the system's roots.
	CertificateRoots string `json:"certificateRoots,omitempty"`
	// retryPeriod is how often a domain is looked at again that is not secure, and how soon one that is
	// not proven; that one is looked at less and less often, down to every 20 periods, until its Tenant
	// changes. 1s to 1h. Default: 30s.
	RetryPeriod metav1.Duration `json:"retryPeriod,omitempty"`
	// recheckPeriod is how often the certificate of a secure host is looked at again, beside the moment
	// when it ends, 1m to 24h. Default: 1h.
	RecheckPeriod metav1.Duration `json:"recheckPeriod,omitempty"`
}

// Levels of the Pod Security Standards.
const (
	PodSecurityRestricted = "restricted"
	PodSecurityBaseline   = "baseline"
)

// NamespaceDefaults is what every tenant's namespace has.
type NamespaceDefaults struct {
	// podSecurity is the level of the Pod Security Standards that is enforced: restricted or baseline.
	// Default: restricted.
	PodSecurity string `json:"podSecurity,omitempty"`
}

// LimitDefaults are the seats and the disk of tenants that have neither a plan nor limits of their own.
type LimitDefaults struct {
	// agents is the number of seats, 0 to 1000000. Never nil once defaulted. Default: 10.
	Agents *int32 `json:"agents,omitempty"`
	// disk is the sum of the storage that volumes may claim, at most 1Ei. Never nil once defaulted.
	// Default: 10Gi.
	Disk *resource.Quantity `json:"disk,omitempty"`
}

// LimitRange is what a container gets that asks for nothing, and the most that it may ask for. Each
// list takes cpu, memory and ephemeral-storage; what is given is merged over the defaults.
type LimitRange struct {
	// default is the limit of a container that has none.
	// Defaults: cpu 500m, memory 512Mi, ephemeral-storage 1Gi.
	Default corev1.ResourceList `json:"default,omitempty"`
	// defaultRequest is the request of a container that has neither request nor limit.
	// Defaults: cpu 100m, memory 128Mi, ephemeral-storage 256Mi.
	DefaultRequest corev1.ResourceList `json:"defaultRequest,omitempty"`
	// max is the highest limit that a container may have. Default: none, the quota alone counts.
	Max corev1.ResourceList `json:"max,omitempty"`
}

// Network is whom a tenant's pods may talk to. Pods of one tenant always reach each other, and the
// edge reaches them; every other way is closed unless it is opened here.
type Network struct {
	// dns is where names are resolved.
	DNS DNS `json:"dns,omitempty"`
	// egressCIDRs are networks that a tenant's pods may call, on any port. An entry without `except`
	// gets the private and link-local networks inside it as exceptions (the cluster, its nodes and a
	// cloud's metadata service among them); `except: []` makes none. Default: none.
	EgressCIDRs []networkingv1.IPBlock `json:"egressCIDRs,omitempty"`
}

// DNS is where a tenant's pods resolve names.
type DNS struct {
	// namespace of the DNS server's pods. Default: kube-system.
	Namespace string `json:"namespace,omitempty"`
	// podSelector matches the labels of the DNS server's pods. Default: k8s-app: kube-dns.
	PodSelector map[string]string `json:"podSelector,omitempty"`
	// ports of the DNS server's pods, UDP and TCP; OpenShift's listen on 5353. Default: 53.
	Ports []int32 `json:"ports,omitempty"`
}
