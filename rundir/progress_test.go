package rundir

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestProgress: how far a run is is noted while it goes on and at its end; one that
// is over at once leaves no file.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, err := Create(filepath.Join(t.TempDir(), "run"), noon, "job", "")
		if err != nil {
			t.Fatal(err)
		}
		n := uint64(0)
		err = d.Start(Run{Started: time.Now()}, func(r *Run) {
			r.Items = map[string]uint64{"sink": n, "a, b": 10 * n}
			n++
		})
		if err != nil {
			t.Fatal(err)
		}
		if p, err := ReadProgress(d.Path()); p != nil || err != nil {
			t.Errorf("at the start there is %+v, %v", p, err)
		}
		for range 2 {
			<-time.After(Every) // by the clock of the bubble
			synctest.Wait()
		}
		<-time.After(time.Second)
		if err := d.End(nil, nil, func(r *Run) { r.State, r.Items = Complete, map[string]uint64{"sink": 7, "a, b": 70} }); err != nil {
			t.Fatal(err)
		}
		p, err := ReadProgress(d.Path())
		want := &Progress{PEs: []string{"a, b", "sink"}, Seconds: []float64{3, 6, 7}, Items: [][]uint64{{10, 1}, {20, 2}, {70, 7}}}
		if err != nil || !reflect.DeepEqual(p, want) {
			t.Errorf("%+v, %v", p, err)
		}
	})
	if p, err := ReadProgress(finished(t, Complete, nil)); p != nil || err != nil {
		t.Errorf("of a run without a beat: %+v, %v", p, err)
	}
}

// TestProgressIsBounded: the longer a run takes, the more seldom is it noted.
func TestProgressIsBounded(t *testing.T) {
	dir := t.TempDir()
	var p progress
	run := Run{Started: noon, Items: map[string]uint64{"a": 1}}
	for beat := range 10 * 24 * time.Hour / (10 * Every) {
		if err := p.note(dir, &run, noon.Add((beat+1)*10*Every)); err != nil {
			t.Fatal(err)
		}
	}
	run.Ended = noon.Add(11 * 24 * time.Hour)
	if err := p.end(dir, &run); err != nil {
		t.Fatal(err)
	}
	got, err := ReadProgress(dir)
	if err != nil || len(got.Seconds) < often || len(got.Seconds) > 8*often || got.Seconds[0] != 30 || got.Seconds[len(got.Seconds)-1] != 11*24*3600 {
		t.Errorf("%v, %d lines", err, len(got.Seconds))
	}
}

func TestProgressDamaged(t *testing.T) {
	for _, c := range []struct {
		text  string
		times int // that are read
		err   string
	}{
		{"", 0, ""},
		{"seconds,a\n3,1\n6,2", 1, ""}, // the last line is being written
		{"seconds,a\n3,1\nseconds,a\n6,9\n", 2, ""},
		{"seconds,a\n3,1\nseconds,b\n6,9\n", 1, "line 3 is damaged"},
		{"seconds,a\n3,1\n2,1\n3,2\n", 1, ""}, // the clock was set
		{"3,1\n", 0, "line 1 is damaged"},
		{"seconds,a\n3,1\nx,1\n6,1\n", 1, "line 3 is damaged"},
		{"seconds,a\n3,1,1\n", 0, "line 2 is damaged"},
		{"seconds,a\n3,-1\n", 0, "line 2 is damaged"},
		{"seconds,a\nNaN,1\n", 0, "line 2 is damaged"},
		{"seconds,a\n\n", 0, "line 2 is damaged"},
		{"seconds,\"a\n", 0, "line 1 is damaged"},
	} {
		dir := t.TempDir()
		put(t, filepath.Join(dir, "progress.csv"), c.text)
		p, err := ReadProgress(dir)
		n := 0
		if p != nil {
			n = len(p.Seconds)
		}
		if n != c.times || (err == nil) != (c.err == "") || err != nil && !strings.HasSuffix(err.Error(), c.err) {
			t.Errorf("%q: %+v, %v", c.text, p, err)
		}
	}
}

// FuzzReadProgress: whatever the file holds, there is a page, and the rates on it are
// numbers.
func FuzzReadProgress(f *testing.F) {
	f.Add([]byte("seconds,a,b\n3,1,0\n6,2,9\n"))
	f.Add([]byte("seconds,a\n0,1\n1e300,18446744073709551615\nseconds,a\n"))
	f.Add([]byte("seconds\n1\n2\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		put(t, filepath.Join(dir, "progress.csv"), string(text))
		p, _ := ReadProgress(dir)
		if p == nil {
			return
		}
		for _, wall := range []float64{1, 1e9} {
			for _, c := range p.curves(wall, p.PEs) {
				if !(c.Most >= 0) || strings.Contains(c.path(20), "N") {
					t.Errorf("%+v: %s", c, c.path(20))
				}
			}
		}
	})
}
