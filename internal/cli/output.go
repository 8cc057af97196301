// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/printers"
	"k8s.io/kubectl/pkg/cmd/get"
)

const (
	outputWide = "wide"
	outputCSV  = "csv"
)

// outputFormats are those of kubectl.
var outputFormats = []string{
	outputJSON, outputYAML, "name", outputWide, "custom-columns=", "custom-columns-file=", "go-template=", "go-template-file=", "jsonpath=", "jsonpath-file=",
}

// output is how objects are printed: in one of kubectl's formats, or for people.
type output struct {
	flags   *genericclioptions.PrintFlags
	columns *get.CustomColumnsPrintFlags
	// tables may be printed as CSV.
	tables bool
	// noHeaders leaves the line of headings out.
	noHeaders bool
	// colour is one of colourModes.
	colour string
}

func newOutput() *output {
	return &output{flags: genericclioptions.NewPrintFlags(""), columns: get.NewCustomColumnsPrintFlags(), colour: colourAuto}
}

func (o *output) addFlags(cmd *cobra.Command) {
	o.flags.AddFlags(cmd)
	cmd.Flags().Lookup("output").Usage = "Output format: " + strings.Join(o.formats()[:len(o.formats())-len(outputFormats)+2], ", ") + ", name, wide, custom-columns=..., go-template=..., jsonpath=... Default: columns for people."
	cmd.Flags().BoolVar(&o.noHeaders, "no-headers", false, "Print no line of headings.")
	cmd.Flags().StringVar(&o.colour, "color", colourAuto, "Colour what people read: always, never, or auto, on a terminal unless NO_COLOR is set.")
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("color", cobra.FixedCompletions(colourModes, cobra.ShellCompDirectiveNoFileComp)))
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(o.formats(), cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace)))
}

// formats that there are.
func (o *output) formats() []string {
	if o.tables {
		return slices.Insert(slices.Clone(outputFormats), 0, outputCSV)
	}
	return outputFormats
}

func (o *output) format() string { return *o.flags.OutputFormat }

// forPeople says whether no format for programs was asked for.
func (o *output) forPeople() bool {
	return o.wide() || o.format() == "" && *o.flags.TemplatePrinterFlags.TemplateArgument == "" // which alone means go-template
}

func (o *output) wide() bool { return o.format() == outputWide }

func (o *output) csv() bool { return o.tables && o.format() == outputCSV }

// look of tables that go to a stream.
func (o *output) look(stream any) look {
	return look{headings: !o.noHeaders, coloured: coloured(o.colour, stream)}
}

// validate refuses a format that there is not, or a template that is none.
func (o *output) validate() error {
	if !slices.Contains(colourModes, o.colour) {
		return fmt.Errorf("--color is one of %s, not %q", strings.Join(colourModes, ", "), o.colour)
	}
	if o.forPeople() || o.csv() {
		return nil
	}
	_, err := o.printer()
	if genericclioptions.IsNoCompatiblePrinterError(err) {
		return fmt.Errorf("unknown output format %q: it is one of %s", o.format(), strings.Join(o.formats(), ", "))
	}
	return err
}

// printer of the format that was asked for, where that is one for programs.
func (o *output) printer() (printers.ResourcePrinter, error) {
	if strings.HasPrefix(o.format(), "custom-columns") {
		o.columns.NoHeaders = o.noHeaders
		o.columns.TemplateArgument = *o.flags.TemplatePrinterFlags.TemplateArgument
		return o.columns.ToPrinter(o.format())
	}
	return o.flags.ToPrinter()
}

// isTerminal says whether a person reads along, or types.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
