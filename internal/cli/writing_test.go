// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"testing"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// TestACommandHasTheFlagsThatItsRefusalsName: what is there already may be kept as Git has it, and its fields as a file has them.
func TestACommandHasTheFlagsThatItsRefusalsName(t *testing.T) {
	const gitOps, conflicts = "force-gitops", "force-conflicts"
	others := map[string][]string{ // all that write nothing that is there, or no field of it
		"kubectl tenant create":        {},
		"kubectl tenant invite":        {},
		"kubectl tenant delegate":      {},
		"kubectl tenant access revoke": {gitOps},
	}
	seen := 0
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, below := range cmd.Commands() {
			walk(below)
		}
		if cmd.Flags().Lookup("dry-run") == nil {
			return // it writes nothing
		}
		seen++
		names, other := others[cmd.CommandPath()]
		if !other {
			names = []string{gitOps, conflicts}
		}
		wanted := map[string]bool{}
		for _, name := range names {
			wanted[name] = true
		}
		for _, name := range []string{gitOps, conflicts} {
			if has := cmd.Flags().Lookup(name) != nil; has != wanted[name] {
				t.Errorf("%s has --%s: %v, and its refusals name it: %v", cmd.CommandPath(), name, has, wanted[name])
			}
		}
	}
	streams, _, _, _ := genericiooptions.NewTestIOStreams()
	walk(NewCommand(streams, build))
	if seen < 20 {
		t.Errorf("%d commands write", seen)
	}
}
