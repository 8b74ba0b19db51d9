package engine

// window is the credit of one instance on one edge: how many bytes are
// outstanding, sent and not yet given to a PE. What does not fit has to wait;
// when nothing is outstanding anything fits, however large.
type window struct {
	size  int
	total int
	to    []int         // outstanding per destination, where that is asked for
	some  map[int32]int // the same where there are many destinations
	turn  int           // where least begins to look, so that equals take turns
	n     int           // destinations
}

// manyDestinations is where a window stops to keep an entry for each.
const manyDestinations = 256

// newWindow returns a window over n destinations; balanced ones are counted
// apart.
func newWindow(size, n int, balanced bool) window {
	w := window{size: size, n: n}
	switch {
	case !balanced || n == 1:
	case n <= manyDestinations:
		w.to = make([]int, n)
	default:
		w.some = map[int32]int{}
	}
	return w
}

// fits reports whether bytes more may be sent.
func (w *window) fits(bytes int) bool { return w.total == 0 || w.total+bytes <= w.size }

// roomy reports whether so much has come back that a sender that waited should
// go on; waking it for every batch would cost more than it brings.
func (w *window) roomy() bool { return w.total <= w.size/2 }

func (w *window) charge(to, bytes int) { w.add(to, bytes) }
func (w *window) credit(to, bytes int) { w.add(to, -bytes) }

func (w *window) add(to, bytes int) {
	w.total += bytes
	switch {
	case w.to != nil:
		w.to[to] += bytes
	case w.some != nil:
		if left := w.some[int32(to)] + bytes; left != 0 {
			w.some[int32(to)] = left
		} else {
			delete(w.some, int32(to))
		}
	}
}

// least returns the destination with the fewest bytes outstanding, those equal
// in turn. Among many it looks at a few and takes the first with none.
func (w *window) least() int {
	if w.n == 1 {
		return 0
	}
	const looks = 16
	best, fewest := -1, 0
	for i := range w.n {
		to := (w.turn + i) % w.n
		out := 0
		if w.to != nil {
			out = w.to[to]
		} else {
			out = w.some[int32(to)]
		}
		if best < 0 || out < fewest {
			best, fewest = to, out
		}
		if fewest == 0 || w.some != nil && i == looks-1 {
			break
		}
	}
	w.turn = (best + 1) % w.n
	return best
}
