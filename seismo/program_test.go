package seismo_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/cli"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/seismo/mseed"
)

// TestMain makes this test binary the program with the PEs of this package,
// where a test has started it as such.
func TestMain(m *testing.M) {
	if os.Getenv("SEISMO_TEST_PROGRAM") != "" {
		cli.Main(pes.Register, seismo.Register)
	}
	os.Exit(m.Run())
}

// readJob reads recordings and writes them down.
const readJob = `name = "read"
[[pe]]
name = "read"
type = "seismo.ReadMseed"
with = { path = "data", chunk_s = 100.0 }
[[pe]]
name = "write"
type = "pes.WriteJSONL"
[[connect]]
from = "read.out"
to = "write.in"
`

// TestBadRecordings: whatever is wrong with recordings is said in one line with
// the file, the place in it and what to do, the exit code is that of a failed
// run, and nothing half-written is left. What is damaged can be skipped.
func TestBadRecordings(t *testing.T) {
	good := encode(t, mseed.WriterOptions{RecordLength: 128}, counts("XX.A..BHZ", 0, 10, steps(0, 500)...))
	whole := bytes.Join(good, nil)
	garbage := bytes.Repeat([]byte("All work and no play. "), 100)
	bad := func(x float64) []byte {
		s := mseed.Segment{ID: "XX.B..BHZ", Start: 5e9, SampleRate: 10, Float64: make([]float64, 300)}
		s.Float64[299] = x
		return bytes.Join(encode(t, mseed.WriterOptions{Version: 3, RecordLength: 512}, &s), nil)
	}
	wrong := bytes.Clone(whole) // the last sample of the second record
	wrong[128+64+8+3] ^= 1
	slow := bytes.Join(encode(t, mseed.WriterOptions{RecordLength: 128}, counts("XX.A..BHZ", 60e9, 4, steps(0, 500)...)), nil)
	rare := bytes.Join(encode(t, mseed.WriterOptions{RecordLength: 128}, counts("XX.A..VKI", 0, 0.001, steps(0, 5)...)), nil)
	file := filepath.Join("data", "b.ms")
	place := func(record int) string { return fmt.Sprintf("record %d at byte %d", record, (record-1)*128) }
	const mend, skip = "mend or remove the file", "skip_damaged"
	for _, c := range []struct {
		name  string
		files map[string][]byte // nil for no folder
		want  []string
		skips bool // it can be skipped
	}{
		{"missing folder", nil, []string{"data: there is no such file or folder", "set path"}, false},
		{"empty folder", map[string][]byte{}, []string{"data: no miniSEED files", "set path"}, false},
		{"empty file", map[string][]byte{"b.ms": {}}, []string{file, "empty", mend, skip}, true},
		{"truncated", map[string][]byte{"b.ms": whole[:2*128+70]}, []string{file, place(3), "cut off after 70", mend, skip}, true},
		{"truncated header", map[string][]byte{"b.ms": whole[:2*128+20]}, []string{file, place(3), "cut off after 20", mend, skip}, true},
		{"garbage", map[string][]byte{"b.ms": garbage}, []string{file, place(1), "not a miniSEED record", mend, skip}, true},
		{"garbage behind", map[string][]byte{"b.ms": append(bytes.Clone(whole), garbage...)}, []string{file, place(len(good) + 1), "not a miniSEED record", mend, skip}, true},
		{"wrong samples", map[string][]byte{"b.ms": wrong}, []string{file, place(2), "XX.A..BHZ", "Steim", mend, skip}, true},
		{"NaN", map[string][]byte{"b.ms": bad(math.NaN())}, []string{file, "record 6 at byte", "XX.B..BHZ", "1970-01-01T00:00:34.9Z", "NaN", mend, skip}, true},
		{"infinite", map[string][]byte{"b.ms": bad(math.Inf(-1))}, []string{file, "record 6 at byte", "-Inf", mend, skip}, true},
		{"no float32", map[string][]byte{"b.ms": bad(1e300)}, []string{file, "record 6 at byte", "+Inf", mend, skip}, true},
		{"two rates", map[string][]byte{"b.ms": slow}, []string{file, place(1), "XX.A..BHZ", "two sampling rates", "10 Hz before and 4 Hz here", "path", "channels"}, false},
		{"few samples", map[string][]byte{"b.ms": rare}, []string{file, place(1), "XX.A..VKI", "0.001 Hz", "raise chunk_s", "channels"}, false},
		{"no XML", map[string][]byte{"b.xml": []byte("once upon\na time")}, []string{filepath.Join("data", "b.xml"), "not StationXML", "no element", mend}, false},
		{"other XML", map[string][]byte{"b.xml": []byte("<quakeml/>")}, []string{filepath.Join("data", "b.xml"), "not StationXML", "quakeml", mend}, false},
		{"cut off XML", map[string][]byte{"b.xml": []byte("<FDSNStationXML><Network>")}, []string{filepath.Join("data", "b.xml"), "not StationXML", "EOF", mend}, false},
		{"nowhere", map[string][]byte{"b.xml": []byte(`<FDSNStationXML><Network code="XX"><Station code="A"><Latitude>95</Latitude><Longitude>0</Longitude></Station></Network></FDSNStationXML>`)},
			[]string{filepath.Join("data", "b.xml"), "XX.A", "95", mend}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, dir, "job.toml", []byte(readJob))
			if c.files != nil {
				if err := os.Mkdir(filepath.Join(dir, "data"), 0o777); err != nil {
					t.Fatal(err)
				}
				if len(c.files) > 0 {
					put(t, dir, filepath.Join("data", "a.ms"), whole)
				}
				for name, b := range c.files {
					put(t, dir, filepath.Join("data", name), b)
				}
			}
			code, stderr := program(t, dir, "run", "job.toml", "--dir", "run", "--quiet")
			if code != 1 || strings.Count(stderr, "\n") != 1 {
				t.Errorf("exit code %d, %q", code, stderr)
			}
			for _, part := range c.want {
				if !strings.Contains(stderr, part) {
					t.Errorf("%q does not say %q", stderr, part)
				}
			}
			r, err := rundir.Open(filepath.Join(dir, "run"))
			if err != nil {
				t.Fatal(err)
			}
			if r.Run.State != rundir.Failed || len(r.Outputs)+len(r.Temporary) > 0 {
				t.Errorf("the run is %s, with outputs %v and temporary files %v", r.Run.State, r.Outputs, r.Temporary)
			}
			if !c.skips {
				return
			}
			if code, stderr := program(t, dir, "run", "job.toml", "--dir", "skip", "--quiet", "--set", "read.skip_damaged=true"); code != 0 {
				t.Errorf("exit code %d: %s", code, stderr)
			}
		})
	}
}

// program runs a command line in a folder.
func program(t *testing.T, dir string, args ...string) (code int, stderr string) {
	t.Helper()
	code, stderr, _ = programSays(t, dir, args...)
	return code, stderr
}

// programSays is program that also returns what it prints.
func programSays(t *testing.T, dir string, args ...string) (code int, stderr, stdout string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "SEISMO_TEST_PROGRAM=1")
	var errs, out bytes.Buffer
	cmd.Stderr, cmd.Stdout = &errs, &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), errs.String(), out.String()
}
