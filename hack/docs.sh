#!/usr/bin/env bash
# Copyright The Tenantry Authors.
# SPDX-License-Identifier: Apache-2.0

# Generates the references of docs/reference: of the API, the configuration file, the plugin and the roles.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

reference() { # SOURCE OUTPUT
	bin/crd-ref-docs --log-level=ERROR --config=hack/crd-ref-docs/config.yaml --renderer=markdown \
		--source-path="$1" --output-path="$2"
}

reference api/v1alpha1 docs/reference/api.md
reference api/config/v1alpha1 docs/reference/configuration.md
# Defaults that lie in somebody's home directory are written as such.
go build -o bin/gendocs ./hack/gendocs
HOME='~' bin/gendocs docs/reference/plugin
go run ./hack/genroles config/rbac/roles docs/reference/roles.md
