package registry

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/port"
)

type trace struct {
	Station string
	Samples []float64
	Gain    float64
	hidden  int
}

type limits struct {
	Memory int64 `unit:"MiB" min:"1" max:"1024" help:"what it may keep"`
}

type mode string

type tuned struct {
	d4.Base
	limits
	In       d4.In[int]
	Out      d4.Out[int]
	FreqMin  float64       `unit:"Hz" min:"0" max:"20" help:"lower end"`
	Order    int8          `min:"1" help:"of the filter"`
	Count    uint16        `help:"how many"`
	Method   mode          `oneof:"smooth|one-bit" help:"how"`
	Pad      time.Duration `min:"0s" max:"1h" param:"padding" help:"zeros on either side"`
	On       bool          `help:"whether"`
	Bands    []float32     `min:"0" unit:"Hz" help:"corners"`
	Names    []string      `oneof:"a|b" help:"which"`
	Waits    []time.Duration
	Internal int // no help: not a parameter
	setups   int
}

func newTuned() *tuned {
	t := &tuned{FreqMin: 0.1, Order: 4, Method: "smooth", Bands: []float32{1, 2}, limits: limits{Memory: 64}}
	t.In = d4.Input(func(int) error { return nil }, d4.OneToAll, d4.ReadOnly)
	return t
}

func (t *tuned) Setup() error {
	t.setups++
	if t.FreqMin == 13 {
		return errors.New("13 Hz is not supported")
	}
	return nil
}

func variant(t *testing.T) *Variant {
	t.Helper()
	r := New()
	Add(r, "test.Tuned", "has every kind of parameter", newTuned)
	v, ok := r.Lookup("test.Tuned")
	if !ok || len(v) != 1 {
		t.Fatalf("Lookup: %v %v", v, ok)
	}
	return v[0]
}

func TestParams(t *testing.T) {
	want := []Param{
		{"memory", "int", "MiB", "1", "1024", nil, int64(64), "what it may keep"},
		{"freq_min", "float", "Hz", "0", "20", nil, 0.1, "lower end"},
		{"order", "int", "", "1", "", nil, int8(4), "of the filter"},
		{"count", "int", "", "", "", nil, uint16(0), "how many"},
		{"method", "string", "", "", "", []string{"smooth", "one-bit"}, mode("smooth"), "how"},
		{"padding", "duration", "", "0s", "1h", nil, time.Duration(0), "zeros on either side"},
		{"on", "bool", "", "", "", nil, false, "whether"},
		{"bands", "[]float", "Hz", "0", "", nil, []float32{1, 2}, "corners"},
		{"names", "[]string", "", "", "", []string{"a", "b"}, []string(nil), "which"},
	}
	got := variant(t).Params()
	if len(got) != len(want) {
		t.Fatalf("%d parameters, want %d: %v", len(got), len(want), got)
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("got  %+v\nwant %+v", got[i], want[i])
		}
	}
}

func TestSet(t *testing.T) {
	v := variant(t)
	for _, c := range []struct {
		name  string
		value any
		want  any    // the field afterwards
		err   string // or the error
	}{
		{"freq_min", 0.5, 0.5, ""},
		{"freq_min", int64(2), 2.0, ""},
		{"freq_min", 20, 20.0, ""},
		{"freq_min", -0.1, nil, "freq_min = -0.1 is less than the least value, 0 Hz"},
		{"freq_min", 20.5, nil, "freq_min = 20.5 is more than the greatest value, 20 Hz"},
		{"freq_min", math.NaN(), nil, "freq_min = NaN is not a number"},
		{"freq_min", math.Inf(1), nil, "freq_min = +Inf is more than the greatest value, 20 Hz"},
		{"freq_min", "1", nil, `freq_min is a number, not the string "1"`},
		{"freq_min", true, nil, "freq_min is a number, not true"},
		{"freq_min", nil, nil, "freq_min is a number, not nothing"},
		{"freq_min", []any{1.0}, nil, "freq_min is a number, not a list"},
		{"freq_min", map[string]any{}, nil, "freq_min is a number, not a table"},
		{"freq_min", time.Second, nil, "freq_min is a number, not 1s"},
		{"order", int64(127), int8(127), ""},
		{"order", int64(128), nil, "order is a whole number of type int8, in which 128 has no place"},
		{"order", int64(0), nil, "order = 0 is less than the least value, 1"},
		{"order", 2.0, nil, "order is a whole number, not 2"},
		{"order", uint64(1) << 63, nil, "order is a whole number of type int8, in which 9223372036854775808 has no place"},
		{"count", int64(65535), uint16(65535), ""},
		{"count", int64(-1), nil, "count is a whole number of type uint16, in which -1 has no place"},
		{"count", uint(7), uint16(7), ""},
		{"count", uint(70000), nil, "count is a whole number of type uint16, in which 70000 has no place"},
		{"method", "one-bit", mode("one-bit"), ""},
		{"method", "onebit", nil, `method = onebit is not one of smooth, one-bit; did you mean "one-bit"?`},
		{"method", "loud", nil, "method = loud is not one of smooth, one-bit"},
		{"method", int64(1), nil, "method is a string, not 1"},
		{"padding", "1m30s", 90 * time.Second, ""},
		{"padding", time.Minute, time.Minute, ""},
		{"padding", "2h", nil, "padding = 2h0m0s is more than the greatest value, 1h"},
		{"padding", "-1s", nil, "padding = -1s is less than the least value, 0s"},
		{"padding", int64(5), nil, `padding is a duration such as "90s", "1h30m" or "20ms", not 5`},
		{"padding", "5", nil, `padding is a duration such as "90s", "1h30m" or "20ms", not the string "5"`},
		{"on", true, true, ""},
		{"on", "true", nil, `on is true or false, not the string "true"`},
		{"on", int64(1), nil, "on is true or false, not 1"},
		{"bands", []any{0.5, int64(3)}, []float32{0.5, 3}, ""},
		{"bands", []float64{0.25}, []float32{0.25}, ""},
		{"bands", []any{}, []float32{}, ""},
		{"bands", []any{1.0, -2.0}, nil, "bands[1] = -2 is less than the least value, 0 Hz"},
		{"bands", []any{1.0, "x"}, nil, `bands has element 1, which is a number, not the string "x"`},
		{"bands", []any{1e300}, nil, "bands has element 0, which is a float32, in which 1e+300 has no place"},
		{"bands", 1.0, nil, "bands is a list of float, not 1"},
		{"bands", nil, nil, "bands is a list of float, not nothing"},
		{"names", []any{"a", "b", "a"}, []string{"a", "b", "a"}, ""},
		{"names", []any{"c"}, nil, `names[0] = c is not one of a, b`},
		{"memory", int64(128), int64(128), ""},
		{"memory", int64(0), nil, "memory = 0 is less than the least value, 1 MiB"},
		{"freq_mn", 1.0, nil, `test.Tuned has no parameter "freq_mn"; did you mean "freq_min"?`},
		{"FreqMin", 1.0, nil, `test.Tuned has no parameter "FreqMin"; did you mean "freq_min"?`},
		{"internal", 1, nil, `test.Tuned has no parameter "internal"; there are memory, freq_min, order, count, method, padding, on, bands, names`},
		{"pad", "1s", nil, `test.Tuned has no parameter "pad"; there are memory, freq_min, order, count, method, padding, on, bands, names`},
	} {
		pe := newTuned()
		err := v.Set(pe, c.name, c.value)
		if c.err != "" {
			if err == nil || err.Error() != c.err {
				t.Errorf("%s = %v: error %v\nwant %s", c.name, c.value, err, c.err)
			}
			if !reflect.DeepEqual(plain(pe), plain(newTuned())) {
				t.Errorf("%s = %v: changed the PE though refused", c.name, c.value)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s = %v: %v", c.name, c.value, err)
			continue
		}
		for _, p := range v.params {
			if p.Name == c.name {
				if got := reflect.ValueOf(pe).Elem().FieldByIndex(p.index).Interface(); !reflect.DeepEqual(got, c.want) {
					t.Errorf("%s = %v: got %#v, want %#v", c.name, c.value, got, c.want)
				}
			}
		}
	}
}

// plain is a PE without its ports, for comparison.
func plain(t *tuned) tuned {
	c := *t
	c.In, c.Out = d4.In[int]{}, d4.Out[int]{}
	return c
}

func TestSetWrongPE(t *testing.T) {
	v := variant(t)
	for _, pe := range []d4.PE{&named{}, (*tuned)(nil)} {
		if err := v.Set(pe, "order", 1); err == nil {
			t.Errorf("Set took a %T", pe)
		}
	}
}

func TestMake(t *testing.T) {
	v := variant(t)
	pe, err := v.Make(map[string]any{"freq_min": int64(3), "order": int64(2)})()
	if err != nil {
		t.Fatal(err)
	}
	if p := pe.(*tuned); p.FreqMin != 3 || p.Order != 2 || p.setups != 1 {
		t.Errorf("made %+v", p)
	}
	_, err = v.Make(map[string]any{"order": 0.5, "freq_min": "x", "bogus": 1})()
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("not all that is wrong is reported: %v", err)
	}
	if _, err = v.Make(map[string]any{"freq_min": 13.0})(); err == nil || err.Error() != "13 Hz is not supported" {
		t.Errorf("Setup's error: %v", err)
	}
	// Each PE has parameters of its own.
	create := v.Make(nil)
	one, _ := create()
	two, _ := create()
	one.(*tuned).Bands[0] = 9
	if two.(*tuned).Bands[0] != 1 || v.Params()[7].Default.([]float32)[0] != 1 {
		t.Error("PEs share memory")
	}
}

func TestMakeInGraph(t *testing.T) {
	v := variant(t)
	g := d4.NewGraph("g")
	e := g.AddElement("tuned", v.Make(map[string]any{"order": 0.5, "freq_min": "x"}), nil)
	err := g.Validate()
	for _, want := range []string{"graph g: tuned: order is a whole number, not 0.5", "graph g: tuned: freq_min is a number", "graph g: tuned.in: nothing"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	if len(e.Ports) != 2 {
		t.Errorf("ports %v", e.Ports)
	}
}

func TestPorts(t *testing.T) {
	r := New()
	Add(r, "tuned", "", newTuned)
	Type[int](r, "number")
	v, _ := r.Lookup("tuned")
	in, out := v[0].In(), v[0].Out()
	number := reflect.TypeFor[int]()
	if want := []Port{{"in", number, "number", "one_to_all", true}}; !slices.Equal(in, want) {
		t.Errorf("inputs %v, want %v", in, want)
	}
	if want := []Port{{"out", number, "number", "", false}}; !slices.Equal(out, want) {
		t.Errorf("outputs %v, want %v", out, want)
	}
	if v[0].Source {
		t.Error("it is no source")
	}
}

// merge is type-agnostic, and its ports depend on a parameter.
type merge[T any] struct {
	d4.Base
	In     []d4.In[T]
	Out    d4.Out[T]
	Inputs int `min:"1" help:"how many streams are merged"`
}

func newMerge[T any]() *merge[T] { return &merge[T]{Inputs: 2} }

func (m *merge[T]) Setup() error {
	for range m.Inputs {
		m.In = append(m.In, d4.Input(func(item T) error { m.Out.Emit(item); return nil }))
	}
	return nil
}

type named struct{ d4.Base }

func (named) Next() error { return nil }

func TestVariants(t *testing.T) {
	r := New()
	Add(r, "Merge", "streams of one type", newMerge[int])
	Add(r, "Merge", "streams of one type", newMerge[trace])
	Add(r, "seismo.Whiten", "", newTuned)
	Add(r, "named", "", func() *named { return &named{} })
	Type[trace](r, "seismo.Trace")
	if got := r.Names(); !slices.Equal(got, []string{"Merge", "named", "seismo.Whiten"}) {
		t.Errorf("names %v", got)
	}
	v, ok := r.Lookup("Merge")
	if !ok || len(v) != 2 {
		t.Fatalf("variants %v", v)
	}
	if in := v[1].In(); len(in) != 2 || in[1].Name != "in[1]" || in[1].TypeName != "seismo.Trace" {
		t.Errorf("inputs %v", in)
	}
	if in := v[0].In(); len(in) != 2 || in[0].TypeName != "int" {
		t.Errorf("inputs %v", in)
	}
	if v, _ := r.Lookup("named"); !v[0].Source {
		t.Error("a source is not seen")
	}
	pe, err := v[0].Make(map[string]any{"inputs": int64(5)})()
	if found, ferr := port.Find(pe); err != nil || ferr != nil || len(found) != 6 {
		t.Errorf("%v %v %v", found, err, ferr)
	}
	if _, ok := r.Lookup("merge"); ok {
		t.Error("names are not case sensitive")
	}
}

func TestNearest(t *testing.T) {
	among := []string{"seismo.Whiten", "seismo.Stack", "pes.Map", "pes.Filter", "lines"}
	for _, c := range [][2]string{
		{"seismo.Witen", "seismo.Whiten"}, {"seismo.whiten", "seismo.Whiten"}, {"whiten", "seismo.Whiten"},
		{"pes.Mop", "pes.Map"}, {"line", "lines"}, {"seismo.Stcak", "seismo.Stack"},
		{"", ""}, {"x", ""}, {"Spectrogram", ""}, {"pes.Filtration", ""},
	} {
		if got := nearest(c[0], among); got != c[1] {
			t.Errorf("nearest(%q) = %q, want %q", c[0], got, c[1])
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"größe", "grösse", 2}, {"same", "same", 0}} {
		if got, back := distance(c.a, c.b), distance(c.b, c.a); got != c.want || back != c.want {
			t.Errorf("distance(%q, %q) = %d, %d back; want %d", c.a, c.b, got, back, c.want)
		}
	}
}

func TestKeyFor(t *testing.T) {
	r := New()
	Type[trace](r, "seismo.Trace")
	Key(r, "network", func(t trace) string { return t.Station[:2] })
	Key(r, "length", func(t trace) int { return len(t.Samples) + t.hidden })
	in := port.InputOf(d4.Input(func(trace) error { return nil }))
	for _, name := range []string{"network", "length", "station"} {
		g, err := r.KeyFor(in, name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if g.Kind() != port.KindBy || !strings.Contains(reflect.ValueOf(g).MethodByName("String").Call(nil)[0].String(), name) {
			t.Errorf("%s: grouping %v", name, g)
		}
		if _, err := port.Joinable(port.OutputOf(newOut()), in, g); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, want := range map[string]string{
		"statoin": `seismo.Trace has no key "statoin"; did you mean "station"?`,
		"gain":    "field gain: float64 cannot be a key",
		"hidden":  `seismo.Trace has no key "hidden"; there are gain, length, network, samples, station`,
	} {
		if _, err := r.KeyFor(in, name); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	number := port.InputOf(d4.Input(func(int) error { return nil }))
	if _, err := r.KeyFor(number, "network"); err == nil || err.Error() != `int has no key "network"` {
		t.Errorf("%v", err)
	}
}

func newOut() d4.Out[trace] {
	pe := &struct{ Out d4.Out[trace] }{}
	port.Find(pe)
	return pe.Out
}

func TestMistakesPanic(t *testing.T) {
	type badKind struct {
		named
		Table map[string]int `help:"no"`
	}
	type badLimit struct {
		named
		N int `min:"few" help:"no"`
	}
	type noLimit struct {
		named
		S string `max:"z" help:"no"`
	}
	type twice struct {
		named
		A int `help:"one" param:"b"`
		B int `help:"two"`
	}
	r := New()
	Add(r, "tuned", "", newTuned)
	Type[int](r, "number")
	Key(r, "self", func(n int) int { return n })
	for name, f := range map[string]func(){
		"the same PE twice":     func() { Add(r, "tuned", "", newTuned) },
		"kind":                  func() { Add(r, "x", "", func() *badKind { return &badKind{} }) },
		"limit no number":       func() { Add(r, "x", "", func() *badLimit { return &badLimit{} }) },
		"limit of a string":     func() { Add(r, "x", "", func() *noLimit { return &noLimit{} }) },
		"parameter twice":       func() { Add(r, "x", "", func() *twice { return &twice{} }) },
		"not a pointer":         func() { Add(r, "x", "", func() named { return named{} }) },
		"type name twice":       func() { Type[string](r, "number") },
		"key twice":             func() { Key(r, "self", func(n int) int { return n }) },
		"key that is no key":    func() { Key(r, "float", func(n int) float64 { return 0 }) },
		"key with an interface": func() { Key(r, "any", func(n int) any { return n }) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if s, ok := recover().(string); !ok || !strings.HasPrefix(s, "registry: ") {
					t.Errorf("no panic of ours: %v", s)
				}
			}()
			f()
		})
	}
}
