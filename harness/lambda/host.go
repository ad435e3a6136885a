package lambda

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// HostConfig configures a [Host]. The zero value works.
type HostConfig struct {
	Region    string            // default us-east-1
	AccountID string            // default 123456789012
	Endpoints map[string]string // of AWS services in this run, by name: dynamodb
	WarmNode  int               // node processes kept ready for functions' first calls
	Logf      func(format string, args ...any)
	Dir       string // relative paths start here; default the working directory
}

// A Host runs the processes of a whole run: it finds interpreters, keeps warm
// ones, and sees to it that no process outlives it. Worlds share it.
type Host struct {
	config   HostConfig
	starter  starter
	guard    guard
	sink     sink
	nodes    warmNodes
	noFork   bool         // Python environments are processes of their own
	client   *http.Client // for functions behind an endpoint
	warming  sync.WaitGroup
	children sync.WaitGroup // and who listens to them
	liveMu   sync.Mutex
	live     map[*child]struct{}

	mu     sync.Mutex
	closed bool
	temp   string
	notes  []string
	forks  map[string]*forkServer // by interpreter
	shared map[string]*pool       // of functions that survive a scenario
}

// NewHost makes a host; it starts nothing.
func NewHost(c HostConfig) *Host {
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	if c.AccountID == "" {
		c.AccountID = "123456789012"
	}
	return &Host{config: c, client: newInvokeClient(), live: map[*child]struct{}{}, forks: map[string]*forkServer{}, shared: map[string]*pool{}}
}

// Close ends every process and removes temporary files. Registries made with
// the host are of no more use.
func (h *Host) Close() error {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil
	}
	h.closed = true
	h.mu.Unlock()
	h.warming.Wait()
	h.mu.Lock()
	shared, forks, temp := h.shared, h.forks, h.temp
	h.mu.Unlock()
	for _, p := range shared {
		p.close()
	}
	for _, f := range forks {
		f.close()
	}
	h.nodes.close()
	h.killChildren()
	h.guard.close()
	h.sink.close()
	h.client.CloseIdleConnections()
	if temp != "" {
		return os.RemoveAll(temp)
	}
	return nil
}

// Notes are what a reader of a report must know of this machine, in the order
// they came up: "python3.13 asked for, python3.11 used".
func (h *Host) Notes() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.notes)
}

// note adds a note, once.
func (h *Host) note(text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Contains(h.notes, text) {
		h.notes = append(h.notes, text)
	}
}

func (h *Host) logf(format string, args ...any) {
	if h.config.Logf != nil {
		h.config.Logf(format, args...)
	}
}

// path is name as seen from the host's folder, absolute.
func (h *Host) path(name string) string {
	if !filepath.IsAbs(name) {
		name = filepath.Join(h.config.Dir, name)
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	return abs
}

// tempDir is a folder that lives as long as the host.
func (h *Host) tempDir() (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return "", ErrClosed
	}
	if h.temp == "" {
		dir, err := os.MkdirTemp("", "rehearse-")
		if err != nil {
			return "", err
		}
		if h.temp, err = filepath.EvalSymlinks(dir); err != nil {
			h.temp = dir
		}
	}
	return h.temp, nil
}

// taskRoot is the folder that is /var/task for c: its own, or one made for
// inline code.
func (h *Host) taskRoot(c *Code) (string, error) {
	if c.Inline == "" {
		if c.Path == "" {
			return h.path("."), nil // a command without code of its own
		}
		return h.path(c.Path), nil
	}
	temp, err := h.tempDir()
	if err != nil {
		return "", err
	}
	name := inlineFile(c)
	sum := sha256.Sum256([]byte(name + "\x00" + c.Inline))
	dir := filepath.Join(temp, "code-"+hex.EncodeToString(sum[:8]))
	mode := os.FileMode(0o644)
	if c.kind() == kindProvided {
		mode = 0o755
	}
	_, err = h.writeOnce(filepath.Join(dir, name), []byte(c.Inline), mode)
	return dir, err
}

// writeOnce writes a file of the host's own, unless it is there.
func (h *Host) writeOnce(name string, content []byte, mode os.FileMode) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, err := os.Stat(name); err == nil {
		return name, nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return name, err
	}
	return name, os.WriteFile(name, content, mode)
}

// inlineFile is the file inline code stands in: that of its handler.
func inlineFile(c *Code) string {
	module := c.Handler
	switch c.kind() {
	case kindPython:
		return pythonFile(module)
	case kindNode:
		return nodeFile(module, c.Inline)
	}
	return "bootstrap"
}

func (h *Host) arn(function, qualifier string) string {
	s := fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", h.config.Region, h.config.AccountID, function)
	if qualifier != "" {
		s += ":" + qualifier
	}
	return s
}
