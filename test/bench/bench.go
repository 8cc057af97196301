// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/internal/config"
	"github.com/tenantry/tenantry/internal/kinds"
	"github.com/tenantry/tenantry/internal/manager"
	"github.com/tenantry/tenantry/test/harness"
)

const (
	// home is the plain namespace that the bench's tenants lie in.
	home = "bench"
	// tokenLifetime is longer than any run.
	tokenLifetime = 24 * time.Hour
)

// bench is one run, on a plane of its own.
type bench struct {
	options
	report *report

	plane    *harness.Plane
	usage    planeUsage
	cluster  *harness.Cluster
	config   *configv1alpha1.Configuration
	operator client.Client // acts as the operator, without a manager
	arrivals *arrivals
	manager  *process // nil while none runs
	made     int      // tenants so far
	profiles int      // of the CPU so far
}

// open brings the plane up, installs Tenantry in it, and makes the namespace of the tenants.
func (b *bench) open(ctx context.Context) error {
	flags := harness.FastControllers()
	progress("starting a plane in bin/bench, with %v", flags)
	b.plane = &harness.Plane{Name: "bench", Set: flags}
	if err := b.freshPlane(ctx); err != nil {
		return err
	}
	if err := b.plane.Install(ctx); err != nil {
		return err
	}
	var err error
	if b.cluster, err = b.plane.Connect(ctx); err != nil {
		return err
	}
	if b.usage, err = newPlaneUsage(filepath.Join(b.plane.Dir, b.plane.Name)); err != nil {
		return err
	}
	root, err := harness.Root()
	if err != nil {
		return err
	}
	if b.config, err = config.Load(filepath.Join(root, "config", "manager", "config.yaml")); err != nil {
		return err
	}
	b.config.Scans.Profiles = scanProfiles()
	configv1alpha1.SetDefaults(b.config)
	if b.operator, err = b.actAsOperator(ctx); err != nil {
		return err
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: home}}
	if err := b.cluster.Client.Create(ctx, namespace); err != nil {
		return fmt.Errorf("making namespace %q: %w", home, err)
	}
	b.arrivals, err = watchArrivals(ctx, b.cluster)
	return err
}

// freshPlane starts the plane from nothing: what a run that was killed left behind goes first.
func (b *bench) freshPlane(ctx context.Context) error {
	root, err := harness.Root()
	if err != nil {
		return err
	}
	b.plane.Dir = filepath.Join(root, "bin")
	if err := b.plane.Clean(ctx); err != nil {
		return err
	}
	_, err = harness.StartPlane(ctx, *b.plane)
	return err
}

// actAsOperator returns a client like the manager's own, but for its caches.
func (b *bench) actAsOperator(ctx context.Context) (client.Client, error) {
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
		ExpirationSeconds: new(int64(tokenLifetime.Seconds())),
	}}
	token, err := b.cluster.Clientset.CoreV1().ServiceAccounts(harness.ManagerNamespace).
		CreateToken(ctx, harness.ManagerAccount, request, metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("getting a token of the operator's account: %w", err)
	}
	restConfig := rest.AnonymousClientConfig(b.cluster.Config)
	restConfig.BearerToken = token.Status.Token
	return client.New(manager.RESTConfig(restConfig, b.config), client.Options{Scheme: kinds.NewScheme()})
}

// close stops what runs and removes the plane.
func (b *bench) close(ctx context.Context) error {
	b.manager.kill()
	if b.plane == nil {
		return nil
	}
	progress("stopping the plane and removing it")
	return b.plane.Clean(ctx)
}

var started = time.Now()

// progress tells people what is going on.
func progress(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, "%6.1fs  %s\n", time.Since(started).Seconds(), fmt.Sprintf(format, arguments...))
}
