//go:build !unix

package run

import "os"

// takePipes takes the standard input and output away from what is written in
// Go: what prints goes to the standard error, and there is nothing to read.
func takePipes() (in, out *os.File, err error) {
	in, out = os.Stdin, os.Stdout
	os.Stdin, err = os.Open(os.DevNull)
	os.Stdout = os.Stderr
	return in, out, err
}
