//go:build cgo && linux && bench

package abi

/*
int d4_bench_send(int to, int n, int count, int items);
int d4_bench_receive(int from, int n, int count, int items);
int d4_bench_bounce(int with, int n, int rounds, int first);
*/
import "C"

// BenchSend streams messages of n bytes to a rank, as a C program does; with
// items equal to 1 they are numbers, put in and taken out one by one.
func (l *Library) BenchSend(to, n, count, items int) error {
	return l.check("BenchSend", C.d4_bench_send(C.int(to), C.int(n), C.int(count), C.int(items)))
}

// BenchReceive is the other side of BenchSend.
func (l *Library) BenchReceive(from, n, count, items int) error {
	return l.check("BenchReceive", C.d4_bench_receive(C.int(from), C.int(n), C.int(count), C.int(items)))
}

// BenchBounce sends n bytes to a rank and back, so many times. One of the two
// is first.
func (l *Library) BenchBounce(with, n, rounds int, first bool) error {
	f := C.int(0)
	if first {
		f = 1
	}
	return l.check("BenchBounce", C.d4_bench_bounce(C.int(with), C.int(n), C.int(rounds), f))
}
