// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

func TestAnErrorQuotesNoMoney(t *testing.T) {
	const canary = "7351.87"
	lists := schema.GroupResource{Group: "tenantry.io", Resource: "pricelists"}
	refusal := apierrors.NewInvalid(schema.GroupKind{Group: "tenantry.io", Kind: "PriceList"}, "standard", field.ErrorList{
		field.Invalid(field.NewPath("status", "margin"), canary, "is no amount"),
		field.TooLong(field.NewPath("status", "margin"), canary, 3),
		field.Invalid(field.NewPath("status", "cost"), canary, "is no amount"),
	})
	var unread error
	if err := json.Unmarshal([]byte(`{"units":`+canary+`}`), &v1alpha1.PriceSums{}); err != nil {
		unread = err
	}
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"of a refusal":             {refusal, "the API server refuses it: Invalid (422) for status.cost, status.margin"},
		"of a refusal that quotes": {apierrors.NewForbidden(lists, "standard", errors.New(canary)), "the API server refuses it: Forbidden (403)"},
		"of a conflict":            {apierrors.NewConflict(lists, "standard", errors.New(canary)), "the API server refuses it: Conflict (409)"},
		"of an answer":             {unread, "the answer can't be read: *json.UnmarshalTypeError"},
		"of a connection":          {&url.Error{Op: "Patch", URL: "https://plane/apis", Err: errors.New("EOF")}, `Patch "https://plane/apis": EOF`},
		"of a look that took long": {fmt.Errorf("%s: %w", canary, context.DeadlineExceeded), "context deadline exceeded"},
		"of a manager that ends":   {fmt.Errorf("%s: %w", canary, context.Canceled), "context canceled"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.err == nil {
				t.Fatal("there is no error to begin with")
			}
			got := discreet(fmt.Errorf("writing: %w", test.err))
			if got.Error() != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
			if text := fmt.Sprintf("%+v %#v", got, got); strings.Contains(text, canary) {
				t.Errorf("it quotes: %s", text)
			}
			if apierrors.IsConflict(test.err) != apierrors.IsConflict(got) {
				t.Error("it is another error")
			}
		})
	}
}
