//go:build unix

package run

import (
	"os"

	"golang.org/x/sys/unix"
)

// takePipes takes the standard input and output away from everyone else, C
// libraries included: what they print goes to the standard error, and there is
// nothing to read.
func takePipes() (in, out *os.File, err error) {
	inFD, err := keep(0)
	if err != nil {
		return nil, nil, err
	}
	outFD, err := keep(1)
	if err != nil {
		return nil, nil, err
	}
	nothing, err := os.Open(os.DevNull)
	if err != nil {
		return nil, nil, err
	}
	defer nothing.Close()
	if err := unix.Dup2(int(nothing.Fd()), 0); err != nil {
		return nil, nil, err
	}
	if err := unix.Dup2(2, 1); err != nil {
		return nil, nil, err
	}
	// Waited for by the runtime and not by a thread in a system call, which would
	// take its processor along.
	for _, fd := range []int{inFD, outFD} {
		if err := unix.SetNonblock(fd, true); err != nil {
			return nil, nil, err
		}
	}
	return os.NewFile(uintptr(inFD), "storm"), os.NewFile(uintptr(outFD), "storm"), nil
}

// keep returns another descriptor of the same file, which programs that are
// started do not get.
func keep(fd int) (int, error) { return unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3) }
