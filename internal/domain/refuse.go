// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package domain

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
	"k8s.io/apimachinery/pkg/util/validation"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
)

// Use is what somebody wants a name for: the field of the Tenant that asks for it.
type Use string

// What names are wanted for.
const (
	// CustomHost is a host of a tenant's own.
	CustomHost Use = "spec.domain.custom.host"
	// PartnerDomain is the parent of the hosts of a partner's children.
	PartnerDomain Use = "spec.partner.domain"
)

// maxName of a name in DNS (RFC 1035, as text without the last dot).
const maxName = validation.DNS1123SubdomainMaxLength

// maxLength is the most characters of a name with that use: its TXT record must have a name too, and
// below a partner's domain there is a label of up to 63 characters with its dot.
func (u Use) maxLength() int {
	if u == PartnerDomain {
		return maxName - validation.DNS1123LabelMaxLength - len(".")
	}
	return maxName - len(recordPrefix)
}

// Refuse says why nobody may have the host for that use, whatever they prove, and what to do; empty
// if somebody may. Names of the operator's own and names that hold others' names are refused, and
// what can't be a name at all. Who holds the host already is not looked at.
func Refuse(host string, use Use, cfg *configv1alpha1.Configuration) string {
	switch {
	case isAddress(host):
		return fmt.Sprintf("%q is an IP address, or looks like one, and can't be proven; set %s to a DNS name", host, use)
	case !isName(host):
		return fmt.Sprintf("%q is not a DNS name in lower case without a trailing dot; set %s to one, such as support.example.com", host, use)
	case len(host) > use.maxLength():
		return fmt.Sprintf("%q has %d characters, more than the %d that leave room for the names below it; set %s to a shorter name",
			host, len(host), use.maxLength(), use)
	case !strings.Contains(host, "."):
		return fmt.Sprintf("%q is a single label; set %s to a name beneath a domain that you own", host, use)
	case within(host, cfg.BaseDomain):
		return fmt.Sprintf("%q lies in the operator's base domain %s, whose hosts are given by spec.domain.subdomain; set %s to a name beneath a domain that you own",
			host, cfg.BaseDomain, use)
	case within(cfg.BaseDomain, host):
		return fmt.Sprintf("%q is above the operator's base domain %s; set %s to a name beneath a domain that you own", host, cfg.BaseDomain, use)
	case isReserved(host, cfg.ReservedHosts):
		return fmt.Sprintf("%q is a host of the operator's own, or beneath or above one; set %s to another name", host, use)
	case isPublicSuffix(host):
		return fmt.Sprintf("%q is a public suffix, beneath which anybody can register names; set %s to a name of your own beneath it", host, use)
	}
	return ""
}

// isAddress is true of IP addresses, and of what browsers take for one: a name whose last label
// begins with a digit ("127.1", "10.0.0.0x1").
func isAddress(host string) bool {
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return true
	}
	last := host[strings.LastIndex(host, ".")+1:]
	return last != "" && last[0] >= '0' && last[0] <= '9'
}

// isName is true of DNS names in lower case without a trailing dot, of one label too.
func isName(host string) bool {
	if len(host) > maxName || isAddress(host) {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if len(validation.IsDNS1123Label(label)) > 0 {
			return false
		}
	}
	return true
}

// within says whether the host is the domain or beneath it.
func within(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}

func isReserved(host string, reserved []string) bool {
	return slices.ContainsFunc(reserved, func(own string) bool {
		return within(host, own) || within(own, host)
	})
}

// isPublicSuffix goes by the list of browsers (https://publicsuffix.org), its private part too:
// beneath github.io strangers have names as well.
func isPublicSuffix(host string) bool {
	suffix, _ := publicsuffix.PublicSuffix(host)
	return suffix == host
}
