// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// buildLog takes the output of `go build -v`, counts what is routine and keeps the rest.
type buildLog struct {
	mutex      sync.Mutex
	partial    []byte
	downloaded int
	compiled   int
	last       string
	kept       []string
}

// importPath matches the lines by which -v names the packages that are being compiled.
var importPath = regexp.MustCompile(`^[\w.~+/-]+$`)

func (l *buildLog) Write(data []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.partial = append(l.partial, data...)
	for {
		line, rest, found := bytes.Cut(l.partial, []byte("\n"))
		if !found {
			return len(data), nil
		}
		l.take(string(line))
		l.partial = bytes.Clone(rest)
	}
}

func (l *buildLog) take(line string) {
	switch {
	case strings.HasPrefix(line, "go: downloading "):
		l.downloaded++
		l.last = strings.TrimPrefix(line, "go: ")
	case importPath.MatchString(line):
		l.compiled++
		l.last = line
	default:
		l.kept = append(l.kept, line)
	}
}

func (l *buildLog) progress() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return fmt.Sprintf("%d modules downloaded, %d packages compiled, now %s", l.downloaded, l.compiled, l.last)
}

// messages returns what is not routine: the errors.
func (l *buildLog) messages() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return strings.Join(append(l.kept, string(l.partial)), "\n")
}
