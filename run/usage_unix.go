//go:build unix

package run

import (
	"runtime"
	"syscall"
	"time"
)

// used is what this process has taken so far: seconds on a core, and the most
// resident memory at any time, in bytes.
func used() (cpu float64, peak int64) {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0, 0
	}
	cpu = (time.Duration(u.Utime.Nano()) + time.Duration(u.Stime.Nano())).Seconds()
	peak = int64(u.Maxrss)
	if runtime.GOOS != "darwin" && runtime.GOOS != "ios" {
		peak <<= 10 // there it is in bytes, elsewhere in KiB
	}
	return cpu, peak
}
