// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"

	"github.com/spf13/cobra"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"github.com/tenantry/tenantry/config"
	configfile "github.com/tenantry/tenantry/internal/config"
	"github.com/tenantry/tenantry/internal/version"
)

const installLong = `Print the manifests of the operator of this version: its kinds, roles, admission policies, configuration and Deployment. It reads no cluster, and
writes to none. The configuration is that of a cluster for trying things out, unless --config names another: at the least, baseDomain is to be set.

Apply them with the field manager below, so that a later version takes away what it has not any more; what there is to configure, and what a
cluster needs, is in docs/how-to/run-in-a-cluster.md of the operator's repository.`

const installExample = `  # Install the operator with its configuration, or bring it to this version
  kubectl tenant install --config config.yaml | kubectl apply --server-side --force-conflicts --field-manager=tenantry-install -f -

  # From a registry of one's own, for Git
  kubectl tenant install --config config.yaml --image registry.example/tenantry:v0.1.0 > install.yaml`

// operatorImage is the image that the manifests name, whatever its version.
const operatorImage = "ghcr.io/tenantry/tenantry"

// InstallOptions prints the operator's manifests.
type InstallOptions struct {
	// Image of the operator; empty: that of this version.
	Image string
	// Config is the file of the operator's configuration; empty: that of the manifests.
	Config string
	// Client is the build of the plugin.
	Client version.Info

	genericiooptions.IOStreams
}

func newInstallCommand(streams genericiooptions.IOStreams, client version.Info) *cobra.Command {
	o := &InstallOptions{IOStreams: streams, Client: client}
	words := words{use: "install", short: "Print the operator's manifests", long: installLong, example: installExample}
	cmd := words.command()
	cmd.Args = noArguments
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		image, err := o.image()
		if err != nil {
			return usageError(cmd, err)
		}
		configuration, err := o.configuration()
		if err != nil {
			return usageError(cmd, err)
		}
		return o.Run(image, configuration)
	}
	cmd.Flags().StringVar(&o.Image, "image", "", "The operator's image. Default: "+operatorImage+" of this version.")
	cmd.Flags().StringVar(&o.Config, "config", "", "A file with the operator's configuration; - for standard input.")
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("image", cobra.NoFileCompletions))
	utilruntime.Must(cmd.MarkFlagFilename("config", "yaml", "yml", "json"))
	return cmd
}

// image as kustomize has it: its name, and a tag or a digest.
type image struct {
	name, tag, digest string
}

var (
	imageName = regexp.MustCompile(`^([a-zA-Z0-9.-]+(?::[0-9]+)?(?:/[a-z0-9._-]+)+|[a-z0-9._-]+)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(sha256:[a-f0-9]{64}))?$`)
	// imageTag is a version that an image may have.
	imageTag = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)
)

// image that is meant. It fails for what is none, and for a plugin that was built without a version.
func (o *InstallOptions) image() (image, error) {
	if o.Image == "" {
		if o.Client.Version == version.Unknown || !imageTag.MatchString(o.Client.Version) {
			return image{}, fmt.Errorf("there is no image of version %s: name one with --image", o.Client.Version)
		}
		return image{name: operatorImage, tag: o.Client.Version}, nil
	}
	parts := imageName.FindStringSubmatch(o.Image)
	if parts == nil {
		return image{}, fmt.Errorf("--image is such as %s:v0.1.0, not %q", operatorImage, o.Image)
	}
	if parts[2] == "" && parts[3] == "" {
		return image{}, errors.New("--image has no tag and no digest: what it is would change by itself")
	}
	return image{name: parts[1], tag: parts[2], digest: parts[3]}, nil
}

// configuration that is meant, if one is. It fails for one that the operator would not start with.
func (o *InstallOptions) configuration() ([]byte, error) {
	data, err := readManifest(o.In, o.Config)
	if err != nil || o.Config == "" {
		return nil, err
	}
	if _, err := configfile.Decode(data); err != nil {
		return nil, fmt.Errorf("%s: %w", o.Config, err)
	}
	return data, nil
}

// Run builds the manifests as kustomize does, with the image and the configuration, and prints them.
func (o *InstallOptions) Run(image image, configuration []byte) error {
	manifests := filesys.MakeFsInMemory()
	err := fs.WalkDir(config.Manifests, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := config.Manifests.ReadFile(name)
		if err != nil {
			return err
		}
		return manifests.WriteFile(path.Join("/", name), data)
	})
	if err != nil {
		return err
	}
	if configuration != nil {
		if err := manifests.WriteFile("/manager/config.yaml", configuration); err != nil {
			return err
		}
	}
	override := map[string]string{"name": operatorImage, "newName": image.name, "newTag": image.tag, "digest": image.digest}
	kustomization, err := yaml.Marshal(map[string]any{"resources": []string{"../default"}, "images": []any{override}})
	if err != nil {
		return err
	}
	if err := manifests.WriteFile("/printed/kustomization.yaml", kustomization); err != nil {
		return err
	}
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionLegacy // as `kustomize build` has it: namespaces and kinds first
	built, err := krusty.MakeKustomizer(options).Run(manifests, "/printed")
	if err != nil {
		return err
	}
	text, err := built.AsYaml()
	if err != nil {
		return err
	}
	if configuration == nil {
		fmt.Fprintln(o.ErrOut, "note: this has the configuration for trying things out, which takes the place of any that there is; name yours with --config")
	}
	_, err = o.Out.Write(text)
	return err
}
