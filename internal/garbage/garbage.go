// Package garbage is about memory that is made afresh for every large item,
// and that the collector has to come round for.
package garbage

import (
	"os"
	"strings"
	"sync"
	"unsafe"
)

// floor is how much may be allocated between two rounds of the collector,
// however little of it is in use. Go's own floor is 4 MiB, four items of 1 MiB.
const floor = 64 << 20

// ballast counts as memory in use and is never touched, so that the system
// gives no page for it.
//
//lint:ignore U1000 to be held is its use
var ballast []byte

// Spare keeps the collector from coming round before a process has allocated
// 64 MiB. Streams of 1 MiB items over MPI are about twice as fast for it. It
// does nothing where somebody has set GOGC or GOMEMLIMIT, nor the second time.
var Spare = sync.OnceFunc(func() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		ballast = make([]byte, floor)
	}
})

// Bytes makes n bytes that are not cleared: for who writes all of them before
// anybody reads.
func Bytes(n int) []byte {
	if n == 0 {
		return nil
	}
	// The one way that the standard library has to such memory.
	var b strings.Builder
	b.Grow(n)
	b.WriteByte(0)
	return unsafe.Slice(unsafe.StringData(b.String()), n)
}
