// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/tenantry/tenantry/internal/cli/contexts"
)

func TestWhatHoldsForOneCommandMakesNoContext(t *testing.T) {
	hermetic(t)
	for _, flag := range []string{"--cluster", "--server", "--user", "--token", "--username", "--password", "--client-certificate", "--client-key", "--as", "--as-uid", "--as-group"} {
		code, _, said := run("switch", "acme/cybercorp", flag, "some")
		if code != exitUsage || !strings.Contains(said, "error: "+flag+" holds for one command") {
			t.Errorf("%s: exit code %d, %s", flag, code, said)
		}
	}
}

func TestAContextThatWasChangedMeanwhileIsNotTakenForWhatItWas(t *testing.T) {
	way := func(cluster, user string) *clientcmdapi.Config {
		return &clientcmdapi.Config{Contexts: map[string]*clientcmdapi.Context{"eu": {Cluster: cluster, AuthInfo: user}}}
	}
	before := way("eu-1", "pat")
	for name, test := range map[string]struct {
		now  *clientcmdapi.Config
		same bool
	}{
		"as it was": {way("eu-1", "pat"), true}, "another cluster": {way("us-1", "pat"), false},
		"another user": {way("eu-1", "root"), false}, "gone": {clientcmdapi.NewConfig(), false},
	} {
		if got := sameWay(before, test.now, "eu"); got != test.same {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestALockOfSomebodyElsesIsSaid(t *testing.T) {
	hermetic(t)
	path := os.Getenv("KUBECONFIG")
	access := clientcmd.NewDefaultPathOptions()
	config, err := access.GetStartingConfig()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := contexts.Enter(config, "acme", cybercorp, noon); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".lock", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := modify(access, config); codeOf(err) != exitConflict || !strings.Contains(err.Error(), path+".lock") {
		t.Errorf("got %v", err)
	}
	if err := os.Remove(path + ".lock"); err != nil {
		t.Fatal(err)
	}
	if err := modify(access, config); err != nil {
		t.Error(err)
	}
}
