#!/usr/bin/env bash
# Copyright The Tenantry Authors.
# SPDX-License-Identifier: Apache-2.0

# Runs the test targets that it is given, one after the other, on a plane of its own that it
# removes at the end. Every target runs, whatever became of the ones before.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
plane=test
export KUBECONFIG=$PWD/bin/$plane/kubeconfig
localplane=bin/localplane

cleanup() { "$localplane" clean --dir "bin/$plane" >/dev/null; }
trap cleanup EXIT
"$localplane" clean --dir "bin/$plane" >/dev/null
# The quota controller's default of 20 requests a second would be the clock of every test.
"$localplane" up --dir "bin/$plane" --scheduler --set kube-controller-manager.kube-api-qps=1000 --set kube-controller-manager.kube-api-burst=2000
hack/install.sh

passed=() failed=()
for target in "$@"; do
	echo "==> $target"
	started=$SECONDS
	if make --no-print-directory PLANE="$plane" "$target"; then
		passed+=("$target")
		echo "==> $target passed in $((SECONDS - started)) s"
	else
		failed+=("$target")
		echo "==> $target FAILED after $((SECONDS - started)) s"
	fi
done

((${#failed[@]} == 0)) || echo "failed: ${failed[*]}"
echo "${#passed[@]} passed, ${#failed[@]} failed"
((${#failed[@]} == 0))
