// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// options is a parsed command line.
type options struct {
	verb      string
	component string // of stop, start and restart

	dir      string
	bin      string
	timeout  time.Duration
	kill     bool
	verbose  bool
	defaults bool

	scheduler    bool
	schedulerSet bool           // --scheduler was given, with either value
	flags        componentFlags // --set; nil if not given
}

// componentFlags holds extra flags of components: component, flag without dashes, value.
type componentFlags map[string]map[string]string

// String and Set make it a flag.Value; Set takes COMPONENT.FLAG=VALUE.
func (f *componentFlags) String() string { return "" }

func (f *componentFlags) Set(text string) error {
	key, value, hasValue := strings.Cut(text, "=")
	component, name, hasName := strings.Cut(key, ".")
	name = strings.TrimLeft(name, "-")
	if !hasValue || !hasName || name == "" {
		return fmt.Errorf("write it as COMPONENT.FLAG=VALUE, e.g. kube-controller-manager.kube-api-qps=1000")
	}
	if err := checkComponent(component); err != nil {
		return err
	}
	if *f == nil {
		*f = componentFlags{}
	}
	if (*f)[component] == nil {
		(*f)[component] = map[string]string{}
	}
	(*f)[component][name] = value
	return nil
}

func newFlagSet(o *options) *flag.FlagSet {
	flags := flag.NewFlagSet("localplane", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	flags.StringVar(&o.dir, "dir", "bin/plane", "`directory` of the plane: data, certificates, logs, kubeconfig; its last element is the plane's name")
	flags.StringVar(&o.bin, "bin", "bin", "`directory` that gets the link kubectl")
	flags.DurationVar(&o.timeout, "timeout", 3*time.Minute, "how long to wait for a component to become ready")
	flags.Var(&o.flags, "set", "extra flag of a component, as `COMPONENT.FLAG=VALUE`; repeatable; remembered until an up sets others")
	flags.BoolVar(&o.scheduler, "scheduler", false, "run kube-scheduler too; remembered until an up says --scheduler=false")
	flags.BoolVar(&o.defaults, "defaults", false, "up: forget the --set and --scheduler of former ups")
	flags.BoolVar(&o.kill, "kill", false, "stop, restart: kill the component (SIGKILL) instead of ending it (SIGTERM)")
	flags.BoolVar(&o.verbose, "v", false, "show what the build and the components are called with")
	return flags
}

// parseOptions reads a command line; flags may stand before and after a verb's argument.
// It returns flag.ErrHelp if help was asked for.
func parseOptions(args []string) (*options, error) {
	o := &options{}
	flags := newFlagSet(o)
	var words []string
	for rest := args; ; {
		if err := flags.Parse(rest); err != nil {
			if err == flag.ErrHelp {
				return nil, err
			}
			return nil, fmt.Errorf("%w; %w", err, errUsage)
		}
		if flags.NArg() == 0 {
			break
		}
		words, rest = append(words, flags.Arg(0)), flags.Args()[1:]
	}
	flags.Visit(func(f *flag.Flag) { o.schedulerSet = o.schedulerSet || f.Name == "scheduler" })
	return o, o.takeWords(words)
}

// takeWords sets the verb and its argument and checks that they fit together.
func (o *options) takeWords(words []string) error {
	if len(words) == 0 || words[0] == "help" {
		return flag.ErrHelp
	}
	o.verb = words[0]
	wanted := 1
	switch {
	case slices.Contains([]string{"stop", "start", "restart"}, o.verb):
		wanted = 2
	case !slices.Contains([]string{"build", "up", "down", "clean", "status"}, o.verb):
		return fmt.Errorf("unknown verb %q; %w", o.verb, errUsage)
	}
	if len(words) != wanted {
		return fmt.Errorf("%s takes %d argument(s), not %d; %w", o.verb, wanted-1, len(words)-1, errUsage)
	}
	if wanted == 1 {
		return nil
	}
	o.component = words[1]
	if err := checkComponent(o.component); err != nil {
		return fmt.Errorf("%w; %w", err, errUsage)
	}
	return nil
}
