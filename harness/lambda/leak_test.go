//go:build linux || darwin

package lambda

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func openFiles() int {
	for _, dir := range []string{"/proc/self/fd", "/dev/fd"} {
		if list, err := os.ReadDir(dir); err == nil {
			return len(list)
		}
	}
	return 0
}

// settles waits for a count to come down to limit: processes and goroutines end
// a moment after they were told to.
func settles(t *testing.T, what string, limit int, count func() int) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for count() > limit {
		if time.Now().After(deadline) {
			t.Errorf("%d %s are left, want at most %d", count(), what, limit)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func children() int {
	out, err := exec.Command("ps", "-o", "pid=,stat=", "--ppid", strconv.Itoa(os.Getpid())).Output()
	if err != nil {
		return 0
	}
	n := 0
	for line := range strings.Lines(string(out)) {
		if !strings.Contains(line, "Z") {
			n++
		}
	}
	return n - 1 // ps itself
}

func memory() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A thousand calls, good and bad, in a hundred worlds leave nothing behind.
func TestNothingLeaks(t *testing.T) {
	needPython(t)
	calls := 1000
	if testing.Short() {
		calls = 100
	}
	warmUp(t)
	files, goroutines, before := openFiles(), runtime.NumGoroutine(), children()
	h := NewHost(HostConfig{})
	functions := []Function{
		python("P", "def handler(event, context):\n    if event == 'exit':\n        import os\n        os._exit(1)\n    if event == 'raise':\n        raise ValueError\n    return event"),
		bootstrap("B", "exits"),
		{Name: "S", Code: Code{Static: []StaticAnswer{{Result: "x"}}}},
	}
	var heap uint64
	for i := range calls / 10 {
		r, err := New(Config{Functions: functions, Host: h})
		if err != nil {
			t.Fatal(err)
		}
		for _, event := range []string{`1`, `2`, `"raise"`, `3`, `"exit"`, `4`} {
			invoke(t, r, "P", event)
		}
		invoke(t, r, "S", `1`)
		invoke(t, r, "S", `1`)
		if i%10 == 0 {
			invoke(t, r, "B", `1`)
			invoke(t, r, "B", `"bad"`)
		}
		r.Close()
		if i == calls/20 {
			heap = memory()
		}
	}
	// While the host lives: the warm interpreter, the guard and their files.
	settles(t, "children of a living host", before+2, children)
	settles(t, "files of a living host", files+12, openFiles)
	if now := memory(); now > heap+2<<20 {
		t.Errorf("the heap grew from %d to %d bytes in half of the calls", heap, now)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	settles(t, "children", before, children)
	settles(t, "files", files, openFiles)
	settles(t, "goroutines", goroutines, runtime.NumGoroutine)
	if h.temp != "" {
		if _, err := os.Stat(h.temp); err == nil {
			t.Errorf("%s is left", h.temp)
		}
	}
}

// warmUp does what is done once for a process: probes, the network poller.
func warmUp(t *testing.T) {
	h := NewHost(HostConfig{})
	defer h.Close()
	r, err := New(Config{Functions: []Function{python("P", "def handler(event, context):\n    return 1")}, Host: h})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	invoke(t, r, "P", `{}`)
}

// Memory and files of one world stay what they are over ten thousand calls.
func TestSoak(t *testing.T) {
	needPython(t)
	if testing.Short() {
		t.Skip("ten thousand calls")
	}
	r, err := New(Config{Functions: []Function{python("F", "def handler(event, context):\n    print('x' * 100)\n    return event")}, Host: newHost(t), KeepCalls: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var heap uint64
	var files int
	for i := range 10000 {
		if i == 1000 {
			heap, files = memory(), openFiles()
		}
		invoke(t, r, "F", `{"a":1}`)
	}
	if now := memory(); now > heap+1<<20 {
		t.Errorf("the heap grew from %d to %d bytes", heap, now)
	}
	if now := openFiles(); now > files+2 {
		t.Errorf("open files grew from %d to %d", files, now)
	}
}

// runGateway is what TestKilledGatewayLeavesNothing kills: functions of all
// kinds at work, each with a child of its own.
func runGateway(dir string) {
	env := map[string]string{"PIDS": dir}
	h := NewHost(HostConfig{WarmNode: 1})
	script := "sleep 1000 & echo $$ $! > $PIDS/%s; mv $PIDS/%[1]s $PIDS/%[1]s.pids; wait"
	functions := []Function{
		python("python", `
import os, subprocess
def handler(event, context):
    p = subprocess.Popen(["sleep", "1000"], start_new_session=False)
    name = os.path.join(os.environ["PIDS"], "python")
    with open(name, "w") as f:
        f.write("%d %d" % (os.getpid(), p.pid))
    os.rename(name, name + ".pids")
    while True:
        pass`),
		{Name: "node", Code: Code{Runtime: "nodejs22.x", Inline: `
const fs = require("fs"), cp = require("child_process");
exports.handler = async () => {
	const p = cp.spawn("sleep", ["1000"]);
	fs.writeFileSync(process.env.PIDS + "/node", process.pid + " " + p.pid);
	fs.renameSync(process.env.PIDS + "/node", process.env.PIDS + "/node.pids");
	for (;;) {}
};`}},
		{Name: "exec", Code: Code{Exec: []string{"sh", "-c", fmt.Sprintf(script, "exec")}}},
		{Name: "command", Code: Code{Command: []string{"sh", "-c", fmt.Sprintf(script, "command")}}},
	}
	for i := range functions {
		functions[i].Timeout = 900 * time.Second
		functions[i].Environment = env
	}
	r, err := New(Config{Functions: functions, Host: h})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for _, f := range functions {
		go func() {
			_, err := r.Invoke(context.Background(), Invocation{Function: f.Name})
			fmt.Println(f.Name, err)
		}()
	}
	select {}
}

func TestKilledGatewayLeavesNothing(t *testing.T) {
	needPython(t)
	needNode(t)
	dir := t.TempDir()
	cmd := exec.Command(self(), "gateway", dir)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pids []int
	deadline := time.Now().Add(30 * time.Second)
	for {
		names, _ := filepath.Glob(filepath.Join(dir, "*.pids"))
		if len(names) == 4 {
			for _, name := range names {
				b, _ := os.ReadFile(name)
				in := bufio.NewScanner(bytes.NewReader(b))
				in.Split(bufio.ScanWords)
				for in.Scan() {
					pid, _ := strconv.Atoi(in.Text())
					pids = append(pids, pid)
				}
			}
			break
		}
		if time.Now().After(deadline) {
			cmd.Process.Kill()
			cmd.Wait()
			t.Fatalf("only %v are at work: %s", names, out.String())
		}
		time.Sleep(10 * time.Millisecond)
	}
	if len(pids) != 8 {
		t.Fatalf("pids %v, want 8", pids)
	}
	for _, pid := range pids {
		if !running(pid) {
			t.Errorf("process %d is not at work before the gateway is killed", pid)
		}
	}
	cmd.Process.Kill()
	cmd.Wait()
	settles(t, "processes", 0, func() int {
		n := 0
		for _, pid := range pids {
			if running(pid) {
				n++
			}
		}
		return n
	})
	for _, pid := range pids {
		if running(pid) {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// running reports whether a process is there and no zombie.
func running(pid int) bool {
	if pid <= 0 || syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return runtime.GOOS != "linux"
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}
