package resp_test

import (
	"bytes"
	"errors"
	"io"
	"math/cmplx"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/seismo/resp"
	"github.com/dispel4go/dispel4go/seismo/response"
	"github.com/dispel4go/dispel4go/seismo/stationxml"
)

func stages(t *testing.T) []*resp.Channel {
	t.Helper()
	f, err := os.Open("testdata/stages.resp")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := resp.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestStages: the same channels as RESP and as StationXML, whose responses are held
// by values of ObsPy, are the same.
func TestStages(t *testing.T) {
	f, err := os.Open("../stationxml/testdata/stages.xml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	inv, err := stationxml.Read(f, stationxml.ResponseLevel)
	if err != nil {
		t.Fatal(err)
	}
	all := stages(t)
	if len(all) != 5 {
		t.Fatalf("%d channels", len(all))
	}
	for _, c := range all {
		want := inv.Channel(c.ID(), c.Start)
		if want == nil || !c.End.IsZero() {
			t.Fatalf("%s from %v to %v", c.ID(), c.Start, c.End)
		}
		if len(c.Response.Stages) != len(want.Response.Stages) {
			t.Fatalf("%s: %d stages", c.ID(), len(c.Response.Stages))
		}
		e, err := response.NewEvaluator(c.Response, response.Native)
		if err != nil {
			t.Fatal(err)
		}
		w, err := response.NewEvaluator(want.Response, response.Native)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range []float64{0.01, 1, 33} {
			if d := cmplx.Abs(e.At(f) - w.At(f)); !(d <= 1e-14*cmplx.Abs(w.At(f))) {
				t.Errorf("%s at %g Hz: %v, expected %v", c.ID(), f, e.At(f), w.At(f))
			}
		}
		if c.Response.Stages[0].Input != want.Response.Stages[0].Input {
			t.Errorf("%s is in %s", c.ID(), c.Response.Stages[0].Input)
		}
	}
}

// TestDictionary: blockettes 41 to 48 behind 60 say what 53 to 62 do.
func TestDictionary(t *testing.T) {
	channel := "B050F03 Station: S\nB050F16 Network: N\nB052F03 Location: ??\nB052F04 Channel: BHZ\nB052F22 Start date: 1999,032,01:02:03.5\nB052F23 End date: 2000\n"
	plain, err := resp.Read(strings.NewReader(channel + `
B053F03 Transfer function type: A [Laplace Transform (Rad/sec)]
B053F04 Stage sequence number: 1
B053F05 Response in units lookup: M/S - Velocity
B053F06 Response out units lookup: V - Volts
B053F07 A0 normalization factor: 2.0
B053F08 Normalization frequency: 1.0
B053F10-13 0 1.5 0 0 0
B053F15-18 0 -3 4 0 0
B058F03 Stage sequence number: 1
B058F04 Gain: 3
B058F05 Frequency of gain: 1 HZ
B054F03 Transfer function type: D
B054F04 Stage sequence number: 2
B054F05 Response in units lookup: V
B054F06 Response out units lookup: COUNTS
B054F08-09 0 1 0
B057F03 Stage sequence number: 2
B057F04 Input sample rate: 20
B057F05 Decimation factor: 00002
B061F03 Stage sequence number: 3
B061F05 Symmetry type: B
B061F09 0 0.25
B061F09 1 0.5
B061F03 Stage sequence number: 3
B061F05 Symmetry type: B
B061F09 2 0.25`))
	if err != nil {
		t.Fatal(err)
	}
	dictionary, err := resp.Read(strings.NewReader(channel + `
B060F04 Stage sequence number: 1
B043F04 Response name: sensor
B043F05 Response type: A
B043F06 Response in units lookup: M/S
B043F07 Response out units lookup: V
B043F08 A0 normalization factor: 2.0
B043F09 Normalization frequency: 1.0
B043F11-14 0 1.5 0 0 0
B043F16-19 0 -3 4 0 0
B048F05 Gain: 3
B048F06 Frequency of gain: 1
B060F04 Stage sequence number: 2
B044F05 Response type: D
B044F06 Response in units lookup: V
B044F07 Response out units lookup: COUNTS
B044F09-10 0 1 0
B047F04 Response name: half
B047F05 Input sample rate: 20
B047F06 Decimation factor: 2
B060F04 Stage sequence number: 3
B041F03 Response lookup key: 7
B041F05 Symmetry type: B
B041F09 0 0.25
B041F09 1 0.5
B041F09 2 0.25`))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(plain, dictionary) {
		t.Errorf("%+v is not %+v", plain[0].Response.Stages, dictionary[0].Response.Stages)
	}
	c := plain[0]
	if c.ID() != "N.S..BHZ" || !c.Start.Equal(time.Date(1999, 2, 1, 1, 2, 3, 500_000_000, time.UTC)) || c.End.Year() != 2000 {
		t.Errorf("%+v", c)
	}
	if f := c.Response.Stages[2].Filter.(*response.FIR); !reflect.DeepEqual(f.Coefficients, []float64{0.25, 0.5, 0.25}) {
		t.Errorf("a filter in two blockettes: %v", f.Coefficients)
	}
}

// TestWrong: what makes no sense is said, with its line.
func TestWrong(t *testing.T) {
	begin := "B050F03 Station: S\nB052F04 Channel: Z\n"
	for text, want := range map[string]string{
		"":                                      "there is no line of a blockette in it",
		"# only\ntext":                          "there is no line of a blockette in it",
		"B053F04 Stage: 1\n":                    "line 1: not a RESP file: blockette 53 before that of a channel",
		begin + "B057F03 S: 1\nB057F04 R: fast": `line 4: not a RESP file: "fast" is no number`,
		begin + "B061F03 S: 1\nB061F05 T: Z":    `"Z" is none of A, B, C`,
		begin + "B061F03 S: one":                `stage "one"`,
		begin + "B061F03 S: 1000":               `stage "1000" is none from 0 to 999`,
		begin + "B054F03 T: X\nB054F04 S: 1":    `"X" is none of A, B, D`,
		begin + "B061F03 S: 1\nB061F09 4":       "1 numbers where 2 belong",
		begin + "B052F22 Start: 20x0":           `the time "20x0"`,
	} {
		_, err := resp.Read(strings.NewReader(text))
		if err == nil || !errors.Is(err, resp.ErrFormat) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, expected %s", text, err, want)
		}
	}
	for _, end := range []string{"\n", "\r\n", "\r"} {
		if _, err := resp.Read(strings.NewReader(strings.ReplaceAll(begin+"B061F03 S: one\n", "\n", end))); err == nil || !strings.Contains(err.Error(), "line 3:") {
			t.Errorf("lines that end with %q: %v", end, err)
		}
	}
	failed := errors.New("the disk is gone")
	if _, err := resp.Read(io.MultiReader(strings.NewReader(begin), broken{failed})); !errors.Is(err, failed) {
		t.Errorf("%v", err)
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// FuzzRead: whatever is read, reading ends, and responses are computed or refused.
func FuzzRead(f *testing.F) {
	f.Add([]byte("B050F03 Station: S\nB052F04 Channel: Z\nB053F03 T: A\nB053F04 S: 1\nB053F10-13 0 1 2 0 0\nB058F03 S: 1\nB058F04 G: 2\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := resp.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, c := range all {
			if e, err := response.NewEvaluator(c.Response, response.Native); err == nil {
				e.At(1)
			}
			w, err := response.Remove(c.Response, 8, 1, response.Defaults())
			if err == nil {
				response.Apply(response.NewPlan(8), nil, make([]float64, 8), w)
			}
		}
	})
}
