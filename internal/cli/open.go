// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/cli/browser"
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

const openLong = `Open a tenant's portal in the browser. Without a terminal, or with --print, its address is printed.`

const openExample = `  kubectl tenant open cybercorp -n acme

  # In a script
  curl "$(kubectl tenant open cybercorp -n acme --print)"`

// OpenOptions opens a tenant's portal.
type OpenOptions struct {
	// Name of the Tenant, or PARENT/NAME.
	Name string
	// Print prints the address instead.
	Print bool

	cluster cluster
	browse  func(url string) error
	genericiooptions.IOStreams
}

func newOpenCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &OpenOptions{IOStreams: streams, cluster: cluster, browse: browser.OpenURL}
	cmd := &cobra.Command{
		Use:               "open NAME",
		Short:             "Open a tenant's portal in the browser",
		Long:              openLong,
		Example:           openExample,
		ValidArgsFunction: cluster.completeNames(tenants, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError(cmd, errors.New("name one tenant"))
			}
			o.Name = args[0]
			if err := validName(o.Name); err != nil {
				return usageError(cmd, err)
			}
			return o.Run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&o.Print, "print", false, "Print the address, and open nothing.")
	return cmd
}

// Run opens it.
func (o *OpenOptions) Run(ctx context.Context) error {
	way, err := o.cluster.entrance(ctx, o.Name)
	if err != nil {
		return err
	}
	address, err := portalOf(way)
	if err != nil {
		return err
	}
	if o.Print || !isTerminal(o.Out) {
		_, err := fmt.Fprintln(o.Out, address)
		return err
	}
	fmt.Fprintln(o.ErrOut, "Opening", address)
	return o.browse(address)
}

// portalOf is the address of the portal of a tenant's place. It goes to a program that may do more with other schemes.
func portalOf(way entrance) (string, error) {
	switch address, err := url.Parse(way.url); {
	case way.suspended:
		return "", fmt.Errorf("tenant %s is suspended, and its portal is not served", way.tenant)
	case way.url == "":
		return "", fmt.Errorf("tenant %s has no portal that is served", way.tenant)
	case err != nil || address.Scheme != "https" || address.Host == "":
		return "", fmt.Errorf("the portal of tenant %s has no address that a browser should open: %q", way.tenant, way.url)
	default:
		return address.String(), nil
	}
}
