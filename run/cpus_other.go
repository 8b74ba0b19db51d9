//go:build !linux

package run

// cpus is not known here.
func cpus() []int { return nil }
