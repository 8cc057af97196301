// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package contexts_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/tenantry/tenantry/internal/cli/contexts"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// configured is a kubeconfig of two clusters, as it is read from a file.
func configured(t *testing.T) *clientcmdapi.Config {
	t.Helper()
	config, err := clientcmd.Load([]byte(`
apiVersion: v1
kind: Config
current-context: eu
clusters: [{name: eu-1, cluster: {server: "https://eu-1.example"}}, {name: us-1, cluster: {server: "https://us-1.example"}}]
users: [{name: pat}, {name: root}]
contexts:
- {name: eu, context: {cluster: eu-1, user: pat, namespace: acme}}
- {name: us, context: {cluster: us-1, user: root, extensions: [{name: theirs, extension: {keep: me}}]}}
`))
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func tenant(name string) contexts.Tenant {
	return contexts.Tenant{Name: name, Parent: "acme", Namespace: "acme-" + name}
}

// reread is what a kubeconfig is once it was written to a file.
func reread(t *testing.T, config *clientcmdapi.Config) *clientcmdapi.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	read, err := clientcmd.LoadFromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func TestEachTenantHasAContextOfItsOwnAndNoOtherIsChanged(t *testing.T) {
	config := configured(t)
	name, err := contexts.Enter(config, "eu", tenant("cybercorp"), noon)
	if err != nil || name != "eu/acme/cybercorp" || config.CurrentContext != name {
		t.Fatalf("%q, %v", name, err)
	}
	config = reread(t, config)
	made := config.Contexts[name]
	if made.Cluster != "eu-1" || made.AuthInfo != "pat" || made.Namespace != "acme-cybercorp" {
		t.Errorf("%+v", made)
	}
	want := tenant("cybercorp")
	want.Cluster = "eu-1"
	if got, ok := contexts.Of(config, name); !ok || got != want {
		t.Errorf("%+v, %v", got, ok)
	}
	second, err := contexts.Enter(config, name, tenant("initech"), noon.Add(time.Minute))
	if err != nil || second != "eu/acme/initech" {
		t.Errorf("from one tenant's to another's: %q, %v", second, err)
	}
	third, err := contexts.Enter(config, "us", tenant("cybercorp"), noon.Add(time.Hour))
	if err != nil || third != "us/acme/cybercorp" {
		t.Errorf("of the same name in another cluster: %q, %v", third, err)
	}
	before, now := configured(t), reread(t, config)
	for _, name := range []string{"eu", "us"} {
		before.Contexts[name].LocationOfOrigin, now.Contexts[name].LocationOfOrigin = "", ""
		if diff := cmp.Diff(before.Contexts[name], now.Contexts[name]); diff != "" {
			t.Errorf("context %s has changed (-before +now):\n%s", name, diff)
		}
	}
}

func TestGoingBack(t *testing.T) {
	for name, test := range map[string]struct {
		moves []string // tenants that are entered, "-", or a context that kubectl takes
		want  string
	}{
		"to where one came from":               {[]string{"cybercorp", "-"}, "eu"},
		"and forth":                            {[]string{"cybercorp", "-", "-"}, "eu/acme/cybercorp"},
		"between two tenants":                  {[]string{"cybercorp", "initech", "-"}, "eu/acme/cybercorp"},
		"between two tenants and forth":        {[]string{"cybercorp", "initech", "-", "-"}, "eu/acme/initech"},
		"after entering where one is":          {[]string{"cybercorp", "initech", "initech", "-"}, "eu/acme/cybercorp"},
		"to the latest, from another context":  {[]string{"cybercorp", "initech", "@us", "-"}, "eu/acme/initech"},
		"and from there to the other context":  {[]string{"cybercorp", "@us", "-", "-"}, "us"},
		"to where one went back to, not first": {[]string{"cybercorp", "initech", "-", "@us", "-"}, "eu/acme/cybercorp"},
	} {
		config := configured(t)
		for n, move := range test.moves {
			now := noon.Add(time.Duration(n) * time.Minute)
			var err error
			switch {
			case move == "-":
				_, err = contexts.Back(config, now)
			case strings.HasPrefix(move, "@"):
				config.CurrentContext = move[1:]
			default:
				_, err = contexts.Enter(config, config.CurrentContext, tenant(move), now)
			}
			if err != nil {
				t.Fatalf("%s: %s: %v", name, move, err)
			}
			config = reread(t, config)
		}
		if config.CurrentContext != test.want {
			t.Errorf("%s: %q, want %q", name, config.CurrentContext, test.want)
		}
	}
}

func TestWhereThereIsNoWayBack(t *testing.T) {
	config := configured(t)
	if _, err := contexts.Back(config, noon); !errors.Is(err, contexts.ErrNoContext) {
		t.Errorf("nowhere was left: %v", err)
	}
	if _, err := contexts.Enter(config, "eu", tenant("cybercorp"), noon); err != nil {
		t.Fatal(err)
	}
	delete(config.Contexts, "eu")
	if _, err := contexts.Back(config, noon); !errors.Is(err, contexts.ErrNoContext) || !strings.Contains(err.Error(), `"eu"`) {
		t.Errorf("it is gone: %v", err)
	}
	if _, err := contexts.Enter(config, "asia", tenant("cybercorp"), noon); !errors.Is(err, contexts.ErrNoContext) {
		t.Errorf("there is none to copy from: %v", err)
	}
}

func TestAContextThatLeadsElsewhereIsNoTenants(t *testing.T) {
	for what, change := range map[string]func(*clientcmdapi.Context){
		"to another namespace":          func(c *clientcmdapi.Context) { c.Namespace = "kube-system" },
		"to another cluster":            func(c *clientcmdapi.Context) { c.Cluster = "us-1" },
		"by what somebody else made it": func(c *clientcmdapi.Context) { delete(c.Extensions, contexts.Extension) },
	} {
		config := configured(t)
		name, err := contexts.Enter(config, "eu", tenant("cybercorp"), noon)
		if err != nil {
			t.Fatal(err)
		}
		change(config.Contexts[name])
		if _, ok := contexts.Of(config, name); ok {
			t.Errorf("%s: it says it leads to the tenant", what)
		}
		if _, err := contexts.Enter(config, "eu", tenant("cybercorp"), noon); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: it was overwritten: %v", what, err)
		}
	}
}
