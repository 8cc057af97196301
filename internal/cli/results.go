// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// result is what became of one of several objects.
type result struct {
	before *unstructured.Unstructured
	// object as it is now.
	object *unstructured.Unstructured
	// changed says whether it was written; also of one that then did not become as asked.
	changed bool
	err     error
}

// summary says how many were changed, how many need not be, and how many failed.
func summary(results []result, done, dry string) string {
	var changed, failed int
	for _, one := range results {
		switch {
		case one.err != nil:
			failed++
		case one.changed:
			changed++
		}
	}
	line := fmt.Sprintf("%d of %d tenants %s%s", changed, len(results), done, dry)
	if same := len(results) - changed - failed; same > 0 {
		line += fmt.Sprintf(", %d as they were", same)
	}
	if failed > 0 {
		line += fmt.Sprintf(", %d failed", failed)
	}
	return line + "\n"
}

// changedNames are the names of the objects that were written.
func changedNames(results []result) []string {
	var names []string
	for _, one := range results {
		if one.changed {
			names = append(names, one.before.GetName())
		}
	}
	return names
}

// together is the error of several: with the exit code of all that failed, where that is one, else that of a failure.
func together(results []result, done string) error {
	failed, code := 0, exitOK
	for _, one := range results {
		if one.err == nil {
			continue
		}
		failed++
		if its := codeOf(one.err); code == exitOK || code == its {
			code = its
		} else {
			code = exitFailure
		}
	}
	if failed == 0 {
		return nil
	}
	return &failure{code: code, err: fmt.Errorf("%d of %d tenants were not %s", failed, len(results), done)}
}

// codeOf is the exit code of an error.
func codeOf(err error) int {
	if failed, ok := errors.AsType[*failure](err); ok {
		return failed.code
	}
	return exitFailure
}
