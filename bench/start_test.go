package bench_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/dispel4go/dispel4go/seismo/mseed"
)

// BenchmarkStart is the command line from its start to its end, in a job of one
// recording of a minute: more than it takes to the first sample.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	command := filepath.Join(dir, "dispel4go")
	if out, err := exec.Command("go", "build", "-o", command, "../cmd/dispel4go").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	f, err := os.Create(filepath.Join(dir, "a.mseed"))
	if err != nil {
		b.Fatal(err)
	}
	w, err := mseed.NewWriter(f, mseed.WriterOptions{Encoding: mseed.Steim2})
	if err == nil {
		err = w.Write(&mseed.Segment{ID: "XX.A..BHZ", SampleRate: 40, Int32: make([]int32, 2400)})
	}
	if err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	job := filepath.Join(dir, "start.toml")
	text := `name = "start"
connect = [{ from = "read.out", to = "demean.in" }]
[[pe]]
name = "read"
type = "seismo.ReadMseed"
with = { path = "a.mseed" }
[[pe]]
name = "demean"
type = "seismo.Demean"
`
	if err := os.WriteFile(job, []byte(text), 0o666); err != nil {
		b.Fatal(err)
	}
	run := 0
	for b.Loop() {
		run++
		if out, err := exec.Command(command, "run", job, "--quiet", "--dir", filepath.Join(dir, fmt.Sprint("run", run))).CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(1e3*b.Elapsed().Seconds()/float64(b.N), "ms/run")
}
