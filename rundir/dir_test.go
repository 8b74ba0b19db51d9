package rundir

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dispel4go/dispel4go/internal/newfile"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func TestCreateNames(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll("given/empty", 0o777); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][4]string{
		{"", "count", "", "runs/count-20260102-120000"},
		{"", "count", "", "runs/count-20260102-120000-2"},
		{"", "count", "", "runs/count-20260102-120000-3"},
		{"", "count", "4711", "runs/count-4711"},
		{"", "../a b", "1", "runs/a-b-1"},
		{"deep/er/out/", "count", "", "deep/er/out"},
		{"deep/er/out", "count", "4711", "deep/er/out-2"},
		{"given/empty", "count", "", "given/empty"},
		{"given/empty", "count", "", "given/empty-2"},
	} {
		d, err := Create(c[0], noon, c[1], c[2])
		if err != nil {
			t.Fatal(err)
		}
		if d.Path() != filepath.FromSlash(c[3]) {
			t.Errorf("Create(%q, %q, %q) made %s, want %s", c[0], c[1], c[2], d.Path(), c[3])
		}
		d.End(nil, nil, func(r *Run) { r.State = Complete })
	}
}

func TestCreateImpossible(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "file", "run")
	want := "cannot make the run directory " + path + ": not a directory (a part of the path is a file: choose another place with --dir)"
	if _, err := Create(path, noon, "x", ""); err == nil || err.Error() != want {
		t.Errorf("error %v\nwant %s", err, want)
	}
	if os.Getuid() == 0 {
		t.Skip("SKIP: root can write anywhere")
	}
	if err := os.Mkdir(filepath.Join(dir, "shut"), 0o555); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "shut", "run")
	want = "cannot make the run directory " + path + ": permission denied (make the folder writable, or choose another place with --dir)"
	if _, err := Create(path, noon, "x", ""); err == nil || err.Error() != want {
		t.Errorf("error %v\nwant %s", err, want)
	}
}

var someRows = []Row{
	{PE: "read", Stage: "read[0]", Host: "n1", ItemsOut: 100, BytesOut: 1 << 20, Calls: 4, Busy: 0.5, WaitOut: 4, P50: 1e-6, P95: 2e-6, Max: 3e-6, Packed: 1 << 18, Ratio: 4, Pack: 0.25, Ended: true},
	{PE: "work", Stage: "work[0]", Host: "n1", ItemsIn: 40, ItemsOut: 40, Calls: 9, Busy: 9, WaitIn: 0.25, P50: 0.2, P95: 0.25, Max: 0.5, Skipped: 2, Retried: 1, Ended: true,
		Counters: map[string]int64{"gaps": 3, "a \"quoted\", name": -1}},
	{PE: "work", Index: 1, Stage: "work[1]", Rank: 1, Host: "n,2", ItemsIn: 60, ItemsOut: 60, Calls: 9, Busy: 8.5, WaitIn: 0.5, P50: 0.1, P95: 0.25, Max: 0.75, Ended: true, Digest: "00ff"},
	{PE: "sink", Stage: "sink[0]", Host: "n1", ItemsIn: 100, Calls: 10, Busy: 0.125, WaitIn: 9, P50: 1e-9, P95: 1e-9, Max: 1e-9, Unpack: 0.125, Ended: true},
}

var someErrors = []ItemError{
	{PE: "work", Port: "in", Error: "no data", Item: "item 3: {}", JSON: []byte(`{"a":1}`)},
	{PE: "work", Port: "in", Error: "no\ndata", Item: "item 9: <>"},
}

// finished makes a directory with outputs, ended in state.
func finished(t *testing.T, state State, outputs map[string]string) string {
	t.Helper()
	d, err := Create(filepath.Join(t.TempDir(), "run"), noon, "job", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(Run{Name: "job", Started: time.Now(), Mapping: "local", Ranks: 1, Cores: 2}, nil); err != nil {
		t.Fatal(err)
	}
	for name, text := range outputs {
		f, err := d.Outputs().Create(name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, text)
		if err := f.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	err = d.End(someRows, someErrors, func(r *Run) {
		r.State = state
		r.Result.Sinks = map[string]Sink{"sink": {100, "0123"}}
		r.Result.Summary = map[string]any{"pairs": 276, "velocity": 3.0, "none": math.NaN()}
	})
	if err != nil {
		t.Fatal(err)
	}
	return d.Path()
}

func TestRunIsRead(t *testing.T) {
	path := finished(t, Complete, map[string]string{"a.txt": "text\n", "deep/er/b.csv": "1,2\n"})
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if r.Run.State != Complete || r.Run.Name != "job" || r.Run.Result.Sinks["sink"] != (Sink{100, "0123"}) || r.Run.Skipped["work"] != 2 || r.Run.PID != os.Getpid() {
		t.Errorf("run %+v", r.Run)
	}
	if r.Run.Result.Summary["none"] != "NaN" || r.Run.Result.Summary["pairs"] != 276.0 {
		t.Errorf("summary %v", r.Run.Result.Summary)
	}
	if !reflect.DeepEqual(r.Rows, someRows) {
		t.Errorf("rows %+v\nwant %+v", r.Rows, someRows)
	}
	if want := []Output{{Name: "a.txt", Bytes: 5}, {Name: "deep/er/b.csv", Bytes: 4}}; !reflect.DeepEqual(r.Outputs, want) {
		t.Errorf("outputs %v, want %v", r.Outputs, want)
	}
	if r.Temporary != nil || r.Damage != nil {
		t.Errorf("temporary %v, damage %v", r.Temporary, r.Damage)
	}
	var items []ItemError
	for item, err := range r.Errors() {
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, item)
	}
	if !reflect.DeepEqual(items, someErrors) {
		t.Errorf("errors %+v", items)
	}
}

func TestRewritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, err := Create(filepath.Join(t.TempDir(), "run"), noon, "job", "")
		if err != nil {
			t.Fatal(err)
		}
		n := uint64(0)
		err = d.Start(Run{Name: "job", Started: time.Now()}, func(r *Run) {
			n++
			r.Items = map[string]uint64{"sink": n}
		})
		if err != nil {
			t.Fatal(err)
		}
		for want := range uint64(3) {
			r, err := Open(d.Path())
			if err != nil || r.Run.State != Running || r.Run.Items["sink"] != want+1 {
				t.Fatalf("%+v, %v; want %d items", r, err, want+1)
			}
			<-time.After(Every) // by the clock of the bubble
			synctest.Wait()
		}
		slog.New(d.Log(slog.LevelInfo)).Info("hello", "pe", "sink")
		if err := d.End(nil, nil, func(r *Run) { r.State, r.Cause = Partial, "interrupted" }); err != nil {
			t.Fatal(err)
		}
		r, err := Open(d.Path())
		if err != nil || r.Run.State != Partial || r.Run.Result.Wall != 3*Every.Seconds() {
			t.Fatalf("%+v, %v", r, err)
		}
		if log, _ := os.ReadFile(filepath.Join(d.Path(), "log.jsonl")); !bytes.Contains(log, []byte(`"msg":"hello","pe":"sink"}`)) {
			t.Errorf("log %s", log)
		}
	})
}

func TestNames(t *testing.T) {
	o := NewOutputs(t.TempDir())
	for _, name := range []string{"", ".", "..", "../x", "a/../../x", "/etc/x", ".x.tmp", "a/.b.0.tmp"} {
		if f, err := o.Create(name); err == nil || !strings.Contains(err.Error(), "is not a name for an output") {
			t.Errorf("Create(%q) gave %v, %v", name, f, err)
		}
	}
	if _, err := os.Stat(o.path); err == nil {
		t.Error("a refused name left something")
	}
}

func TestNothingIsWrittenOver(t *testing.T) {
	o := NewOutputs(t.TempDir())
	one, err := o.Create("a/b.txt")
	if err != nil {
		t.Fatal(err)
	}
	two, err := o.Create("a/b.txt")
	if err != nil {
		t.Fatal(err)
	}
	gone, err := o.Create("c.txt")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(one, "one")
	one.WriteAt([]byte("O"), 0)
	io.WriteString(two, "two")
	if err := one.Commit(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(o.path, "a", "b.txt")
	want := "cannot write " + path + ": file already exists (nothing is written over: choose another name)"
	if err := two.Commit(); err == nil || err.Error() != want {
		t.Errorf("second Commit: %v", err)
	}
	if _, err := o.Create("a/b.txt"); err == nil || err.Error() != want {
		t.Errorf("Create: %v", err)
	}
	if err := gone.Discard(); err != nil {
		t.Error(err)
	}
	if err := errors.Join(gone.Discard(), one.Discard(), two.Discard()); err != nil {
		t.Error(err)
	}
	if one.Commit() == nil {
		t.Error("committed twice")
	}
	if text, _ := os.ReadFile(path); string(text) != "One" {
		t.Errorf("file holds %q", text)
	}
	if left, _ := filepath.Glob(filepath.Join(o.path, "*")); len(left) != 1 {
		t.Errorf("left %v", left)
	}
	if left, _ := filepath.Glob(filepath.Join(o.path, "a", ".*")); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

// full is a disk on which there is room for some bytes.
type full struct {
	newfile.Disk
	room int
}

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.room {
		n, _ := f.Disk.Write(p[:f.room])
		return n, &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	}
	f.room -= len(p)
	return f.Disk.Write(p)
}

func TestDiskFull(t *testing.T) {
	o := NewOutputs(t.TempDir())
	o.open = func(path string) (newfile.Disk, error) {
		d, err := newfile.Open(path)
		return &full{d, 10}, err
	}
	f, err := o.Create("big.txt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, "12345678"); err != nil {
		t.Fatal(err)
	}
	want := "cannot write " + filepath.Join(o.path, "big.txt") + ": no space left on device (free space, or choose another place with --dir)"
	if _, err := io.WriteString(f, "12345678"); err == nil || err.Error() != want {
		t.Errorf("Write: %v", err)
	}
	if err := f.Commit(); err == nil || err.Error() != want {
		t.Errorf("Commit: %v", err)
	}
	if left, _ := os.ReadDir(o.path); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

// TestHandOver: a run goes on in the hands of another program, which ends it.
func TestHandOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	first, err := Create(path, time.Now(), "shared", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Start(Run{Seed: 7}, nil); err != nil {
		t.Fatal(err)
	}
	first.LogLine([]byte(`{"msg":"first"}`))
	if err := first.HandOver(); err != nil {
		t.Fatal(err)
	}
	second, err := TakeOver(path, func(r *Run) { r.Items = map[string]uint64{"a": 3} })
	if err != nil {
		t.Fatal(err)
	}
	second.LogLine([]byte(`{"msg":"second"}`))
	if r, err := Open(path); err != nil || r.Run.State != Running || r.Run.Items["a"] != 3 || r.Run.Seed != 7 || r.Run.Name != "shared" {
		t.Errorf("the run is %+v, %v", r, err)
	}
	if err := second.End(nil, nil, func(r *Run) { r.State = Complete }); err != nil {
		t.Fatal(err)
	}
	if r, err := Open(path); err != nil || r.Run.State != Complete || r.Run.Seed != 7 {
		t.Errorf("the run is %+v, %v", r, err)
	}
	if log, err := os.ReadFile(filepath.Join(path, "log.jsonl")); err != nil || string(log) != "{\"msg\":\"first\"}\n{\"msg\":\"second\"}\n" {
		t.Errorf("the log is %q, %v", log, err)
	}
	if _, err := TakeOver(t.TempDir(), nil); err == nil {
		t.Error("a folder that is no run directory is taken over")
	}
}
