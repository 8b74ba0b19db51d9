//go:build cgo && linux

package run

import (
	"testing"

	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/engine/enginetest"
	"github.com/dispel4go/dispel4go/mpi/mpitest"
	"github.com/dispel4go/dispel4go/partition"
)

// What a rank does: the engine suite with everything compressed that leaves it.
func TestRankCompressed(t *testing.T) {
	rank(t)
	for _, c := range []engine.Compress{engine.CompressS2, engine.CompressZstd, engine.CompressNumeric} {
		t.Run(c.String(), func(t *testing.T) {
			enginetest.Run(t, runs(Options{Cores: 1, Fuse: partition.Off, Memory: 1 << 20, Compress: c}))
		})
	}
}

// TestEngineCompressed: the engine suite passes once more with each codec.
func TestEngineCompressed(t *testing.T) {
	for _, name := range []string{"Open MPI 4", "MPICH 5"} {
		t.Run(name, func(t *testing.T) { launched(t, mpitest.Get(t, name), 2, "TestRankCompressed") })
	}
}
