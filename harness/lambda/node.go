package lambda

import (
	_ "embed"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

//go:embed runtimes/node.cjs
var nodeRuntime []byte

// A nodeConfig tells the runtime which environment it is.
type nodeConfig struct {
	Runtime     string          `json:"runtime"`
	TaskRoot    string          `json:"taskRoot"`
	Layers      []string        `json:"layers"`
	Environment environmentVars `json:"environment"`
}

// A nodeProcess is a node that waits to be told which environment it is.
type nodeProcess struct {
	*child
	logs  *logPipe
	stdin io.WriteCloser
}

// warmNodes are node processes that wait. There is nothing to fork in node, so
// the next ones start while the last taken works.
type warmNodes struct {
	mu      sync.Mutex
	waiting map[string][]*nodeProcess // by interpreter
	started sync.WaitGroup
	closed  bool
}

// take returns a process that waits, or a new one, and has others started in
// its place.
func (w *warmNodes) take(h *Host, in interpreter) (*nodeProcess, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil, ErrClosed
	}
	var taken *nodeProcess
	for list := w.waiting[in.path]; len(list) > 0 && taken == nil; list = w.waiting[in.path] {
		w.waiting[in.path] = list[1:]
		select {
		case <-list[0].done:
			list[0].logs.close()
		default:
			taken = list[0]
		}
	}
	if n := h.config.WarmNode - len(w.waiting[in.path]); n > 0 {
		w.started.Go(func() { w.fill(h, in, n) })
	}
	if taken != nil {
		return taken, nil
	}
	return h.startNode(in, nil)
}

// warm has processes started for the calls to come.
func (w *warmNodes) warm(h *Host, in interpreter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := h.config.WarmNode - len(w.waiting[in.path]); n > 0 && !w.closed {
		w.started.Go(func() { w.fill(h, in, n) })
	}
}

// fill adds n processes that wait.
func (w *warmNodes) fill(h *Host, in interpreter, n int) {
	for range n {
		p, err := h.startNode(in, nil)
		if err != nil {
			h.logf("%s: %v", in.path, err)
			return
		}
		w.mu.Lock()
		if w.closed || len(w.waiting[in.path]) >= h.config.WarmNode {
			w.mu.Unlock()
			p.discard()
			return
		}
		if w.waiting == nil {
			w.waiting = map[string][]*nodeProcess{}
		}
		w.waiting[in.path] = append(w.waiting[in.path], p)
		w.mu.Unlock()
	}
}

func (w *warmNodes) close() {
	w.mu.Lock()
	w.closed = true
	waiting := w.waiting
	w.waiting = nil
	w.mu.Unlock()
	for _, list := range waiting {
		for _, p := range list {
			p.discard()
		}
	}
	w.started.Wait()
}

func (p *nodeProcess) discard() {
	p.kill()
	p.stdin.Close()
	p.logs.close()
}

// startNode starts a node that waits. vars are those it must have from its
// start on.
func (h *Host) startNode(in interpreter, vars environmentVars) (*nodeProcess, error) {
	temp, err := h.tempDir()
	if err != nil {
		return nil, err
	}
	file, err := h.writeOnce(filepath.Join(temp, "runtime", "node.cjs"), nodeRuntime, 0o644)
	if err != nil {
		return nil, err
	}
	logs, err := newLogPipe()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(in.path, file)
	cmd.Env = append([]string{"PATH=" + searchPath(nil), "TZ=:UTC"}, vars.list()...)
	if root, ok := os.LookupEnv("SYSTEMROOT"); ok {
		cmd.Env = append(cmd.Env, "SYSTEMROOT="+root)
	}
	cmd.Stdout, cmd.Stderr = logs.writer, logs.writer
	stdin, err := cmd.StdinPipe()
	if err == nil {
		var c *child
		if c, err = h.startChild(cmd); err == nil {
			logs.started()
			return &nodeProcess{child: c, logs: logs, stdin: stdin}, nil
		}
	}
	logs.started()
	logs.close()
	return nil, err
}

func (h *Host) findNode(v *version, taskRoot string) (interpreter, error) {
	return h.find(v, nodeProbe, taskRoot, []string{"node"}, "install Node.js: https://nodejs.org, apt-get install nodejs or brew install node")
}

// runNode has a node process become an environment of v.
func (h *Host) runNode(v *version, vars environmentVars) (process, *logPipe, error) {
	taskRoot, err := v.taskRoot()
	if err != nil {
		return nil, nil, err
	}
	found, err := h.findNode(v, taskRoot)
	if err != nil {
		return nil, nil, err
	}
	vars.set("PATH", filepath.Dir(found.path)+string(filepath.ListSeparator)+vars["PATH"])
	if len(v.code.Layers) > 0 && vars["NODE_PATH"] == "" {
		major := strings.TrimSuffix(strings.TrimPrefix(v.code.Runtime, "nodejs"), ".x")
		dirs := append(under(v.code.Layers, filepath.Join("nodejs", "node"+major, "node_modules")),
			under(v.code.Layers, filepath.Join("nodejs", "node_modules"))...)
		vars.set("NODE_PATH", strings.Join(dirs, string(filepath.ListSeparator)))
	}
	var p *nodeProcess
	if early := readByNode(vars); len(early) > 0 {
		p, err = h.startNode(found, early)
	} else {
		p, err = h.nodes.take(h, found)
	}
	if err != nil {
		return nil, nil, unavailable(v.function, found.path+": "+err.Error(), "")
	}
	line, err := json.Marshal(nodeConfig{v.code.Runtime, taskRoot, append([]string{}, v.code.Layers...), vars})
	if err != nil {
		panic(err) // only our own types come here
	}
	go func() { // the pipe may be smaller than what goes through it
		p.stdin.Write(append(line, '\n'))
		p.stdin.Close()
	}()
	return p, p.logs, nil
}

// readByNode are the variables that node reads when it starts.
func readByNode(vars environmentVars) environmentVars {
	early := environmentVars{}
	for name, value := range vars {
		if strings.HasPrefix(name, "NODE_") && name != "NODE_ENV" && name != "NODE_PATH" || strings.HasPrefix(name, "UV_") {
			early[name] = value
		}
	}
	return early
}

// esModule finds what only an ES module can say.
var esModule = regexp.MustCompile(`(?m)^\s*(export\s+(default|const|let|var|async|function|class|\{)|import\s+[\w*{'"])`)

// nodeFile is the file of a handler: index.handler is in index.mjs or index.js,
// as the code is.
func nodeFile(handler, code string) string {
	dir := ""
	if i := strings.LastIndexByte(handler, '/'); i >= 0 {
		dir, handler = handler[:i+1], handler[i+1:]
	}
	module, _, _ := strings.Cut(handler, ".")
	if esModule.MatchString(code) {
		return dir + module + ".mjs"
	}
	return dir + module + ".js"
}
