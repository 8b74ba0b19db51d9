package sizeclass

import "testing"

// The class of n bytes is the first that holds them.
func TestOf(t *testing.T) {
	for n := 0; n < 1<<14; n++ {
		want := 0
		for Size(want) < n {
			want++
		}
		if got := Of(n); got != want {
			t.Fatalf("Of(%d) = %d, want %d", n, got, want)
		}
	}
	for class := range Count {
		size := Size(class)
		if Of(size) != class || Of(size+1) != class+1 {
			t.Errorf("class %d of %d bytes is not the first that holds them", class, size)
		}
	}
	if Of(64<<20) != Count-1 || Of(64<<20+1) != Count {
		t.Error("the last class is not 64 MiB")
	}
}
