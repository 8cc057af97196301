// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package activation

import (
	"bytes"
	"crypto/rand"
	_ "embed"
	"html/template"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/tenantry/tenantry/internal/notify"
)

//go:embed page.html
var pageHTML string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// maxName is the most characters of a name on a page.
const maxName = 254

// kind is what a page is about.
type kind string

// Kinds of pages.
const (
	pageValid   kind = "Valid"
	pageDone    kind = "Done"
	pageUsed    kind = "Used"
	pageExpired kind = "Expired"
	pageUnknown kind = "Unknown"
	pageSlow    kind = "Slow"
	pageBroken  kind = "Broken"
	pageMethod  kind = "Method"
)

// status is the HTTP status of a page.
func (k kind) status() int {
	switch k {
	case pageValid, pageDone:
		return http.StatusOK
	case pageUsed, pageExpired:
		return http.StatusGone
	case pageSlow:
		return http.StatusTooManyRequests
	case pageBroken:
		return http.StatusServiceUnavailable
	case pageMethod:
		return http.StatusMethodNotAllowed
	}
	return http.StatusNotFound
}

// page is what the template sees.
type page struct {
	Kind kind
	// Brand is the tenant's for who has the right link, and the operator's for everybody else.
	Brand notify.Brand
	// Tenant, User and Portal are for who has the right link.
	Tenant, User, Portal string
	// Token goes into the form of pageValid, and nowhere else.
	Token string
	// Nonce lets the page's own style apply, and no other.
	Nonce string
	// Wait is how long to wait before another try.
	Wait time.Duration
}

// pageFor is a page for who has the right link.
func (h *handler) pageFor(k kind, found Invitation) page {
	return page{Kind: k, Brand: found.Brand, Tenant: notify.Line(found.TenantName, maxName), User: notify.Line(found.UserName, maxName), Portal: portal(found.PortalURL)}
}

// portal is the URL if it may be a link.
func portal(raw string) string {
	parsed, err := url.Parse(raw)
	if err != nil || parsed.Scheme != "https" && parsed.Scheme != "http" {
		return ""
	}
	return raw
}

// write sends a page that nobody keeps, frames or learns its URL from.
func (h *handler) write(w http.ResponseWriter, p page) {
	if p.Nonce = rand.Text(); p.Brand == (notify.Brand{}) {
		p.Brand = h.Brand
	}
	p.Brand = p.Brand.Effective()
	var body bytes.Buffer
	if err := pageTemplate.Execute(&body, p); err != nil {
		h.Log.Error(err, "A page of the activation endpoint could not be written", "page", p.Kind)
		http.Error(w, "The page could not be written. Try again later.", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+p.Nonce+"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
	header.Set("X-Robots-Tag", "noindex, nofollow")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	if p.Wait > 0 {
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(p.Wait.Seconds()))))
	}
	w.WriteHeader(p.Kind.status())
	// Who no longer listens needs no page.
	_, _ = w.Write(body.Bytes())
}
