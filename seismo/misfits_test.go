package seismo_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
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

// TestWriteMisfits: in the order of time and channel, whatever they come in; medians of an
// even and an odd number, none of none; NaN is null, and in no median.
func TestWriteMisfits(t *testing.T) {
	of := func(channel string, start d4.Time, shift, amplitude float64) seismo.WaveformMisfit {
		return seismo.WaveformMisfit{Channel: channel, Start: start, ShiftS: shift, Amplitude: amplitude}
	}
	all := []seismo.WaveformMisfit{of("XX.B..Z", 60e9, 3, 0.5), of("XX.B..Z", 0, 1, 0.25), of("XX.A..Z", 60e9, -2, 2), of("XX.A..Z", 0, 0, 4)}
	for n, want := range map[int][2]any{0: {nil, nil}, 3: {-1.0, 2.0}, 4: {-0.5, 1 / 1.25}} {
		res := petest.Run(t, seismo.NewWriteMisfits, petest.Feed("in", all[:n]...))
		if res.Err != nil {
			t.Fatal(res.Err)
		}
		says := res.PE(nil).(*seismo.WriteMisfits).Summary()
		if says["misfits"] != n || says["delay_measured_s"] != want[0] || says["factor_measured"] != want[1] {
			t.Errorf("%d misfits: %v", n, says)
		}
		text := string(res.Files["misfit.jsonl"])
		if strings.Count(text, "\n") != n || n == 4 && !strings.HasPrefix(text, `{"Channel":"XX.A..Z","Start":0,`) {
			t.Errorf("%d misfits: %s", n, text)
		}
	}
	res := run(t, seismo.NewWriteMisfits, petest.Feed("in", append(all, of("XX.0..Z", 0, math.NaN(), math.Inf(1)))...))
	says := res.PE(nil).(*seismo.WriteMisfits).Summary()
	if text := string(res.Files["misfit.jsonl"]); strings.Count(text, "\n") != 5 || !strings.HasPrefix(text, `{"Channel":"XX.0..Z","Start":0,"L2":0,"ShiftS":null,"Correlation":0,"Amplitude":null,`) {
		t.Errorf("with NaN: %s", text)
	}
	if says["misfits"] != 5 || says["delay_measured_s"] != -0.5 || says["factor_measured"] != 1/1.25 {
		t.Errorf("with NaN: %v", says)
	}
	res = run(t, seismo.NewWriteMisfits, petest.Feed("in", of("XX.A..Z", 0, math.NaN(), 1)))
	if says := res.PE(nil).(*seismo.WriteMisfits).Summary(); says["delay_measured_s"] != nil || says["factor_measured"] != 1.0 {
		t.Errorf("NaN alone: %v", says)
	}
}
