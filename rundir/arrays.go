package rundir

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/dispel4go/dispel4go/npy"
	"github.com/dispel4go/dispel4go/zarr"
)

// compareNPY finds out what the arrays hold by trying.
func compareNPY(a, b string, rtol float64) (string, error) {
	for _, try := range []func(a, b string, rtol float64) (string, error){
		compareArrays[float32], compareArrays[float64], compareArrays[int32], compareArrays[int64],
		compareArrays[uint8], compareArrays[bool], compareArrays[complex64], compareArrays[complex128],
	} {
		if text, err := try(a, b, rtol); !errors.Is(err, npy.ErrType) {
			return text, err
		}
	}
	return "the arrays have different types of elements", nil
}

func compareArrays[T npy.Element](a, b string, rtol float64) (string, error) {
	x, shape, err := npy.ReadFile[T](a)
	if err != nil {
		return "", err
	}
	y, other, err := npy.ReadFile[T](b)
	if err != nil {
		return "", err
	}
	if !slices.Equal(shape, other) {
		return fmt.Sprintf("shape %v against %v", shape, other), nil
	}
	var t tally
	numbers(&t, x, y, rtol)
	return t.text(), nil
}

// A tally counts elements that differ, and knows the worst.
type tally struct {
	all, differ int
	worst       float64
	x, y        any
}

func (t *tally) add(same bool, how float64, x, y any) {
	t.all++
	if same {
		return
	}
	if t.differ++; t.differ == 1 || how > t.worst {
		t.worst, t.x, t.y = how, x, y
	}
}

func (t *tally) text() string {
	if t.differ == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d elements differ, most %v against %v", t.differ, t.all, t.x, t.y)
}

// numbers compares elements of equal count.
func numbers[T zarr.Element](t *tally, x, y []T, rtol float64) {
	for i := range x {
		if x[i] == y[i] {
			t.all++
			continue
		}
		same, how := within(x[i], y[i], rtol)
		t.add(same, how, x[i], y[i])
	}
}

// within compares two elements of one type that are not equal, and says how
// far they are apart.
func within(x, y any, rtol float64) (same bool, how float64) {
	switch x := x.(type) {
	case float32:
		return floats(float64(x), float64(y.(float32)), rtol)
	case float64:
		return floats(x, y.(float64), rtol)
	case complex64:
		return complexes(complex128(x), complex128(y.(complex64)), rtol)
	case complex128:
		return complexes(x, y.(complex128), rtol)
	case int32:
		return integers(int64(x), int64(y.(int32)), rtol)
	case uint8:
		return integers(int64(x), int64(y.(uint8)), rtol)
	case int64:
		return integers(x, y.(int64), rtol)
	}
	return false, math.Inf(1) // bool, string
}

func floats(x, y, rtol float64) (bool, float64) { return near(x, y, rtol), apart(x, y) }

func complexes(x, y complex128, rtol float64) (bool, float64) {
	return near(real(x), real(y), rtol) && near(imag(x), imag(y), rtol), max(apart(real(x), real(y)), apart(imag(x), imag(y)))
}

// integers that differ may be too large to do so as floats.
func integers(x, y int64, rtol float64) (bool, float64) {
	return x == y || rtol > 0 && near(float64(x), float64(y), rtol), apart(float64(x), float64(y))
}

// apart is the relative distance of two numbers.
func apart(x, y float64) float64 {
	if x == y || x != x && y != y {
		return 0
	}
	if d := math.Abs(x-y) / max(math.Abs(x), math.Abs(y)); d == d {
		return d
	}
	return math.Inf(1)
}
