// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication

import (
	"encoding/base64"
	"strings"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// What is filled in. It is plain replacement: a value that holds another's name is not looked at again.
const (
	blankName        = "$(TENANT_NAME)"
	blankDisplayName = "$(TENANT_DISPLAY_NAME)"
	blankHost        = "$(TENANT_HOST)"
)

// blanks are how often each is to be filled in.
type blanks struct{ name, displayName, host int }

func (b blanks) plus(other blanks) blanks {
	return blanks{b.name + other.name, b.displayName + other.displayName, b.host + other.host}
}

func blanksOf(text string) blanks {
	if !strings.Contains(text, "$(TENANT_") {
		return blanks{}
	}
	return blanks{strings.Count(text, blankName), strings.Count(text, blankDisplayName), strings.Count(text, blankHost)}
}

// values are what is filled in for a tenant.
type values struct{ name, displayName, host string }

func valuesOf(tenant *v1alpha1.Tenant) values {
	filled := values{name: tenant.Name, displayName: string(tenant.Spec.DisplayName)}
	if filled.displayName == "" {
		filled.displayName = tenant.Name
	}
	if len(tenant.Status.Hosts) > 0 {
		filled.host = string(tenant.Status.Hosts[0])
	}
	return filled
}

// needed are the values that are filled in somewhere: others are of no account.
func (v values) needed(b blanks) values {
	if b.name == 0 {
		v.name = ""
	}
	if b.displayName == 0 {
		v.displayName = ""
	}
	if b.host == 0 {
		v.host = ""
	}
	return v
}

// growth is by how many bytes a content becomes longer, or shorter, that has so many blanks.
func (v values) growth(b blanks) int {
	return b.name*(len(v.name)-len(blankName)) +
		b.displayName*(len(v.displayName)-len(blankDisplayName)) +
		b.host*(len(v.host)-len(blankHost))
}

// filled is a copy of a field of an object's content with the values in all of its texts: in the values of a Secret as
// they are before base64.
func (v values) filled(key Key, name string, field any) any {
	fill := strings.NewReplacer(blankName, v.name, blankDisplayName, v.displayName, blankHost, v.host).Replace
	if isEncoded(key, name) {
		fill = encoded(fill)
	}
	return replaced(field, fill)
}

// isEncoded says whether the values of a field are base64.
func isEncoded(key Key, field string) bool {
	return key.Group == "" && (key.Kind == "Secret" && field == "data" || key.Kind == "ConfigMap" && field == "binaryData")
}

// encoded replaces in what a text encodes. What is no base64 has nothing to fill in.
func encoded(fill func(string) string) func(string) string {
	return func(text string) string {
		decoded, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return text
		}
		return base64.StdEncoding.EncodeToString([]byte(fill(string(decoded))))
	}
}

// replaced is a copy of a JSON value with another text for each.
func replaced(value any, replace func(string) string) any {
	switch value := value.(type) {
	case string:
		return replace(value)
	case map[string]any:
		result := make(map[string]any, len(value))
		for key, field := range value {
			result[key] = replaced(field, replace)
		}
		return result
	case []any:
		result := make([]any, len(value))
		for i, item := range value {
			result[i] = replaced(item, replace)
		}
		return result
	}
	return value
}

// measure adds up the bytes of text in an object's content, and what is to be filled in there. Of ConfigMaps and Secrets
// the values count, as Kubernetes does it; of other kinds the names of fields too, and 8 bytes for all else.
func measure(key Key, fields map[string]any) (size int, found blanks) {
	plain := key.Group == "" // ConfigMaps and Secrets
	var walk func(value any, decode bool)
	walk = func(value any, decode bool) {
		switch value := value.(type) {
		case string:
			if decode {
				if decoded, err := base64.StdEncoding.DecodeString(value); err == nil {
					value = string(decoded)
				}
			}
			size += len(value)
			found = found.plus(blanksOf(value))
		case map[string]any:
			for name, field := range value {
				if !plain {
					size += len(name)
				}
				walk(field, decode)
			}
		case []any:
			for _, item := range value {
				walk(item, decode)
			}
		default:
			if !plain {
				size += 8
			}
		}
	}
	for _, name := range contentFields(fields) {
		walk(fields[name], isEncoded(key, name))
	}
	return size, found
}
