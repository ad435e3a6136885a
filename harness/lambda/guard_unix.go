//go:build unix

package lambda

import (
	"io"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
)

// A guard is a small shell that outlives this process by a moment: when its
// stdin ends it kills the groups it was told of. The kernel's own help reaches
// a child at most, and that only on Linux; not what the child started.
type guard struct {
	mu    sync.Mutex
	cmd   *exec.Cmd
	stdin io.WriteCloser
}

const guardScript = `groups=" "
while read -r op group; do
	case $op in
	+) groups="$groups$group " ;;
	-) case $groups in *" $group "*) groups="${groups%%" $group "*} ${groups#*" $group "}" ;; esac ;;
	esac
done
for group in $groups; do kill -9 "-$group" 2>/dev/null; done`

// add has the group killed should this process end without having done so. A
// guard that cannot be started is not an error: what it guards against is that
// somebody kills the gateway.
func (g *guard) add(h *Host, group int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.cmd == nil {
		g.cmd = exec.Command("/bin/sh", "-c", guardScript)
		g.cmd.Env = []string{}
		g.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		g.stdin, _ = g.cmd.StdinPipe()
		if err := g.cmd.Start(); err != nil {
			h.logf("functions' processes may outlive a killed gateway: %v", err)
			g.stdin = nil
		}
	}
	g.tell("+", group)
}

func (g *guard) remove(group int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tell("-", group)
}

func (g *guard) tell(op string, group int) {
	if g.stdin != nil {
		io.WriteString(g.stdin, op+" "+strconv.Itoa(group)+"\n")
	}
}

func (g *guard) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stdin != nil {
		g.stdin.Close()
		g.stdin = nil
		g.cmd.Wait()
	}
}
