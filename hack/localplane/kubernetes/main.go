// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build localplane

// Command kubernetes is etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kubectl
// in one binary; the name it is called by says which of them it is.
//
// The build tag keeps these modules, which take minutes to compile, out of `go test ./...`.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

func main() {
	switch name := filepath.Base(os.Args[0]); name {
	case "etcd":
		etcdmain.Main(os.Args)
	case "kubectl":
		if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
			kubectlutil.CheckErr(err)
		}
	default:
		newCommand, found := map[string]func() *cobra.Command{
			"kube-apiserver":          apiserver.NewAPIServerCommand,
			"kube-controller-manager": controllermanager.NewControllerManagerCommand,
			"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
		}[name]
		if !found {
			fmt.Fprintf(os.Stderr, "%s is none of etcd, kubectl, kube-apiserver, kube-controller-manager, kube-scheduler\n", name)
			os.Exit(2)
		}
		os.Exit(cli.Run(newCommand()))
	}
}
