package lambda

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Publish makes $LATEST the next version and returns its number. version is the
// number it is expected to have, or empty. Where nothing has changed since the
// last version, AWS makes none and returns the last.
func (r *Registry) Publish(name, version string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, err := r.get(name)
	if err != nil {
		return "", err
	}
	if f.stands {
		return "", fmt.Errorf("%s has no code to publish: it only answers what it is told to", name)
	}
	number := strconv.Itoa(f.lastVersion + 1)
	if !f.changed {
		number = strconv.Itoa(f.lastVersion)
	}
	if version != "" && version != number {
		if !f.changed {
			return "", fmt.Errorf("version %s of %s: its code has not changed since version %s, so publishing makes no new one", version, name, number)
		}
		return "", fmt.Errorf("version %s of %s: the next version is %s", version, name, number)
	}
	if !f.changed {
		return number, nil
	}
	code := f.latest.code
	if code.Path != "" {
		if code.Interpreter == "" && code.kind() == kindPython {
			code.Interpreter = venv(r.host.path(code.Path)) // the copy has none beside it
		}
		if code.Path, err = r.host.snapshot(code.Path); err != nil {
			return "", fmt.Errorf("publish %s: %w", name, err)
		}
	}
	f.versions[number] = r.version(f, number, code)
	f.lastVersion++
	f.changed = false
	return number, nil
}

// SetAlias points an alias, new or not, to one version.
func (r *Registry) SetAlias(name, alias, version string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, err := r.get(name)
	if err != nil {
		return err
	}
	if !isAlias(alias) {
		return fmt.Errorf("%q is no alias name, want letters, digits, - and _, and not digits alone", alias)
	}
	if f.versions[version] == nil && version != Latest {
		return fmt.Errorf("%w: %s has no version %s", ErrNoAlias, name, version)
	}
	f.aliases[alias] = Alias{Version: version}
	return nil
}

// SetCode makes source the code of $LATEST.
func (r *Registry) SetCode(name, source string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, err := r.get(name)
	if err != nil {
		return err
	}
	code := f.latest.code
	code.Path, code.Inline = "", source
	code.Command, code.Exec, code.HTTP, code.Static = nil, nil, "", nil
	code.Handler = f.config.Handler
	switch code.kind() {
	case kindPython, kindNode, kindProvided:
	default:
		return fmt.Errorf("function %s has no runtime to run code with: add runtime: python3.13 to it", name)
	}
	f.setLatest(r.version(f, Latest, code))
	return nil
}

// Reload makes $LATEST new where file, a changed one, is code of it, and returns
// the names of those functions, sorted.
func (r *Registry) Reload(file string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var names []string
	for name, f := range r.functions {
		code := f.latest.code
		if code.Path == "" || !within(r.host.path(file), r.host.path(code.Path)) {
			continue
		}
		f.setLatest(r.version(f, Latest, code))
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// setLatest replaces $LATEST; calls at work end with the code they began with.
func (f *function) setLatest(v *version) {
	if old := f.latest; old.pool != nil && !old.shared {
		old.pool.retire()
	}
	f.latest, f.changed = v, true
}

// StandIn makes a function that has no code, where there is none of the name: by
// whatever version or alias it is called, it answers what [Registry.SetAnswer] and
// [Registry.SetFailure] say.
func (r *Registry) StandIn(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.functions[name] != nil {
		return
	}
	config := Function{Name: name}
	f := &function{name: name, config: config, stands: true, versions: map[string]*version{}, aliases: map[string]Alias{}}
	f.latest = r.version(f, Latest, config.Code)
	f.answer = &override{result: []byte("null")}
	r.functions[name] = f
}

// SetAnswer has a function answer result, JSON, whatever its version.
func (r *Registry) SetAnswer(name string, result []byte) error {
	if !json.Valid(result) {
		return errors.New("a function's answer is JSON; this is not: " + string(result))
	}
	return r.set(name, func(f *function) { f.answer = &override{result: result} })
}

// SetFailure has a function fail with message, whatever its version.
func (r *Registry) SetFailure(name, message string) error {
	return r.set(name, func(f *function) { f.answer = &override{message: message, failure: true} })
}

// SetDelay has a function take d of the gateway's time before it does anything.
func (r *Registry) SetDelay(name string, d time.Duration) error {
	return r.set(name, func(f *function) { f.delay = d })
}

// Delete removes a function with its versions and aliases.
func (r *Registry) Delete(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, err := r.get(name)
	if err != nil {
		return err
	}
	delete(r.functions, name)
	for _, v := range f.versions {
		v.retire()
	}
	f.latest.retire()
	return nil
}

func (v *version) retire() {
	if v.pool != nil && !v.shared {
		v.pool.retire()
	}
}

func (r *Registry) set(name string, change func(*function)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, err := r.get(name)
	if err != nil {
		return err
	}
	change(f)
	return nil
}
