// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package docs holds the documentation to what it says: its links lead somewhere, its commands exist,
// and what it calls shown is shown.
package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = ".."

var (
	link      = regexp.MustCompile(`\]\(([^)\s\[\\]+)\)`) // no regular expression of the API's reference
	codeBlock = regexp.MustCompile("(?ms)^\\s*```.*?^\\s*```")
	code      = regexp.MustCompile("(?ms)^\\s*```.*?^\\s*```|`[^`\n]+`")
	heading   = regexp.MustCompile(`(?m)^#+ (.+)$`)
	target    = regexp.MustCompile(`(?m)^([a-z0-9-]+):.* ## `)
	makeCall  = regexp.MustCompile("(?m)(?:^|[`|;] ?)make ((?:[a-z][a-z0-9-]*(?:[ `']|$))+)")
	feature   = regexp.MustCompile(`(?m)^\| (F\d\d) \| [^|]+ \| (\w+)[^|]*\| ([^|]*)\|`)
	numbers   = regexp.MustCompile(`\((F\d\d(?:, F\d\d)*)\)`)
)

func TestLinksLeadSomewhere(t *testing.T) {
	for path, text := range pages(t) {
		for _, found := range link.FindAllStringSubmatch(codeBlock.ReplaceAllString(text, ""), -1) {
			file, anchor, _ := strings.Cut(found[1], "#")
			if strings.Contains(file, "://") || strings.HasPrefix(file, "mailto:") {
				continue
			}
			to := path
			if file != "" {
				to = filepath.Join(filepath.Dir(path), file)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: there is no %s", path, found[1])
				continue
			}
			if anchor != "" && !slices.Contains(anchors(t, to), anchor) {
				t.Errorf("%s: %s has no heading %q", path, to, anchor)
			}
		}
	}
}

func TestTargetsOfMakeExist(t *testing.T) {
	var targets []string
	for _, makefile := range []string{"Makefile", "hack/localplane/plane.mk"} {
		for _, found := range target.FindAllStringSubmatch(read(t, filepath.Join(root, makefile)), -1) {
			targets = append(targets, found[1])
		}
	}
	called := 0
	for path, text := range pages(t) {
		for _, call := range makeCall.FindAllStringSubmatch(strings.Join(code.FindAllString(text, -1), "\n"), -1) {
			for name := range strings.FieldsSeq(strings.Trim(call[1], "`' ")) {
				called++
				if !slices.Contains(targets, name) {
					t.Errorf("%s: make %s: the Makefile has no such target with a description", path, name)
				}
			}
		}
	}
	if called < 10 {
		t.Errorf("only %d calls of make found: is this test still looking for them?", called)
	}
}

func TestFeaturesThatAreShownAreTested(t *testing.T) {
	tested := map[string][]string{}
	suites, err := filepath.Glob(filepath.Join(root, "test/e*/*_test.go")) // e2e and edge
	if err != nil {
		t.Fatal(err)
	}
	for _, suite := range suites {
		for _, found := range numbers.FindAllStringSubmatch(read(t, suite), -1) {
			for name := range strings.SplitSeq(found[1], ", ") {
				tested[name] = append(tested[name], filepath.Base(suite))
			}
		}
	}
	for _, row := range feature.FindAllStringSubmatch(read(t, "features.md"), -1) {
		name, state, shownBy := row[1], row[2], row[3]
		if later := state == "later"; later != (tested[name] == nil) {
			t.Errorf("%s is %q, and its tests are %v", name, state, tested[name])
		}
		for _, suite := range slices.Compact(slices.Sorted(slices.Values(tested[name]))) {
			if !strings.Contains(shownBy, suite) {
				t.Errorf("%s does not name %s, which shows it", name, suite)
			}
		}
	}
}

// pages are the texts of all documentation, by path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", "bin", "testdata"}, entry.Name()):
			return filepath.SkipDir
		case filepath.Ext(path) == ".md":
			found[path] = read(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// anchors are what links to the headings of a page end in.
func anchors(t *testing.T, path string) []string {
	t.Helper()
	var made []string
	for _, found := range heading.FindAllStringSubmatch(codeBlock.ReplaceAllString(read(t, path), ""), -1) {
		text := strings.ToLower(strings.TrimSpace(found[1]))
		text = regexp.MustCompile("[^a-z0-9 _-]").ReplaceAllString(text, "")
		made = append(made, strings.ReplaceAll(text, " ", "-"))
	}
	return made
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
