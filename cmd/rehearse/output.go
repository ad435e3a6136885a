package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// checkOutput finds out before a run whether its report can be written: name is
// the format, usual what its file is usually called.
func checkOutput(name, file, usual string) error {
	hint := "such as --format " + name + ":" + usual
	if file == "" {
		return usage(hint+", or --format "+name+" for the terminal", "--format %s: names no file", name)
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return usage("such as --format "+name+":"+filepath.Join(file, usual), "can't write the %s report %s: it is a folder", name, file)
	}
	f, err := createBeside(file)
	if err != nil {
		return cannotWrite(name, file, err)
	}
	f.Close()
	return os.Remove(f.Name())
}

// cannotWrite is the error of a report that can't be written.
func cannotWrite(name, file string, err error) error {
	return usage("name a file in a folder you may write to", "can't write the %s report %s: %s", name, file, reason(err))
}

// createBeside makes a temporary file in the folder of name. The folder is made,
// too, where somebody works; one elsewhere must be there, or a slip of the
// fingers makes folders all over the machine.
func createBeside(name string) (*os.File, error) {
	dir := filepath.Dir(name)
	if filepath.IsLocal(dir) {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	}
	return os.CreateTemp(dir, ".rehearse-*")
}

// writeFile writes a file whole or not at all.
func writeFile(name string, write func(io.Writer) error) error {
	f, err := createBeside(name)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(write(f), f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
