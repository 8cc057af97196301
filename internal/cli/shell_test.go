// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/tenantry/tenantry/internal/cli/contexts"
)

var cybercorp = contexts.Tenant{Name: "cybercorp", Parent: "acme", Namespace: "acme-cybercorp", Cluster: "eu-1"}

func TestAShellKeepsToItsKubeconfigWhateverTheUsersFilesSet(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	elsewhere := filepath.Join(home, "elsewhere")
	if err := os.Mkdir(elsewhere, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		".bashrc": "export KUBECONFIG=/theirs MINE=bashrc\n",
		".zshenv": "ZDOTDIR=" + elsewhere + "\n", "elsewhere/.zshrc": "export KUBECONFIG=/theirs MINE=zshrc:$ZDOTDIR\n",
	} {
		if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for shell, mine := range map[string]string{"bash": "bashrc", "zsh": "zshrc:" + elsewhere} {
		path, err := exec.LookPath(shell)
		if err != nil && shell != "bash" {
			continue // nobody has to have all of them
		}
		t.Run(shell, func(t *testing.T) {
			if err != nil {
				t.Fatal(err)
			}
			directory := t.TempDir()
			streams, _, out, _ := genericiooptions.NewTestIOStreams()
			o := &ShellOptions{IOStreams: streams, Command: []string{path}, interactive: true}
			command, err := o.command(entrance{tenant: cybercorp}, directory)
			if err != nil {
				t.Fatal(err)
			}
			command.Args = append(command.Args, "-i") // there is no terminal
			command.Stdin = strings.NewReader("echo $KUBECONFIG $TENANTRY_SHELL $MINE\n")
			if err := command.Run(); err != nil {
				t.Fatal(err)
			}
			if got, want := strings.TrimSpace(out.String()), directory+"/kubeconfig acme/cybercorp "+mine; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestACommandIsPassedOnWhatThePluginIsAsked(t *testing.T) {
	// What is run under nohup ignores hangups, and so does what it starts: but for signals that it is told of.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	for script, test := range map[string]struct {
		interactive bool
		want        exitStatus
	}{
		"echo on; sleep 60": {want: 128 + exitStatus(syscall.SIGTERM)},
		"trap 'exit 7' TERM; echo on; while :; do sleep 0.1; done": {want: 7},
		"trap '' TERM; echo on; while :; do sleep 0.1; done":       {interactive: true, want: 128 + exitStatus(syscall.SIGHUP)},
	} {
		asked := make(chan os.Signal, 1)
		command := exec.Command("sh", "-c", "exec 2>/dev/null; "+script) //nolint:noctx // it is ended by a signal
		command.Stdout = &once{func() { asked <- syscall.SIGTERM }}
		command.WaitDelay = time.Second
		err := runUntilEnded(command, asked, test.interactive)
		if got, ok := errors.AsType[exitStatus](err); !ok || got != test.want {
			t.Errorf("%s: %v, want %d", script, err, test.want)
		}
	}
}

// once does something as soon as something is written.
type once struct{ do func() }

func (o *once) Write(text []byte) (int, error) {
	if o.do != nil && bytes.Contains(text, []byte("on")) {
		o.do()
		o.do = nil
	}
	return len(text), nil
}

func TestWhatEndsByItselfKeepsItsExitCode(t *testing.T) {
	if err := runUntilEnded(exec.Command("sh", "-c", "exit 42"), nil, false); !errors.Is(err, exitStatus(42)) { //nolint:noctx // it ends
		t.Errorf("got %v", err)
	}
	if err := runUntilEnded(exec.Command("true"), nil, false); err != nil { //nolint:noctx // it ends
		t.Errorf("got %v", err)
	}
	if err := runUntilEnded(exec.Command("/nowhere"), nil, false); !errors.Is(err, os.ErrNotExist) { //nolint:noctx // it does not begin
		t.Errorf("got %v", err)
	}
}

func TestInAShellNothingGoesElsewhere(t *testing.T) {
	cluster := testCluster(t)
	path := os.Getenv("KUBECONFIG")
	config, err := clientcmd.LoadFromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	name, err := contexts.Enter(config, "acme", cybercorp, noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	inside := cluster
	inside.flags = genericclioptions.NewConfigFlags(false)
	inside.flags.Context = &name
	for shell, leads := range map[string]struct{ there, elsewhere bool }{
		"": {true, true}, "acme/cybercorp": {true, false}, "acme/initech": {false, false},
	} {
		t.Setenv(shellVariable, shell)
		if _, err := inside.config(); (err == nil) != leads.there {
			t.Errorf("shell of %q, context of cybercorp: %v", shell, err)
		}
		if _, err := cluster.config(); (err == nil) != leads.elsewhere {
			t.Errorf("shell of %q, context of nobody: %v", shell, err)
		}
	}
}
