// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenantry/tenantry/internal/cli/contexts"
	"github.com/tenantry/tenantry/internal/directory"
)

func TestATenantIsFoundInADirectory(t *testing.T) {
	entries := []directory.Entry{
		{Tenant: "cybercorp", Parent: "acme", Namespace: "acme-cybercorp"},
		{Tenant: "cyberdyne", Parent: "acme", Namespace: "acme-cyberdyne"},
		{Tenant: "cybercorp", Parent: "globex", Namespace: "globex-cybercorp"},
	}
	for given, test := range map[string]struct {
		place, refusal string
		code           int
	}{
		"acme/cybercorp": {place: "acme-cybercorp"},
		"/cyberdyne":     {place: "acme-cyberdyne"},
		"/cybercorp":     {refusal: "name one as acme/cybercorp or globex/cybercorp", code: exitUsage},
		"/cyb":           {refusal: `no tenant "cyb" that you may enter; did you mean cybercorp, cyberdyne?`, code: exitNotFound},
		"globex/initech": {refusal: `no tenant "initech" that you may enter`, code: exitNotFound},
	} {
		parent, name, _ := strings.Cut(given, "/")
		way, err := amongEntries(entries, parent, name)
		if test.refusal == "" {
			if err != nil || way.tenant.Namespace != test.place {
				t.Errorf("%s: %+v, %v", given, way, err)
			}
			continue
		}
		var failed *failure
		if !errors.As(err, &failed) || failed.code != test.code || !strings.HasSuffix(failed.Error(), test.refusal) {
			t.Errorf("%s: %v", given, err)
		}
	}
}

func TestWhatIsNoName(t *testing.T) {
	for _, given := range []string{"", "/", "a/", "/a", "a/b/c", "A", "a b", "../x", "--", "a\x1b"} {
		if err := validName(given); err == nil {
			t.Errorf("%q is a name", given)
		}
	}
	for _, given := range []string{"cybercorp", "acme/cybercorp"} {
		if err := validName(given); err != nil {
			t.Error(err)
		}
	}
}

func TestWhoComesInIsToldWhatToKnow(t *testing.T) {
	ends := func(in time.Duration) *time.Time { end := noon.Add(in); return &end }
	tenant := contexts.Tenant{Name: "cybercorp", Parent: "acme", Namespace: "acme-cybercorp", Cluster: "eu-1"}
	for want, way := range map[string]entrance{
		"tenant acme/cybercorp (cluster eu-1) · namespace acme-cybercorp":                                                           {tenant: tenant, admitted: true},
		"tenant acme/cybercorp (cluster eu-1) · Editor · namespace acme-cybercorp | your access ends in 8h":                         {tenant: tenant, admitted: true, role: "Editor", ends: ends(8 * time.Hour)},
		"tenant acme/cybercorp (cluster eu-1) · Viewer · namespace acme-cybercorp":                                                  {tenant: tenant, admitted: true, role: "Viewer", ends: ends(48 * time.Hour)},
		"tenant acme/cybercorp (cluster eu-1) · namespace acme-cybercorp | the tenant is suspended, and lets nobody in":             {tenant: tenant, suspended: true},
		"tenant acme/cybercorp (cluster eu-1) · Owner · namespace acme-cybercorp | the tenant is suspended, and nothing runs in it": {tenant: tenant, suspended: true, admitted: true, role: "Owner"},
	} {
		if got := strings.Join(slices.Insert(way.warnings(noon), 0, way.told()), " | "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
