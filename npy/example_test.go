package npy_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/dispel4go/dispel4go/npy"
)

// Rows are written as they come; how many there are is known at the end.
func ExampleAppender() {
	dir, err := os.MkdirTemp("", "npy")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "rows.npy")
	a, err := npy.CreateAppender[float32](path, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range 3 {
		if err := a.Append([]float32{float32(i), float32(i * i)}); err != nil {
			fmt.Println(err)
		}
	}
	if err := a.Close(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(npy.ReadFile[float32](path))
	// Output: [0 0 1 1 2 4] [3 2] <nil>
}
