package jobs

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/registry"
	"github.com/pelletier/go-toml/v2"
)

var rewrite = flag.Bool("rewrite", false, "write testdata/*.golden anew")

// trace is an item of the tests.
type trace struct {
	Station string
	Gain    float64
	Start   time.Time
	Samples []float32
}

type read struct {
	d4.Base
	Out   d4.Out[string]
	Paths []string `help:"files"`
	Times int      `help:"how often" min:"1" max:"9"`
}

func (*read) Next() error { return io.EOF }

type parse1 struct {
	d4.Base
	In      d4.In[string]
	Out     d4.Out[trace]
	FreqMin float64       `help:"lower end" unit:"Hz" min:"0"`
	Method  string        `help:"how" oneof:"smooth|one-bit"`
	Wait    time.Duration `help:"how long"`
	Since   string        `help:"a date"`
	Folder  string        `help:"where"`
}

type merge[T any] struct {
	d4.Base
	In     []d4.In[T]
	Out    d4.Out[T]
	Inputs int `help:"how many" min:"1" max:"9"`
}

func (m *merge[T]) Setup() error {
	if m.Inputs == 9 {
		return errors.New("nine inputs are not supported")
	}
	for range m.Inputs {
		m.In = append(m.In, d4.Input(func(item T) error { m.Out.Emit(item); return nil }))
	}
	return nil
}

type sink[T any] struct {
	d4.Base
	In d4.In[T]
}

type one struct{ sink[trace] }

func (*one) Single() {}

type unsendable struct{ C chan int }

func addTee[T any](r *registry.Registry, name string) {
	registry.Type[T](r, name)
	registry.Add(r, "test.Merge", "merges", func() *merge[T] { return &merge[T]{Inputs: 2} })
	registry.Add(r, "test.Sink", "forgets", func() *sink[T] {
		return &sink[T]{In: d4.Input(func(T) error { return nil })}
	})
}

func testRegistry() *registry.Registry {
	r := registry.New()
	registry.Add(r, "test.Read", "reads", func() *read { return &read{Times: 1} })
	registry.Add(r, "test.Parse", "parses", func() *parse1 {
		p := &parse1{Method: "smooth"}
		p.In = d4.Input(func(string) error { return nil })
		return p
	})
	registry.Add(r, "test.Whole", "counts", func() *sink[trace] {
		return &sink[trace]{In: d4.Input(func(trace) error { return nil }, d4.AllToOne)}
	})
	registry.Add(r, "test.One", "is single", func() *one {
		return &one{sink[trace]{In: d4.Input(func(trace) error { return nil })}}
	})
	registry.Add(r, "test.Channels", "is wrong", func() *sink[unsendable] {
		return &sink[unsendable]{In: d4.Input(func(unsendable) error { return nil })}
	})
	addTee[string](r, "string")
	addTee[int](r, "int")
	addTee[float64](r, "float64")
	addTee[trace](r, "test.Trace")
	registry.Key(r, "network", func(t trace) string { return t.Station[:2] })
	return r
}

// TestGolden loads testdata/*.toml: .golden holds the messages, or the job. A
// first line "# set: ..." gives flags, separated by spaces.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".toml"), func(t *testing.T) {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var sets []string
			if first, _, _ := bytes.Cut(source, []byte("\n")); bytes.HasPrefix(first, []byte("# set: ")) {
				sets = strings.Fields(string(first[len("# set: "):]))
			}
			job, err := Load(file, testRegistry(), sets)
			got := ""
			if err != nil {
				got = filepath.ToSlash(err.Error()) + "\n"
			} else {
				got = describe(job)
			}
			golden := strings.TrimSuffix(file, ".toml") + ".golden"
			if *rewrite {
				if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

func describe(job *Job) string {
	var b strings.Builder
	fmt.Fprintf(&b, "job %s seed %d\n", job.Name, job.Seed.Value)
	run := reflect.ValueOf(job.Run)
	for i := range run.NumField() {
		if from := run.Field(i).FieldByName("From").Interface().(Position); from.Given() {
			value := fmt.Sprint(run.Field(i).FieldByName("Value"))
			fmt.Fprintf(&b, "run %s = %s from %s\n", run.Type().Field(i).Name, filepath.ToSlash(value), filepath.ToSlash(from.String()))
		}
	}
	for _, e := range job.Graph.Elements {
		fmt.Fprintf(&b, "pe %s %T instances %d on_error %s %d hold %d calls %d weight %v\n", e.Name, e.Proto, e.Instances, e.OnError, e.Retries, e.Hold, e.Calls, e.Weight)
		if p, ok := e.Proto.(interface{ Setup() error }); ok {
			fmt.Fprintf(&b, " set up %T\n", p)
		}
		switch p := e.Proto.(type) {
		case *read:
			fmt.Fprintf(&b, " paths %q times %d\n", p.Paths, p.Times)
		case *parse1:
			fmt.Fprintf(&b, " freq_min %v method %s wait %s since %s folder %s\n", p.FreqMin, p.Method, p.Wait, p.Since, p.Folder)
		}
	}
	for _, e := range job.Graph.Edges {
		from, to := job.Graph.Elements[e.From], job.Graph.Elements[e.To]
		fmt.Fprintf(&b, "connect %s.%s %s.%s %s\n", from.Name, from.Ports[e.Out].Name, to.Name, to.Ports[e.In].Name, e.Grouping)
	}
	if job.Slurm != nil {
		for _, k := range job.Slurm.Keys {
			fmt.Fprintf(&b, "slurm %s = %v from %s\n", k.Name, k.Value.Plain(), filepath.ToSlash(k.Value.Position.String()))
		}
	}
	return b.String()
}

func TestSets(t *testing.T) {
	const job = `
[[pe]]
name = "read"
type = "test.Read"
with = { times = 2, paths = ["a"] }
[[pe]]
name = "parse"
type = "test.Parse"
[[connect]]
from = "read.out"
to = "parse.in"
`
	for _, c := range []struct{ set, want string }{
		{"seed=7", ""},
		{"run.cores=3", ""},
		{"run.memory=4GiB", ""},
		{"run.dir=some where", ""},
		{"read.times=3", ""},
		{"read.paths=b", ""},
		{`read.paths=["b", 'c']`, ""},
		{"parse.freq_min=0.1", ""},
		{"parse.freq_min=1", ""},
		{"parse.method=one-bit", ""},
		{`parse.method="one-bit"`, ""},
		{"parse.since=2026-01-02", ""},
		{"parse.since=12", ""},
		{"parse.wait=1m30s", ""},
		{"parse.freq_mn=1", `--set parse.freq_mn=1: test.Parse has no parameter "freq_mn"; did you mean "freq_min"?`},
		{"parse.freq_min=-1", "--set parse.freq_min=-1: freq_min = -1 is less than the least value, 0 Hz"},
		{"parse.freq_min=high", `--set parse.freq_min=high: freq_min is a number, not the string "high"`},
		{"read.times=10", "--set read.times=10: times = 10 is more than the greatest value, 9"},
		{"raed.times=1", `--set raed.times=1: there is no PE "raed"; did you mean "read"?`},
		{"run.coers=1", `--set run.coers=1: [run] has no key "coers"; did you mean "cores"?`},
		{"run.cores=0", "--set run.cores=0: cores is 0, and must be at least 1"},
		{"read.instances=3", "--set read.instances=3: instances is no parameter: it is for the [[pe]] in the job file to say"},
		{"seed=x", `--set seed=x: seed is a whole number, not the string "x"`},
		{"name=x", `--set name=x: there is no "name" to set: it is seed, run.KEY or PE.PARAMETER`},
		{"read.times", "--set read.times: it is NAME=VALUE, as in --set whiten.freq_min=0.1"},
		{".x=1", "--set .x=1: it is NAME=VALUE, as in --set whiten.freq_min=0.1"},
	} {
		_, err := Parse("job.toml", []byte(job), testRegistry(), []string{c.set})
		if got := fmt.Sprint(err); c.want == "" && err != nil || c.want != "" && got != c.want {
			t.Errorf("%s: error %v\nwant %s", c.set, err, c.want)
		}
	}
	j, err := Parse("dir/job.toml", []byte(job), testRegistry(), []string{"read.paths=b", "seed=1", "seed=7", "run.dir=out"})
	if err != nil {
		t.Fatal(err)
	}
	if p := j.Graph.Elements[0].Proto.(*read).Paths; len(p) != 1 || p[0] != "b" || j.Seed.Value != 7 || j.Run.Dir.Value != "out" {
		t.Errorf("paths %q, seed %d, dir %q", p, j.Seed.Value, j.Run.Dir.Value)
	}
	plain, err := Parse("dir/job.toml", []byte(job), testRegistry(), nil)
	if err != nil || plain.Digest == j.Digest || plain.Seed.Value != 1 || plain.Seed.From.Given() || plain.Name != "job" || plain.Run.Dir.From.Given() {
		t.Errorf("%+v, %v", plain, err)
	}
	if p := plain.Graph.Elements[0].Proto.(*read).Paths[0]; p != filepath.Join("dir", "a") {
		t.Errorf("a path of the job file is %q", p)
	}
}

// TestInstances: "auto" leaves it to the plan, as nothing does.
func TestInstances(t *testing.T) {
	for value, want := range map[string]int{`"auto"`: 0, "3": 3} {
		text, err := os.ReadFile("testdata/good.toml")
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.Replace(text, []byte("instances = 4"), []byte("instances = "+value), 1)
		j, err := Parse("testdata/good.toml", text, testRegistry(), nil)
		if err != nil || j.Graph.Elements[1].Instances != want {
			t.Errorf("instances = %s: %v, want %d", value, err, want)
		}
	}
}

func TestFeed(t *testing.T) {
	const job = `
[[pe]]
name = "sink"
type = "test.Sink"
[input]
"sink.in" = [{ station = "CI.CCA", gain = 2, start = 2026-01-02T00:00:00Z, samples = [1, 2.5] }, {}]
`
	j, err := Parse("job.toml", []byte(job), testRegistry(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(j.Graph.Elements) != 2 || len(j.Graph.Edges) != 1 {
		t.Fatalf("graph %+v", j.Graph)
	}
	e := j.Graph.Elements[1]
	if e.Name != "sink-in-feed" || !e.IsSource() || e.Ports[0].Out.Elem() != reflect.TypeFor[trace]() {
		t.Errorf("feed %+v", e)
	}
}

func TestDecode(t *testing.T) {
	type pair struct {
		A [2]int8
		M map[string]bool
		D time.Duration
		B []byte
		P *uint16
	}
	n := uint16(5)
	root, bad := parse("x", []byte(`v = { a = [1, -2], m = { x = true }, d = "3s", b = "text", p = 5 }`))
	if bad != nil {
		t.Fatal(bad)
	}
	var got pair
	var p problems
	decoder{&p}.decode(reflect.ValueOf(&got).Elem(), root.Keys[0].Value, "item 0")
	want := pair{[2]int8{1, -2}, map[string]bool{"x": true}, 3 * time.Second, []byte("text"), &n}
	if len(p) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, p, want)
	}
	root, _ = parse("x", []byte(`v = { a = [1, 300], m = 3, d = "3", p = -1, c = 0 }`))
	decoder{&p}.decode(reflect.ValueOf(&got).Elem(), root.Keys[0].Value, "item 0")
	wantText := `x:1:15: item 0.a[1] is 300, for which int8 has no room
x:1:25: item 0.m is a table, not 3
x:1:32: item 0.d is a duration such as "90s", not the string "3"
x:1:41: item 0.p is -1, for which uint16 has no room
x:1:45: item 0 has no field "c"; there are a, m, d, b, p`
	if got := p.err().Error(); got != wantText {
		t.Errorf("got\n%s\nwant\n%s", got, wantText)
	}
}

func TestParseBytes(t *testing.T) {
	for s, want := range map[string]int64{"1": 1, "4096": 4096, "64 MiB": 64 << 20, "1.5KiB": 1536, "2GB": 2e9, "3 kB": 3000, "7 B": 7,
		"": 0, "MiB": 0, "0": 0, "0.1": 0, "-1": 0, "1 XB": 0, "1 KB": 0, "NaN": 0, "1e99": 0, "9999999 TiB": 0} {
		if n, err := ParseBytes(s); n != want || (err == nil) != (want > 0) {
			t.Errorf("ParseBytes(%q) = %d, %v; want %d", s, n, err, want)
		}
	}
}

func TestLoadNothing(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.toml"), testRegistry(), nil)
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

// FuzzParse: loading ends without a panic, every problem has a place in the
// file, and the tree holds what the library reads.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.toml")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, "read.times=3")
	}
	r := testRegistry()
	for _, set := range []string{"seed=1", "run.cores=[1, {a = 2}]", "merge.inputs=0x4", "parse.since='x", "parse.folder.x=1\ny=2"} {
		f.Add([]byte("[[pe]]\nname = \"parse\"\ntype = \"test.Parse\"\n"), set)
	}
	f.Fuzz(func(t *testing.T, text []byte, set string) {
		lines := bytes.Count(text, []byte("\n")) + 1
		_, err := Parse("fuzz.toml", text, r, []string{set})
		var all *Error
		if err != nil && !errors.As(err, &all) {
			t.Fatalf("error of type %T", err)
		}
		if all != nil {
			for _, p := range all.Problems {
				inFile := p.File == "fuzz.toml" && p.Line >= 1 && p.Line <= lines && p.Col >= 1
				if !inFile && p.Position != (Position{File: "--set " + set}) || p.Text == "" {
					t.Errorf("problem %+v", p)
				}
			}
		}
		var want map[string]any
		if toml.Unmarshal(text, &want) != nil {
			return
		}
		root, bad := parse("fuzz.toml", text)
		if bad != nil {
			t.Fatalf("refused: %v", bad)
		}
		if got := (&Value{Any: root}).Plain(); fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", any(want)) {
			if len(want) > 0 || len(root.Keys) > 0 {
				t.Errorf("tree %#v\nwant %#v", got, want)
			}
		}
	})
}
