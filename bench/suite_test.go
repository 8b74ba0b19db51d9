package bench

import (
	"regexp"
	"strings"
	"testing"
)

// TestSuite: every measure runs between ranks in this process, and its line is
// one that Go's tools read.
func TestSuite(t *testing.T) {
	line := regexp.MustCompile(`^Benchmark[A-Z][^\s]*\s+\d+\s+\d+(\.\d+)? ns/op(\s+[-+.e\d]+ \S+)*\n$`)
	for _, m := range Suite() {
		for _, ranks := range []int{2, 3} {
			f, err := m.Run(t.Context(), Place{Ranks: ranks})
			if err != nil {
				t.Fatalf("on %d ranks: %v", ranks, err)
			}
			var b strings.Builder
			if err := m.Write(&b, f); err != nil || !line.MatchString(b.String()) {
				t.Errorf("on %d ranks: %q, %v", ranks, b.String(), err)
			}
			if f.N < 1 || f.PerOp <= 0 {
				t.Errorf("%s on %d ranks: %+v", m.Name, ranks, f)
			}
			t.Log(b.String())
		}
	}
}
