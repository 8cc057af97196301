// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"net"
	"net/netip"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
)

const maxWorkers = 256

// jitterFactor is by how much client-go's leader election stretches retryPeriod at most.
const jitterFactor = 1.2

// validateManager looks at the fields that say how the manager runs, not what tenants get.
func validateManager(c *Configuration) field.ErrorList {
	var errs field.ErrorList
	if c.Workers < 1 || c.Workers > maxWorkers {
		errs = append(errs, field.Invalid(field.NewPath("workers"), c.Workers, "must be between 1 and "+strconv.Itoa(maxWorkers)))
	}
	errs = append(errs, validateLeaderElection(&c.LeaderElection, field.NewPath("leaderElection"))...)
	errs = append(errs, validateClient(&c.Client, field.NewPath("client"))...)
	errs = append(errs, validateAddress(c.Metrics.BindAddress, field.NewPath("metrics", "bindAddress"))...)
	errs = append(errs, validateAddress(c.Health.BindAddress, field.NewPath("health", "bindAddress"))...)
	errs = append(errs, validateLoopback(c.PProf.BindAddress, field.NewPath("pprof", "bindAddress"))...)
	errs = append(errs, validateOneOf(c.Logging.Level, field.NewPath("logging", "level"), LogDebug, LogInfo, LogWarn, LogError)...)
	return append(errs, validateOneOf(c.Logging.Format, field.NewPath("logging", "format"), LogJSON, LogText)...)
}

// validateLeaderElection asks what client-go's leader election asks, with this file's paths.
func validateLeaderElection(l *LeaderElection, path *field.Path) field.ErrorList {
	if !ptr.Deref(l.Enabled, true) {
		return nil
	}
	errs := messages(l.Namespace, path.Child("namespace"), validation.IsDNS1123Label(l.Namespace))
	errs = append(errs, messages(l.Name, path.Child("name"), validation.IsDNS1123Subdomain(l.Name))...)
	lease, renew, retry := l.LeaseDuration.Duration, l.RenewDeadline.Duration, l.RetryPeriod.Duration
	if lease < time.Second {
		errs = append(errs, field.Invalid(path.Child("leaseDuration"), lease.String(), "must be at least 1s"))
	}
	if renew >= lease {
		errs = append(errs, field.Invalid(path.Child("renewDeadline"), renew.String(), "must be less than leaseDuration, "+lease.String()))
	}
	if retry <= 0 {
		errs = append(errs, field.Invalid(path.Child("retryPeriod"), retry.String(), "must be more than 0s"))
	}
	if least := time.Duration(jitterFactor * float64(retry)); renew <= least {
		errs = append(errs, field.Invalid(path.Child("renewDeadline"), renew.String(), "must be more than 1.2 times retryPeriod, "+least.String()))
	}
	return errs
}

func validateClient(c *Client, path *field.Path) field.ErrorList {
	if c.QPS == NoClientLimit {
		return nil
	}
	var errs field.ErrorList
	if c.QPS <= 0 {
		errs = append(errs, field.Invalid(path.Child("qps"), c.QPS, "must be more than 0, or -1 for no limit on the client's side"))
	}
	if c.Burst < 1 {
		errs = append(errs, field.Invalid(path.Child("burst"), c.Burst, "must be at least 1"))
	}
	return errs
}

func validateAddress(address string, path *field.Path) field.ErrorList {
	if address == AddressOff {
		return nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return field.ErrorList{field.Invalid(path, address, `must be host:port, such as 127.0.0.1:8080 or :8080, or "0" for off`)}
	}
	var errs field.ErrorList
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		errs = append(errs, field.Invalid(path, address, "the port must be between 0 (any free one) and 65535"))
	}
	if _, err := netip.ParseAddr(host); host != "" && host != "localhost" && err != nil {
		errs = append(errs, field.Invalid(path, address, "the host must be an IP address, localhost, or empty for every address"))
	}
	return errs
}

func validateLoopback(address string, path *field.Path) field.ErrorList {
	if errs := validateAddress(address, path); len(errs) > 0 || address == AddressOff {
		return errs
	}
	host, _, _ := net.SplitHostPort(address)
	if isLoopback(host) {
		return nil
	}
	return field.ErrorList{field.Invalid(path, address, "must be a loopback address, such as 127.0.0.1:6060: a profile shows what is in memory")}
}
