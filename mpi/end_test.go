package mpi

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/transport/transporttest"
)

func open(t testing.TB) *End {
	e, err := here(t).Transport()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// What a rank does.
func TestRankSuite(t *testing.T) { transporttest.Rank(t, open(t)) }
func TestRankAbort(t *testing.T) { transporttest.RankAbort(t, open(t)) }

// The suite passes with any number of ranks under any MPI.
func TestSuite(t *testing.T) {
	eachMPI(t, func(t *testing.T, r row) {
		for n := 1; n <= 4; n++ {
			t.Run(fmt.Sprintf("n=%d", n), func(t *testing.T) {
				res := r.launched(t, n, "^TestRankSuite$")
				res.passes(t, n)
				t.Log(res.took)
			})
		}
		t.Run("abort", func(t *testing.T) {
			res := r.launched(t, 3, "^TestRankAbort$")
			if n := strings.Count(res.out, "the disk is full"); n != 1 || strings.Count(res.out, "\nPASS") != 3 {
				t.Errorf("%d causes:\n%s", n, res.out)
			}
		})
	})
}
