//go:build !(cgo && linux)

package mpitest

import "time"

// SitInC only sleeps, as there is no C here.
func SitInC(d time.Duration) { time.Sleep(d) }
