// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/cli/browser"
	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/scan"
	"github.com/tenantry/tenantry/internal/tenancy"
)

const (
	openLong = `Open a tenant's portal in the browser, or the report of the scan that ended last. Without a terminal, or with --print, its address is
printed.`

	openExample = `  kubectl tenant open cybercorp -n acme

  # What its last scan has found
  kubectl tenant open cybercorp -n acme --page report

  # In a script
  curl "$(kubectl tenant open cybercorp -n acme --print)"`

	reportLong = `Open the report of the scan that ended last in a tenant's place, whoever's schedule it was of. Without a terminal, or with --print, its
address is printed.`

	reportExample = `  kubectl tenant report cybercorp -n acme

  # Those that were not scanned for a month
  kubectl tenant list --inactive-for 30d -n acme`
)

// Pages of a tenant's that can be opened.
const (
	pagePortal = "portal"
	pageReport = "report"
)

// OpenOptions opens a page of a tenant's.
type OpenOptions struct {
	// Name of the Tenant, or PARENT/NAME.
	Name string
	// Page is portal or report.
	Page string
	// Print prints the address instead.
	Print bool

	cluster cluster
	browse  func(url string) error
	genericiooptions.IOStreams
}

func newOpenCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &OpenOptions{IOStreams: streams, cluster: cluster, browse: browser.OpenURL}
	cmd := o.command(words{use: "open NAME", short: "Open a tenant's portal in the browser", long: openLong, example: openExample})
	pages := []string{pagePortal, pageReport}
	cmd.Flags().StringVar(&o.Page, "page", pagePortal, "What is opened: "+strings.Join(pages, " or ")+".")
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("page", cobra.FixedCompletions(pages, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

func newReportCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &OpenOptions{IOStreams: streams, cluster: cluster, browse: browser.OpenURL, Page: pageReport}
	return o.command(words{use: "report NAME", short: "Open the report of a tenant's last scan", long: reportLong, example: reportExample})
}

func (o *OpenOptions) command(words words) *cobra.Command {
	cmd := words.command()
	cmd.Args = oneName
	cmd.ValidArgsFunction = o.cluster.completeNames(tenants, 1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o.Name = args[0]
		if err := validName(o.Name); err != nil {
			return usageError(cmd, err)
		}
		if o.Page != pagePortal && o.Page != pageReport {
			return usageError(cmd, fmt.Errorf("unknown page %q: it is %s or %s", o.Page, pagePortal, pageReport))
		}
		return o.Run(cmd.Context())
	}
	cmd.Flags().BoolVar(&o.Print, "print", false, "Print the address, and open nothing.")
	return cmd
}

// Run opens it.
func (o *OpenOptions) Run(ctx context.Context) error {
	address, err := o.address(ctx)
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

// address of the page.
func (o *OpenOptions) address(ctx context.Context) (string, error) {
	if o.Page == pageReport {
		link, err := o.cluster.lastReport(ctx, o.Name)
		if err != nil {
			return "", err
		}
		return reportOf(o.Name, link)
	}
	way, err := o.cluster.entrance(ctx, o.Name)
	if err != nil {
		return "", err
	}
	return portalOf(way)
}

// lastReport is the link to the report of the scan that ended last, as the Tenant tells it. Who may not read that, as a customer's own
// people, is told by the ledger in its place.
func (c cluster) lastReport(ctx context.Context, name string) (string, error) {
	there, short := c.qualified(name)
	found, err := there.find(ctx, tenants, short)
	if err == nil {
		tenant, err := readTenant(found[0])
		if err != nil {
			return "", err
		}
		return tenant.Status.LastReport, nil
	}
	if codeOf(err) != exitForbidden {
		return "", err
	}
	way, err := c.entrance(ctx, name)
	if err != nil {
		return "", err
	}
	client, err := c.kubernetes()
	if err != nil {
		return "", err
	}
	book, err := client.CoreV1().ConfigMaps(way.tenant.Namespace).Get(ctx, v1alpha1.ScanLedgerName, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return "", nil
	case err != nil:
		return "", explain(err)
	case book.Labels[v1alpha1.LabelManaged] != "true", book.Labels[v1alpha1.LabelTenant] != way.tenant.Name, book.Labels[v1alpha1.LabelParent] != way.tenant.Parent:
		return "", nil // it is not the operator's
	}
	ledger, err := scan.ReadLedger(book.Data[tenancy.LedgerKey])
	return ledger.LastReport, err
}

// reportOf is the address of a report, as the operator's configuration has it.
func reportOf(tenant, link string) (string, error) {
	if link == "" {
		return "", &failure{code: exitNotFound, err: fmt.Errorf("no scan of tenant %s has ended, or nobody said where the report of the last one is", tenant)}
	}
	return webAddress("report of tenant "+tenant, link)
}

// webAddress is a link that a browser opens over TLS. It goes to a program that may do more with other schemes.
func webAddress(what, link string) (string, error) {
	address, err := url.Parse(link)
	if err != nil || address.Scheme != "https" || address.Host == "" {
		return "", fmt.Errorf("the %s has no address that a browser should open: %q", what, link)
	}
	return address.String(), nil
}

// portalOf is the address of the portal of a tenant's place.
func portalOf(way entrance) (string, error) {
	switch {
	case way.suspended:
		return "", fmt.Errorf("tenant %s is suspended, and its portal is not served", way.tenant)
	case way.url == "":
		return "", fmt.Errorf("tenant %s has no portal that is served", way.tenant)
	default:
		return webAddress("portal of tenant "+way.tenant.String(), way.url)
	}
}
