// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package contexts decides which context of a kubeconfig leads into which tenant's place. It reads and writes no file.
package contexts

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Extension is the name of the one that contexts of tenants have. kubectl keeps it, whatever it changes in a context.
const Extension = "tenantry.io/tenant"

// Tenant that a context leads to.
type Tenant struct {
	// Name of the Tenant, and Parent, the namespace that it lies in.
	Name   string `json:"name"`
	Parent string `json:"parent"`
	// Namespace is the tenant's own place.
	Namespace string `json:"namespace"`
	// Cluster, as the kubeconfig calls it.
	Cluster string `json:"cluster"`
}

// String is what tells the tenant from all others of a cluster.
func (t Tenant) String() string { return t.Parent + "/" + t.Name }

// extension is what a context of a tenant's is known by.
type extension struct {
	Tenant Tenant `json:"tenant"`
	// Base is the context that cluster and user were copied from.
	Base string `json:"base"`
	// Previous is the context that was left for this one, and Entered is when.
	Previous string    `json:"previous,omitempty"`
	Entered  time.Time `json:"entered"`
}

// ErrNoContext is returned where a kubeconfig has no context that is meant.
var ErrNoContext = errors.New("no context")

// Of is the tenant that a context leads to, if it is one of a tenant's.
func Of(config *clientcmdapi.Config, context string) (Tenant, bool) {
	known, ok := read(config, context)
	return known.Tenant, ok
}

// read what a context is known by. One whose namespace, cluster or place somebody else has changed is none of a tenant's any more: it
// would lead elsewhere than it says.
func read(config *clientcmdapi.Config, name string) (known extension, ok bool) {
	context := config.Contexts[name]
	if context == nil {
		return known, false
	}
	raw, ok := context.Extensions[Extension].(*runtime.Unknown)
	if !ok || json.Unmarshal(raw.Raw, &known) != nil {
		return known, false
	}
	return known, known.Tenant.Namespace == context.Namespace && known.Tenant.Cluster == context.Cluster
}

// Enter has a kubeconfig lead into a tenant's place, by the cluster and the user of a context: that of the tenant's which
// the context was made from, if it is one. It returns the name of the context, which is the current one now.
func Enter(config *clientcmdapi.Config, from string, tenant Tenant, now time.Time) (string, error) {
	base := from
	if known, ok := read(config, from); ok {
		base = known.Base
	}
	source := config.Contexts[from]
	if source == nil {
		return "", fmt.Errorf("%w %q", ErrNoContext, from)
	}
	tenant.Cluster = source.Cluster
	name := strings.Join([]string{base, tenant.Parent, tenant.Name}, "/")
	there := config.Contexts[name]
	if _, ours := read(config, name); there != nil && !ours {
		return "", fmt.Errorf("context %q is there already, and leads to no tenant or elsewhere by now: rename or delete it", name)
	}
	context := clientcmdapi.NewContext()
	if there != nil {
		context = there.DeepCopy()
	}
	context.Cluster, context.AuthInfo, context.Namespace = source.Cluster, source.AuthInfo, tenant.Namespace
	known := extension{Tenant: tenant, Base: base, Previous: previous(config, name), Entered: now.UTC().Truncate(time.Millisecond)}
	if err := write(context, known); err != nil {
		return "", err
	}
	config.Contexts[name], config.CurrentContext = context, name
	return name, nil
}

// Back makes the context the current one that was so before: the one that was left for the current one or, from a context which is none of
// a tenant's, the tenant's that was entered last. It returns its name.
func Back(config *clientcmdapi.Config, now time.Time) (string, error) {
	current := config.CurrentContext
	known, ours := read(config, current)
	name := known.Previous
	if !ours {
		name = latest(config)
	}
	if name == "" {
		return "", fmt.Errorf("%w to go back to", ErrNoContext)
	}
	context := config.Contexts[name]
	if context == nil {
		return "", fmt.Errorf("%w %q any more to go back to", ErrNoContext, name)
	}
	if back, ok := read(config, name); ok {
		context = context.DeepCopy()
		back.Previous, back.Entered = current, now.UTC().Truncate(time.Millisecond)
		if err := write(context, back); err != nil {
			return "", err
		}
		config.Contexts[name] = context
	}
	config.CurrentContext = name
	return name, nil
}

// previous is the context that is left for another: the current one. Who enters where they are already goes back to where they were before.
func previous(config *clientcmdapi.Config, to string) string {
	if config.CurrentContext != to {
		return config.CurrentContext
	}
	known, _ := read(config, to)
	return known.Previous
}

// latest is the context of a tenant's that was entered last; empty if there is none.
func latest(config *clientcmdapi.Config) string {
	var latest string
	var entered time.Time
	for name := range config.Contexts {
		if known, ok := read(config, name); ok && (latest == "" || known.Entered.After(entered) || known.Entered.Equal(entered) && name < latest) {
			latest, entered = name, known.Entered
		}
	}
	return latest
}

func write(context *clientcmdapi.Context, known extension) error {
	raw, err := json.Marshal(known)
	if err != nil {
		return err
	}
	if context.Extensions == nil {
		context.Extensions = map[string]runtime.Object{}
	}
	context.Extensions[Extension] = &runtime.Unknown{Raw: raw, ContentType: runtime.ContentTypeJSON}
	return nil
}
