package numbers

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"testing"
)

// check compares with package binary, element by element.
func check[T any](t *testing.T, data ...T) {
	t.Helper()
	want, err := binary.Append([]byte{7}, binary.LittleEndian, data)
	if err != nil {
		t.Fatal(err)
	}
	got := Append([]byte{7}, data)
	if !bytes.Equal(got, want) {
		t.Errorf("%T: %x, expected %x", data, got, want)
	}
	if b := Bytes(data); memoryInOrder && !bytes.Equal(b, want[1:]) {
		t.Errorf("%T: in memory %x, expected %x", data, b, want[1:])
	}
	back := make([]T, len(data))
	if Decode(back, got[1:]); !slices.Equal(Append(nil, back), want[1:]) {
		t.Errorf("%T: back as %v, not %v", data, back, data)
	}
}

func TestNumbers(t *testing.T) {
	check[float32](t)
	check(t, float32(1.5), -0.25, float32(math.Inf(1)))
	check(t, 1e-300, math.Pi)
	check[int32](t, math.MinInt32, 258)
	check[int64](t, math.MaxInt64, -258)
	check[uint8](t, 0, 255, 3)
	check(t, true, false, true)
	check[complex64](t, 1+2i, complex(0.5, -0.25))
	check(t, 1-2i, complex(math.Pi, 1e300))
}

// TestBools: a bool from any byte is one that Go knows.
func TestBools(t *testing.T) {
	got := make([]bool, 3)
	Decode(got, []byte{0, 2, 255})
	if want := []bool{false, true, true}; !slices.Equal(got, want) || !bytes.Equal(Append(nil, got), []byte{0, 1, 1}) {
		t.Errorf("%v, expected %v", got, want)
	}
}

// TestOthers: the memory of what is no number is not its stored form.
func TestOthers(t *testing.T) {
	if b := Bytes([]string{"a"}); b != nil {
		t.Errorf("a string is %x", b)
	}
}
