package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/rehearse-api/rehearse/features"
	"github.com/rehearse-api/rehearse/fixtures"
	"github.com/rehearse-api/rehearse/harness/project"
)

func (a *app) demoCommand() *cobra.Command {
	var write string
	var r replay
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Replay the lab that comes with rehearse: no file needed",
		Long: `Replay the lab that comes with rehearse, from files embedded in it: an API with
mock templates, a Lambda function with a version and aliases, an API key with a
usage plan, a cache, throttles and CORS.

With --write DIR the lab's files are left in DIR to play with:
    rehearse demo --write lab && cd lab && rehearse test`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if write != "" {
				return a.writeLab(write)
			}
			lab, err := fs.Sub(fixtures.Items, "items")
			if err != nil {
				return err
			}
			p, err := project.OpenFS(lab, project.ConfigName, project.Options{AllowRefused: r.allowRefused})
			if err != nil {
				return err
			}
			defer p.Close()
			if err := a.announce(p, r.allowRefused); err != nil {
				return err
			}
			if len(r.formats) == 0 {
				r.formats = []string{"progress", "html:" + demoReport()}
			}
			return a.replay(cmd.Context(), &r, p, features.FS, []string{"."})
		},
	}
	cmd.Flags().StringVar(&write, "write", "", "leave the lab's files in `DIR` and run nothing")
	r.flags(cmd)
	return cmd
}

// demoReport is where the report of the lab goes: here, or if nothing may be
// written here, with the temporary files.
func demoReport() string {
	const dir = "reports-out"
	if os.MkdirAll(dir, 0o755) == nil {
		if f, err := os.CreateTemp(dir, ".rehearse-*"); err == nil {
			f.Close()
			os.Remove(f.Name())
			return filepath.Join(dir, "demo.html")
		}
	}
	// A name of its own: another person's may stand there.
	f, err := os.CreateTemp("", "rehearse-demo-*.html")
	if err != nil {
		return filepath.Join(os.TempDir(), "rehearse-demo.html")
	}
	f.Close()
	return f.Name()
}

// featuresLine is what rehearse.yaml of the lab says of its features, which
// stand elsewhere in the source than in a written lab.
var featuresLine = regexp.MustCompile(`(?m)^features:.*$`)

// writeLab writes the lab to a folder, over nothing that is there.
func (a *app) writeLab(dir string) error {
	files := map[string][]byte{}
	var order []string
	collect := func(fsys fs.FS, to string) error {
		return fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(fsys, name)
			if name == project.ConfigName {
				data = featuresLine.ReplaceAll(data, []byte("features: [features]"))
			}
			path := filepath.Join(dir, to, filepath.FromSlash(name))
			files[path] = data
			order = append(order, path)
			return err
		})
	}
	lab, err := fs.Sub(fixtures.Items, "items")
	if err != nil {
		return err
	}
	if err := errors.Join(collect(lab, "."), collect(features.FS, "features")); err != nil {
		return err
	}
	return a.writeNew(order, files)
}

// writeNew writes files, in order, over nothing that is there, and says so.
func (a *app) writeNew(order []string, files map[string][]byte) error {
	var taken []string
	for _, name := range order {
		if _, err := os.Lstat(name); err == nil {
			taken = append(taken, name)
		}
	}
	const hint = "choose another folder, or move what is there away"
	switch n := len(taken); {
	case n == 1:
		return usage(hint, "%s is already there", taken[0])
	case n > 1:
		return usage(hint, "%s and %d more files are already there", taken[0], n-1)
	}
	for _, name := range order {
		err := os.MkdirAll(filepath.Dir(name), 0o755)
		if err == nil {
			err = os.WriteFile(name, files[name], 0o644)
		}
		if err != nil {
			return usage("choose a folder you may write to", "can't write %s: %s", name, reason(err))
		}
		fmt.Fprintln(a.stdout, "wrote "+name)
	}
	return nil
}
