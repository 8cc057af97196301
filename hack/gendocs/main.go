// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Command gendocs writes the reference of the plugin's commands to the directory that it is given.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra/doc"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/internal/cli"
	"github.com/tenantry/tenantry/internal/version"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gendocs DIRECTORY")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func write(directory string) error {
	if err := os.RemoveAll(directory); err != nil {
		return err
	}
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return err
	}
	streams, _, _, _ := genericiooptions.NewTestIOStreams()
	root := cli.NewCommand(streams, version.Info{})
	root.DisableAutoGenTag = true
	return doc.GenMarkdownTree(root, directory)
}
