package run

import (
	"os"

	"golang.org/x/sys/unix"
)

// widen makes pipes hold several frames, where they may, so that neither end
// has to wait for the other within one.
func widen(pipes ...*os.File) {
	const size = 1 << 20 // what anyone may have
	for _, p := range pipes {
		unix.FcntlInt(p.Fd(), unix.F_SETPIPE_SZ, size) // else they stay as they are
	}
}
