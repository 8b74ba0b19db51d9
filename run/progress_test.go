package run

import "testing"

func TestShort(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 9999: "9999", 10_000: "10 k", 12_345: "12.35 k", 9_999_499: "9999 k", 9_999_600: "10 M", 1<<64 - 1: "18.45 E"} {
		if got := short(n); got != want {
			t.Errorf("%d is %q, expected %q", n, got, want)
		}
	}
}
