// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package activation_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tenantry/tenantry/internal/activation"
)

func FuzzPagesStayPages(f *testing.F) {
	f.Add("CyberCorp", "jdoe", "https://portal.example.com")
	f.Add("<script>", `"><img src=x>`, "javascript:alert(1)")
	f.Add("</title></style>", "\x00\r\n", "https://a\"onclick=b")
	f.Fuzz(func(t *testing.T, tenant, user, portal string) {
		e := start(t, nil)
		invitation := e.invitations[invited]
		invitation.TenantName, invitation.UserName, invitation.PortalURL = tenant, user, portal
		e.invitations[invited] = invitation
		for _, answer := range []*httptest.ResponseRecorder{
			e.request(http.MethodGet, e.token, here), e.request(http.MethodPost, e.token, here), e.request(http.MethodPost, e.token, here),
		} {
			body := answer.Body.String()
			for element, most := range map[string]int{"<script": 0, "<img": 0, "<style": 1, "<form": 1, "<input": 1, "<a href": 1, "javascript:": strings.Count(tenant+user, "javascript:")} {
				if count := strings.Count(body, element); count > most {
					t.Errorf("%d times %s:\n%s", count, element, body)
				}
			}
		}
	})
}

func FuzzTokensOfOthersAreUnknown(f *testing.F) {
	f.Add("")
	f.Add(string(invited) + "." + strings.Repeat("A", 43))
	f.Add("%00&token=")
	f.Fuzz(func(t *testing.T, token string) {
		e := start(t, nil)
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if answer := e.request(method, token, here); answer.Code != http.StatusNotFound {
				t.Errorf("%s: %d", method, answer.Code)
			}
		}
		if !e.state().UsedAt.IsZero() {
			t.Error("taken up")
		}
	})
}

var _ activation.Store = (*memory)(nil)
