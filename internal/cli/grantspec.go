// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"hash/fnv"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/cli/edit"
)

// dayLayout is a day, which ends at midnight where the caller is.
const dayLayout = "2006-01-02"

// span is until when access is given: for a time from when it begins, or until a moment.
type span struct {
	length time.Duration
	until  time.Time
}

// longest is how long access is given at most where a length is said, as the API has it.
const longest = 365 * 24 * time.Hour

// days are a length in days or weeks, which Go has no letter for.
var days = regexp.MustCompile(`^([0-9]+)([dw])$`)

// readLength reads a length of time, such as 8h, 30d or 2w.
func readLength(text string) (time.Duration, error) {
	length, err := time.ParseDuration(text)
	if match := days.FindStringSubmatch(text); match != nil {
		unit := 24 * time.Hour
		if match[2] == "w" {
			unit *= 7
		}
		var count int64
		if count, err = strconv.ParseInt(match[1], 10, 64); err != nil || count > int64(math.MaxInt64/unit) {
			return 0, fmt.Errorf("%q is too long", text)
		}
		length = time.Duration(count) * unit
	}
	if err != nil || length <= 0 {
		return 0, fmt.Errorf("%q is no length of time, such as 8h or 30d", text)
	}
	return length, nil
}

// readMoment reads a moment, or a day, which is given whole.
func readMoment(text string, now time.Time) (time.Time, error) {
	moment, err := time.Parse(time.RFC3339, text)
	if day, dayErr := time.ParseInLocation(dayLayout, text, now.Location()); dayErr == nil {
		moment, err = day.AddDate(0, 0, 1), nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no day, such as 2026-12-31, and no time, such as 2026-12-31T17:00:00Z", text)
	}
	if !moment.After(now) {
		return time.Time{}, fmt.Errorf("%s is over", text)
	}
	return moment, nil
}

// readSpan reads either a length or a moment; it is zero where neither is said.
func readSpan(length, moment string, now time.Time) (span, error) {
	switch {
	case length != "" && moment != "":
		return span{}, fmt.Errorf("say for how long, or until when: not both")
	case length != "":
		read, err := readLength(length)
		if err == nil && read > longest {
			err = fmt.Errorf("%q is longer than a year, %s: say until when", length, short(longest))
		}
		return span{length: read}, err
	case moment != "":
		read, err := readMoment(moment, now)
		return span{until: read}, err
	default:
		return span{}, nil
	}
}

// fields of a grant that give access for the span. It fails for one that is said and ends nothing: access would have no end.
func (s span) fields() ([]edit.Field, error) {
	switch {
	case s.length > 0:
		return []edit.Field{edit.Set(short(s.length), "spec", "duration"), edit.Unset("spec", "expiresAt")}, nil
	case !s.until.IsZero():
		return []edit.Field{edit.Set(s.until.UTC().Format(time.RFC3339), "spec", "expiresAt"), edit.Unset("spec", "duration")}, nil
	case s != span{}:
		return nil, fmt.Errorf("access for %s has no end", s.length)
	default:
		return nil, nil
	}
}

// said is the span in words; empty for one without an end.
func (s span) said() string {
	switch {
	case s.length > 0:
		return " for " + short(s.length)
	case !s.until.IsZero():
		return " until " + s.until.Local().Format(minute)
	default:
		return ""
	}
}

// short is a length without the units that it has none of.
func short(length time.Duration) string {
	text := length.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// readRole reads a role, however it is capitalised.
func readRole(text string) (v1alpha1.Role, error) {
	if role := roleNamed(text); role != "" {
		return role, nil
	}
	return "", fmt.Errorf("unknown role %q: it is one of %s", text, strings.Join(roleNames(), ", "))
}

func roleNames() []string {
	names := make([]string, 0, len(roles))
	for _, role := range roles {
		names = append(names, string(role))
	}
	return names
}

// readSubject reads who access is given to: group:NAME is a group, user:NAME or any other name a user.
func readSubject(text string) (v1alpha1.Subject, error) {
	kind, name := v1alpha1.SubjectUser, strings.TrimPrefix(text, "user:")
	if group, ok := strings.CutPrefix(text, "group:"); ok {
		kind, name = v1alpha1.SubjectGroup, group
	}
	if name == "" {
		return v1alpha1.Subject{}, fmt.Errorf("%q names nobody", text)
	}
	return v1alpha1.Subject{Kind: kind, Name: name}, nil
}

// newGrant is a grant for somebody in a namespace.
func newGrant(namespace, name string, subject v1alpha1.Subject, role v1alpha1.Role, end span, more ...edit.Field) (*unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": v1alpha1.GroupVersion.String(), "kind": "TenantAccessGrant",
		"metadata": map[string]any{"namespace": namespace, "name": name},
		"spec":     map[string]any{"subject": map[string]any{"kind": string(subject.Kind), "name": subject.Name}, "role": string(role)},
	}}
	ends, err := end.fields()
	if err != nil {
		return nil, err
	}
	return edit.Preview(object, append(ends, more...))
}

// unfit are the characters that a name of an object may not hold.
var unfit = regexp.MustCompile(`[^a-z0-9.-]+`)

// objectName is a name for an object of somebody's: the same for the same, and hardly for others.
func objectName(who string, what ...string) string {
	name := strings.Trim(unfit.ReplaceAllString(strings.ToLower(strings.ReplaceAll(who, "@", ".")), "-"), ".-")
	name = strings.Trim(name[:min(len(name), 200)], ".-")
	if len(what) == 0 && name != "" {
		return name
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(strings.Join(append(what, who), "\x00"))) // never fails
	return strings.Trim(fmt.Sprintf("%s-%08x", name, hash.Sum32()), "-")
}
