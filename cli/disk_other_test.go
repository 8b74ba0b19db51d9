//go:build !linux

package cli_test

import "testing"

// smallDisk would mount a file system of so many bytes.
func smallDisk(t *testing.T, _ int) string {
	t.Skip("SKIP: no small disk can be mounted on this system")
	return ""
}
