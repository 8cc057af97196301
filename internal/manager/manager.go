// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package manager assembles the process that the controllers run in: caches, clients, leader
// election, endpoints and logs, as the configuration asks.
package manager

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/internal/kinds"
	"github.com/tenantry/tenantry/internal/metrics"
	"github.com/tenantry/tenantry/internal/version"
)

// gracePeriod is how long work in progress may take to end once the process is told to; it leaves
// time to release the lease within the 30 s that Kubernetes gives a pod.
const gracePeriod = 20 * time.Second

// Setup adds controllers to a manager.
type Setup func(ctrl.Manager, *configv1alpha1.Configuration) error

// Run runs the controllers that setup adds until ctx ends, which is no error: it then waits for work
// in progress, releases the lease, and returns nil. Losing the lease is an error.
func Run(ctx context.Context, restConfig *rest.Config, cfg *configv1alpha1.Configuration, setup Setup) error {
	log := NewLogger(os.Stderr, cfg.Logging)
	ctrl.SetLogger(log)
	klog.SetLogger(log.WithName("client-go"))

	heap := newHeapKeeper()
	mgr, err := New(restConfig, cfg, log)
	if err != nil {
		return err
	}
	if err := mgr.Add(heap); err != nil {
		return fmt.Errorf("adding the keeper of the heap: %w", err)
	}
	if err := setup(mgr, cfg); err != nil {
		return err
	}
	log.Info("Starting", "version", version.Get().String(), "apiServer", restConfig.Host, "baseDomain", cfg.BaseDomain)
	if err := mgr.Start(ctx); err != nil {
		return fmt.Errorf("running the manager: %w", err)
	}
	log.Info("Stopped")
	return nil
}

// New returns a manager with caches, probes and metrics and without controllers. It asks the API
// server which kinds it has, and fails when a kind that the operator needs is missing.
func New(restConfig *rest.Config, cfg *configv1alpha1.Configuration, log logr.Logger) (ctrl.Manager, error) {
	restConfig = RESTConfig(restConfig, cfg)
	mapper, served, err := ask(restConfig)
	if err != nil {
		return nil, err
	}
	options := Options(cfg, log)
	options.Cache = CacheOptions(served)
	options.MapperProvider = func(*rest.Config, *http.Client) (meta.RESTMapper, error) { return mapper, nil }
	mgr, err := ctrl.NewManager(restConfig, options)
	if meta.IsNoMatchError(err) {
		return nil, fmt.Errorf("install Tenantry's CRDs first (make install): %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("creating the manager: %w", err)
	}
	if err := startCaches(mgr, served); err != nil {
		return nil, err
	}
	if err := addProbes(mgr); err != nil {
		return nil, err
	}
	if err := mgr.Add(metrics.NewTenants(mgr.GetCache())); err != nil {
		return nil, fmt.Errorf("adding the metrics of tenants: %w", err)
	}
	if err := mgr.Add(metrics.NewSyncs(mgr.GetCache())); err != nil {
		return nil, fmt.Errorf("adding the metrics of syncs: %w", err)
	}
	if err := mgr.Add(metrics.NewPlans(mgr.GetCache(), clock.RealClock{})); err != nil {
		return nil, fmt.Errorf("adding the metrics of plans: %w", err)
	}
	return mgr, nil
}

// ask learns what the cluster serves.
func ask(restConfig *rest.Config) (meta.RESTMapper, kinds.Served, error) {
	httpClient, err := rest.HTTPClientFor(restConfig)
	if err != nil {
		return nil, kinds.Served{}, fmt.Errorf("making the client of the API server: %w", err)
	}
	mapper, err := apiutil.NewDynamicRESTMapper(restConfig, httpClient)
	if err != nil {
		return nil, kinds.Served{}, fmt.Errorf("asking the API server what it serves: %w", err)
	}
	served, err := kinds.In(mapper)
	return mapper, served, err
}

// Options are the options of the manager, but for its cache.
func Options(cfg *configv1alpha1.Configuration, log logr.Logger) ctrl.Options {
	election := cfg.LeaderElection
	return ctrl.Options{
		Scheme:    kinds.NewScheme(),
		Logger:    log,
		Client:    client.Options{Cache: &client.CacheOptions{EnableReadYourWritesConsistency: new(true)}},
		NewClient: newClient,

		LeaderElection:                ptr.Deref(election.Enabled, true),
		LeaderElectionNamespace:       election.Namespace,
		LeaderElectionID:              election.Name,
		LeaseDuration:                 new(election.LeaseDuration.Duration),
		RenewDeadline:                 new(election.RenewDeadline.Duration),
		RetryPeriod:                   new(election.RetryPeriod.Duration),
		LeaderElectionReleaseOnCancel: true, // the process ends when Run does

		Metrics:                 server.Options{BindAddress: cfg.Metrics.BindAddress},
		HealthProbeBindAddress:  cfg.Health.BindAddress,
		PprofBindAddress:        cfg.PProf.BindAddress,
		GracefulShutdownTimeout: new(gracePeriod),
		Controller: config.Controller{
			MaxConcurrentReconciles: cfg.Workers,
			UsePriorityQueue:        new(true),
		},
	}
}

// RESTConfig is a copy of base with the configured limits and the operator's name. It leaves the
// content type open, so that controller-runtime speaks protobuf for Kubernetes' own kinds. Like
// Kubernetes' own controllers it asks for no compression: watches are a stream of small events, each
// of which both sides would compress and expand for itself.
func RESTConfig(base *rest.Config, cfg *configv1alpha1.Configuration) *rest.Config {
	restConfig := rest.CopyConfig(base)
	restConfig.QPS, restConfig.Burst = cfg.Client.QPS, cfg.Client.Burst
	restConfig.UserAgent = "tenantry-manager/" + version.Get().Version
	restConfig.WarningHandlerWithContext = debugWarnings{}
	restConfig.DisableCompression = true
	return restConfig
}

// collectionClient deletes collections past the client that reads its own writes, which can't: it
// would have to know each object. The operator deletes collections of pods, and never reads pods.
type collectionClient struct {
	client.Client
	direct client.Client
}

// DeleteAllOf implements client.Writer.
func (c collectionClient) DeleteAllOf(ctx context.Context, object client.Object, options ...client.DeleteAllOfOption) error {
	return c.direct.DeleteAllOf(ctx, object, options...)
}

func newClient(restConfig *rest.Config, options client.Options) (client.Client, error) {
	consistent, err := client.New(restConfig, options)
	if err != nil {
		return nil, err
	}
	options.Cache = nil
	direct, err := client.New(restConfig, options)
	if err != nil {
		return nil, err
	}
	return collectionClient{Client: consistent, direct: direct}, nil
}

// startCaches makes every cache part of the manager's start, so that a manager which waits for the
// lease is as ready as the one that holds it.
func startCaches(mgr ctrl.Manager, served kinds.Served) error {
	for object := range CacheOptions(served).ByObject {
		_, err := mgr.GetCache().GetInformer(context.Background(), object)
		if err != nil {
			return fmt.Errorf("caching %T: %w", object, err)
		}
	}
	return nil
}
