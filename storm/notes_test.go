package storm

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/dispel4go/dispel4go/engine"
)

// TestNotes: what a rank tells is read once, line by line, and what a rank
// begins twice is noticed.
func TestNotes(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenNotes(dir, 0); err == nil {
		t.Error("notes without a folder for them")
	}
	if err := PrepareNotes(dir); err != nil {
		t.Fatal(err)
	}
	reader := ReadNotes(dir, 2)
	var printed bytes.Buffer
	next := func() (all []*Note) {
		t.Helper()
		if err := reader.Next(&printed, func(rank int, n *Note) {
			if rank != 1 {
				t.Errorf("rank %d has told something", rank)
			}
			all = append(all, n)
		}); err != nil {
			t.Fatal(err)
		}
		return all
	}
	if all := next(); len(all) > 0 {
		t.Errorf("%d notes of nobody", len(all))
	}
	n, err := OpenNotes(dir, 1)
	if err != nil {
		t.Fatal(err)
	}
	out, err := Output(dir, 1)
	if err != nil {
		t.Fatal(err)
	}
	out.WriteString("hello\n")
	n.Write(Note{Items: []uint64{1, 2}})
	n.Log().Write([]byte("{\"msg\":\"x\"}\n"))
	if all := next(); len(all) != 3 || all[0].Begun == nil || all[1].Items[1] != 2 || string(all[2].Log) != `{"msg":"x"}` || printed.String() != "hello\n" {
		t.Errorf("%d notes, printed %q", len(all), printed.String())
	}
	n.f.WriteString(`{"Items":[5`) // its program ends in the middle of a line
	if all := next(); len(all) != 0 {
		t.Errorf("half a line is %+v", all[0])
	}
	again, err := OpenNotes(dir, 1)
	if !errors.Is(err, errRestarted) || again == nil {
		t.Fatalf("a second beginning: %v", err)
	}
	again.Write(Note{Failure: &engine.Failure{PE: "a", Text: err.Error()}})
	if all := next(); len(all) != 1 || all[0].Failure == nil || all[0].Failure.PE != "a" {
		t.Errorf("%d notes after it", len(all))
	}
	if _, err := os.Stat(filepath.Join(dir, "accounts", "1.jsonl")); err != nil {
		t.Error(err)
	}
}

func TestStop(t *testing.T) {
	dir := t.TempDir()
	if err := PrepareNotes(dir); err != nil {
		t.Fatal(err)
	}
	if why := Stopped(dir); why != nil {
		t.Errorf("stopped because of %v", why)
	}
	for limit, want := range map[bool]error{true: engine.ErrTimeLimit, false: engine.ErrInterrupted} {
		if err := Stop(dir, limit); err != nil {
			t.Fatal(err)
		}
		if why := Stopped(dir); why != want {
			t.Errorf("stopped because of %v, expected %v", why, want)
		}
	}
	if state, err := LoadState(dir, "a"); state != nil || err != nil {
		t.Errorf("a state %q, %v", state, err)
	}
	if err := SaveState(dir, "a", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if state, err := LoadState(dir, "a"); string(state) != "x" || err != nil {
		t.Errorf("a state %q, %v", state, err)
	}
}
