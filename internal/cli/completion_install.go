// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/spf13/cobra"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// completer is the executable that kubectl asks for completions of "kubectl tenant".
const completer = "kubectl_complete-tenant"

const (
	completerScript = `#!/bin/sh
# kubectl asks this for completions of "kubectl tenant".
exec kubectl tenant __complete "$@"
`
	completerBatch = "@kubectl tenant __complete %*\r\n"
)

const completionInstallLong = `Write the executable kubectl_complete-tenant beside the plugin. kubectl asks it for completions of
"kubectl tenant", so kubectl's own completion must be set up: see "kubectl completion --help".`

const completionInstallExample = `  # Beside the plugin
  kubectl tenant completion install

  # Elsewhere in PATH
  kubectl tenant completion install --dir ~/bin`

// CompletionInstallOptions writes the executable that kubectl asks for completions.
type CompletionInstallOptions struct {
	// Dir is where it is written. Default: where the plugin lies.
	Dir string
	// Force replaces a file that is there and different.
	Force bool

	genericiooptions.IOStreams
}

func newCompletionInstallCommand(streams genericiooptions.IOStreams) *cobra.Command {
	o := &CompletionInstallOptions{IOStreams: streams}
	cmd := &cobra.Command{
		Use:               "install",
		Short:             "Let kubectl complete \"kubectl tenant\"",
		Long:              completionInstallLong,
		Example:           completionInstallExample,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			if err := o.Complete(); err != nil {
				return err
			}
			if err := o.Validate(); err != nil {
				return err
			}
			return o.Run()
		},
	}
	cmd.Flags().StringVar(&o.Dir, "dir", "", "The directory to write to. Default: the plugin's.")
	cmd.Flags().BoolVar(&o.Force, "force", false, "Replace the file if it is there and different.")
	utilruntime.Must(cmd.MarkFlagDirname("dir"))
	return cmd
}

// Complete finds the plugin's directory: the one in PATH, which for a package manager such as krew is
// not where the file itself lies.
func (o *CompletionInstallOptions) Complete() error {
	if o.Dir != "" {
		return nil
	}
	path, err := exec.LookPath(executable)
	if err != nil {
		path, err = os.Executable()
	}
	if err != nil {
		return fmt.Errorf("finding the plugin's directory: %w; name one in PATH with --dir", err)
	}
	o.Dir, err = filepath.Abs(filepath.Dir(path))
	return err
}

// Validate refuses to replace somebody else's file.
func (o *CompletionInstallOptions) Validate() error {
	path, content := o.target()
	present, err := os.ReadFile(path) //nolint:gosec // the user names the directory
	switch {
	case errors.Is(err, fs.ErrNotExist) || o.Force:
		return nil
	case err != nil:
		return fmt.Errorf("looking at what is there: %w", err)
	case bytes.Equal(present, content):
		return nil
	default:
		return &failure{code: exitFailure, err: fmt.Errorf("%s is there already, and different", path), hint: display + " completion install --force"}
	}
}

// Run writes the file and says what it takes for kubectl to find it.
func (o *CompletionInstallOptions) Run() error {
	path, content := o.target()
	if err := replaceExecutable(path, content); err != nil {
		return fmt.Errorf("%w; name a directory that you may write to with --dir", err)
	}
	fmt.Fprintf(o.ErrOut, "Wrote %s\n", path)
	if !slices.Contains(filepath.SplitList(os.Getenv("PATH")), filepath.Dir(path)) {
		fmt.Fprintf(o.ErrOut, "warning: %s is not in PATH: add it, or kubectl won't find the file\n", filepath.Dir(path))
	}
	return nil
}

// target is the file to write and what it holds.
func (o *CompletionInstallOptions) target() (path string, content []byte) {
	if runtime.GOOS == "windows" {
		return filepath.Join(o.Dir, completer+".cmd"), []byte(completerBatch)
	}
	return filepath.Join(o.Dir, completer), []byte(completerScript)
}

// replaceExecutable writes path in one step: whoever calls it meanwhile gets the old or the new.
func replaceExecutable(path string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+completer+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(content)
	err = errors.Join(err, file.Chmod(0o755), file.Close())
	if err != nil {
		return fmt.Errorf("writing %s: %w", file.Name(), err)
	}
	return os.Rename(file.Name(), path)
}
