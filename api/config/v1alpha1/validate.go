// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// maxBaseDomain leaves room for a label of 63 characters and a dot before it.
const maxBaseDomain = validation.DNS1123SubdomainMaxLength - validation.DNS1123LabelMaxLength - 1

// ownPrefix begins the labels and annotations that the operator alone sets.
const ownPrefix = "tenantry.io/"

// Validate says what is wrong with a configuration that SetDefaults has filled, each error with the
// path of its field and what to do. An empty list means that the operator can start with it.
func Validate(c *Configuration) field.ErrorList {
	errs := validateHosts(c)
	errs = append(errs, validateEdge(&c.Edge, field.NewPath("edge"))...)
	errs = append(errs, validatePortal(&c.Portal, field.NewPath("portal"))...)
	errs = append(errs, validateRegions(c.Regions, field.NewPath("regions"))...)
	errs = append(errs, validateOneOf(c.Namespace.PodSecurity, field.NewPath("namespace", "podSecurity"), PodSecurityRestricted, PodSecurityBaseline)...)
	errs = append(errs, validateQuota(c.Quota, field.NewPath("quota"))...)
	errs = append(errs, validateLimits(&c.Limits, field.NewPath("limits"))...)
	errs = append(errs, validateLimitRange(&c.LimitRange, field.NewPath("limitRange"))...)
	errs = append(errs, validateNetwork(&c.Network, field.NewPath("network"))...)
	errs = append(errs, validateDomains(&c.Domains, field.NewPath("domains"))...)
	errs = append(errs, validateSync(&c.Sync, field.NewPath("sync"))...)
	errs = append(errs, validateScans(&c.Scans, c.LimitRange.Max, field.NewPath("scans"))...)
	errs = append(errs, validatePeriod(*c.RetainFor, field.NewPath("retainFor"), 0, maxRetainFor)...)
	errs = append(errs, validateSMTP(&c.SMTP, field.NewPath("smtp"))...)
	errs = append(errs, validateActivation(&c.Activation, c.SMTP.Address != "", field.NewPath("activation"))...)
	return append(errs, validateManager(c)...)
}

func validateHosts(c *Configuration) field.ErrorList {
	var errs field.ErrorList
	path := field.NewPath("baseDomain")
	if c.BaseDomain == "" {
		errs = append(errs, field.Required(path, "set the domain under which tenants get their hosts, such as tenants.example.com"))
	} else {
		errs = append(errs, validateHost(c.BaseDomain, path)...)
		if len(c.BaseDomain) > maxBaseDomain {
			errs = append(errs, field.TooLong(path, c.BaseDomain, maxBaseDomain))
		}
	}
	for i, name := range c.ReservedNames {
		errs = append(errs, messages(name, field.NewPath("reservedNames").Index(i), validation.IsDNS1123Label(name))...)
	}
	for i, host := range c.ReservedHosts {
		errs = append(errs, validateHost(host, field.NewPath("reservedHosts").Index(i))...)
	}
	return errs
}

func validateEdge(e *Edge, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	errs = append(errs, validateOneOf(e.Type, path.Child("type"), EdgeIngress, EdgeGateway)...)
	errs = append(errs, validateGateway(e, path.Child("gateway"))...)
	errs = append(errs, validateOneOf(e.Scheme, path.Child("scheme"), SchemeHTTPS, SchemeHTTP)...)
	errs = append(errs, messages(e.Namespace, path.Child("namespace"), validation.IsDNS1123Label(e.Namespace))...)
	return append(errs, validateIngress(&e.Ingress, e.Scheme, path.Child("ingress"))...)
}

func validateGateway(e *Edge, path *field.Path) field.ErrorList {
	switch {
	case e.Type == EdgeGateway && e.Gateway == nil:
		return field.ErrorList{field.Required(path, "name the Gateway that the HTTPRoutes belong to")}
	case e.Gateway == nil:
		return nil
	case e.Type != EdgeGateway:
		return field.ErrorList{field.Forbidden(path, "has no effect with type Ingress: leave it out, or set type to Gateway")}
	}
	errs := messages(e.Gateway.Name, path.Child("name"), validation.IsDNS1123Subdomain(e.Gateway.Name))
	errs = append(errs, messages(e.Gateway.Namespace, path.Child("namespace"), validation.IsDNS1123Label(e.Gateway.Namespace))...)
	errs = append(errs, messages(e.Gateway.Port, path.Child("port"), validation.IsValidPortNum(int(e.Gateway.Port)))...)
	if section := e.Gateway.SectionName; section != "" {
		errs = append(errs, messages(section, path.Child("sectionName"), validation.IsDNS1123Subdomain(section))...)
	}
	return errs
}

func validateIngress(in *Ingress, scheme string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if in.ClassName != "" {
		errs = append(errs, messages(in.ClassName, path.Child("className"), validation.IsDNS1123Subdomain(in.ClassName))...)
	}
	annotations := path.Child("annotations")
	errs = append(errs, apivalidation.ValidateAnnotations(in.Annotations, annotations)...)
	for _, key := range sortedKeys(in.Annotations) {
		if strings.HasPrefix(key, ownPrefix) {
			errs = append(errs, field.Forbidden(annotations.Key(key), "the operator alone sets annotations that begin with "+ownPrefix))
		}
	}
	secret, tls := in.TLS.SecretName, path.Child("tls", "secretName")
	switch {
	case secret == "":
	case scheme == SchemeHTTP:
		errs = append(errs, field.Forbidden(tls, "has no effect with scheme http: leave it out, or set scheme to https"))
	default:
		errs = append(errs, messages(secret, tls, validation.IsDNS1123Subdomain(secret))...)
	}
	return errs
}

func validatePortal(p *Portal, path *field.Path) field.ErrorList {
	errs := messages(p.Port, path.Child("port"), validation.IsValidPortNum(int(p.Port)))
	if p.ExternalName != "" {
		errs = append(errs, validateHost(p.ExternalName, path.Child("externalName"))...)
		if len(p.Selector) > 0 {
			errs = append(errs, field.Forbidden(path.Child("selector"), "set either externalName or selector"))
		}
		if p.TargetPort != (intstr.IntOrString{}) {
			errs = append(errs, field.Forbidden(path.Child("targetPort"), "has no effect with externalName: set port"))
		}
		return errs
	}
	errs = append(errs, metav1validation.ValidateLabels(p.Selector, path.Child("selector"))...)
	target := path.Child("targetPort")
	if p.TargetPort.Type == intstr.String {
		return append(errs, messages(p.TargetPort.StrVal, target, validation.IsValidPortName(p.TargetPort.StrVal))...)
	}
	return append(errs, messages(p.TargetPort.IntVal, target, validation.IsValidPortNum(p.TargetPort.IntValue()))...)
}

func validateRegions(regions map[string]Region, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, name := range sortedKeys(regions) {
		region, path := regions[name], path.Key(name)
		errs = append(errs, messages(name, path, validation.IsDNS1123Label(name))...)
		errs = append(errs, metav1validation.ValidateLabels(region.NodeSelector, path.Child("nodeSelector"))...)
		for i, class := range region.StorageClasses {
			errs = append(errs, messages(class, path.Child("storageClasses").Index(i), validation.IsDNS1123Subdomain(class))...)
		}
	}
	return errs
}

func validateNetwork(n *Network, path *field.Path) field.ErrorList {
	dns := path.Child("dns")
	errs := messages(n.DNS.Namespace, dns.Child("namespace"), validation.IsDNS1123Label(n.DNS.Namespace))
	errs = append(errs, metav1validation.ValidateLabels(n.DNS.PodSelector, dns.Child("podSelector"))...)
	for i, port := range n.DNS.Ports {
		errs = append(errs, messages(port, dns.Child("ports").Index(i), validation.IsValidPortNum(int(port)))...)
	}
	for i := range n.EgressCIDRs {
		errs = append(errs, validateEgress(&n.EgressCIDRs[i], path.Child("egressCIDRs").Index(i))...)
	}
	return errs
}

func validateEgress(b *networkingv1.IPBlock, path *field.Path) field.ErrorList {
	cidr, err := netip.ParsePrefix(b.CIDR)
	if err != nil {
		return field.ErrorList{field.Invalid(path.Child("cidr"), b.CIDR, "must be a network such as 203.0.113.0/24 or 2001:db8::/32")}
	}
	var errs field.ErrorList
	for i, except := range b.Except {
		inner, err := netip.ParsePrefix(except)
		if err != nil || !strictlyInside(inner, cidr) {
			errs = append(errs, field.Invalid(path.Child("except").Index(i), except, "must be a smaller network inside "+b.CIDR))
		}
	}
	return errs
}

// maxRetainFor is a year: what is kept longer is an archive, and no mistake.
const maxRetainFor = 365 * 24 * time.Hour

func validateDomains(d *Domains, path *field.Path) field.ErrorList {
	errs := validateOneOf(d.Proof, path.Child("proof"), ProofTXT, ProofNone)
	if d.Resolver != "" {
		if _, err := netip.ParseAddrPort(d.Resolver); err != nil {
			errs = append(errs, field.Invalid(path.Child("resolver"), d.Resolver, "must be the address of a DNS server, such as 10.96.0.10:53"))
		}
	}
	errs = append(errs, validatePeriod(d.RetryPeriod, path.Child("retryPeriod"), time.Second, time.Hour)...)
	return append(errs, validatePeriod(d.RecheckPeriod, path.Child("recheckPeriod"), time.Minute, 24*time.Hour)...)
}

func validatePeriod(period metav1.Duration, path *field.Path, least, most time.Duration) field.ErrorList {
	if period.Duration < least || period.Duration > most {
		return field.ErrorList{field.Invalid(path, period.Duration.String(), fmt.Sprintf("must be from %s to %s", least, most))}
	}
	return nil
}

// validateHost takes a DNS name in lower case without a trailing dot, as the API's Host does, and
// beside that names of one label.
func validateHost(host string, path *field.Path) field.ErrorList {
	if len(host) > validation.DNS1123SubdomainMaxLength {
		return field.ErrorList{field.TooLong(path, host, validation.DNS1123SubdomainMaxLength)}
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if errs := messages(host, path, validation.IsDNS1123Label(label)); len(errs) > 0 {
			return errs
		}
	}
	if last := labels[len(labels)-1]; last[0] < 'a' || last[0] > 'z' {
		return field.ErrorList{field.Invalid(path, host, "must be a DNS name, not an address: the last label begins with a letter")}
	}
	return nil
}

func validateOneOf[T ~string](value T, path *field.Path, allowed ...T) field.ErrorList {
	if slices.Contains(allowed, value) {
		return nil
	}
	return field.ErrorList{field.NotSupported(path, value, allowed)}
}

// messages makes an error of each message of a validation function.
func messages(value any, path *field.Path, found []string) field.ErrorList {
	var errs field.ErrorList
	for _, message := range found {
		errs = append(errs, field.Invalid(path, value, message))
	}
	return errs
}
