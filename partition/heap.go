package partition

// A heap holds vertices by what their moves bring, the most on top.
type heap struct {
	items []gained
	at    []int32 // 1 + where a vertex is, 0 if it is not in
}

type gained struct{ v, gain int32 }

func newHeap(n int) heap { return heap{at: make([]int32, n)} }

func (h *heap) len() int         { return len(h.items) }
func (h *heap) has(v int32) bool { return h.at[v] > 0 }

// set puts a vertex in, or changes its gain.
func (h *heap) set(v, gain int32) {
	i := int(h.at[v]) - 1
	if i < 0 {
		h.items = append(h.items, gained{v, gain})
		h.up(len(h.items) - 1)
		return
	}
	old := h.items[i].gain
	h.items[i].gain = gain
	if gain > old {
		h.up(i)
	} else if gain < old {
		h.down(i)
	}
}

// pop takes out the vertex on top.
func (h *heap) pop() (v, gain int32) {
	top := h.items[0]
	h.take(0)
	return top.v, top.gain
}

// remove takes out a vertex if it is in.
func (h *heap) remove(v int32) {
	if i := int(h.at[v]) - 1; i >= 0 {
		h.take(i)
	}
}

func (h *heap) take(i int) {
	last := len(h.items) - 1
	moved := h.items[last]
	h.at[h.items[i].v] = 0
	h.items = h.items[:last]
	if i < last {
		h.items[i] = moved
		h.down(i)
		h.up(int(h.at[moved.v]) - 1)
	}
}

func (h *heap) clear() {
	for _, x := range h.items {
		h.at[x.v] = 0
	}
	h.items = h.items[:0]
}

func (h *heap) up(i int) {
	x := h.items[i]
	for i > 0 {
		parent := (i - 1) / 2
		if h.items[parent].gain >= x.gain {
			break
		}
		h.put(i, h.items[parent])
		i = parent
	}
	h.put(i, x)
}

func (h *heap) down(i int) {
	x := h.items[i]
	for {
		child := 2*i + 1
		if child >= len(h.items) {
			break
		}
		if child+1 < len(h.items) && h.items[child+1].gain > h.items[child].gain {
			child++
		}
		if h.items[child].gain <= x.gain {
			break
		}
		h.put(i, h.items[child])
		i = child
	}
	h.put(i, x)
}

func (h *heap) put(i int, x gained) {
	h.items[i] = x
	h.at[x.v] = int32(i) + 1
}
