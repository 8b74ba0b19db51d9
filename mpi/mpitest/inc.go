//go:build cgo && linux

package mpitest

// #include <unistd.h>
import "C"

import "time"

// SitInC stays in a call of C, where Go can neither stop it nor look.
func SitInC(d time.Duration) {
	for until := time.Now().Add(d); time.Now().Before(until); {
		C.usleep(C.useconds_t(min(time.Until(until), time.Hour).Microseconds()))
	}
}
