// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/utils/ptr"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/cli/contexts"
)

// pageSize is how many objects are asked for at a time, as kubectl has it.
const pageSize = 500

// nowhere is the server that is meant where nothing names one.
const nowhere = "http://localhost:8080"

// tenants are the resource that most verbs are about, and the others those of their own.
var (
	tenants      = v1alpha1.GroupVersion.WithResource("tenants")
	licensePlans = v1alpha1.GroupVersion.WithResource("licenseplans")
	profiles     = v1alpha1.GroupVersion.WithResource("whitelabelprofiles")
	syncs        = v1alpha1.GroupVersion.WithResource("mastertenantsyncs")
	schedules    = v1alpha1.GroupVersion.WithResource("scanschedules")
	priceLists   = v1alpha1.GroupVersion.WithResource("pricelists")
)

// cluster is the one that kubectl's flags and the kubeconfig name.
type cluster struct {
	flags *genericclioptions.ConfigFlags
	// exact says that objects lie in the namespace that is meant, and nowhere above it.
	exact bool
	// within is the namespace that is meant, whatever the flags say; none if empty.
	within string
}

// besideTenants are the resources that lie beside Tenants. What lies in a place itself, as its grants and schedules, must not be taken for
// what its partner has under the same name, which reaches others.
var besideTenants = []schema.GroupVersionResource{tenants, retained, licensePlans, profiles, syncs, priceLists}

// exactly is the cluster where objects are found in the namespace that is meant alone.
func (c cluster) exactly() cluster {
	c.exact = true
	return c
}

// upward says whether objects of a resource are also looked for above a customer's place: where the context alone says that it is meant.
func (c cluster) upward(resource schema.GroupVersionResource) bool {
	return !c.exact && c.within == "" && ptr.Deref(c.flags.Namespace, "") == "" && slices.Contains(besideTenants, resource)
}

// in is the cluster where another namespace is meant.
func (c cluster) in(namespace string) cluster {
	c.within = namespace
	return c
}

// namespace that is meant where none is named: that of -n, else of the context.
func (c cluster) namespace() (string, error) {
	if c.within != "" {
		return c.within, nil
	}
	namespace, _, err := c.flags.ToRawKubeConfigLoader().Namespace()
	return namespace, kubeconfigError(err)
}

// here is the namespace of the context, whatever -n says: where commands go that name none.
func (c cluster) here() (string, error) {
	config, name, err := c.kubeconfig()
	if err != nil {
		return "", err
	}
	if context := config.Contexts[name]; context != nil {
		return context.Namespace, nil
	}
	return "", nil
}

// kubeconfig, and the context of it that is meant.
func (c cluster) kubeconfig() (config clientcmdapi.Config, context string, err error) {
	config, err = c.flags.ToRawKubeConfigLoader().RawConfig()
	return config, cmp.Or(ptr.Deref(c.flags.Context, ""), config.CurrentContext), kubeconfigError(err)
}

// keepInside fails in a shell of a tenant's where the kubeconfig leads elsewhere: what the shell has read may name another.
func (c cluster) keepInside() error {
	inside := os.Getenv(shellVariable)
	if inside == "" {
		return nil
	}
	config, name, err := c.kubeconfig()
	if err != nil {
		return err
	}
	if tenant, ok := contexts.Of(&config, name); ok && tenant.String() == inside {
		return nil
	}
	return &failure{code: exitUsage, err: fmt.Errorf("this shell is for tenant %s alone, and context %q leads elsewhere: see which kubeconfig is read", inside, name), hint: "echo $KUBECONFIG"}
}

// config to reach the API server with. The server limits who asks too much; a client of one person's need not.
func (c cluster) config() (*rest.Config, error) {
	if err := c.keepInside(); err != nil {
		return nil, err
	}
	config, err := c.flags.ToRESTConfig()
	if err != nil {
		return nil, kubeconfigError(err)
	}
	if raw, err := c.flags.ToRawKubeConfigLoader().RawConfig(); err == nil && clientcmdapi.IsConfigEmpty(&raw) && config.Host == nowhere {
		return nil, &failure{code: exitFailure, err: errors.New("no kubeconfig says which cluster is meant: name one with --kubeconfig"), hint: "kubectl config view"}
	}
	config.QPS = -1
	return config, nil
}

// kubeconfigError says that the kubeconfig is none, or has not what the flags name.
func kubeconfigError(err error) error {
	if err == nil {
		return nil
	}
	return &failure{code: exitFailure, err: fmt.Errorf("reading the kubeconfig: %w", err), hint: "kubectl config get-contexts"}
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

// beside is the namespace that Tenants lie in: the one that is meant or, where the context leads to a customer's place, the one above it.
func (c cluster) beside(ctx context.Context) (string, error) {
	namespace, err := c.namespace()
	if err != nil || !c.upward(tenants) {
		return namespace, err
	}
	return cmp.Or(c.parent(ctx, namespace, true), namespace), nil
}

// parent is the namespace that the tenant of a place lies in, where that is no partner's: in a customer's place, its siblings are meant.
// Its people may read no namespace, and list no tenants there: they read it in the tenant's settings. Whoever may list tenants in the place
// is in a partner's, whose settings look alike. Empty if it is not known.
func (c cluster) parent(ctx context.Context, place string, forbidden bool) string {
	client, err := c.kubernetes()
	if err != nil {
		return ""
	}
	if namespace, err := client.CoreV1().Namespaces().Get(ctx, place, metav1.GetOptions{}); err == nil {
		if namespace.Labels[v1alpha1.LabelManaged] != "true" || namespace.Labels[v1alpha1.LabelPartner] == "true" {
			return ""
		}
		return namespace.Labels[v1alpha1.LabelParent]
	}
	if !forbidden {
		return ""
	}
	lists, err := allowed(ctx, client, authorizationv1.ResourceAttributes{Namespace: place, Verb: "list", Group: tenants.Group, Resource: tenants.Resource})
	if err != nil || lists {
		return ""
	}
	return c.settings(ctx, place)["parent"]
}
