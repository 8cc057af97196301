// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/cli/browser"
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/internal/cli/brandpage"
	"github.com/tenantry/tenantry/internal/directory"
)

const (
	brandPreviewLong = `Open a page in the browser that shows what a brand looks like: an example of a portal, and of a mail. It is made of what the operator would
hand to portals, by its own code; nothing is written to the cluster, and nobody else sees the page. Without a terminal, or with --print, it
is printed.

With -f the brand is one of a file, and so are the ConfigMaps that its pictures lie in; those that are not in the file are read from the
cluster.`

	brandPreviewExample = `  # The brand of acme
  kubectl tenant brand preview acme -n acme

  # One that nobody bears yet
  kubectl tenant brand preview -f brand.yaml

  # For who is to say whether it is right
  kubectl tenant brand preview acme -n acme --print > acme.html`
)

// BrandPreviewOptions shows what a brand looks like.
type BrandPreviewOptions struct {
	// Print prints the page instead of opening it.
	Print bool

	browse func(page io.Reader) error
	*BrandFilesOptions
}

func newBrandPreviewCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &BrandPreviewOptions{BrandFilesOptions: &BrandFilesOptions{IOStreams: streams, cluster: cluster}, browse: browser.OpenReader}
	words := words{use: "preview (NAME | -f FILE)", short: "Show what a brand looks like in the browser", long: brandPreviewLong, example: brandPreviewExample}
	cmd := o.command(words, 1, o.Run)
	cmd.Flags().BoolVar(&o.Print, "print", false, "Print the page, and open nothing.")
	return cmd
}

// Run opens the page, and says what is wrong with the brand.
func (o *BrandPreviewOptions) Run(_ context.Context, brands []shownBrand) error {
	if len(brands) != 1 {
		return &failure{code: exitUsage, err: fmt.Errorf("there are %d brands, and one is shown: name a file with one", len(brands))}
	}
	one := brands[0]
	for _, fault := range one.faults { // which the brand's own style sheet can't hide here
		fmt.Fprintf(o.ErrOut, "warning: whitelabelprofile %s: %s\n", directory.Printable(one.name()), directory.Printable(fault))
	}
	if one.look == nil {
		return errors.New("there is nothing to show of it")
	}
	page, err := brandpage.Render(one.profile, one.look, one.faults)
	if err != nil {
		return err
	}
	if o.Print || !isTerminal(o.Out) {
		_, err := o.Out.Write(page)
		return err
	}
	fmt.Fprintf(o.ErrOut, "Opening brand %s\n", directory.Printable(one.name()))
	return o.browse(bytes.NewReader(page))
}
