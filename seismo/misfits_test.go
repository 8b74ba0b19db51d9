package seismo_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
)

// TestMisfitMemory: the wavelets count, before they are made.
func TestMisfitMemory(t *testing.T) {
	tr := seismo.Trace{Station: seismo.Station{ID: "XX.A..Z"}, RateHz: 20, Samples: random(1, 4000)}
	for mib, fits := range map[int]bool{5: false, 11: true} { // 42 rows of 16384 coefficients are 10.5 MiB
		res := petest.Run(t, seismo.NewMisfit, petest.Set("MaxMiB", mib), petest.Feed("observed", tr), petest.Feed("synthetic", tr))
		if fits && res.Err != nil || !fits && (!errors.Is(res.Err, pes.ErrLimit) || !strings.Contains(res.Err.Error(), "wavelets for 4000 samples at 40 frequencies")) {
			t.Errorf("%d MiB: %v", mib, res.Err)
		}
	}
}
