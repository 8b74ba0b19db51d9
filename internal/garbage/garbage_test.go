package garbage

import (
	"os"
	"runtime"
	"testing"
)

func TestBytes(t *testing.T) {
	for _, n := range []int{0, 1, 2, 15, 4096, 4097, 1 << 20} {
		a, b := Bytes(n), Bytes(n)
		if len(a) != n || len(b) != n {
			t.Fatalf("%d and %d bytes, expected %d", len(a), len(b), n)
		}
		for i := range a {
			a[i], b[i] = 1, 2
		}
		for i := range a {
			if a[i] != 1 || b[i] != 2 {
				t.Fatalf("two of %d bytes share memory", n)
			}
		}
	}
}

var kept []byte

// TestSpare: the collector comes round every 4 MiB before, and about never in
// 40 MiB after.
func TestSpare(t *testing.T) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		t.Skip("GOGC or GOMEMLIMIT is set, which turns it off")
	}
	rounds := func() uint32 {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for range 40 {
			kept = make([]byte, 1<<20)
		}
		runtime.ReadMemStats(&after)
		return after.NumGC - before.NumGC
	}
	if n := rounds(); n < 5 && ballast == nil { // nobody has spared it yet
		t.Errorf("%d rounds in 40 MiB: Go's floor has risen, and ours may go", n)
	}
	Spare()
	if n := rounds(); n > 2 {
		t.Errorf("%d rounds in 40 MiB", n)
	}
}
