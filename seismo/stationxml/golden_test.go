package stationxml_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"math/cmplx"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/seismo/response"
	"github.com/dispel4go/dispel4go/seismo/stationxml"
)

// golden is what scripts/golden_response.py has computed with ObsPy.
type golden struct {
	Frequencies []float64 `json:"frequencies_hz"`
	Responses   []struct {
		Channel, Output string
		Tolerance       float64 `json:"rtol_of_max"`
		Real, Imag      []float64
	}
	Records []struct {
		Channel   string
		Options   options
		Tolerance float64 `json:"rtol_of_max"`
		X, Y      []float64
		Step      int
	}
}

// options are those of ObsPy's Trace.remove_response and simulate.
type options struct {
	Output     string
	WaterLevel *float64    `json:"water_level"`
	PreFilter  *[4]float64 `json:"pre_filt"`
	ZeroMean   *bool       `json:"zero_mean"`
	Taper      *bool
	Fraction   *float64        `json:"taper_fraction"`
	Remove     json.RawMessage `json:"paz_remove"`
	Simulate   json.RawMessage `json:"paz_simulate"`
}

func (o *options) set(t *testing.T) response.Options {
	opt := response.Defaults()
	if o.Output != "" {
		q, err := response.ParseQuantity(o.Output)
		if err != nil {
			t.Fatal(err)
		}
		opt.Output = q
	}
	if o.WaterLevel != nil {
		opt.WaterLevelDB = *o.WaterLevel
	} else {
		opt.WaterLevelDB = 0
	}
	opt.PreFilterHz = o.PreFilter
	opt.KeepMean = o.ZeroMean != nil && !*o.ZeroMean
	if o.Fraction != nil {
		opt.TaperFraction = *o.Fraction
	}
	if o.Taper != nil && !*o.Taper {
		opt.TaperFraction = 0
	}
	return opt
}

// instrument reads one from JSON; "pendulum" is that of 1 Hz.
func instrument(t *testing.T, text json.RawMessage) *response.Instrument {
	if text == nil {
		return nil
	}
	var paz struct {
		Zeros, Poles      [][2]float64
		Gain, Sensitivity float64
	}
	if string(text) == `"pendulum"` {
		return new(response.Pendulum(1, 0.707))
	}
	if err := json.Unmarshal(text, &paz); err != nil {
		t.Fatal(err)
	}
	i := &response.Instrument{Sensitivity: paz.Sensitivity, PolesZeros: response.PolesZeros{Factor: paz.Gain}}
	for _, z := range paz.Zeros {
		i.Zeros = append(i.Zeros, complex(z[0], z[1]))
	}
	for _, p := range paz.Poles {
		i.Poles = append(i.Poles, complex(p[0], p[1]))
	}
	return i
}

func read(t *testing.T, path string) *stationxml.Inventory {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	inv, err := stationxml.Read(bytes.NewReader(data), stationxml.ResponseLevel)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// apart is how far two series differ at most, by the largest value.
func apart(got, want []float64) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	most, worst := 0.0, 0.0
	for i, v := range want {
		most = max(most, math.Abs(v))
		if d := math.Abs(got[i] - v); !(d <= worst) {
			worst = d
		}
	}
	return worst / most
}

// TestGolden: every type of stage, as ObsPy evaluates and removes it.
func TestGolden(t *testing.T) {
	var g golden
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	inv := read(t, "testdata/stages.xml")
	of := func(code string) *response.Response {
		return inv.Channel("XX.STAGE.00."+code, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)).Response
	}
	for _, c := range g.Responses {
		output, err := response.ParseQuantity(c.Output)
		if err != nil {
			t.Fatal(err)
		}
		e, err := response.NewEvaluator(of(c.Channel), output)
		if err != nil {
			t.Fatalf("%s: %v", c.Channel, err)
		}
		most, worst := 0.0, 0.0
		for i, f := range g.Frequencies {
			want := complex(c.Real[i], c.Imag[i])
			most = max(most, cmplx.Abs(want))
			if d := cmplx.Abs(e.At(f) - want); !(d <= worst) {
				worst = d
			}
		}
		if !(worst <= c.Tolerance*most) {
			t.Errorf("%s %s: differs by %.1e of the largest value", c.Channel, c.Output, worst/most)
		}
	}
	for _, c := range g.Records {
		var w *response.Weights
		var err error
		if c.Channel != "" {
			w, err = response.Remove(of(c.Channel), len(c.X), 100, c.Options.set(t))
		} else {
			if c.Options.WaterLevel == nil {
				c.Options.WaterLevel = new(600.0)
			}
			w, err = response.Simulate(instrument(t, c.Options.Remove), instrument(t, c.Options.Simulate), len(c.X), 100, c.Options.set(t))
		}
		if err != nil {
			t.Errorf("%s: %v", c.Channel, err)
			continue
		}
		y := response.Apply(response.NewPlan(len(c.X)), nil, c.X, w)
		var some []float64
		for i := 0; i < len(y); i += c.Step {
			some = append(some, y[i])
		}
		if e := apart(some, c.Y); !(e <= c.Tolerance) {
			t.Errorf("%s %+v: differs by %.1e of the largest value", c.Channel, c.Options, e)
		}
	}
}

// TestGoldenShared: a real broadband channel of the shared data.
func TestGoldenShared(t *testing.T) {
	shared := filepath.Join("..", "..", "..", "shared", "data")
	text, err := os.ReadFile(filepath.Join(shared, "golden", "manifest.json"))
	if err != nil {
		t.Skip("SKIP: no shared data in ../shared/data/golden beside the repository")
	}
	var manifest struct {
		Inputs map[string]struct{ File string }
		Cases  []struct {
			Name, Function string
			Params         struct {
				options
				StationXML, ID string
				Start          string `json:"starttime"`
				At             string `json:"time"`
			}
			Inputs    []string
			Outputs   []struct{ File string }
			Tolerance float64 `json:"rtol_of_max"`
		}
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	array := func(name string) []float64 {
		b, err := os.ReadFile(filepath.Join(shared, "golden", name))
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float64, len(b)/8)
		for i := range x {
			x[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
		}
		return x
	}
	ran := 0
	for _, c := range manifest.Cases {
		var got, want []float64
		switch p := c.Params; c.Function {
		case "Response.get_evalresp_response_for_frequencies":
			output, err := response.ParseQuantity(p.Output)
			if err != nil {
				t.Fatal(err)
			}
			e, err := response.NewEvaluator(channel(t, shared, p.StationXML, p.ID, p.At).Response, output)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range array(c.Outputs[0].File) {
				h := e.At(f)
				got = append(got, real(h), imag(h))
			}
			want = array(c.Outputs[1].File)
		case "Trace.remove_response":
			x := array(manifest.Inputs[c.Inputs[0]].File)
			w, err := response.Remove(channel(t, shared, p.StationXML, p.ID, p.Start).Response, len(x), 40, p.set(t))
			if err != nil {
				t.Fatal(err)
			}
			got, want = response.Apply(response.NewPlan(len(x)), nil, x, w), array(c.Outputs[0].File)
		case "Trace.simulate":
			x := array(manifest.Inputs[c.Inputs[0]].File)
			w, err := response.Simulate(instrument(t, p.Remove), instrument(t, p.Simulate), len(x), 40, p.set(t))
			if err != nil {
				t.Fatal(err)
			}
			got, want = response.Apply(response.NewPlan(len(x)), nil, x, w), array(c.Outputs[0].File)
		default:
			continue
		}
		ran++
		if e := apart(got, want); !(e <= c.Tolerance) {
			t.Errorf("%s: differs by %.1e of the largest value, more than %.0e", c.Name, e, c.Tolerance)
		}
	}
	if ran < 9 {
		t.Errorf("only %d cases ran", ran)
	}
}

func channel(t *testing.T, shared, file, id, at string) *stationxml.Channel {
	t.Helper()
	when, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		t.Fatal(err)
	}
	c := read(t, filepath.Join(shared, "scedc", file)).Channel(id, when)
	if c == nil {
		t.Fatalf("%s is not in %s", id, file)
	}
	return c
}
