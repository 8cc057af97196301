// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/cache"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
)

func defaults() *configv1alpha1.Configuration {
	cfg := &configv1alpha1.Configuration{BaseDomain: "tenantry.example"}
	configv1alpha1.SetDefaults(cfg)
	return cfg
}

func TestOptionsFollowTheConfiguration(t *testing.T) {
	cfg := defaults()
	cfg.LeaderElection.LeaseDuration.Duration = 3 * time.Second
	cfg.LeaderElection.RenewDeadline.Duration = 2 * time.Second
	cfg.LeaderElection.RetryPeriod.Duration = time.Second
	cfg.Metrics.BindAddress, cfg.Health.BindAddress, cfg.PProf.BindAddress = "127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"
	cfg.Workers = 5

	options := Options(cfg, logr.Discard())
	for what, holds := range map[string]bool{
		"leader election":      options.LeaderElection,
		"the lease's place":    options.LeaderElectionNamespace == "tenantry-system" && options.LeaderElectionID == "tenantry-manager",
		"its times":            *options.LeaseDuration == 3*time.Second && *options.RenewDeadline == 2*time.Second && *options.RetryPeriod == time.Second,
		"its release":          options.LeaderElectionReleaseOnCancel,
		"metrics":              options.Metrics.BindAddress == "127.0.0.1:1",
		"health":               options.HealthProbeBindAddress == "127.0.0.1:2",
		"pprof":                options.PprofBindAddress == "127.0.0.1:3",
		"workers":              options.Controller.MaxConcurrentReconciles == 5,
		"the priority queue":   ptr.Deref(options.Controller.UsePriorityQueue, false),
		"reading one's writes": ptr.Deref(options.Client.Cache.EnableReadYourWritesConsistency, false),
	} {
		if !holds {
			t.Errorf("%s: not as configured", what)
		}
	}
}

func TestLeaderElectionCanBeOff(t *testing.T) {
	cfg := defaults()
	cfg.LeaderElection.Enabled = new(false)
	if Options(cfg, logr.Discard()).LeaderElection {
		t.Error("it is on")
	}
}

func TestRESTConfigSetsLimitsAndLeavesTheRest(t *testing.T) {
	base := &rest.Config{Host: "https://example", BearerToken: "token"}
	cfg := defaults()
	cfg.Client = configv1alpha1.Client{QPS: 50, Burst: 100}
	got := RESTConfig(base, cfg)
	if got.Host != base.Host || got.BearerToken != base.BearerToken {
		t.Error("the API server or the credentials changed")
	}
	if got.QPS != 50 || got.Burst != 100 {
		t.Errorf("limits are %v and %d", got.QPS, got.Burst)
	}
	if got.ContentType != "" {
		t.Errorf("content type %q would rule protobuf out", got.ContentType)
	}
	if !got.DisableCompression {
		t.Error("every event of a watch would be compressed for itself")
	}
	if base.QPS != 0 || base.UserAgent != "" {
		t.Error("the caller's configuration changed")
	}
}

// informers are caches that are filled, or never will be.
type informers struct {
	cache.Informers
	filled bool
}

func (i informers) WaitForCacheSync(ctx context.Context) bool {
	if !i.filled {
		<-ctx.Done()
	}
	return i.filled
}

func TestReadinessWaitsForTheCaches(t *testing.T) {
	request := httptest.NewRequest(http.MethodGet, "/readyz", nil)
	if err := synced(informers{filled: true})(request); err != nil {
		t.Errorf("filled: %v", err)
	}
	if err := synced(informers{filled: false})(request); !errors.Is(err, errNotSynced) {
		t.Errorf("empty: %v", err)
	}
}
