package lambda

import (
	"bytes"
	"os"
	"strconv"
)

// memoryUsed is the most memory the environment's process has used, in MB.
func (e *environment) memoryUsed() int {
	pid := e.proc.pid()
	if pid == 0 {
		return 0
	}
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	_, rest, ok := bytes.Cut(status, []byte("VmHWM:"))
	if !ok {
		return 0
	}
	kilobytes, _, _ := bytes.Cut(bytes.TrimSpace(rest), []byte(" "))
	n, _ := strconv.Atoi(string(kilobytes))
	return (n + 1023) / 1024
}
