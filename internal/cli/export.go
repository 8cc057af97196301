// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/cli-runtime/pkg/printers"

	"github.com/tenantry/tenantry/internal/cli/files"
)

const exportLong = `Export tenants as they belong in Git: what people asked for, and nothing that the cluster, the operator or a tool wrote beside it. Applied
again, it changes nothing.

--with adds what tenants have:

  access  who is let into their places, and the delegations that choose them
  brand   the WhiteLabelProfiles that they bear
  plan    their LicensePlans, and those that follow on a trial
  sync    the MasterTenantSyncs that reach them, or that they are the master of

Of one tenant, or some, a delegation or a sync that is about others too is left out; --all takes it in. Secrets are never read; which of them the objects need is said. What asks for something once, such as a run of a sync, is left out.

With -o dir=PATH, each object is a file of its own, and --gitops puts the Application of Argo CD or the Kustomizations of Flux beside the
directory, as PATH.argocd.yaml or PATH.flux.yaml. Files of what is gone since stay, and are named. A file that is there and says something else is written over with --force alone.`

const exportExample = `  # One customer of acme
  kubectl tenant export cybercorp -n acme > cybercorp.yaml

  # All of acme, with all that they have, a file each, for Argo CD
  kubectl tenant export --all --with access,brand,plan,sync -n acme -o dir=customers \
    --gitops argocd --repo https://git.acme.example/customers.git --repo-path customers

  # What changed since then
  kubectl diff --server-side --force-conflicts --recursive -f customers`

// Tools that apply what is in Git.
const (
	toolArgoCD = "argocd"
	toolFlux   = "flux"
)

// directoryFormat begins the format of a file for each object.
const directoryFormat = "dir="

// ExportOptions prints Tenants, or writes them to files.
type ExportOptions struct {
	// Names of the Tenants.
	Names []string
	// Selector is of labels, in place of names.
	Selector string
	// All are those of the namespace.
	All bool
	// With is what they have that is exported with them.
	With []string
	// Output is yaml, json or dir=PATH.
	Output string
	// Force writes over files.
	Force bool
	// GitOps is the tool that is to apply the files; empty for none.
	GitOps string
	// Source is where it finds them.
	Source files.Source

	cluster cluster
	genericiooptions.IOStreams
}

func newExportCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &ExportOptions{IOStreams: streams, cluster: cluster}
	words := words{use: "export (NAME... | -l SELECTOR | --all)", short: "Export tenants as they belong in Git", long: exportLong, example: exportExample}
	cmd := words.command()
	cmd.ValidArgsFunction = cluster.completeNames(tenants, 0)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o.Names = args
		if err := o.Validate(); err != nil {
			return usageError(cmd, err)
		}
		return o.Run(cmd.Context())
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.Selector, "selector", "l", "", "The tenants with these labels, such as tier=gold,region!=eu, instead of names.")
	flags.BoolVar(&o.All, "all", false, "All tenants of the namespace.")
	flags.StringSliceVar(&o.With, "with", nil, "What they have: "+strings.Join(belongings, ", ")+".")
	flags.StringVarP(&o.Output, "output", "o", outputYAML, "yaml, json, or dir=PATH for a file each.")
	flags.BoolVar(&o.Force, "force", false, "Write over files that say something else.")
	flags.StringVar(&o.GitOps, "gitops", "", "Write what Argo CD or Flux needs to apply the directory: argocd or flux.")
	flags.StringVar(&o.Source.Repository, "repo", "", "With --gitops argocd, the URL of the Git repository; with flux, the name of the GitRepository.")
	flags.StringVar(&o.Source.Path, "repo-path", ".", "With --gitops, where the directory lies in the repository.")
	for flag, complete := range map[string]cobra.CompletionFunc{
		"with":   cobra.FixedCompletions(belongings, cobra.ShellCompDirectiveNoFileComp),
		"output": cobra.FixedCompletions([]string{outputYAML, outputJSON, directoryFormat}, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace),
		"gitops": cobra.FixedCompletions([]string{toolArgoCD, toolFlux}, cobra.ShellCompDirectiveNoFileComp),
		"repo":   cobra.NoFileCompletions, "repo-path": cobra.NoFileCompletions,
	} {
		utilruntime.Must(cmd.RegisterFlagCompletionFunc(flag, complete))
	}
	return cmd
}

// Validate refuses what can't be meant, or not together.
func (o *ExportOptions) Validate() error {
	unknown := slices.IndexFunc(o.With, func(one string) bool { return !slices.Contains(belongings, one) })
	directory, inFiles := strings.CutPrefix(o.Output, directoryFormat)
	switch err := validSelector(o.Selector); {
	case err != nil:
		return err
	case len(o.Names) == 0 && o.Selector == "" && !o.All:
		return errors.New("name a tenant, or pick some with -l, or --all")
	case len(o.Names) > 0 && (o.Selector != "" || o.All), o.Selector != "" && o.All:
		return errors.New("name tenants, or pick them with -l, or --all: one of these")
	case unknown >= 0:
		return fmt.Errorf("--with is of %s, not %q", strings.Join(belongings, ", "), o.With[unknown])
	case !inFiles && o.Output != outputYAML && o.Output != outputJSON:
		return fmt.Errorf("unknown output format %q: it is one of yaml, json, dir=PATH", o.Output)
	case inFiles && directory == "":
		return errors.New("-o dir= names no directory")
	case !inFiles && (o.Force || o.GitOps != ""):
		return errors.New("--force and --gitops are about files: say -o dir=PATH")
	default:
		return o.validSource()
	}
}

// validSource refuses what a GitOps tool would find nothing by, and what would be a secret in a file.
func (o *ExportOptions) validSource() error {
	address, err := url.Parse(o.Source.Repository)
	switch {
	case o.GitOps != "" && o.GitOps != toolArgoCD && o.GitOps != toolFlux:
		return fmt.Errorf("--gitops is argocd or flux, not %q", o.GitOps)
	case (o.GitOps == "") != (o.Source.Repository == ""):
		return errors.New("--gitops and --repo go together: the tool, and where it finds the files")
	case err != nil && strings.Contains(o.Source.Repository, "://"):
		return errors.New("--repo is no URL that can be read; if it holds a password, leave that out, and give it to the tool")
	case err == nil && address.User != nil && (address.Scheme != "ssh" || hasPassword(address)):
		return errors.New("--repo holds a user's name or password, which would be written to a file: leave it out, and give it to the tool")
	case !filepath.IsLocal(o.Source.Path):
		return fmt.Errorf("--repo-path is a directory in the repository, not %q", o.Source.Path)
	default:
		return nil
	}
}

func hasPassword(address *url.URL) bool {
	_, has := address.User.Password()
	return has
}

// Run reads the tenants and what they have, and prints or writes it.
func (o *ExportOptions) Run(ctx context.Context) error {
	found, err := o.find(ctx)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		fmt.Fprintln(o.ErrOut, "No tenants match.")
		return nil
	}
	fmt.Fprintln(o.ErrOut, announced(o.cluster, found))
	objects, err := o.cluster.export(ctx, found, o.All, o.With, o.ErrOut)
	if err != nil {
		return err
	}
	if directory, inFiles := strings.CutPrefix(o.Output, directoryFormat); inFiles {
		return o.write(directory, found[0].GetNamespace(), objects)
	}
	return printAll(o.Out, o.Output, objects)
}

func (o *ExportOptions) find(ctx context.Context) ([]*unstructured.Unstructured, error) {
	if len(o.Names) > 0 {
		return o.cluster.find(ctx, tenants, o.Names...)
	}
	// who names no tenant does not name those beside their own either
	return o.cluster.exactly().choose(ctx, tenants, o.Selector)
}

// printAll prints objects one after another, or in a List where the format knows one object alone.
func printAll(w io.Writer, format string, objects []*unstructured.Unstructured) error {
	if format == outputJSON {
		return (&printers.JSONPrinter{}).PrintObj(asList(objects), w)
	}
	printer := &printers.YAMLPrinter{}
	for _, object := range objects {
		if err := printer.PrintObj(object, w); err != nil {
			return err
		}
	}
	return nil
}

// write a file for each object, and for the GitOps tool.
func (o *ExportOptions) write(directory, namespace string, objects []*unstructured.Unstructured) error {
	if o.GitOps == toolArgoCD {
		files.InWaves(objects)
	}
	layout, err := files.Layout(objects)
	if err != nil {
		return err
	}
	folders := []folder{{path: directory, files: layout}}
	if o.GitOps != "" {
		absolute, err := filepath.Abs(directory)
		if err != nil {
			return err
		}
		beside, err := files.ArgoCD(namespace, o.Source)
		if o.GitOps == toolFlux {
			beside, err = files.Flux(namespace, o.Source, objects)
		}
		if err != nil {
			return err
		}
		name := filepath.Base(absolute) + "." + o.GitOps + ".yaml"
		folders = append(folders, folder{path: filepath.Join(directory, ".."), files: []files.File{{Path: name, Data: beside}}})
	}
	written, same, err := writeFolders(folders, o.Force)
	for _, path := range written {
		fmt.Fprintln(o.Out, path)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(o.ErrOut, "%d files written, %d as they were\n", len(written), same)
	others, err := folders[0].strangers()
	if len(others) > 0 {
		fmt.Fprintf(o.ErrOut, "warning: %d other files are there, and would be applied with these: delete those of what is gone: %s\n", len(others), someOf(others))
	}
	return err
}
