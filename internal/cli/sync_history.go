// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

const (
	syncHistoryLong = `Show what happened to a sync: when its rollouts started, halted and ended, and what was wrong. It is told by events, which a cluster keeps for
an hour, unless it is set up otherwise.`

	syncHistoryExample = `  kubectl tenant sync history baseline -n acme`
)

func newSyncHistoryCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := newBrowseOptions(streams, cluster, syncs)
	words := words{use: "history NAME", short: "Show what happened to a sync", long: syncHistoryLong, example: syncHistoryExample}
	cmd := o.bare(words, func(ctx context.Context) error {
		found, err := o.read(ctx)
		if err != nil {
			return err
		}
		events, err := cluster.eventsAbout(ctx, found[0].GetNamespace(), found[0].GetUID())
		if err != nil {
			return explain(err)
		}
		return o.showEvents(events)
	})
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError(cmd, errors.New("name one sync"))
		}
		return nil
	}
	cmd.ValidArgsFunction = cluster.completeNames(syncs, 1)
	return cmd
}

// showEvents prints what happened, the latest last.
func (o *BrowseOptions) showEvents(events *corev1.EventList) error {
	if !o.output.forPeople() {
		printer, err := o.output.printer()
		if err != nil {
			return err
		}
		return printer.PrintObj(events, o.Out)
	}
	if len(events.Items) == 0 {
		fmt.Fprintln(o.ErrOut, "Nothing happened of which the cluster still knows.")
		return nil
	}
	return printTable(o.Out, eventColumns(o.now()), events.Items, o.output.look(o.Out))
}
