package lambda

import "syscall"

// dieWithParent has the kernel kill the process when the thread that started it
// ends: see starter.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
