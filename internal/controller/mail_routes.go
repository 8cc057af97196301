// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/brand"
	"github.com/tenantry/tenantry/internal/notify"
	"github.com/tenantry/tenantry/internal/standing"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// MailRoutes say how the mails of tenants look, and through which mail server they go.
type MailRoutes struct {
	// Loader decides which brand a tenant bears, and reads its mail server.
	Loader *tenancy.Loader
	// Servers remembers how partners' mail servers fare.
	Servers *MailServers

	networks notify.Networks
	timeout  time.Duration
	// silent says that the operator has no mail server, and sends no mails.
	silent bool
}

// NewMailRoutes takes from the configuration where partners' mail servers may be.
func NewMailRoutes(config configv1alpha1.SMTP, loader *tenancy.Loader, servers *MailServers) (MailRoutes, error) {
	routes := MailRoutes{Loader: loader, Servers: servers, timeout: min(config.Timeout.Duration, partnerTimeout), silent: config.Address == ""}
	for _, list := range []struct {
		from []string
		into *[]netip.Prefix
	}{{config.Partners.AllowedNetworks, &routes.networks.Allowed}, {config.Partners.DeniedNetworks, &routes.networks.Denied}} {
		for _, text := range list.from {
			network, err := netip.ParsePrefix(text)
			if err != nil {
				return routes, fmt.Errorf("smtp.partners: %w", err)
			}
			*list.into = append(*list.into, network)
		}
	}
	return routes, nil
}

// route is how one tenant's mails look and go.
type route struct {
	brand  notify.Brand
	sender *notify.Sender
	// server is the partner's own that the sender hands mails to; nil for the operator's.
	server *partnerServer
}

// partnerServer is the mail server of a profile, as one version of that and of its Secret have it.
type partnerServer struct {
	profile types.NamespacedName
	version string
}

// String tells the server from every other, and from itself as it was before it was changed.
func (s partnerServer) String() string { return "server/" + s.profile.String() + "@" + s.version }

// find says how mails of a tenant go: through the mail server of its brand, where the profile lies beside the tenant
// and names one, else through the operator's. Where the partner's can't be used, there is no way: mails under
// another's name, that does not know of them, are worse than late ones.
func (r MailRoutes) find(ctx context.Context, tenant *v1alpha1.Tenant, operators *notify.Sender) (route, error) {
	worn, err := r.Loader.BrandOf(ctx, tenant)
	if err != nil || worn.Profile == nil {
		return route{sender: operators}, err
	}
	profile := worn.Profile
	way := route{brand: notify.BrandOf(profile.Spec), sender: operators}
	if profile.Namespace != tenant.Namespace {
		way.brand.AnswersTo = ""
		return way, nil
	}
	if profile.Spec.SMTPSecretRef == nil {
		return way, nil
	}
	sender, server, unusable, err := r.partner(ctx, profile)
	if err == nil && unusable != "" {
		err = fmt.Errorf("the mail server of WhiteLabelProfile %q can't be used: its condition MailServerReady says why", profile.Name)
	}
	way.sender, way.server = sender, &server
	return way, err
}

// partner is the mail server that a profile names, or why it can't be used.
func (r MailRoutes) partner(ctx context.Context, profile *v1alpha1.WhiteLabelProfile) (sender *notify.Sender, server partnerServer, unusable string, err error) {
	name, secret := profile.Spec.SMTPSecretRef.Name, &corev1.Secret{}
	server.profile = client.ObjectKeyFromObject(profile)
	switch err := r.Loader.Secrets.Get(ctx, client.ObjectKey{Namespace: profile.Namespace, Name: name}, secret); {
	case apierrors.IsNotFound(err):
		return nil, server, fmt.Sprintf("spec.smtpSecretRef: there is no Secret %q in namespace %q: make it, of type %s", name, profile.Namespace, v1alpha1.SecretTypeSMTP), nil
	case apierrors.IsForbidden(err):
		return nil, server, "spec.smtpSecretRef: the operator may not read Secrets of mail servers: whoever runs the cluster binds ClusterRole tenantry-manager-mail-servers to it", nil
	case err != nil:
		return nil, server, "", fmt.Errorf("reading Secret %q in namespace %q: %w", name, profile.Namespace, err)
	}
	server.version = fmt.Sprintf("%s/%d/%s/%s", profile.UID, profile.Generation, secret.UID, secret.ResourceVersion)
	read, err := brand.ReadMailServer(secret)
	if err != nil {
		return nil, server, err.Error(), nil //nolint:nilerr // it is the partner's to mend, and said there
	}
	sender, err = notify.NewPartnerSender(notify.PartnerServer{
		Host: read.Host, Port: read.Port, From: string(profile.Spec.EmailFrom), Username: read.Username, Password: read.Password, Roots: read.Roots,
	}, r.networks, r.timeout)
	if err != nil {
		return nil, server, err.Error(), nil //nolint:nilerr // it is the partner's to mend, and said there
	}
	return sender, server, "", nil
}

// seen is what is known of a profile's mail server.
func (r MailRoutes) seen(ctx context.Context, profile *v1alpha1.WhiteLabelProfile) (standing.MailServerSeen, error) {
	if profile.Spec.SMTPSecretRef == nil {
		return standing.MailServerSeen{}, nil
	}
	_, server, unusable, err := r.partner(ctx, profile)
	if err != nil || unusable != "" {
		return standing.MailServerSeen{Unusable: unusable}, err
	}
	failed, tried := r.Servers.of(server)
	return standing.MailServerSeen{Silent: r.silent, Tried: tried, Failed: failed}, nil
}

// MailServers remembers how partners' mail servers fared with the last mail. The zero value remembers nothing. It is
// safe for concurrent use.
type MailServers struct {
	// Wake takes the profiles of which something else is to be said; nobody listens if it is nil.
	Wake chan<- event.GenericEvent

	mu   sync.Mutex
	last map[types.NamespacedName]lastMail
}

// lastMail is how it went.
type lastMail struct{ version, failed string }

// note remembers how a mail went; failed is empty if it went well.
func (m *MailServers) note(server partnerServer, failed string) {
	m.mu.Lock()
	is := lastMail{server.version, failed}
	was, known := m.last[server.profile]
	if m.last == nil {
		m.last = map[types.NamespacedName]lastMail{}
	}
	m.last[server.profile] = is
	m.mu.Unlock()
	if m.Wake == nil || known && was == is {
		return
	}
	profile := &v1alpha1.WhiteLabelProfile{}
	profile.Namespace, profile.Name = server.profile.Namespace, server.profile.Name
	select {
	case m.Wake <- event.GenericEvent{Object: profile}:
	default: // the next look tells
	}
}

// of is why the last mail failed, and whether there was one since the server is as it is.
func (m *MailServers) of(server partnerServer) (failed string, tried bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	last, known := m.last[server.profile]
	if !known || last.version != server.version {
		return "", false
	}
	return last.failed, true
}

// forget drops what is known of a profile that is gone.
func (m *MailServers) forget(profile types.NamespacedName) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.last, profile)
}
