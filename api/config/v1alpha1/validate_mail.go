// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

const (
	maxRate          = 10000
	maxTokenLifetime = 30 * 24 * time.Hour
	// maxURL leaves room for the token in what mail programs take for one link.
	maxURL = 1024
)

func validateSMTP(s *SMTP, path *field.Path) field.ErrorList {
	errs := validateOneOf(s.StartTLS, path.Child("startTLS"), StartTLSRequired, StartTLSOpportunistic, StartTLSNone)
	errs = append(errs, validatePeriod(s.Timeout, path.Child("timeout"), time.Second, 5*time.Minute)...)
	errs = append(errs, validateRate(s.RatePerTenant, path.Child("ratePerTenant"))...)
	errs = append(errs, validateNetworks(s.Partners.AllowedNetworks, path.Child("partners", "allowedNetworks"))...)
	errs = append(errs, validateNetworks(s.Partners.DeniedNetworks, path.Child("partners", "deniedNetworks"))...)
	if s.Address == "" {
		if s.Username != "" || s.PasswordFile != "" || s.From != "" || s.CAFile != "" {
			errs = append(errs, field.Required(path.Child("address"), "set the mail server, such as smtp.example.com:587, or leave out the rest of smtp"))
		}
		return errs
	}
	errs = append(errs, validateServer(s.Address, path.Child("address"))...)
	errs = append(errs, validateSender(s.From, path.Child("from"))...)
	return append(errs, validateLogin(s, path)...)
}

func validateServer(address string, path *field.Path) field.ErrorList {
	host, port, err := net.SplitHostPort(address)
	if number, failed := strconv.ParseUint(port, 10, 16); err != nil || failed != nil || number == 0 {
		return field.ErrorList{field.Invalid(path, address, "must be host:port, such as smtp.example.com:587")}
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return nil
	}
	return validateHost(host, path)
}

func validateSender(from string, path *field.Path) field.ErrorList {
	if from == "" {
		return field.ErrorList{field.Required(path, "set the address that mails come from, such as noreply@example.com")}
	}
	parsed, err := mail.ParseAddress(from)
	_, domain, _ := strings.Cut(from, "@")
	if err != nil || parsed.Address != from || len(validateHost(domain, path)) > 0 {
		return field.ErrorList{field.Invalid(path, from, "must be an address alone, without a name, such as noreply@example.com")}
	}
	return nil
}

func validateLogin(s *SMTP, path *field.Path) field.ErrorList {
	if s.Username == "" {
		if s.PasswordFile != "" {
			return field.ErrorList{field.Required(path.Child("username"), "say whose password it is, or leave out passwordFile")}
		}
		return nil
	}
	var errs field.ErrorList
	if strings.ContainsFunc(s.Username, unicode.IsControl) {
		errs = append(errs, field.Invalid(path.Child("username"), s.Username, "must hold no control characters"))
	}
	if s.PasswordFile == "" {
		errs = append(errs, field.Required(path.Child("passwordFile"), "name the file with the password of username"))
	}
	if s.StartTLS != StartTLSRequired {
		errs = append(errs, field.Invalid(path.Child("startTLS"), s.StartTLS, "must be Required with a username: no password goes over an open wire"))
	}
	return errs
}

func validateActivation(a *Activation, mails bool, path *field.Path) field.ErrorList {
	errs := validateAddress(a.BindAddress, path.Child("bindAddress"))
	errs = append(errs, validatePeriod(a.TokenLifetime, path.Child("tokenLifetime"), 5*time.Minute, maxTokenLifetime)...)
	errs = append(errs, validateRate(a.RatePerTenant, path.Child("ratePerTenant"))...)
	errs = append(errs, validateRate(a.RatePerClient, path.Child("ratePerClient"))...)
	errs = append(errs, validateNetworks(a.TrustedProxies, path.Child("trustedProxies"))...)
	if a.BindAddress == AddressOff {
		if a.URL != "" {
			errs = append(errs, field.Forbidden(path.Child("url"), "has no effect while bindAddress is off: leave it out, or set bindAddress"))
		}
		return errs
	}
	if !mails {
		errs = append(errs, field.Required(field.NewPath("smtp", "address"), "the links of activation go by mail: set the mail server, or leave out activation.bindAddress"))
	}
	return append(errs, validateLink(a.URL, path.Child("url"))...)
}

// validateLink takes a URL that a path and a token can be added to.
func validateLink(link string, path *field.Path) field.ErrorList {
	if link == "" {
		return field.ErrorList{field.Required(path, "set what the links begin with, such as https://activate.example.com")}
	}
	if len(link) > maxURL {
		return field.ErrorList{field.TooLong(path, link, maxURL)}
	}
	parsed, err := url.Parse(link)
	if err != nil || parsed.Hostname() == "" || parsed.String() != link || parsed.User != nil || strings.ContainsAny(link, "?#") {
		return field.ErrorList{field.Invalid(path, link, "must be a URL without user, query and fragment, such as https://activate.example.com")}
	}
	if parsed.Scheme == SchemeHTTPS || parsed.Scheme == SchemeHTTP && isLoopback(parsed.Hostname()) {
		return nil
	}
	return field.ErrorList{field.Invalid(path, link, "must begin with https://: whoever reads the link on its way can use it")}
}

func validateNetworks(networks []string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i, network := range networks {
		if prefix, err := netip.ParsePrefix(network); err != nil || prefix.Masked() != prefix {
			errs = append(errs, field.Invalid(path.Index(i), network, "must be a network such as 10.0.0.0/8 or 2001:db8::/32"))
		}
	}
	return errs
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func validateRate(rate int32, path *field.Path) field.ErrorList {
	if rate < 1 || rate > maxRate {
		return field.ErrorList{field.Invalid(path, rate, fmt.Sprintf("must be from 1 to %d", maxRate))}
	}
	return nil
}
