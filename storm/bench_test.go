package storm_test

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/bench"
	"github.com/dispel4go/dispel4go/storm"
)

// texts emits words of 100 bytes.
type texts struct {
	d4.Base
	Out   d4.Out[string]
	Items int `help:"how many" min:"0"`
	n     int
}

func (s *texts) Next() error {
	for range 100 {
		if s.n == s.Items {
			return io.EOF
		}
		s.Out.Emit(storm.Word(s.n))
		s.n++
	}
	return nil
}

// timed counts words, and tells when the first and the last came.
type timed struct {
	d4.Base
	In   d4.In[string]
	span storm.Span
	seen map[string]int
	info *d4.Instance
}

func newTimed() *timed {
	c := &timed{seen: map[string]int{}}
	c.In = d4.InputBatchBy(func(words []string) error {
		for _, w := range words {
			c.seen[w]++
		}
		c.span.Note(len(words))
		return nil
	}, func(w string) string { return w })
	return c
}

func (c *timed) Open(i *d4.Instance) error { c.info = i; return nil }

func (c *timed) Finish() error {
	c.info.Counter("first").Store(c.span.First)
	c.info.Counter("last").Store(c.span.Last)
	return nil
}

// BenchmarkWordCount counts words of 100 bytes on a cluster in one JVM, in turn
// by ours and by Storm's own grouping, a tuple an item: one source, two
// counters. Times are from the first word at a counter to the last. The second
// ratio is that of the time of processors that a word takes, in the JVM and in
// what it has started: it depends less on what else the machine does.
func BenchmarkWordCount(b *testing.B) {
	const rounds, counters = 5, 2
	const oursItems, peerItems = 12_000_000, 1_200_000
	nimbus, jvm := localStorm(b, "1g")
	var ours, peer, ratio, spent []float64
	for range rounds {
		t0 := cpu(b, jvm.Process.Pid)
		a := countOurs(b, nimbus, oursItems, counters)
		childless(b, jvm.Process.Pid)
		t1 := cpu(b, jvm.Process.Pid)
		c := countPeer(b, nimbus, peerItems, counters)
		childless(b, jvm.Process.Pid)
		t2 := cpu(b, jvm.Process.Pid)
		ours, peer, ratio = append(ours, a), append(peer, c), append(ratio, a/c)
		spent = append(spent, (t2-t1)/peerItems/((t1-t0)/oursItems))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(bench.Median(ours), "items/s")
	b.ReportMetric(bench.Median(ours)*100/1e6, "MB/s")
	b.ReportMetric(bench.Median(peer), "tuples/s")
	b.ReportMetric(bench.Median(ratio), "ratio")
	b.ReportMetric(bench.Median(spent), "cpu-ratio")
	b.Logf("items/s: %.0f; a tuple an item: %.0f; ratios of processor time: %.2f", ours, peer, spent)
}

// childless waits until what a process has started has ended.
func childless(b *testing.B, pid int) {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
		if err != nil {
			b.Fatal(err)
		}
		if !slices.ContainsFunc(tasks, func(path string) bool {
			children, _ := os.ReadFile(path) // a thread may end
			return len(children) > 0
		}) {
			return
		}
	}
	b.Fatal("the programs of a topology that was killed still run")
}

// cpu is the time of processors that a process has had, and the programs that
// it has started and that have ended, in clock ticks; 0 where that cannot be
// known.
func cpu(b *testing.B, pid int) (ticks float64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	for _, f := range fields[11:15] { // utime, stime and those of children
		n, err := strconv.Atoi(f)
		if err != nil {
			b.Fatal(err)
		}
		ticks += float64(n)
	}
	return ticks
}

func countOurs(b *testing.B, nimbus string, items, counters int) (rate float64) {
	job := filepath.Join(b.TempDir(), "job.toml")
	text := fmt.Sprintf(`
[run]
fuse = "off"
[[pe]]
name = "words"
type = "bad.Texts"
with = { items = %d }
[[pe]]
name = "count"
type = "bad.Count"
instances = %d
[[connect]]
from = "words.out"
to = "count.in"
`, items, counters)
	if err := os.WriteFile(job, []byte(text), 0o666); err != nil {
		b.Fatal(err)
	}
	dir := filepath.Join(b.TempDir(), "run")
	cmd := program("run", job, "--mapping", "storm", "--nimbus", nimbus, "-q", "--dir", dir, "--digest=false")
	if said, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, said)
	}
	var spans []storm.Span
	for _, row := range open(b, dir).Rows {
		if row.PE == "count" {
			spans = append(spans, storm.Span{Items: int(row.ItemsIn), First: row.Counters["first"], Last: row.Counters["last"]})
		}
	}
	return rateOf(b, spans, items)
}

func countPeer(b *testing.B, nimbus string, items, counters int) (rate float64) {
	dir := b.TempDir()
	t, conf, err := storm.PeerTopology(os.Args[0], items, counters, dir)
	if err != nil {
		b.Fatal(err)
	}
	client, err := storm.Dial(b.Context(), nimbus)
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	jar, err := storm.Jar(nil)
	if err != nil {
		b.Fatal(err)
	}
	at, err := client.Upload(b.Context(), jar)
	if err != nil {
		b.Fatal(err)
	}
	name := "peer-" + filepath.Base(filepath.Dir(dir)) + filepath.Base(dir)
	if err := client.Submit(b.Context(), name, at, conf, t); err != nil {
		b.Fatal(err)
	}
	var left []string
	for end := time.Now().Add(2 * time.Minute); len(left) < counters && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		left, _ = filepath.Glob(filepath.Join(dir, "*.json"))
	}
	if err := client.Kill(b.Context(), name, 0); err != nil {
		b.Fatal(err)
	}
	var spans []storm.Span
	for _, path := range left {
		text, err := os.ReadFile(path)
		var s storm.Span
		if err == nil {
			err = json.Unmarshal(text, &s)
		}
		if err != nil {
			b.Fatal(err)
		}
		spans = append(spans, s)
	}
	return rateOf(b, spans, items)
}

// rateOf is the rate of items, all of which must have come.
func rateOf(b *testing.B, spans []storm.Span, items int) float64 {
	all := storm.Span{}
	for _, s := range spans {
		if s.Items > 0 && (all.Items == 0 || s.First < all.First) {
			all.First = s.First
		}
		all.Items += s.Items
		all.Last = max(all.Last, s.Last)
	}
	if all.Items != items {
		b.Fatalf("%d words of %d have been counted", all.Items, items)
	}
	return float64(items) / (float64(all.Last-all.First) / 1e9)
}
