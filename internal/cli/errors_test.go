// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestErrorsHaveTheirExitCodes(t *testing.T) {
	tenants := schema.GroupResource{Group: "tenantry.io", Resource: "tenants"}
	denied := errors.New("ValidatingAdmissionPolicy 'tenantry-administer' with binding 'tenantry-administer' denied request: spec.suspend of Tenant cybercorp: ask")
	for name, test := range map[string]struct {
		err  error
		code int
		says string
	}{
		"nothing":               {code: exitOK},
		"anything":              {err: errors.New("odd"), code: exitFailure, says: "error: odd\n"},
		"interrupted":           {err: &url.Error{Op: "Get", URL: "https://eu-1.example", Err: context.Canceled}, code: exitInterrupted},
		"no answer":             {err: &url.Error{Op: "Get", URL: "https://eu-1.example", Err: errors.New("no route")}, code: exitFailure, says: "error: the cluster can't be reached: no route\nhint: kubectl cluster-info\n"},
		"not there":             {err: apierrors.NewNotFound(tenants, "cybercorp"), code: exitNotFound, says: `error: tenants.tenantry.io "cybercorp" not found`},
		"not served":            {err: apierrors.NewNotFound(tenants, ""), code: exitNotFound, says: "error: this cluster serves no tenants"},
		"not allowed":           {err: apierrors.NewForbidden(tenants, "cybercorp", errors.New("no")), code: exitForbidden, says: "hint: kubectl auth whoami"},
		"not known":             {err: apierrors.NewUnauthorized("who?"), code: exitForbidden, says: "error: the cluster does not know you"},
		"written meanwhile":     {err: apierrors.NewConflict(tenants, "cybercorp", errors.New("modified")), code: exitConflict},
		"there already":         {err: apierrors.NewAlreadyExists(tenants, "cybercorp"), code: exitConflict},
		"what no Tenant can be": {err: apierrors.NewInvalid(schema.GroupKind{Kind: "Tenant"}, "cybercorp", nil), code: exitRefused},
		"no seat left":          {err: apierrors.NewForbidden(tenants, "kim", errors.New("exceeded quota: tenantry, requested: 1")), code: exitRefused, says: "error: there is none left of what is asked for: "},
		"refused by a policy":   {err: apierrors.NewForbidden(tenants, "cybercorp", denied), code: exitRefused, says: "error: refused by policy tenantry-administer: spec.suspend of Tenant cybercorp: ask\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var said strings.Builder
			if got := report(&said, explain(test.err)); got != test.code {
				t.Errorf("exit code %d, want %d", got, test.code)
			}
			if !strings.Contains(said.String(), test.says) {
				t.Errorf("said %q, want %q", said.String(), test.says)
			}
		})
	}
}

func TestAClusterThatIsNotThereIsSaidSo(t *testing.T) {
	hermetic(t)
	absent := filepath.Join(t.TempDir(), "absent")
	golden(t, "no-cluster", screen([]string{"list", "-n", "acme", "-s", "https://127.0.0.1:1", "--token", "t"}))
	golden(t, "no-context", screen([]string{"list", "--context", "umbrella"}))
	if err := os.Unsetenv("KUBERNETES_SERVICE_HOST"); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", absent)
	golden(t, "no-kubeconfig", screen([]string{"list"}))
}

func TestAnErrorThatTellsWhatOthersWroteMovesNoCursor(t *testing.T) {
	var said strings.Builder
	report(&said, errors.New("tenant acme/evil: Stalled: \x1b[2Jgone\nnext"))
	if want := "error: tenant acme/evil: Stalled: \\u001b[2Jgone\nnext\n"; said.String() != want {
		t.Errorf("got %q, want %q", said.String(), want)
	}
}
