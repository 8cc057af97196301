// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"

	"github.com/tenantry/tenantry/internal/directory"
)

// target is what a command is about, and where: in words that tell it from all others.
func (c cluster) target(object *unstructured.Unstructured) string {
	return fmt.Sprintf("%s (cluster %s)", named(object), c.name())
}

// noun is what people call an object.
func noun(object *unstructured.Unstructured) string {
	switch kind := object.GetKind(); kind {
	case "RetainedTenant":
		return nouns[retained]
	case "TenantAccessGrant":
		return nouns[grants]
	default:
		return strings.ToLower(kind)
	}
}

// named says which object is meant, within its cluster. A file may name it as it likes.
func named(object *unstructured.Unstructured) string {
	return directory.Printable(fmt.Sprintf("%s %s/%s", noun(object), object.GetNamespace(), object.GetName()))
}

// name of the cluster, as the kubeconfig calls it, else its server.
func (c cluster) name() string {
	if given := cmp.Or(ptr.Deref(c.flags.APIServer, ""), ptr.Deref(c.flags.ClusterName, "")); given != "" {
		return given
	}
	if config, name, err := c.kubeconfig(); err == nil {
		if context := config.Contexts[name]; context != nil {
			return context.Cluster
		}
	}
	config, err := c.flags.ToRESTConfig()
	if err != nil {
		return ""
	}
	return config.Host
}

// command of the plugin's that goes where this one went: with the same flags of kubectl's, but those that tell a secret.
func (c cluster) command(arguments ...string) string {
	return c.words(append(strings.Fields(display), arguments...), cmp.Or(c.within, ptr.Deref(c.flags.Namespace, "")))
}

// kubectl command that goes to a namespace where this one went.
func (c cluster) kubectl(namespace string, arguments ...string) string {
	return c.words(append([]string{"kubectl"}, arguments...), namespace)
}

// words of a command line, with the flags of kubectl's that say where it goes, and as whom.
func (c cluster) words(words []string, namespace string) string {
	groups := ptr.Deref(c.flags.ImpersonateGroup, nil)
	for _, flag := range []struct {
		name   string
		values []string
	}{
		{"--kubeconfig", []string{ptr.Deref(c.flags.KubeConfig, "")}}, {"--context", []string{ptr.Deref(c.flags.Context, "")}},
		{"--cluster", []string{ptr.Deref(c.flags.ClusterName, "")}}, {"--server", []string{ptr.Deref(c.flags.APIServer, "")}},
		{"--user", []string{ptr.Deref(c.flags.AuthInfoName, "")}}, {"--as", []string{ptr.Deref(c.flags.Impersonate, "")}},
		{"--as-uid", []string{ptr.Deref(c.flags.ImpersonateUID, "")}}, {"--as-group", groups}, {"-n", []string{namespace}},
	} {
		for _, value := range flag.values {
			if value != "" {
				words = append(words, flag.name, value)
			}
		}
	}
	for i, word := range words {
		words[i] = quoted(word)
	}
	return strings.Join(words, " ")
}

// plain are words that mean the same to every shell.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./:=@,+-]+$`)

// quoted is a word as a POSIX shell takes it.
func quoted(word string) string {
	if plain.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
