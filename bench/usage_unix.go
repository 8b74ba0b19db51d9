//go:build unix

package bench

import (
	"runtime"
	"syscall"
)

// CPU returns the seconds of processors that the program has used so far, its own
// and those of the operating system for it; 0 where that is not known.
func CPU() (user, system float64) {
	u := usage()
	return float64(u.Utime.Nano()) / 1e9, float64(u.Stime.Nano()) / 1e9
}

// PeakMiB returns the most memory of the program that was resident, in MiB; 0
// where that is not known.
func PeakMiB() float64 {
	unit := 1024.
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		unit = 1
	}
	return float64(usage().Maxrss) * unit / (1 << 20)
}

func usage() (u syscall.Rusage) {
	syscall.Getrusage(syscall.RUSAGE_SELF, &u) // fails for no arguments that we give
	return u
}
