// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tenantry/tenantry/internal/cli/files"
)

// namedAtMost is how many files are named where there may be many.
const namedAtMost = 10

// folder is a directory, and files that are to be in it.
type folder struct {
	path  string
	files []files.File
}

// writeFolders writes the files that do not say so already, and none where one says something else, unless it is forced to. Names come
// from a cluster: none of them leads out of its folder, by a symbolic link either.
func writeFolders(folders []folder, force bool) (written []string, same int, err error) {
	var differ []string
	wanted := make([]folder, 0, len(folders))
	for _, one := range folders {
		missing, others, err := one.compare()
		if err != nil {
			return nil, 0, err
		}
		differ = append(differ, others...)
		same += len(one.files) - len(missing)
		wanted = append(wanted, folder{path: one.path, files: missing})
	}
	if len(differ) > 0 && !force {
		return nil, same, &failure{code: exitConflict, err: fmt.Errorf("nothing was written: %s would be written over; say --force, or another directory", someOf(differ))}
	}
	for _, one := range wanted {
		paths, err := one.write()
		written = append(written, paths...)
		if err != nil {
			return written, same, err
		}
	}
	return written, same, nil
}

// compare the folder with its files: those that are to be written, and of these the paths of those that would be written over.
func (f folder) compare() (missing []files.File, differ []string, err error) {
	root, err := os.OpenRoot(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return f.files, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer root.Close()
	for _, file := range f.files {
		present, err := root.ReadFile(filepath.FromSlash(file.Path))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, file)
		case err != nil:
			return nil, nil, err
		case !bytes.Equal(present, file.Data):
			missing = append(missing, file)
			differ = append(differ, filepath.Join(f.path, filepath.FromSlash(file.Path)))
		}
	}
	return missing, differ, nil
}

// strangers are the paths of the other files where those of the folder lie, and beside: what they are of may be gone.
func (f folder) strangers() ([]string, error) {
	ours, tops := map[string]bool{}, map[string]bool{}
	for _, file := range f.files {
		top, _, _ := strings.Cut(file.Path, "/")
		ours[file.Path], tops[top] = true, true
	}
	root, err := os.OpenRoot(f.path)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var others []string
	for _, top := range slices.Sorted(maps.Keys(tops)) {
		err := fs.WalkDir(root.FS(), top, func(name string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && !ours[name] {
				others = append(others, filepath.Join(f.path, filepath.FromSlash(name)))
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return others, nil
}

// write the files, each whole or not at all, and return their paths.
func (f folder) write() (written []string, err error) {
	if len(f.files) == 0 {
		return nil, nil
	}
	if err := os.MkdirAll(f.path, 0o755); err != nil { //nolint:gosec // what belongs in Git is no secret
		return nil, err
	}
	root, err := os.OpenRoot(f.path)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	for _, file := range f.files {
		path := filepath.FromSlash(file.Path)
		half := path + ".tmp"
		if err := root.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return written, err
		}
		if err := root.WriteFile(half, file.Data, 0o644); err != nil {
			return written, err
		}
		if err := root.Rename(half, path); err != nil {
			return written, errors.Join(err, root.Remove(half))
		}
		written = append(written, filepath.Join(f.path, path))
	}
	return written, nil
}

// someOf names some of many.
func someOf(names []string) string {
	if more := len(names) - namedAtMost; more > 0 {
		return strings.Join(names[:namedAtMost], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, ", ")
}
