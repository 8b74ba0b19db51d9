//go:build unix

package main

import (
	"runtime"
	"syscall"
)

// cpu returns the seconds that the program has used so far, its own and those of
// the operating system for it.
func cpu() (user, system float64) {
	u := usage()
	return float64(u.Utime.Nano()) / 1e9, float64(u.Stime.Nano()) / 1e9
}

// peak returns the most memory that was resident, in MiB.
func peak() float64 {
	unit := 1024.
	if runtime.GOOS == "darwin" {
		unit = 1
	}
	return float64(usage().Maxrss) * unit / (1 << 20)
}

func usage() (u syscall.Rusage) {
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u
}
