// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// pageSize is how many objects are asked for at a time, as kubectl has it.
const pageSize = 500

// tenants are the resource that most verbs are about.
var tenants = v1alpha1.GroupVersion.WithResource("tenants")

// cluster is the one that kubectl's flags and the kubeconfig name.
type cluster struct {
	flags *genericclioptions.ConfigFlags
}

// namespace that is meant where none is named: that of -n, else of the context.
func (c cluster) namespace() (string, error) {
	namespace, _, err := c.flags.ToRawKubeConfigLoader().Namespace()
	return namespace, err
}

// here is the namespace of the context, whatever -n says: where commands go that name none.
func (c cluster) here() (string, error) {
	config, err := c.flags.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return "", err
	}
	name := cmp.Or(ptr.Deref(c.flags.Context, ""), config.CurrentContext)
	if context := config.Contexts[name]; context != nil {
		return context.Namespace, nil
	}
	return "", nil
}

// config to reach the API server with. The server limits who asks too much; a client of one person's need not.
func (c cluster) config() (*rest.Config, error) {
	config, err := c.flags.ToRESTConfig()
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	config.QPS = -1
	return config, nil
}

// objects reads any kind as it is, with fields that this version of the plugin does not know.
func (c cluster) objects(resource schema.GroupVersionResource) (dynamic.NamespaceableResourceInterface, error) {
	config, err := c.config()
	if err != nil {
		return nil, err
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	return client.Resource(resource), nil
}

// kubernetes reads Kubernetes' own kinds.
func (c cluster) kubernetes() (kubernetes.Interface, error) {
	config, err := c.config()
	if err != nil {
		return nil, err
	}
	return kubernetes.NewForConfig(config)
}
