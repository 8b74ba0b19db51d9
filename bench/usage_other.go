//go:build !unix

package bench

// CPU returns the seconds of processors that the program has used so far, its own
// and those of the operating system for it; 0 where that is not known.
func CPU() (user, system float64) { return 0, 0 }

// PeakMiB returns the most memory of the program that was resident, in MiB; 0
// where that is not known.
func PeakMiB() float64 { return 0 }
