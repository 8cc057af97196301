// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/brand"
	"github.com/tenantry/tenantry/internal/cli/files"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// BrandFilesOptions are brands that are looked at before tenants bear them: those that are named, or those of files.
type BrandFilesOptions struct {
	// Names of WhiteLabelProfiles.
	Names []string
	// Paths of files and directories with some, in place of names; - for standard input.
	Paths []string

	cluster cluster
	genericiooptions.IOStreams
}

// shownBrand is a brand, and what is made of it.
type shownBrand struct {
	profile *v1alpha1.WhiteLabelProfile
	look    *brand.Look
	// faults are what is wrong with it.
	faults []string
}

func (b shownBrand) name() string { return b.profile.Namespace + "/" + b.profile.Name }

func (o *BrandFilesOptions) command(words words, most int, run func(context.Context, []shownBrand) error) *cobra.Command {
	cmd := words.command()
	cmd.ValidArgsFunction = o.cluster.completeNames(profiles, most)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o.Names = args
		switch {
		case (len(o.Names) > 0) == (len(o.Paths) > 0):
			return usageError(cmd, errors.New("name brands, or files with some with -f"))
		case most > 0 && len(o.Names) > most:
			return usageError(cmd, errors.New("name one brand"))
		}
		brands, err := o.read(cmd.Context())
		if err == nil {
			err = run(cmd.Context(), brands)
		}
		if codeOf(err) == exitUsage {
			return usageError(cmd, err)
		}
		return err
	}
	cmd.Flags().StringArrayVarP(&o.Paths, "filename", "f", nil, "A file with WhiteLabelProfiles in YAML or JSON, a directory of such files, or - for standard input.")
	utilruntime.Must(cmd.MarkFlagFilename("filename", "yaml", "yml", "json"))
	return cmd
}

// read the brands, and what the operator would make of them.
func (o *BrandFilesOptions) read(ctx context.Context) ([]shownBrand, error) {
	if len(o.Paths) > 0 {
		return o.readFiles(ctx)
	}
	found, err := o.cluster.find(ctx, profiles, o.Names...)
	if err != nil {
		return nil, err
	}
	beside := &pictures{cluster: o.cluster}
	brands := make([]shownBrand, 0, len(found))
	for _, object := range found {
		profile, err := typed[v1alpha1.WhiteLabelProfile](object)
		if err != nil {
			return nil, err
		}
		one, err := looked(ctx, beside, profile)
		if err != nil {
			return nil, err
		}
		brands = append(brands, one)
	}
	return brands, nil
}

// readFiles reads the brands of files. Their pictures are those of the files too, or else of the cluster.
func (o *BrandFilesOptions) readFiles(ctx context.Context) ([]shownBrand, error) {
	var documents []files.Document
	for _, path := range o.Paths {
		read, err := readDocuments(o.In, path)
		if err != nil {
			return nil, &failure{code: exitUsage, err: err}
		}
		documents = append(documents, read...)
	}
	namespace, err := o.cluster.namespace()
	if err != nil {
		return nil, err
	}
	beside := &pictures{cluster: o.cluster, written: map[client.ObjectKey]*corev1.ConfigMap{}}
	var brands []shownBrand
	known := map[string]bool{}
	for _, document := range documents {
		object := document.Object
		object.SetNamespace(cmp.Or(object.GetNamespace(), namespace))
		kind := object.GroupVersionKind()
		isBrand, isConfigMap := kind.GroupKind() == v1alpha1.GroupVersion.WithKind("WhiteLabelProfile").GroupKind(), kind == corev1.SchemeGroupVersion.WithKind("ConfigMap")
		if !isBrand && !isConfigMap {
			continue // it is of no matter here
		}
		if known[named(object)] {
			return nil, &failure{code: exitUsage, err: fmt.Errorf("%s: %s is there twice", document.Where(), named(object))}
		}
		known[named(object)] = true
		switch {
		case isBrand:
			brands = append(brands, brandIn(object))
		case isConfigMap:
			written := &corev1.ConfigMap{}
			if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, written); err != nil {
				return nil, &failure{code: exitUsage, err: fmt.Errorf("%s: %w", document.Where(), err)}
			}
			beside.written[client.ObjectKeyFromObject(written)] = written
		}
	}
	if len(brands) == 0 {
		return nil, &failure{code: exitUsage, err: errors.New("the files hold no WhiteLabelProfile")}
	}
	for i, one := range brands {
		if one.profile.Kind == "" {
			continue // it can't be read
		}
		seen, err := looked(ctx, beside, one.profile)
		if err != nil {
			return nil, err
		}
		brands[i].look, brands[i].faults = seen.look, slices.Concat(one.faults, seen.faults)
	}
	return brands, nil
}

// brandIn is a brand as a file has it, with what the API server would say of its fields.
func brandIn(object *unstructured.Unstructured) shownBrand {
	one := shownBrand{profile: &v1alpha1.WhiteLabelProfile{}}
	err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, one.profile, true)
	strict, unknown := runtime.AsStrictDecodingError(err)
	switch {
	case object.GroupVersionKind().Version != v1alpha1.GroupVersion.Version:
		one.faults = []string{"this version of the plugin does not understand version " + object.GroupVersionKind().Version}
	case unknown:
		for _, field := range strict.Errors() {
			one.faults = append(one.faults, field.Error())
		}
		return one
	case err != nil:
		one.faults = []string{"its fields can't be read: " + err.Error()}
	default:
		return one
	}
	one.profile = &v1alpha1.WhiteLabelProfile{ObjectMeta: metav1.ObjectMeta{Namespace: object.GetNamespace(), Name: object.GetName()}}
	return one
}

// looked is what the operator makes of a brand, by its own code.
func looked(ctx context.Context, reader client.Reader, profile *v1alpha1.WhiteLabelProfile) (shownBrand, error) {
	look, err := (&tenancy.Looks{}).Of(ctx, reader, profile)
	if err != nil {
		return shownBrand{}, explain(err)
	}
	return shownBrand{profile: profile, look: look, faults: look.Faults}, nil
}

// pictures reads the ConfigMaps that pictures lie in: those of files, else those of the cluster.
type pictures struct {
	client.Reader
	cluster cluster
	written map[client.ObjectKey]*corev1.ConfigMap
}

// Get implements client.Reader.
func (p *pictures) Get(ctx context.Context, key client.ObjectKey, into client.Object, options ...client.GetOption) error {
	if written := p.written[key]; written != nil {
		written.DeepCopyInto(into.(*corev1.ConfigMap))
		return nil
	}
	if p.Reader == nil {
		config, err := p.cluster.config()
		if err != nil {
			return err
		}
		if p.Reader, err = client.New(config, client.Options{Scheme: scheme()}); err != nil {
			return err
		}
	}
	return p.Reader.Get(ctx, key, into, options...)
}
