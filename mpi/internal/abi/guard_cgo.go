//go:build cgo && linux

package abi

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/dispel4go/dispel4go/internal/launch"
)

// A guard tells the launcher when this process ends without having finalized
// MPI. Hydra notices that by itself, ends the other ranks, and then reports the
// exit code of whoever it got hold of: 0 where this process has called
// os.Exit(0). So a shell holds the connection to the launcher open beyond our
// end and says over it, in the words of PMI 1, that we have aborted.
type guard struct{ pipe *os.File }

// watch waits for a line, which says that all is well, or for our end. Then it
// gives the launcher a moment to pass on what we may have said of it.
const watch = `read line <&3 || { sleep 1; printf 'cmd=abort exitcode=1\n' >&4; }`

// post posts a guard, where the launcher is one that needs it. A guard that
// cannot be had is done without.
func post(kind launch.Kind, lookup func(string) (string, bool)) guard {
	text, _ := lookup("PMI_FD")
	fd, err := strconv.Atoi(text)
	if kind != launch.Hydra || err != nil {
		return guard{}
	}
	connection, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0) // no program started meanwhile has it
	if err != nil {
		return guard{}
	}
	toLauncher := os.NewFile(uintptr(connection), "PMI_FD")
	defer toLauncher.Close()
	ours, pipe, err := os.Pipe()
	if err != nil {
		return guard{}
	}
	defer ours.Close()
	cmd := exec.Command("/bin/sh", "-c", watch)
	cmd.ExtraFiles = []*os.File{ours, toLauncher}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // signals to us are none to it
	if cmd.Start() != nil {
		pipe.Close()
		return guard{}
	}
	return guard{pipe}
}

// dismiss lets the guard go: MPI has been finalized.
func (g guard) dismiss() {
	if g.pipe != nil {
		g.pipe.WriteString("\n") // an error is that it has gone already
		g.pipe.Close()
	}
}
