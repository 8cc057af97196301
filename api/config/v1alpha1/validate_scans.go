// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

const (
	maxScanProfiles = 64
	maxScanArgs     = 64
	maxScanArg      = 1024
	maxReportURL    = 1024
)

// What stands for a run in the URL of its report.
const (
	PlaceholderNamespace    = "$(NAMESPACE)"
	PlaceholderNamespaceUID = "$(NAMESPACE_UID)"
	PlaceholderSchedule     = "$(SCHEDULE)"
	PlaceholderRun          = "$(RUN)"
)

// pinnedImage is a registry or name, a path, perhaps a tag, and a SHA-256 digest.
var pinnedImage = regexp.MustCompile(`^[a-z0-9]+([._-]+[a-z0-9]+)*(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?@sha256:[0-9a-f]{64}$`)

func validateScans(s *Scans, most corev1.ResourceList, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	profiles := path.Child("profiles")
	if len(s.Profiles) > maxScanProfiles {
		errs = append(errs, field.TooMany(profiles, len(s.Profiles), maxScanProfiles))
	}
	for _, name := range sortedKeys(s.Profiles) {
		errs = append(errs, messages(name, profiles.Key(name), validation.IsDNS1123Label(name))...)
		errs = append(errs, validateScanProfile(s.Profiles[name], most, profiles.Key(name))...)
	}
	return errs
}

func validateScanProfile(p ScanProfile, most corev1.ResourceList, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	switch image := path.Child("image"); {
	case p.Image == "":
		errs = append(errs, field.Required(image, "name the image with its digest, such as registry.example/scanner@sha256:…"))
	case !pinnedImage.MatchString(p.Image):
		errs = append(errs, field.Invalid(image, p.Image, "must be pinned by its digest, such as registry.example/scanner@sha256:…"))
	}
	errs = append(errs, validateWords(p.Command, path.Child("command"))...)
	errs = append(errs, validateWords(p.Args, path.Child("args"))...)
	limits, requests := path.Child("resources", "limits"), path.Child("resources", "requests")
	errs = append(errs, validateContainerResources(p.Resources.Limits, limits)...)
	errs = append(errs, validateContainerResources(p.Resources.Requests, requests)...)
	errs = append(errs, validateAtMost(p.Resources.Requests, p.Resources.Limits, requests, "limits")...)
	errs = append(errs, validateAtMost(p.Resources.Limits, most, limits, "limitRange.max")...)
	errs = append(errs, validatePeriod(p.Deadline, path.Child("deadline"), time.Minute, 24*time.Hour)...)
	return append(errs, validateReportURL(p.ReportURL, path.Child("reportURL"))...)
}

// validateWords bounds a command line.
func validateWords(words []string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(words) > maxScanArgs {
		errs = append(errs, field.TooMany(path, len(words), maxScanArgs))
	}
	for i, word := range words {
		switch {
		case len(word) > maxScanArg:
			errs = append(errs, field.TooLong(path.Index(i), word, maxScanArg))
		case strings.ContainsRune(word, 0):
			errs = append(errs, field.Invalid(path.Index(i), word, "must hold no NUL, which ends a word"))
		}
	}
	return errs
}

func validateReportURL(report string, path *field.Path) field.ErrorList {
	if report == "" {
		return nil
	}
	if len(report) > maxReportURL {
		return field.ErrorList{field.TooLong(path, report, maxReportURL)}
	}
	plain := strings.NewReplacer(PlaceholderNamespace, "n", PlaceholderNamespaceUID, "u", PlaceholderSchedule, "s", PlaceholderRun, "1").Replace(report)
	parsed, err := url.Parse(plain)
	if err != nil || parsed.Scheme != SchemeHTTPS || parsed.Host == "" || parsed.User != nil || slices.ContainsFunc([]rune(plain), unicode.IsSpace) {
		return field.ErrorList{field.Invalid(path, report, "must be an https URL without a user, such as https://reports.example/$(NAMESPACE_UID)/$(SCHEDULE)/$(RUN)")}
	}
	if strings.Contains(plain, "$(") {
		return field.ErrorList{field.Invalid(path, report, fmt.Sprintf("must have no other placeholders than %s, %s, %s and %s",
			PlaceholderNamespaceUID, PlaceholderNamespace, PlaceholderSchedule, PlaceholderRun))}
	}
	if _, rest, _ := strings.Cut(report, "://"); strings.Contains(strings.SplitN(rest, "/", 2)[0], "$(") {
		return field.ErrorList{field.Invalid(path, report, "must name its host: placeholders belong after it")}
	}
	if plain != report && !strings.Contains(report, PlaceholderNamespaceUID) {
		return field.ErrorList{field.Invalid(path, report, fmt.Sprintf("must name %s too: a later customer of the same name would be led to the reports of the former", PlaceholderNamespaceUID))}
	}
	return nil
}
