package project

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/harness/lambda"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// checkReferences finds the names of rehearse.yaml that lead nowhere, and what
// can't be true together. It fills in what may be left out: the API of a plan's
// stage where there is one API.
func (c *checker) checkReferences(cfg *Config, files fileSystem) {
	c.checkAPIs(cfg)
	c.checkPlans(cfg)
	for i := range cfg.Functions {
		c.checkFunction(&cfg.Functions[i], files)
	}
	c.checkBackends(cfg)
	for i, name := range cfg.Features {
		if files.outside(name) {
			continue // embedded: its features are embedded elsewhere
		}
		if _, err := files.stat(name); err != nil {
			c.add(cfg.featurePos[i], pathHint(files, name, err), "can't open features %s", name)
		}
	}
}

func (c *checker) unknown(at nameAt, kind string, names []string, in string) {
	c.add(at.Pos, suggestion(at.Name, kind, names), "%s: there is no %s %q", in, kind, at.Name)
}

// suggestion is the hint for a name that leads nowhere.
func suggestion(name, kind string, names []string) string {
	if near := source.Nearest(name, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(names) == 0 {
		return "there is no " + kind + " at all"
	}
	const most = 8
	if len(names) > most {
		names = append(slices.Clone(names[:most]), "...")
	}
	return "there is " + strings.Join(names, ", ")
}

func (c *checker) checkAPIs(cfg *Config) {
	byID := map[string]string{}
	for _, a := range cfg.APIs {
		if other, ok := byID[a.ID]; ok {
			c.add(a.Pos, "give one of them another id", "APIs %q and %q have the same id %s", other, a.Name, a.ID)
		}
		byID[a.ID] = a.Name
	}
}

func (c *checker) checkPlans(cfg *Config) {
	covered := map[[3]string]string{} // key, API, stage -> plan
	for i := range cfg.UsagePlans {
		p := &cfg.UsagePlans[i]
		in := fmt.Sprintf("usage plan %q", p.Name)
		for _, k := range p.Keys {
			if !slices.Contains(cfg.keyNames(), k.Name) {
				c.unknown(k, "API key", cfg.keyNames(), in)
			}
		}
		seen := map[[2]string]bool{}
		for j := range p.Stages {
			s := &p.Stages[j]
			api := c.planAPI(cfg, s, in)
			if api == nil {
				continue
			}
			if api.stage(s.Stage.Name) == nil {
				c.unknown(s.Stage, "stage", api.stageNames(), fmt.Sprintf("%s, API %q", in, api.Name))
				continue
			}
			at := [2]string{api.Name, s.Stage.Name}
			if seen[at] {
				c.add(s.Stage.Pos, "", "%s covers the stage %q twice", in, s.Stage.Name)
				continue
			}
			seen[at] = true
			for _, k := range p.Keys {
				// AWS docs: Usage plans and API keys for REST APIs: for one stage a
				// key can be in one plan only.
				reach := [3]string{k.Name, api.Name, s.Stage.Name}
				if other, ok := covered[reach]; ok && other != p.Name {
					c.add(k.Pos, "AWS lets a key reach a stage through one usage plan", "%s: the API key %q already reaches the stage %q through the plan %q", in, k.Name, s.Stage.Name, other)
					continue
				}
				covered[reach] = p.Name
			}
		}
	}
}

// planAPI resolves the API of a plan's stage.
func (c *checker) planAPI(cfg *Config, s *PlanStageConfig, in string) *APIConfig {
	if s.API.Name == "" {
		switch len(cfg.APIs) {
		case 0:
			return nil // already said: apis is missing
		case 1:
			s.API.Name = cfg.APIs[0].Name
			return cfg.APIs[0]
		}
		c.add(s.Stage.Pos, "add api: to the entry", "%s: which API's stage %q is meant? There are %s", in, s.Stage.Name, strings.Join(cfg.apiNames(), ", "))
		return nil
	}
	api := cfg.api(s.API.Name)
	if api == nil {
		c.unknown(s.API, "API", cfg.apiNames(), in)
		return nil
	}
	s.API.Name = api.Name
	return api
}

func (c *checker) checkFunction(f *FunctionConfig, files fileSystem) {
	in := fmt.Sprintf("function %q", f.Name)
	c.checkCode(f.Code, in, f.pathPos[""], files)
	for _, v := range sortedKeys(f.Versions) {
		merged := inherit(f.Code, f.Versions[v])
		c.checkCode(merged, fmt.Sprintf("%s, version %s", in, v), f.pathPos[v], files)
	}
	versions := append([]string{"$LATEST"}, sortedKeys(f.Versions)...)
	for _, a := range f.aliases {
		at := fmt.Sprintf("%s, alias %q", in, a.name)
		if a.weight.Name == "" {
			if a.version.Name != "" && !slices.Contains(versions, a.version.Name) {
				c.unknown(a.version, "version", versions, at)
			}
			if len(f.Aliases[a.name].Weights) > 1 {
				// AWS docs: Lambda CreateAlias.
				c.add(a.version.Pos, "keep one entry in weights", "%s splits between more than two versions", at)
			}
			continue
		}
		switch {
		case a.weight.Name == "$LATEST" || a.version.Name == "$LATEST":
			// AWS docs: Configure weighted aliases: both versions must be published.
			c.add(a.weight.Pos, "publish a version and split between versions", "%s: weights can't be used with $LATEST", at)
		case a.weight.Name == a.version.Name:
			c.add(a.weight.Pos, "", "%s: weights names version %s, which the alias already points to", at, a.weight.Name)
		case !slices.Contains(versions, a.weight.Name):
			c.unknown(a.weight, "version", versions[1:], at)
		}
	}
	qualifiers := append(slices.Clone(versions), sortedKeys(f.Aliases)...)
	for _, q := range f.permissions {
		if q.Name != "" && !slices.Contains(qualifiers, q.Name) {
			c.unknown(q, "version or alias", qualifiers, in+", permissions")
		}
	}
}

// inherit is a version's code with what it doesn't state taken from $LATEST. A
// version that brings code of its own kind doesn't inherit another kind.
func inherit(f, v lambda.Code) lambda.Code {
	m := f
	if v.Path != "" || v.Inline != "" {
		m.Path, m.Inline = v.Path, v.Inline
		m.Command, m.Exec, m.HTTP, m.Static = nil, nil, "", nil
	}
	if v.Command != nil || v.Exec != nil || v.HTTP != "" || v.Static != nil {
		m.Command, m.Exec, m.HTTP, m.Static = v.Command, v.Exec, v.HTTP, v.Static
		m.Runtime = ""
	}
	if v.Runtime != "" {
		m.Runtime = v.Runtime
	}
	if v.Handler != "" {
		m.Handler = v.Handler
	}
	return m
}

// checkCode says what is missing for code to run, and what contradicts itself.
func (c *checker) checkCode(code lambda.Code, in string, pos source.Pos, files fileSystem) {
	var kinds []string
	for _, k := range []struct {
		name string
		set  bool
	}{
		{"runtime", code.Runtime != ""}, {"command", code.Command != nil}, {"exec", code.Exec != nil},
		{"http", code.HTTP != ""}, {"static", code.Static != nil},
	} {
		if k.set {
			kinds = append(kinds, k.name)
		}
	}
	if len(kinds) == 0 {
		c.add(pos, "add runtime: python3.13 (or command, exec, http, static)", "%s has no runtime", in)
		return
	}
	if len(kinds) > 1 {
		c.add(pos, "keep one of them", "%s has both %s", in, strings.Join(kinds, " and "))
	}
	if code.Runtime != "" {
		switch {
		case code.Path != "" && code.Inline != "":
			c.add(pos, "keep one of them", "%s has both path and code", in)
		case code.Path == "" && code.Inline == "":
			c.add(pos, "add path: FOLDER, or code: with the source itself", "%s has no code", in)
		}
	}
	if code.Path != "" {
		if info, err := files.stat(code.Path); err != nil {
			c.add(pos, pathHint(files, code.Path, err), "%s: can't open path %s", in, code.Path)
		} else if !info.IsDir() {
			c.add(pos, "name the folder that holds the code", "%s: path %s is no folder", in, code.Path)
		}
	}
	for _, l := range code.Layers {
		if info, err := files.stat(l); err != nil {
			c.add(pos, pathHint(files, l, err), "%s: can't open layer %s", in, l)
		} else if !info.IsDir() {
			c.add(pos, "name the folder that would be /opt", "%s: layer %s is no folder", in, l)
		}
	}
}

func pathHint(files fileSystem, name string, err error) string {
	if isNotExist(err) {
		return fmt.Sprintf("there is no %s; paths are relative to rehearse.yaml", files.show(name))
	}
	return err.Error()
}

// isNotExist reports whether err says that a file is not there.
func isNotExist(err error) bool {
	return errors.Is(err, fs.ErrNotExist)
}
