// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Command certmanager is cert-manager's controllers, of the released module, for issuers of the kinds
// CA and selfSigned. cert-manager's own commands are in modules that are not published; those for
// ACME, Vault and Venafi are left out, as they need the world outside. There is no webhook: what
// users write is not checked beyond the CRDs.
package main

import (
	"context"
	"flag"
	"log"
	"os/signal"
	"syscall"
	"time"

	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	_ "github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"
	_ "github.com/cert-manager/cert-manager/pkg/controller/issuers"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"

	"github.com/cert-manager/cert-manager/pkg/controller"
	gateways "github.com/cert-manager/cert-manager/pkg/controller/certificate-shim/gateways"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificate-shim/ingresses"
	listenersets "github.com/cert-manager/cert-manager/pkg/controller/certificate-shim/listenerset"
	"github.com/cert-manager/cert-manager/pkg/util/feature"
	"golang.org/x/sync/errgroup"
)

// workers of each controller, as of cert-manager's own command.
const workers = 5

func main() {
	var options controller.ContextOptions
	flag.StringVar(&options.Kubeconfig, "kubeconfig", "", "`path` of the kubeconfig; default: the pod's own ServiceAccount")
	flag.StringVar(&options.ClusterResourceNamespace, "cluster-resource-namespace", "cert-manager", "`namespace` of the Secrets that ClusterIssuers name")
	flag.BoolVar(&options.EnableGatewayAPI, "enable-gateway-api", false, "serve annotated Gateways and ListenerSets too; their kinds must be installed")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, withDefaults(options))
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

// withDefaults sets what cert-manager's own command has as defaults of flags.
func withDefaults(options controller.ContextOptions) controller.ContextOptions {
	options.EnableGatewayAPIListenerSet = options.EnableGatewayAPI
	options.DefaultAutoCertificateAnnotations = []string{"kubernetes.io/tls-acme"}
	options.CopiedAnnotationPrefixes = []string{"*", "-kubectl.kubernetes.io/", "-fluxcd.io/", "-argocd.argoproj.io/"}
	options.CertificateRequestMinimumBackoffDuration = time.Hour
	options.CertificateRequestMaximumBackoffDuration = 32 * time.Hour
	return options
}

// run runs all controllers that are linked in, until ctx ends.
func run(ctx context.Context, options controller.ContextOptions) error {
	if options.EnableGatewayAPIListenerSet {
		if err := feature.DefaultMutableFeatureGate.Set("ListenerSets=true"); err != nil {
			return err
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	factory, err := controller.NewContextFactory(ctx, options)
	if err != nil {
		return err
	}
	var controllers []controller.Interface
	for name, build := range controller.Known() {
		ofGateways := name == gateways.ControllerName || name == listenersets.ControllerName
		if ofGateways && !options.EnableGatewayAPI {
			continue
		}
		built, err := build(factory)
		if err != nil {
			return err
		}
		controllers = append(controllers, built)
	}
	if err := startInformers(ctx, factory, options); err != nil {
		return err
	}
	for _, built := range controllers {
		group.Go(func() error { return built.Run(workers, ctx) })
	}
	return group.Wait()
}

// startInformers starts what the controllers, once built, have asked for.
func startInformers(ctx context.Context, factory *controller.ContextFactory, options controller.ContextOptions) error {
	shared, err := factory.Build()
	if err != nil {
		return err
	}
	shared.SharedInformerFactory.Start(ctx.Done())
	shared.KubeSharedInformerFactory.Start(ctx.Done())
	if options.EnableGatewayAPI {
		shared.GWShared.Start(ctx.Done())
	}
	return nil
}
