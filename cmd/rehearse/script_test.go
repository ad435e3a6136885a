package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"rehearse": main})
}

// TestScripts runs the command as a user does; testdata/script has one file a subject.
// Besides testscript's own commands there are:
//
//	serve [ARGS]                starts rehearse serve on a free port and sets $URL
//	down                        interrupts it and wants exit code 0
//	call METHOD URL [HEADER...] prints status, headers and body; a body is read from a file called @NAME
//	occupy                      takes a port and sets $TAKEN
//	waitfor URL PATTERN         calls it until a line of the body matches, ten seconds at most
//	exits CODE ARGS...          runs rehearse and wants that exit code
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, "CI=", "NO_COLOR=1", "PATH="+os.Getenv("PATH"), "HOME="+e.WorkDir)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"serve": serveScript, "down": downScript, "call": callScript, "occupy": occupyScript, "exits": exitsScript, "waitfor": waitForScript,
		},
	})
}

// A serverProcess is what serve has started.
type serverProcess struct {
	cmd    *exec.Cmd
	output chan string
}

// servers are the running ones by their script; scripts run in parallel.
var servers sync.Map

// command prepares the rehearse command in a script's folder.
func command(ts *testscript.TestScript, args ...string) *exec.Cmd {
	path, err := exec.LookPath("rehearse")
	if err != nil {
		for _, dir := range strings.Split(ts.Getenv("PATH"), string(os.PathListSeparator)) {
			if _, err := os.Stat(dir + "/rehearse"); err == nil {
				path = dir + "/rehearse"
				break
			}
		}
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{"PATH=" + ts.Getenv("PATH"), "HOME=" + ts.Getenv("HOME"), "NO_COLOR=1", "TMPDIR=" + os.TempDir()}
	return cmd
}

func serveScript(ts *testscript.TestScript, neg bool, args []string) {
	cmd := command(ts, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	log, err := os.Create(ts.MkAbs("serve.stderr"))
	ts.Check(err)
	cmd.Stderr = log
	ts.Check(cmd.Start())
	log.Close()
	r := bufio.NewReader(stdout)
	line, err := r.ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		cmd.Process.Kill()
		cmd.Wait()
		said, _ := os.ReadFile(ts.MkAbs("serve.stderr"))
		ts.Fatalf("the first line of serve is %q (%v)\n%s", line, err, said)
	}
	p := &serverProcess{cmd: cmd, output: make(chan string, 1)}
	go func() {
		rest, _ := io.ReadAll(r)
		p.output <- string(rest)
	}()
	servers.Store(ts, p)
	ts.Setenv("URL", url)
	ts.Setenv("HOSTPORT", strings.TrimPrefix(url, "http://"))
	ts.Defer(func() {
		if _, running := servers.LoadAndDelete(ts); running {
			cmd.Process.Kill()
			cmd.Wait()
		}
	})
}

func downScript(ts *testscript.TestScript, neg bool, args []string) {
	v, ok := servers.LoadAndDelete(ts)
	if !ok {
		ts.Fatalf("no server runs")
	}
	p := v.(*serverProcess)
	ts.Check(p.cmd.Process.Signal(syscall.SIGTERM))
	rest := <-p.output
	ts.Check(p.cmd.Wait())
	fmt.Fprint(ts.Stdout(), rest)
	said, err := os.ReadFile(ts.MkAbs("serve.stderr"))
	ts.Check(err)
	fmt.Fprintf(ts.Stderr(), "%s", said)
}

func callScript(ts *testscript.TestScript, neg bool, args []string) {
	var body io.Reader
	if len(args) > 0 && strings.HasPrefix(args[len(args)-1], "@") {
		body = strings.NewReader(ts.ReadFile(args[len(args)-1][1:]))
		args = args[:len(args)-1]
	}
	r, err := http.NewRequest(args[0], args[1], body)
	ts.Check(err)
	for _, h := range args[2:] {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Add(name, value)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	ts.Check(err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	ts.Check(err)
	fmt.Fprintf(ts.Stdout(), "%d\n", res.StatusCode)
	res.Header.Write(ts.Stdout())
	fmt.Fprintf(ts.Stdout(), "\n%s\n", answer)
}

func waitForScript(ts *testscript.TestScript, neg bool, args []string) {
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	var last []byte
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		res, err := http.Get(args[0])
		ts.Check(err)
		last, err = io.ReadAll(res.Body)
		res.Body.Close()
		ts.Check(err)
		if pattern.Match(last) {
			return
		}
	}
	ts.Fatalf("%s answers %q, want %s", args[0], last, args[1])
}

func occupyScript(ts *testscript.TestScript, neg bool, args []string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { ln.Close() })
	ts.Setenv("TAKEN", ln.Addr().String())
}

func exitsScript(ts *testscript.TestScript, neg bool, args []string) {
	cmd := command(ts, args[1:]...)
	cmd.Stdout, cmd.Stderr = ts.Stdout(), ts.Stderr()
	err := cmd.Run()
	code := 0
	if e, ok := err.(*exec.ExitError); ok {
		code = e.ExitCode()
	} else {
		ts.Check(err)
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}
