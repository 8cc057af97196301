// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var pinned = "registry.example/scanner@sha256:" + strings.Repeat("0a", 32)

// profiled changes the one profile of a configuration, with its defaults.
func profiled(change func(*ScanProfile)) func(*Configuration) {
	return func(c *Configuration) {
		c.Scans.Profiles = map[string]ScanProfile{"quick": {Image: pinned}}
		SetDefaults(c)
		profile := c.Scans.Profiles["quick"]
		change(&profile)
		c.Scans.Profiles["quick"] = profile
	}
}

func TestProfilesMayBe(t *testing.T) {
	for name, change := range map[string]func(*ScanProfile){
		"an image and nothing else": func(*ScanProfile) {},
		"an image with a port and a tag": func(p *ScanProfile) {
			p.Image = strings.Replace(pinned, "example/scanner", "example:5000/a/b_c:v1.2", 1)
		},
		"a command line": func(p *ScanProfile) { p.Command, p.Args = []string{"/scan"}, []string{"--all", ""} },
		"a report of its own for each run": func(p *ScanProfile) {
			p.ReportURL = "https://reports.example/$(NAMESPACE)/$(NAMESPACE_UID)/$(SCHEDULE)?run=$(RUN)"
		},
		"one page for all reports":              func(p *ScanProfile) { p.ReportURL = "https://reports.example/" },
		"as much as it may have":                func(p *ScanProfile) { p.Deadline = metav1.Duration{Duration: 24 * time.Hour} },
		"requests that are as high as the most": func(p *ScanProfile) { p.Resources.Requests["cpu"] = resource.MustParse("500m") },
	} {
		t.Run(name, func(t *testing.T) {
			c := defaulted()
			profiled(change)(c)
			if errs := Validate(c); len(errs) > 0 {
				t.Error(errs.ToAggregate())
			}
		})
	}
}

func TestProfilesMustNotBe(t *testing.T) {
	image := func(image string) func(*Configuration) { return profiled(func(p *ScanProfile) { p.Image = image }) }
	report := func(report string) func(*Configuration) {
		return profiled(func(p *ScanProfile) { p.ReportURL = report })
	}
	const path = "scans.profiles[quick]."
	checkRefusals(t, []refusal{
		{"of no image", image(""), path + "image", "with its digest"},
		{"of an image by its tag", image("registry.example/scanner:v1"), path + "image", "pinned by its digest"},
		{"of an image by another digest", image("registry.example/scanner@md5:00"), path + "image", "pinned by its digest"},
		{"of an image by half a digest", image(pinned[:len(pinned)-1]), path + "image", "pinned by its digest"},
		{"of an image with more behind its digest", image(pinned + "\n"), path + "image", "pinned by its digest"},
		{"of a digest alone", image(strings.TrimPrefix(pinned, "registry.example/scanner")), path + "image", "pinned by its digest"},
		{"of an image with a scheme", image("https://" + pinned), path + "image", "pinned by its digest"},
		{"a word with a NUL", profiled(func(p *ScanProfile) { p.Args = []string{"a", "b\x00"} }), path + "args[1]", "no NUL"},
		{"a word that is too long", profiled(func(p *ScanProfile) { p.Command = []string{strings.Repeat("a", 1025)} }), path + "command[0]", "1024"},
		{"too many words", profiled(func(p *ScanProfile) { p.Args = make([]string, 65) }), path + "args", "at most 64 items"},
		{"an unknown resource", profiled(func(p *ScanProfile) { p.Resources.Limits["nvidia.com/gpu"] = resource.MustParse("1") }), path + "resources.limits[nvidia.com/gpu]", "supported values"},
		{"a limit that is taken away", profiled(func(p *ScanProfile) {
			p.Resources.Limits["memory"], p.Resources.Requests["memory"] = resource.Quantity{}, resource.MustParse("0")
		}), path + "resources.limits[memory]", "not taken away"},
		{"requests above the limits", profiled(func(p *ScanProfile) { p.Resources.Requests["cpu"] = resource.MustParse("2") }), path + "resources.requests[cpu]", "at most the 500m of limits"},
		{"limits above what a container may have", func(c *Configuration) {
			profiled(func(p *ScanProfile) { p.Resources.Limits["cpu"] = resource.MustParse("3") })(c)
			c.LimitRange.Max = corev1.ResourceList{"cpu": resource.MustParse("2")}
		}, path + "resources.limits[cpu]", "raise limitRange.max"},
		{"over at once", profiled(func(p *ScanProfile) { p.Deadline.Duration = time.Second }), path + "deadline", "from 1m0s"},
		{"without an end", profiled(func(p *ScanProfile) { p.Deadline.Duration = 25 * time.Hour }), path + "deadline", "to 24h0m0s"},
		{"a report that anybody on the way reads", report("http://reports.example/"), path + "reportURL", "https URL"},
		{"a report that runs a script", report("javascript:alert(1)"), path + "reportURL", "https URL"},
		{"a report with a password", report("https://a:b@reports.example/"), path + "reportURL", "without a user"},
		{"a report by an unknown placeholder", report("https://reports.example/$(TOKEN)"), path + "reportURL", "no other placeholders"},
		{"a report that a later customer of the name finds", report("https://reports.example/$(NAMESPACE)/$(SCHEDULE)/$(RUN)"), path + "reportURL", "must name $(NAMESPACE_UID)"},
		{"a report on whichever host", report("https://$(SCHEDULE).example/"), path + "reportURL", "must name its host"},
		{"a report with a space", report("https://reports.example/a b"), path + "reportURL", "https URL"},
		{"by a name that is none", func(c *Configuration) {
			profiled(func(*ScanProfile) {})(c)
			c.Scans.Profiles["Web_Quick"] = c.Scans.Profiles["quick"]
		}, "scans.profiles[Web_Quick]", "lower case"},
		{"too many", func(c *Configuration) {
			profiled(func(*ScanProfile) {})(c)
			for i := range 64 {
				c.Scans.Profiles[fmt.Sprint("p", i)] = c.Scans.Profiles["quick"]
			}
		}, "scans.profiles", "must have at most 64 items"},
	})
}

func TestAProfilesResourcesAreMergedOverTheDefaults(t *testing.T) {
	c := defaulted()
	c.Scans.Profiles = map[string]ScanProfile{"large": {Image: pinned, Resources: ScanResources{Limits: corev1.ResourceList{"cpu": resource.MustParse("2")}}}}
	SetDefaults(c)
	got := c.Scans.Profiles["large"]
	if cpu, memory := got.Resources.Limits["cpu"], got.Resources.Limits["memory"]; cpu.String() != "2" || memory.String() != "512Mi" || len(got.Resources.Requests) != 3 {
		t.Errorf("%+v", got.Resources)
	}
	if got.Deadline.Duration != time.Hour {
		t.Errorf("the deadline is %s", got.Deadline.Duration)
	}
}
