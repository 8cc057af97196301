// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"maps"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Labels and annotations of what syncs carry and make.
const (
	syncMark     = "tenantry.io/sync"
	syncedBy     = "tenantry.io/synced-by"
	syncedFrom   = "tenantry.io/synced-from"
	syncedDigest = "tenantry.io/synced-digest"
	takenOver    = "tenantry.io/taken-over"
)

// household is a partner's place with those of two of its customers, and who is there.
type household struct {
	// partner, master and customer are namespaces: the partner's, of a customer whom things are copied from, and of one
	// whom they are copied to.
	partner, master, customer string
	// publisher is an Admin among the partner's staff, and temporary one for a while.
	publisher, temporary client.Client
	// partnerEditor, partnerViewer and partnerReporter are of the staff too.
	partnerEditor, partnerViewer, partnerReporter client.Client
	// masterOwner and masterEditor are the master's own people, and technician was delegated to it.
	masterOwner, masterEditor, technician client.Client
	// customerOwner is of the customer's own people.
	customerOwner client.Client
	// stranger is an Owner of another partner, who has every common right in the whole cluster besides.
	stranger client.Client
}

// newHousehold makes one that goes when the spec ends. Who is in it may what they may when it returns.
func newHousehold(ctx SpecContext) household {
	GinkgoHelper()
	var h household
	h.partner = placeOf(ctx, "acme", "platform", map[string]string{v1alpha1.LabelPartner: "true"})
	h.master = placeOf(ctx, "golden", h.partner, nil)
	h.customer = placeOf(ctx, "cybercorp", h.partner, nil)
	other := placeOf(ctx, "globex", "platform", map[string]string{v1alpha1.LabelPartner: "true"})

	staff := func(role, inCustomers string) client.Client {
		name := bound(ctx, h.partner, role)
		for _, namespace := range []string{h.master, h.customer} {
			if inCustomers != "" {
				bind(ctx, namespace, inCustomers, name)
				await(ctx, name, namespace, "create configmaps")
			}
		}
		await(ctx, name, h.partner, "list tenants.tenantry.io")
		return As(name)
	}
	h.publisher, h.temporary = staff("partner-admin", "owner"), staff("partner-limited-admin", "limited-owner")
	h.partnerEditor, h.partnerViewer, h.partnerReporter = staff("partner-editor", ""), staff("partner-viewer", ""), staff("partner-reporter", "")
	local := func(namespace, role string) client.Client {
		name := bound(ctx, namespace, role)
		await(ctx, name, namespace, "create configmaps")
		return As(name)
	}
	h.masterOwner, h.masterEditor, h.technician = local(h.master, "owner"), local(h.master, "editor"), local(h.master, "limited-admin")
	h.customerOwner = local(h.customer, "owner")
	stranger := bound(ctx, other, "partner-owner")
	empower(ctx, stranger, everything)
	h.stranger = As(stranger)
	return h
}

// placeOf makes the place of a tenant, with more labels, and lets it go when the spec ends.
func placeOf(ctx SpecContext, name, parent string, more map[string]string) string {
	GinkgoHelper()
	return place(ctx, func(ns *corev1.Namespace) {
		ns.Labels[v1alpha1.LabelTenant], ns.Labels[v1alpha1.LabelParent] = name, parent
		maps.Copy(ns.Labels, more)
	}).Name
}

// await waits until RBAC lets user do what said says.
func await(ctx SpecContext, user, namespace, said string) {
	GinkgoHelper()
	Eventually(may).WithContext(ctx).WithTimeout(eventualTimeout).WithArguments(user, right(said, namespace)).Should(BeTrue(), said)
}

// configMap is one of a tenant's own, and markedConfigMap one that syncs carry.
func configMap(namespace, name string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Data: map[string]string{"a": "b"}}
}

func markedConfigMap(namespace, name string) *corev1.ConfigMap {
	made := configMap(namespace, name)
	made.Labels = map[string]string{syncMark: "content"}
	return made
}

// copyOf is a ConfigMap as the operator copies it into the place of a tenant.
func copyOf(namespace, name, tenant, parent string) *corev1.ConfigMap {
	made := configMap(namespace, name)
	made.Labels = copyLabels(tenant, parent)
	made.Annotations = map[string]string{syncedFrom: parent, syncedDigest: hash}
	return made
}

// copyLabels are the labels of a copy.
func copyLabels(tenant, parent string) map[string]string {
	return map[string]string{v1alpha1.LabelManaged: "true", v1alpha1.LabelTenant: tenant, v1alpha1.LabelParent: parent, syncedBy: "baseline"}
}
