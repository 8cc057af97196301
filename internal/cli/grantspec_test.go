// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

func TestSpansAreRead(t *testing.T) {
	for name, test := range map[string]struct {
		length, moment string
		want           map[string]any
		fails          string
	}{
		"none":            {want: map[string]any{}},
		"hours":           {length: "8h", want: map[string]any{"duration": "8h"}},
		"days":            {length: "30d", want: map[string]any{"duration": "720h"}},
		"weeks":           {length: "2w", want: map[string]any{"duration": "336h"}},
		"a day, whole":    {moment: "2026-12-31", want: map[string]any{"expiresAt": "2027-01-01T00:00:00Z"}},
		"a moment":        {moment: "2026-11-23T18:00:00+01:00", want: map[string]any{"expiresAt": "2026-11-23T17:00:00Z"}},
		"today":           {moment: "2026-11-23", want: map[string]any{"expiresAt": "2026-11-24T00:00:00Z"}},
		"yesterday":       {moment: "2026-11-22", fails: "2026-11-22 is over"},
		"both":            {length: "8h", moment: "2026-12-31", fails: "say for how long, or until when: not both"},
		"no length":       {length: "soon", fails: `"soon" is no length of time`},
		"a negative one":  {length: "-8h", fails: `"-8h" is no length of time`},
		"no time, days":   {length: "0d", fails: `"0d" is no length of time`},
		"no time, weeks":  {length: "0w", fails: `"0w" is no length of time`},
		"a year":          {length: "365d", want: map[string]any{"duration": "8760h"}},
		"too long":        {length: "53w", fails: `"53w" is longer than a year, 8760h`},
		"too long, hours": {length: "8761h", fails: `"8761h" is longer than a year`},
		"overflowing":     {length: "32767w", fails: `"32767w" is too long`},
		"no number":       {length: "99999999999999999999d", fails: `"99999999999999999999d" is too long`},
		"what is no time": {moment: "tomorrow", fails: `"tomorrow" is no day`},
	} {
		t.Run(name, func(t *testing.T) {
			span, err := readSpan(test.length, test.moment, noon)
			if test.fails != "" {
				if err == nil || !strings.HasPrefix(err.Error(), test.fails) {
					t.Errorf("got %v, want %s", err, test.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			grant, err := newGrant("acme", "on-site", v1alpha1.Subject{Kind: v1alpha1.SubjectUser, Name: "tech"}, v1alpha1.RoleAdmin, span)
			if err != nil {
				t.Fatal(err)
			}
			test.want["subject"], test.want["role"] = map[string]any{"kind": "User", "name": "tech"}, "Admin"
			if diff := cmp.Diff(test.want, grant.Object["spec"]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSpansAreSaid(t *testing.T) {
	local := time.Local
	t.Cleanup(func() { time.Local = local })
	time.Local = time.UTC
	for want, span := range map[string]span{"": {}, " for 8h": {length: 8 * time.Hour}, " for 10m": {length: 10 * time.Minute}, " for 1h30m": {length: 90 * time.Minute}, " until 2026-11-23 12:00": {until: noon}} {
		if got := span.said(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestSubjectsAndRolesAreRead(t *testing.T) {
	for text, want := range map[string]v1alpha1.Subject{
		"tech@acme.example": {Kind: v1alpha1.SubjectUser, Name: "tech@acme.example"},
		"user:group:odd":    {Kind: v1alpha1.SubjectUser, Name: "group:odd"},
		"group:ops":         {Kind: v1alpha1.SubjectGroup, Name: "ops"},
	} {
		if got, err := readSubject(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	if _, err := readSubject("group:"); err == nil {
		t.Error("a group without a name")
	}
	if role, err := readRole("editor"); err != nil || role != v1alpha1.RoleEditor {
		t.Errorf("got %s, %v", role, err)
	}
	for _, unknown := range []string{"", "root", "partner-owner"} {
		if role, err := readRole(unknown); err == nil {
			t.Errorf("%q is read as %s", unknown, role)
		}
	}
}

func TestObjectsAreNamedAfterPeople(t *testing.T) {
	if got, want := objectName("Kim@CyberCorp.example"), "kim.cybercorp.example"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	names := map[string]bool{}
	for _, name := range []string{objectName("tech", "cybercorp"), objectName("tech", "initech"), objectName("Ω"), objectName("Ψ"), objectName("tech"), objectName("-x_/."), objectName(strings.Repeat("x", 999), "y")} {
		if names[name] || len(validation.IsDNS1123Subdomain(name)) > 0 {
			t.Errorf("%q is no name of its own", name)
		}
		names[name] = true
	}
}

func TestASpanThatEndsNothingIsNoneWithoutAnEnd(t *testing.T) {
	if fields, err := (span{length: -time.Hour}).fields(); err == nil {
		t.Errorf("it gives access for ever: %v", fields)
	}
	if fields, err := (span{}).fields(); err != nil || fields != nil {
		t.Errorf("where nothing is said: %v, %v", fields, err)
	}
}
