// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tenantry/tenantry/internal/cli/files"
)

// objectFiles are the endings of files in a directory that are read.
var objectFiles = []string{".yaml", ".yml", ".json"}

// readDocuments reads a file, all files of a directory and those below, or standard input for -. Hidden ones are somebody else's.
func readDocuments(in io.Reader, path string) ([]files.Document, error) {
	info, err := os.Stat(path)
	if path == "-" || err == nil && !info.IsDir() {
		return readFile(in, path)
	}
	if err != nil {
		return nil, err
	}
	var documents []files.Document
	err = filepath.WalkDir(path, func(below string, entry fs.DirEntry, err error) error {
		hidden := strings.HasPrefix(entry.Name(), ".") && below != path
		switch {
		case err != nil:
			return err
		case hidden && entry.IsDir():
			return fs.SkipDir
		case hidden, entry.IsDir(), !slices.Contains(objectFiles, filepath.Ext(below)):
			return nil
		}
		read, err := readFile(in, below)
		documents = append(documents, read...)
		return err
	})
	return documents, err
}

func readFile(in io.Reader, path string) ([]files.Document, error) {
	data, err := readManifest(in, path)
	if err != nil {
		return nil, err
	}
	if path == "-" {
		path = "standard input"
	}
	return files.Parse(path, data)
}
