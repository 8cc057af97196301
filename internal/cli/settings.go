// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/cli/edit"
)

// portalActive is the switch of a tenant's portal.
var portalActive = []string{"spec", "portal", "active"}

// setting is a field of a Tenant that people set by a short name.
type setting struct {
	// path of the field.
	path []string
	// whole is what goes where the setting is taken away: the field, or what is nothing without it.
	whole []string
	// instead are fields that can't be there with it.
	instead [][]string
	// absent is what it means that the field is not there.
	absent any
	// read is the value in JSON that people's means.
	read func(string) (any, error)
	// values that there are, if they are few.
	values []string
}

// settings are what `set` knows, by name.
var settings = map[string]setting{
	"plan":            {path: []string{"spec", "planRef", "name"}, whole: []string{"spec", "planRef"}, read: readText},
	"display-name":    {path: []string{"spec", "displayName"}, read: readText},
	"customer-access": {path: []string{"spec", "customerAccess"}, absent: string(v1alpha1.CustomerAccessDisabled), read: readAccess, values: accesses},
	"agents":          {path: []string{"spec", "limits", "agents"}, read: readCount},
	"disk":            {path: []string{"spec", "limits", "disk"}, read: readQuantity},
	"brand": {
		path: slices.Concat(ownBrand, []string{"profileRef", "name"}), whole: ownBrand, read: readText,
		instead: [][]string{slices.Concat(ownBrand, []string{"copyFrom"}), slices.Concat(ownBrand, []string{"none"})},
	},
	"portal": {path: portalActive, absent: true, read: readSwitch, values: []string{"on", "off"}},
}

// accesses are how far a customer's own people may be let in.
var accesses = []string{string(v1alpha1.CustomerAccessDisabled), string(v1alpha1.CustomerAccessReadOnly), string(v1alpha1.CustomerAccessFullAccess)}

func settingNames() []string { return slices.Sorted(maps.Keys(settings)) }

// assigned are the fields that an assignment such as plan=gold wants; plan= wants none there.
func assigned(assignment string) ([]edit.Field, error) {
	name, value, _ := strings.Cut(assignment, "=")
	setting, known := settings[name]
	if !known {
		return nil, fmt.Errorf("unknown setting %q: it is one of %s", name, strings.Join(settingNames(), ", "))
	}
	if value == "" {
		return []edit.Field{setting.unset()}, nil
	}
	read, err := setting.read(value)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	wanted := make([]edit.Field, 0, len(setting.instead)+1)
	for _, path := range setting.instead {
		wanted = append(wanted, edit.Unset(path...))
	}
	return append(wanted, edit.Set(read, setting.path...).Meaning(setting.absent)), nil
}

func (s setting) unset() edit.Field {
	if s.whole != nil {
		return edit.Unset(s.whole...)
	}
	return edit.Unset(s.path...).Meaning(s.absent)
}

// said is a value of a setting as people say it; empty for none.
func said(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case bool:
		if value {
			return "on"
		}
		return "off"
	default:
		return fmt.Sprint(value)
	}
}

func readText(value string) (any, error) { return value, nil }

func readAccess(value string) (any, error) {
	for _, access := range accesses {
		if strings.EqualFold(access, value) {
			return access, nil
		}
	}
	return nil, fmt.Errorf("unknown value %q: it is one of %s", value, strings.Join(accesses, ", "))
}

func readCount(value string) (any, error) {
	count, err := strconv.ParseInt(value, 10, 32)
	if err != nil || count < 0 {
		return nil, fmt.Errorf("%q is no number of seats", value)
	}
	return count, nil
}

func readQuantity(value string) (any, error) {
	quantity, err := resource.ParseQuantity(value)
	if err != nil || quantity.Sign() < 0 {
		return nil, fmt.Errorf("%q is no quantity, such as 50Gi", value)
	}
	return quantity.String(), nil
}

func readSwitch(value string) (any, error) {
	switch value {
	case "on", "off":
		return value == "on", nil
	default:
		return nil, fmt.Errorf("%q is neither on nor off", value)
	}
}
