// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Command genroles writes the reference of the roles, who may do what to which resource, to the file that it is
// given, from the ClusterRoles in the directory that it is given.
package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"text/template"

	"github.com/tenantry/tenantry/internal/rights"
)

//go:embed roles.md.tmpl
var page string

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: genroles DIRECTORY FILE")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func write(directory, file string) error {
	roles, err := rights.Read(os.DirFS(directory), ".")
	if err != nil {
		return err
	}
	if err := complete(roles); err != nil {
		return err
	}
	rules, err := rights.Aggregate(roles)
	if err != nil {
		return err
	}
	text, err := template.New("roles").Parse(page)
	if err != nil {
		return err
	}
	var written bytes.Buffer
	err = text.Execute(&written, map[string]string{"Customer": table(customersPlace, rules), "Partner": table(partnersPlace, rules)})
	if err != nil {
		return err
	}
	return os.WriteFile(file, written.Bytes(), 0o644)
}
