package zarr

import (
	"slices"
	"testing"
)

// TestEachStretch: put together, the stretches are the array, and they are as long as
// they can be.
func TestEachStretch(t *testing.T) {
	for _, c := range []struct {
		shape, chunks []int
		stretches     int
	}{
		{[]int{}, []int{}, 1}, {[]int{7}, []int{3}, 3}, {[]int{4, 5}, []int{2, 5}, 2}, {[]int{4, 5}, []int{3, 2}, 12},
		{[]int{2, 3, 4}, []int{1, 2, 4}, 4}, {[]int{2, 3, 4}, []int{2, 2, 4}, 4}, {[]int{2, 3, 4}, []int{2, 3, 4}, 1}, {[]int{0, 3}, []int{1, 1}, 0},
	} {
		s := mustCreate(t)
		a, err := NewArray(s, "a", Spec[int32]{Shape: c.shape, Chunks: c.chunks})
		if err != nil {
			t.Fatal(err)
		}
		n, _ := product(c.shape)
		want := make([]int32, n)
		for i := range want {
			want[i] = int32(i + 1)
		}
		if err := a.Write(want); err != nil {
			t.Fatal(err)
		}
		got, stretches := make([]int32, n), 0
		if err := a.EachStretch(func(at int, data []int32) error {
			stretches++
			copy(got[at:], data)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) || stretches != c.stretches {
			t.Errorf("%v in %v: %v in %d stretches, expected %d", c.shape, c.chunks, got, stretches, c.stretches)
		}
	}
}
