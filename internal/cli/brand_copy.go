// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/internal/cli/edit"
)

const (
	brandCopyLong = `Have tenants bear the brand of one beside them: whatever that one bears, now and later. A brand that they had of their own stays where it
is, and is not borne.`

	brandCopyExample = `  # From one customer of acme to two others
  kubectl tenant brand copy --from cybercorp --to initech,hooli -n acme

  # To all of one tier, and to all
  kubectl tenant brand copy --from cybercorp -l tier=gold -n acme
  kubectl tenant brand copy --from cybercorp --all -n acme

  # What that would change
  kubectl tenant brand copy --from cybercorp --all -n acme --diff`
)

// ownBrand is what a Tenant says of its brand.
var ownBrand = []string{"spec", "whiteLabel"}

func newBrandCopyCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	var from string
	var to []string
	words := words{use: "copy --from NAME (--to NAME,... | -l SELECTOR | --all)", short: "Have tenants bear the brand of another", long: brandCopyLong, example: brandCopyExample}
	cmd, o := newChangeCommand(streams, cluster, words, func(args []string) (change, []string, error) {
		switch {
		case len(args) > 0:
			return change{}, nil, fmt.Errorf("say with --to who is to bear it, not %q", args)
		case from == "":
			return change{}, nil, errors.New("say with --from whose brand it is")
		default:
			return brandCopying(from), to, nil
		}
	})
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	cmd.Flags().StringVar(&from, "from", "", "The tenant whose brand it is.")
	cmd.Flags().StringSliceVar(&to, "to", nil, "The tenants that are to bear it.")
	cmd.Flags().BoolVar(&o.All, "all", false, "All tenants beside it.")
	o.addPreviewFlag(cmd, "diff", "Show what portals and mails would look like, beside how they look.")
	for _, flag := range []string{"from", "to"} {
		utilruntime.Must(cmd.RegisterFlagCompletionFunc(flag, anyOf(cluster, tenants)))
	}
	return cmd
}

// brandCopying has tenants bear what another does, and nothing else.
func brandCopying(from string) change {
	under := func(names ...string) []string { return slices.Concat(ownBrand, names) }
	return change{
		verb: "brand copy --to", arguments: []string{"--from", from}, doing: "giving the brand of " + from + " to", done: "given the brand of " + from, already: "has the brand of " + from + " already",
		fields:  []edit.Field{edit.Unset(under("profileRef")...), edit.Unset(under("none")...), edit.Set(from, under("copyFrom", "name")...)},
		needs:   map[schema.GroupVersionResource]string{tenants: from},
		except:  from,
		undo:    formerBrand,
		outlook: brandsOutlook(from),
	}
}

// formerBrand is the command that has a tenant bear what it bore before, if there is one.
func formerBrand(before *unstructured.Unstructured) []string {
	if before == nil {
		return nil
	}
	said, found, err := unstructured.NestedMap(before.Object, ownBrand...)
	if err != nil {
		return nil
	}
	if sibling, ok, _ := unstructured.NestedString(said, "copyFrom", "name"); ok {
		return []string{"brand copy --to", "--from", sibling}
	}
	if profile, ok, _ := unstructured.NestedString(said, "profileRef", "name"); ok {
		return []string{"set", "brand=" + profile}
	}
	if !found || len(said) == 0 {
		return []string{"set", "brand="}
	}
	return nil
}
