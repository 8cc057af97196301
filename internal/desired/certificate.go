// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cmmeta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/internal/apply"
)

// certificate asks cert-manager for the custom host's certificate, where the tenant names an issuer.
// It stays while the tenant is closed, so that a resume finds it.
func certificate(in Inputs) *apply.Intent {
	if in.Custom == nil || !in.Custom.Claim.Held || in.Tenant.Spec.Domain.Custom.IssuerRef == nil {
		return nil
	}
	custom := in.Tenant.Spec.Domain.Custom
	return &apply.Intent{
		Object: &certmanagerv1.Certificate{
			ObjectMeta: objectMeta(in, PortalName),
			Spec: certmanagerv1.CertificateSpec{
				SecretName: IssuedSecretName,
				DNSNames:   []string{string(custom.Host)},
				IssuerRef:  cmmeta.IssuerReference{Name: custom.IssuerRef.Name, Kind: custom.IssuerRef.Kind, Group: custom.IssuerRef.Group},
				Usages:     []certmanagerv1.KeyUsage{certmanagerv1.UsageDigitalSignature, certmanagerv1.UsageServerAuth},
				PrivateKey: &certmanagerv1.CertificatePrivateKey{RotationPolicy: certmanagerv1.RotationPolicyAlways},
			},
		},
		// cert-manager's webhook, where it runs, fills these in.
		ServerFields: [][]string{{"spec", "revisionHistoryLimit"}, {"spec", "duration"}, {"spec", "renewBefore"}},
	}
}
