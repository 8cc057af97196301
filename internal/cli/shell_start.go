// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// kubeconfigName is the file that a shell of a tenant's finds its kubeconfig in.
const kubeconfigName = "kubeconfig"

// write what the current context of a kubeconfig needs, and nothing else, to a directory of its own that only the caller may read.
func write(config clientcmdapi.Config) (directory string, remove func(), err error) {
	if err := clientcmdapi.MinifyConfig(&config); err != nil {
		return "", nil, kubeconfigError(err)
	}
	directory, err = os.MkdirTemp("", "kubectl-tenant-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(directory) }
	if err := clientcmd.WriteToFile(config, filepath.Join(directory, kubeconfigName)); err != nil {
		remove()
		return "", nil, err
	}
	return directory, remove, nil
}

// shellStart is how a shell is started so that it keeps to its kubeconfig, whatever the user's own files set.
type shellStart struct {
	arguments, environment []string
	// files by name, in the shell's directory.
	files map[string]string
}

// startOf a shell: it reads what it would read anyway, and is told its kubeconfig again after that. Of others than bash and zsh, the
// plugin sees where they lead.
func startOf(shell, directory, path string) shellStart {
	again := "export KUBECONFIG=" + quoted(path) + "\n"
	switch filepath.Base(shell) {
	case "bash":
		return shellStart{
			arguments: []string{"--rcfile", filepath.Join(directory, "bashrc")},
			files:     map[string]string{"bashrc": "if [ -r ~/.bashrc ]; then . ~/.bashrc; fi\n" + again},
		}
	case "zsh":
		return shellStart{
			environment: []string{"ZDOTDIR=" + directory, "TENANTRY_ZDOTDIR=" + os.Getenv("ZDOTDIR")},
			files: map[string]string{
				".zshenv": fmt.Sprintf(zshenv, quoted(directory)),
				".zshrc":  fmt.Sprintf(zshrc, quoted(directory)) + again,
			},
		}
	default:
		return shellStart{}
	}
}

const (
	// zshenv gives the user's own its directory, which it may change.
	zshenv = `ZDOTDIR=${TENANTRY_ZDOTDIR:-$HOME}
if [[ -r $ZDOTDIR/.zshenv ]]; then . "$ZDOTDIR/.zshenv"; fi
TENANTRY_ZDOTDIR=${ZDOTDIR:-$HOME}
ZDOTDIR=%s
`
	// zshrc keeps the history where it is: the system's file may have put it into the shell's directory.
	zshrc = `ZDOTDIR=$TENANTRY_ZDOTDIR
unset TENANTRY_ZDOTDIR
if [[ $HISTFILE == %s/* ]]; then HISTFILE=$ZDOTDIR/.zsh_history; fi
if [[ -r $ZDOTDIR/.zshrc ]]; then . "$ZDOTDIR/.zshrc"; fi
`
)

// runUntilEnded runs a command, and passes on what the plugin is asked. What ends it from the keyboard, as Ctrl-C, is the terminal's to tell
// it, and its own affair. A shell that a person types in ignores what ends others, and is hung up on.
func runUntilEnded(command *exec.Cmd, asked <-chan os.Signal, interactive bool) error {
	if err := command.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	for {
		select {
		case which := <-asked:
			if interactive {
				which = syscall.SIGHUP
			}
			_ = command.Process.Signal(which) // it may have ended
		case err := <-ended:
			return exitOf(err)
		}
	}
}

// exitOf what has ended, as shells have it: 128 and the number of the signal that killed it.
func exitOf(err error) error {
	ended, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return err
	}
	if status, ok := ended.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return exitStatus(128 + int(status.Signal()))
	}
	return exitStatus(ended.ExitCode())
}
