package seismo

import (
	"math"

	d4 "github.com/dispel4go/dispel4go"
)

// grid is rows x columns of blocks, at most as many as there are instances.
type grid struct{ rows, cols int }

func newGrid(n int) grid {
	rows := int(math.Sqrt(float64(n)))
	return grid{rows, n / rows}
}

func (g grid) row(id string) int { return place(id, g.rows) }
func (g grid) col(id string) int { return place(id, g.cols) }

// place spreads channels over n rows or columns, the same way in every program.
func place(id string, n int) int {
	hash, _ := d4.KeyHash(id) // a string is a key
	return int(hash % d4.Shards * uint64(n) / d4.Shards)
}

// block is where a pair belongs, A before B.
func (g grid) block(a, b string) int { return g.row(a)*g.cols + g.col(b) }

// of appends the blocks of a channel: those of its row and of its column.
func (g grid) of(id string, to []int) []int {
	r, c := g.row(id), g.col(id)
	for k := range g.cols {
		to = append(to, r*g.cols+k)
	}
	for k := range g.rows {
		if k != r {
			to = append(to, k*g.cols+c)
		}
	}
	return to
}
