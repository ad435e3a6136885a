package lambda

import (
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// A guard is a job object: when the last handle of it is closed, which is when
// this process ends, Windows ends the processes in it, and what they started.
type guard struct {
	mu  sync.Mutex
	job windows.Handle
}

// add has the process killed should this process end without having done so.
func (g *guard) add(h *Host, pid int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.assign(pid); err != nil {
		h.logf("functions' processes may outlive a killed gateway: %v", err)
	}
}

func (g *guard) assign(pid int) error {
	if g.job == 0 {
		job, err := windows.CreateJobObject(nil, nil)
		if err != nil {
			return err
		}
		info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
			BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE},
		}
		_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
			uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
		if err != nil {
			windows.CloseHandle(job)
			return err
		}
		g.job = job
	}
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(pid))
	if err != nil {
		return err
	}
	defer windows.CloseHandle(process)
	return windows.AssignProcessToJobObject(g.job, process)
}

func (g *guard) remove(int) {}

func (g *guard) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.job != 0 {
		windows.CloseHandle(g.job)
		g.job = 0
	}
}
