// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"errors"
	"fmt"
	"time"
)

// Content is what a mail says: an Invitation, an ExpiryWarning, a PortalOpened, a UsageReached or a
// TrialEnding.
type Content interface {
	// view checks what the mail is made of and makes it fit for a template.
	view() (view, error)
}

// Invitation tells somebody that they are let in, and how.
type Invitation struct {
	// TenantName is the company's name, for people.
	TenantName string
	// UserName is the name that the cluster's authentication gives them.
	UserName string
	// Role is what they may do at most.
	Role string
	// PortalURL is where they go. Default: none, and the mail says nothing of it.
	PortalURL string
	// ActivationURL is the link that works once, with its token. Default: none.
	ActivationURL string
	// LinkExpiresAt is when that link ends; needed with ActivationURL.
	LinkExpiresAt time.Time
	// AccessExpiresAt is when the access ends. Default: never.
	AccessExpiresAt time.Time
}

// ExpiryWarning tells somebody that their access is about to end.
type ExpiryWarning struct {
	// TenantName, UserName and Role are as in an Invitation.
	TenantName, UserName, Role string
	// Days until then: 30, 7 or 1.
	Days int
	// ExpiresAt is when the access ends.
	ExpiresAt time.Time
}

// PortalOpened tells a tenant's contact where its portal is.
type PortalOpened struct {
	// TenantName is the company's name, for people.
	TenantName string
	// PortalURL is where it is.
	PortalURL string
}

// view is what the templates see: every string is one line, and every URL was checked.
type view struct {
	Template string
	Subject  string

	Tenant, User, Role       string
	Portal, Activation       string
	LinkExpires, Expires, In string

	Name, Namespace string
	Plan, Next      string
	Counted, Month  string
	Percent         int32
	All             bool

	Brand Brand
}

var errNoTenant = errors.New("the mail names no tenant: set its display name or name")

func (i Invitation) view() (view, error) {
	v := view{Template: "invitation", Tenant: Line(i.TenantName, maxName), User: Line(i.UserName, maxAddress), Role: Line(i.Role, maxName)}
	if v.Tenant == "" {
		return view{}, errNoTenant
	}
	v.Subject = "You are invited to " + v.Tenant
	var err error
	if i.PortalURL != "" {
		if v.Portal, err = link(i.PortalURL); err != nil {
			return view{}, fmt.Errorf("the portal's address: %w", err)
		}
	}
	if i.ActivationURL != "" {
		if v.Activation, err = secretLink(i.ActivationURL); err != nil {
			return view{}, err
		}
		v.LinkExpires = moment(i.LinkExpiresAt)
	}
	if !i.AccessExpiresAt.IsZero() {
		v.Expires = moment(i.AccessExpiresAt)
	}
	return v, nil
}

func (w ExpiryWarning) view() (view, error) {
	v := view{Template: "expiry", Tenant: Line(w.TenantName, maxName), User: Line(w.UserName, maxAddress), Role: Line(w.Role, maxName), Expires: moment(w.ExpiresAt)}
	switch {
	case v.Tenant == "":
		return view{}, errNoTenant
	case w.Days < 1 || w.ExpiresAt.IsZero():
		return view{}, errors.New("the warning says no time: set the days and the moment when the access ends")
	case w.Days == 1:
		v.In = "in 1 day"
	default:
		v.In = fmt.Sprintf("in %d days", w.Days)
	}
	v.Subject = fmt.Sprintf("Your access to %s ends %s", v.Tenant, v.In)
	return v, nil
}

func (p PortalOpened) view() (view, error) {
	v := view{Template: "portal", Tenant: Line(p.TenantName, maxName)}
	if v.Tenant == "" {
		return view{}, errNoTenant
	}
	var err error
	if v.Portal, err = link(p.PortalURL); err != nil {
		return view{}, fmt.Errorf("the portal's address: %w", err)
	}
	v.Subject = "The portal of " + v.Tenant + " is open"
	return v, nil
}

// moment is a time for people anywhere.
func moment(t time.Time) string {
	return t.UTC().Format("2 January 2006, 15:04 UTC")
}
