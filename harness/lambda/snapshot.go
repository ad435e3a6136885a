package lambda

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// notCode are folders that are not part of a function's code.
var notCode = map[string]bool{".git": true, "__pycache__": true}

// snapshot copies a folder of code, so that a published version stays what it
// is when the folder changes. A folder that has not changed is copied once.
func (h *Host) snapshot(dir string) (string, error) {
	root := h.path(dir)
	sum := sha256.New()
	io.WriteString(sum, root)
	err := walkCode(root, func(name string, d fs.DirEntry) error {
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(sum, name, info.Size(), info.ModTime().UnixNano(), info.Mode())
		return nil
	})
	if err != nil {
		return "", err
	}
	temp, err := h.tempDir()
	if err != nil {
		return "", err
	}
	target := filepath.Join(temp, "version-"+hex.EncodeToString(sum.Sum(nil)[:8]))
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, err := os.Stat(target); err == nil {
		return target, nil
	}
	partial := target + ".partial"
	if err := os.RemoveAll(partial); err != nil {
		return "", err
	}
	if err := os.MkdirAll(partial, 0o755); err != nil {
		return "", err
	}
	err = walkCode(root, func(name string, d fs.DirEntry) error {
		return copyEntry(filepath.Join(root, name), filepath.Join(partial, name), root, d)
	})
	if err != nil {
		return "", err
	}
	return target, os.Rename(partial, target)
}

// walkCode calls visit for what is below root, by names relative to it.
func walkCode(root string, visit func(name string, d fs.DirEntry) error) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && notCode[d.Name()] {
			return filepath.SkipDir
		}
		name, err := filepath.Rel(root, path)
		if err != nil || name == "." {
			return err
		}
		return visit(name, d)
	})
}

func copyEntry(from, to string, root string, d fs.DirEntry) error {
	info, err := d.Info()
	switch {
	case err != nil:
		return err
	case d.IsDir():
		return os.MkdirAll(to, 0o755)
	case d.Type()&fs.ModeSymlink != 0:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		if abs := filepath.Join(filepath.Dir(from), target); !filepath.IsAbs(target) && !within(abs, root) {
			target = abs
		}
		return os.Symlink(target, to)
	case !info.Mode().IsRegular():
		return nil // a socket or the like is no code
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, info.Mode().Perm())
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

// within reports whether path is dir or in it.
func within(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, string(filepath.Separator))+string(filepath.Separator))
}
