// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Scans is what ScanSchedules may run.
type Scans struct {
	// profiles that a ScanSchedule may name. Default: none.
	Profiles map[string]ScanProfile `json:"profiles,omitempty"`
}

// ScanProfile is what runs in a tenant's place for a scan: one container, restricted, without the token of a
// ServiceAccount and without any Secret. It finds its targets, one a line, in the file that the environment
// variable TENANTRY_TARGETS names, and reaches what the place's NetworkPolicy leaves open (network.egressCIDRs).
// It runs as a user other than root, with a root file system that it can't write to; /tmp it can.
type ScanProfile struct {
	// image with its digest, such as registry.example/scanner@sha256:…: a tag may mean something else
	// tomorrow. A tag before the digest is for readers alone. Required.
	Image string `json:"image"`
	// command in place of the image's entry point. Default: none, which takes the image's.
	Command []string `json:"command,omitempty"`
	// args of the command. Default: none, which takes the image's.
	Args []string `json:"args,omitempty"`
	// resources of the container. What is given is merged over the defaults.
	Resources ScanResources `json:"resources,omitempty"`
	// deadline is how long a run may take, from its start, retries included, 1m to 24h. Default: 1h.
	Deadline metav1.Duration `json:"deadline,omitempty"`
	// reportURL is where people find the report of a run: an https URL, in which $(NAMESPACE_UID), $(SCHEDULE)
	// and $(RUN) stand for what the container has in TENANTRY_NAMESPACE_UID, TENANTRY_SCHEDULE and TENANTRY_RUN,
	// and $(NAMESPACE) for the name of the tenant's namespace. If it names any of these it must name
	// $(NAMESPACE_UID): names and numbers are given again, to another customer, after a purge. Default: none.
	ReportURL string `json:"reportURL,omitempty"`
}

// ScanResources are the resources of a scan's container: cpu, memory and ephemeral-storage.
type ScanResources struct {
	// requests of the container. Defaults: cpu 100m, memory 128Mi, ephemeral-storage 256Mi.
	Requests corev1.ResourceList `json:"requests,omitempty"`
	// limits of the container, at most limitRange.max.
	// Defaults: cpu 500m, memory 512Mi, ephemeral-storage 1Gi.
	Limits corev1.ResourceList `json:"limits,omitempty"`
}
