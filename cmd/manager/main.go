// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Command manager runs Tenantry's controllers.
package main

import (
	"flag"
	"fmt"
	"os"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/tenantry/tenantry/internal/config"
	"github.com/tenantry/tenantry/internal/controller"
	"github.com/tenantry/tenantry/internal/manager"
	"github.com/tenantry/tenantry/internal/version"
)

func main() {
	configPath := flag.String("config", "/etc/tenantry/config.yaml", "The configuration `file`.")
	showVersion := flag.Bool("version", false, "Print the version and exit.")
	flag.Parse() // controller-runtime adds --kubeconfig
	if *showVersion {
		fmt.Println(version.Get())
		return
	}
	if err := run(*configPath); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(configPath string) error {
	cfg, err := config.Load(configPath)
	if err != nil {
		return err
	}
	restConfig, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("finding the API server (set --kubeconfig or KUBECONFIG outside a cluster): %w", err)
	}
	return manager.Run(ctrl.SetupSignalHandler(), restConfig, cfg, controller.SetupAll)
}
