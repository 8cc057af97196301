// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
)

// logLimit is the size in bytes from which a log is put aside when its component starts anew.
const logLimit = 16 << 20

// openLog opens a log to append to and returns where the new run begins in it.
func openLog(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > logLimit {
		err = os.Rename(path, path+".1")
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, 0, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, 0, err
	}
	start, err := file.Seek(0, io.SeekEnd)
	return file, start, err
}

// logTail returns at most the given number of lines written after start: those from where the
// program panicked, as the end of a stack says little, or else the last ones.
func logTail(path string, start int64, lines int) string {
	const enough = 64 << 10
	file, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil {
		start = max(start, info.Size()-enough)
	}
	data, err := io.ReadAll(io.NewSectionReader(file, start, 2*enough))
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	for i, line := range all {
		if strings.HasPrefix(line, "panic: ") {
			return strings.Join(all[i:min(len(all), i+lines)], "\n")
		}
	}
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
