// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/cli/browser"
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/internal/cli/brandpage"
)

const (
	brandPreviewLong = `Open a page in the browser that shows what a brand looks like: an example of a portal, and of a mail. It is made of what the operator would
hand to portals, by its own code; nothing is written to the cluster, and nobody else sees the page. Without a terminal, or with --print, it
is printed.

With -f the brand is one of a file, and so are its pictures, where the ConfigMaps are in the file too.`

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

	browse func(url string) error
	*BrandFilesOptions
}

func newBrandPreviewCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &BrandPreviewOptions{BrandFilesOptions: &BrandFilesOptions{IOStreams: streams, cluster: cluster}, browse: browser.OpenURL}
	words := words{use: "preview (NAME | -f FILE)", short: "Show what a brand looks like in the browser", long: brandPreviewLong, example: brandPreviewExample}
	cmd := o.command(words, 1, o.Run)
	cmd.Flags().BoolVar(&o.Print, "print", false, "Print the page, and open nothing.")
	return cmd
}

// Run opens the page, which has what is wrong with the brand on it.
func (o *BrandPreviewOptions) Run(_ context.Context, brands []shownBrand) error {
	if len(brands) != 1 {
		return &failure{code: exitUsage, err: fmt.Errorf("there are %d brands, and one is shown: name a file with one", len(brands))}
	}
	page, err := brandpage.Render(brands[0].profile, brands[0].look, brands[0].faults)
	if err != nil {
		return err
	}
	if o.Print || !isTerminal(o.Out) {
		_, err := o.Out.Write(page)
		return err
	}
	file, err := os.CreateTemp("", "brand-*.html")
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // it is synced, or said not to be
	if _, err := file.Write(page); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(file.Name())}
	fmt.Fprintln(o.ErrOut, "Opening", address.String())
	return o.browse(address.String())
}
