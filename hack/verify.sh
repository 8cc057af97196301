#!/usr/bin/env bash
# Copyright The Tenantry Authors.
# SPDX-License-Identifier: Apache-2.0

# Fails when generated files, modules or formatting are not what the tree says. It works on a copy:
# the tree stays as it is.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
	[[ -e $file ]] && printf '%s\0' "$file"
done | xargs -0 cp --parents -t "$copy"

make --no-print-directory bin/controller-gen bin/crd-ref-docs bin/golangci-lint bin/kustomize
mkdir "$copy/bin"
ln -s "$PWD"/bin/{controller-gen,crd-ref-docs,golangci-lint,kustomize} "$copy/bin/"
# Links are as old as what they lead to, and the copy is newer.
touch --no-dereference "$copy"/bin/*

cd "$copy"
touch -r bin/controller-gen hack/tools/go.mod hack/tools/go.sum
git init --quiet && git add --all && git -c user.name=verify -c user.email=verify@localhost commit --quiet --message before
make --no-print-directory generate fmt
for module in . config/argocd hack/localplane hack/nodes hack/tools; do
	(cd "$module" && go mod tidy)
done
bin/kustomize build config/default >built.yaml
go run ./cmd/kubectl-tenant install --image ghcr.io/tenantry/tenantry:latest | diff built.yaml - >&2
rm built.yaml
if [[ -n $(git status --porcelain) ]]; then
	git --no-pager diff --stat
	git --no-pager diff | head -100
	echo "error: the files above are stale; run 'make generate fmt' and 'go mod tidy', and commit what they change." >&2
	exit 1
fi
echo "Generated files, formatting and modules are up to date."
