// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

// claimState is which place a host is claimed for as of a version.
type claimState struct {
	version uint64
	// place is empty once the claim is gone.
	place string
	// missed says that changes just before it were missed.
	missed bool
	// list is the number of the list since which it was seen.
	list int
}

// routing of a host into a place, by the operator, from one version to another.
type routing struct {
	host  string
	route client.ObjectKey
	since uint64
	// until is 0 while it is routed.
	until uint64
}

func (w *Invariants) observeClaim(claim *corev1.ConfigMap, initial, gone bool) {
	if claim.Namespace != desired.ClaimNamespace {
		return
	}
	state := claimState{version: version(claim), place: claim.Data[desired.ClaimPlace], list: w.claimLists}
	if gone {
		state.place = ""
	}
	if initial {
		state.list = 0
	}
	states := w.claims[claim.Name]
	state.missed = len(states) == 0 && state.list > 0 || len(states) > 0 && state.list > states[len(states)-1].list
	w.claims[claim.Name] = append(states, state)
}

// observeRouting follows the hosts that the operator routes. What somebody else writes into an
// Ingress is not the operator's doing.
func (w *Invariants) observeRouting(ingress *networkingv1.Ingress, initial, gone bool) {
	key, now := client.ObjectKeyFromObject(ingress), version(ingress)
	routed := map[string]bool{}
	if !gone && byOperator(ingress) {
		for _, rule := range ingress.Spec.Rules {
			routed[rule.Host] = true
		}
	}
	for i := range w.routings {
		open := &w.routings[i]
		if open.route != key || open.until != 0 {
			continue
		}
		if routed[open.host] {
			delete(routed, open.host)
			continue
		}
		open.until = now
	}
	for host := range routed {
		if !initial {
			w.routings = append(w.routings, routing{host: host, route: key, since: now})
		}
	}
}

// byOperator says whether the operator wrote an Ingress's rules.
func byOperator(ingress *networkingv1.Ingress) bool {
	return slices.ContainsFunc(ingress.ManagedFields, func(entry metav1.ManagedFieldsEntry) bool {
		var fields struct {
			Spec map[string]json.RawMessage `json:"f:spec"`
		}
		if entry.Manager != v1alpha1.FieldManager || entry.FieldsV1 == nil || json.Unmarshal(entry.FieldsV1.GetRawBytes(), &fields) != nil {
			return false
		}
		_, rules := fields.Spec["f:rules"]
		return rules
	})
}

// judgeRoutings finds the routes whose hosts were not claimed for their places when they were made, and
// those that stayed when another place got the host. A claim that goes for a while is no violation:
// whoever may override may delete it.
func (w *Invariants) judgeRoutings() []string {
	var found []string
	for _, routing := range w.routings {
		place, known := w.claimedAt(routing.host, routing.since)
		if known && place != routing.route.Namespace {
			found = append(found, fmt.Sprintf("host %s was routed by Ingress %s while it was claimed for %q", routing.host, routing.route, place))
		}
		for _, state := range w.claims[routing.host] {
			within := state.version > routing.since && (routing.until == 0 || state.version < routing.until)
			if within && state.place != "" && state.place != routing.route.Namespace {
				found = append(found, fmt.Sprintf("host %s was claimed for %q while Ingress %s routed it", routing.host, state.place, routing.route))
			}
		}
	}
	return found
}

// claimedAt is the place that a host was claimed for at a version, empty if for none, and whether that
// is known: changes may have been missed.
func (w *Invariants) claimedAt(host string, at uint64) (place string, known bool) {
	known = true
	for _, state := range w.claims[host] {
		if state.version > at {
			return place, known && !state.missed
		}
		place, known = state.place, state.place != "" || !state.missed
	}
	return place, known
}
