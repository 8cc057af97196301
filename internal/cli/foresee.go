// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
	configfile "github.com/tenantry/tenantry/internal/config"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/kinds"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// Where the operator runs, and finds its configuration, as its manifests have it.
const (
	operatorNamespace  = "tenantry-system"
	operatorDeployment = "tenantry-manager"
	configVolume       = "config"
	configKey          = "config.yaml"
)

// scheme of the kinds that the operator reads and writes. It takes some time to make, and few commands need it.
var scheme = sync.OnceValue(kinds.NewScheme)

// foresight finds out what the operator would make of a Tenant, by its own code and with the rights of the caller.
type foresight struct {
	// Config is the file of the operator's configuration; empty: that of the operator that runs in the cluster.
	Config string

	cluster cluster
	in      io.Reader
	// errOut is where it is said what is refused.
	errOut io.Writer
}

// forewords is how commands that foresee something are described.
const forewords = `It reads what the operator reads, with your rights, and writes nothing: whoever runs the platform has them, and a partner's admin has not. The
operator's configuration is read from its Deployment, unless --config names a file. No value of a Secret is shown.`

func (f *foresight) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.Config, "config", "", "A file with the operator's configuration; - for standard input. Default: that of the operator in the cluster.")
	utilruntime.Must(cmd.MarkFlagFilename("config", "yaml", "yml", "json"))
}

func newForesight(streams genericiooptions.IOStreams, cluster cluster) *foresight {
	return &foresight{cluster: cluster, in: streams.In, errOut: streams.ErrOut}
}

// reader of the API server.
func (f *foresight) reader() (client.Reader, error) {
	config, err := f.cluster.flags.ToRESTConfig()
	if err != nil {
		return nil, err
	}
	reader, err := client.New(config, client.Options{Scheme: scheme()})
	if err != nil {
		return nil, err
	}
	return tenancy.Live(reader), nil
}

// foreseen is what the operator would make of a Tenant.
type foreseen struct {
	in    desired.Inputs
	place desired.Place
	// reader of what there is.
	reader client.Reader
}

// foresee what the operator would make of a Tenant.
func (f *foresight) foresee(ctx context.Context, object *unstructured.Unstructured) (foreseen, error) {
	reader, err := f.reader()
	if err != nil {
		return foreseen{}, err
	}
	tenant, err := typed[v1alpha1.Tenant](object)
	if err != nil {
		return foreseen{}, err
	}
	configuration, err := f.configuration(ctx)
	if err != nil {
		return foreseen{}, err
	}
	loader := &tenancy.Loader{
		Reader: reader, Secrets: reader, Config: configuration, Clock: clock.RealClock{},
		Hosts: &tenancy.Hosts{}, Shelf: &tenancy.Shelf{}, Looks: &tenancy.Looks{},
	}
	in, err := loader.Load(ctx, tenant)
	if err != nil {
		return foreseen{}, explain(err)
	}
	if refusal := desired.Refuse(in); refusal != nil {
		fmt.Fprintf(f.errOut, "note: the operator refuses it (%s): %s\n", refusal.Reason, printable(errors.New(refusal.Message)))
	}
	return foreseen{in: in, place: desired.For(in), reader: reader}, nil
}

// removals are what the operator would take away. What a sync has copied is the sync's.
func (f *foresight) removals(ctx context.Context, seen foreseen) ([]client.Object, error) {
	mapper, err := f.cluster.flags.ToRESTMapper()
	if err != nil {
		return nil, err
	}
	served, err := kinds.In(mapper)
	if err != nil {
		return nil, explain(err)
	}
	going, err := tenancy.Removals{Reader: seen.reader, Scheme: scheme(), Kinds: served}.Of(ctx, seen.in, seen.place)
	return going, explain(err)
}

// configuration of the operator.
func (f *foresight) configuration(ctx context.Context) (*configv1alpha1.Configuration, error) {
	if f.Config != "" {
		data, err := readManifest(f.in, f.Config)
		if err != nil {
			return nil, err
		}
		return decodeConfiguration(f.Config, data)
	}
	data, from, err := f.cluster.configuration(ctx)
	if err != nil {
		return nil, &failure{code: codeOf(err), err: fmt.Errorf("the operator's configuration: %w", err), hint: "name it with --config"}
	}
	return decodeConfiguration(from, data)
}

func decodeConfiguration(from string, data []byte) (*configv1alpha1.Configuration, error) {
	configuration, err := configfile.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	return configuration, nil
}

// configuration is that of the operator's Deployment, and where it was found.
func (c cluster) configuration(ctx context.Context) (data []byte, from string, err error) {
	deployment, err := c.get(ctx, schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}, operatorNamespace, operatorDeployment)
	if apierrors.IsNotFound(err) {
		return nil, "", &failure{code: exitNotFound, err: fmt.Errorf("there is no Deployment %s in namespace %s", operatorDeployment, operatorNamespace)}
	}
	if err != nil {
		return nil, "", explain(err)
	}
	volumes, _, _ := unstructured.NestedSlice(deployment.Object, "spec", "template", "spec", "volumes")
	for _, volume := range volumes {
		volume, _ := volume.(map[string]any)
		if volume["name"] != configVolume {
			continue
		}
		name, _, _ := unstructured.NestedString(volume, "configMap", "name")
		object, err := c.get(ctx, corev1.SchemeGroupVersion.WithResource("configmaps"), operatorNamespace, name)
		if err != nil {
			return nil, "", explain(err)
		}
		text, _, _ := unstructured.NestedString(object.Object, "data", configKey)
		return []byte(text), "ConfigMap " + operatorNamespace + "/" + name, nil
	}
	return nil, "", fmt.Errorf("the Deployment %s in namespace %s mounts none as %q", operatorDeployment, operatorNamespace, configVolume)
}

// shownObject is an object as it is shown: as kubectl shows those of its kind, without a status and what nobody has set.
func shownObject(object client.Object) (*unstructured.Unstructured, error) {
	if object == nil {
		return nil, nil //nolint:nilnil // there is none
	}
	kind, err := apiutil.GVKForObject(object, scheme())
	if err != nil {
		return nil, err
	}
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return nil, err
	}
	shown := &unstructured.Unstructured{Object: fields}
	shown.SetGroupVersionKind(kind)
	delete(shown.Object, "status")
	for _, field := range []string{"creationTimestamp", "managedFields", "resourceVersion", "uid", "generation"} {
		unstructured.RemoveNestedField(shown.Object, "metadata", field)
	}
	return shown, nil
}

// liveOf is the object that stands where an intent's is to be; nil if none does.
func liveOf(ctx context.Context, reader client.Reader, intent apply.Intent) (client.Object, error) {
	live := intent.Object.DeepCopyObject().(client.Object)
	err := reader.Get(ctx, client.ObjectKeyFromObject(intent.Object), live)
	if apierrors.IsNotFound(err) {
		return nil, nil //nolint:nilnil // there is none
	}
	return live, explain(err)
}
