//go:build !linux

package run

import "os"

// widen does nothing where pipes have one size.
func widen(...*os.File) {}
