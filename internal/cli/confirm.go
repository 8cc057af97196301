// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// confirm has a person type the name of what is to go, unless it was given on the command line. Without a terminal nobody is asked.
func confirm(ctx context.Context, streams genericiooptions.IOStreams, name, given string) error {
	switch {
	case given == name:
		return nil
	case given != "":
		return &failure{code: exitUsage, err: fmt.Errorf("--confirm says %q, and the tenant is %q: nothing was done", given, name)}
	case !isTerminal(streams.In):
		return &failure{code: exitUsage, err: fmt.Errorf("nobody is there to confirm it: say --confirm %s", quoted(name))}
	}
	fmt.Fprint(streams.ErrOut, "Type the tenant name to continue: ")
	typed, err := readLine(ctx, streams.In)
	if err != nil {
		fmt.Fprintln(streams.ErrOut)
		return err
	}
	if typed != name {
		return &failure{code: exitUsage, err: fmt.Errorf("%q is not %q: nothing was done", typed, name)}
	}
	return nil
}

// readLine reads a line, until somebody interrupts it: reading itself can't be. What comes after the line is lost.
func readLine(ctx context.Context, from io.Reader) (string, error) {
	type line struct {
		text string
		err  error
	}
	lines := make(chan line, 1)
	go func() {
		text, err := bufio.NewReader(from).ReadString('\n')
		lines <- line{strings.TrimSpace(text), err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case read := <-lines:
		if errors.Is(read.err, io.EOF) {
			return read.text, nil
		}
		return read.text, read.err
	}
}
