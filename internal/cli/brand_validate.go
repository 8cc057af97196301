// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/internal/directory"
)

const (
	brandValidateLong = `Say what is wrong with brands before tenants bear them, by the operator's own code: colors, addresses, links, style sheets and pictures that
are no good are left out of portals and mails. It exits with 1 where something is. Whether mails can be sent is not looked at.

With -f the brands are those of files, and so are the ConfigMaps that their pictures lie in; those that are not in the files are read from
the cluster. What the API server would refuse besides is told by "kubectl apply --dry-run=server -f".`

	brandValidateExample = `  # The brand of acme
  kubectl tenant brand validate acme -n acme

  # What is in Git, before it is merged
  kubectl tenant brand validate -f brands/`
)

func newBrandValidateCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &BrandFilesOptions{IOStreams: streams, cluster: cluster}
	words := words{use: "validate (NAME... | -f FILE)", short: "Say what is wrong with brands", long: brandValidateLong, example: brandValidateExample}
	return o.command(words, 0, o.Validate)
}

// Validate prints what is wrong with brands. It fails if something is.
func (o *BrandFilesOptions) Validate(_ context.Context, brands []shownBrand) error {
	faulty := 0
	for _, one := range brands {
		if len(one.faults) == 0 {
			fmt.Fprintf(o.Out, "whitelabelprofile %s is valid\n", directory.Printable(one.name()))
			continue
		}
		faulty++
		for _, fault := range one.faults {
			fmt.Fprintf(o.Out, "whitelabelprofile %s: %s\n", directory.Printable(one.name()), directory.Printable(fault))
		}
	}
	switch {
	case faulty == 0:
		return nil
	case len(brands) == 1:
		return errors.New("the brand has faults")
	default:
		return fmt.Errorf("%d of %d brands have faults", faulty, len(brands))
	}
}
