package sds

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/seismo/mseed"
)

var midnight = mseed.FromTime(time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC))

func counts(id string, start mseed.Time, rate float64, n int) *mseed.Segment {
	s := &mseed.Segment{ID: id, Start: start, SampleRate: rate, Int32: make([]int32, n)}
	for i := range s.Int32 {
		s.Int32[i] = int32(i % 1000)
	}
	return s
}

func open(t testing.TB, root, index string) *Archive {
	t.Helper()
	a, err := Open(context.Background(), root, index)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestPath: the rule, and what has no place.
func TestPath(t *testing.T) {
	got, err := Path("root", "NL.HGN..BHZ", Date(2003, 149))
	if err != nil || filepath.ToSlash(got) != "root/2003/NL/HGN/BHZ.D/NL.HGN..BHZ.D.2003.149" {
		t.Errorf("%s, %v", got, err)
	}
	if id, d, ok := parseName(filepath.Base(got)); !ok || id != "NL.HGN..BHZ" || d != Date(2003, 149) {
		t.Errorf("%s %v %v", id, d, ok)
	}
	for _, id := range []string{"", "a.b.c", "a.b.c.d.e", "../x.y.z.w", "a.b/c.d.e", "a.b..", "a\\b.c..d"} {
		if p, err := Path("root", id, 0); err == nil {
			t.Errorf("%q is at %s", id, p)
		}
	}
	for _, at := range []mseed.Time{midnight - 1, midnight} {
		if d := DayOf(at); d.Start() > at || (d+1).Start() <= at {
			t.Errorf("%v is in %v", at, d)
		}
	}
	if DayOf(-1) != -1 || DayOf(-86400e9) != -1 || Date(1970, 1) != 0 {
		t.Errorf("%v %v", DayOf(-1), DayOf(-86400e9))
	}
}

// TestWriteAndRead: what is written in pieces over midnights comes back, each sample
// in the file of its day.
func TestWriteAndRead(t *testing.T) {
	root := filepath.Join(t.TempDir(), "archive")
	w, err := NewWriter(root, mseed.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	const rate, n = 0.99999583, 200_000 // more than two days
	whole := counts("XX.A.00.LHZ", midnight-5*3600e9+123_456_000, rate, n)
	for at := 0; at < n; {
		to := min(at+777, n)
		if err := w.Write(slice(whole, at, to)); err != nil {
			t.Fatal(err)
		}
		at = to
	}
	if err := w.Write(counts("XX.B..HHZ", midnight, 100, 5)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	a := open(t, root, filepath.Join(root, "index"))
	if got := a.Channels("XX.*.*.LH?"); !slices.Equal(got, []string{"XX.A.00.LHZ"}) {
		t.Errorf("%v", got)
	}
	days := a.Days("XX.A.00.LHZ")
	if len(days) != 4 || days[0] != DayOf(midnight)-1 {
		t.Fatalf("%v", days)
	}
	for _, d := range days {
		file, err := Path(root, "XX.A.00.LHZ", d)
		if err != nil {
			t.Fatal(err)
		}
		traces, err := mseed.ReadFile(file, mseed.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if s := traces[0].Segments[0]; len(traces[0].Segments) != 1 || s.Start < d.Start()-2000 || s.Start.Add(s.Len()-1, rate) >= (d+1).Start() {
			t.Errorf("%v begins at %v and has %d samples", d, s.Start, s.Len())
		}
	}
	got, err := a.Read("XX.A.00.LHZ", midnight-86400e9, midnight+10*86400e9, mseed.Options{})
	if err != nil || len(got.Segments) != 1 || !slices.Equal(got.Segments[0].Int32, whole.Int32) {
		t.Errorf("%v: %d segments, %v", err, len(got.Segments), got.Gaps())
	}
	// A time between two, across midnight.
	got, err = a.Read("XX.A.00.LHZ", midnight-10e9, midnight+10e9, mseed.Options{})
	if err != nil || len(got.Segments) != 1 || got.Segments[0].Len() != 20 {
		t.Errorf("%v: %+v", err, got.Segments)
	}
	if got, err := a.Read("XX.C..HHZ", midnight, midnight+1, mseed.Options{}); err != nil || len(got.Segments) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

// TestLinkToAFile: what stands among the folders and is none is passed over.
func TestLinkToAFile(t *testing.T) {
	root := t.TempDir()
	w, err := NewWriter(root, mseed.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(counts("XX.A.00.LHZ", midnight, 1, 100)), w.Close()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "README")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"README", "2024/README", "2024/XX/README", "2024/XX/A/README.D"} {
		if err := os.Symlink(file, filepath.Join(root, filepath.FromSlash(at))); err != nil {
			t.Skip("no symbolic links here: ", err)
		}
	}
	if got := open(t, root, "").Channels(); !slices.Equal(got, []string{"XX.A.00.LHZ"}) {
		t.Errorf("%v", got)
	}
}

// TestNothingIsWrittenOver: a new file refuses a name that is taken, an appended one
// grows, and what is discarded leaves nothing.
func TestNothingIsWrittenOver(t *testing.T) {
	root := t.TempDir()
	for k, make := range []func(string, mseed.WriterOptions) (*Writer, error){NewWriter, NewWriter, NewAppender, NewAppender} {
		w, err := make(root, mseed.WriterOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for n := range 2 { // late ones come after the day has ended
			for _, at := range []mseed.Time{midnight, midnight + 86400e9, midnight} {
				if err == nil {
					err = w.Write(counts("XX.A..BHZ", at+mseed.Time(100*k+10*n)*1e9, 10, 100))
				}
			}
		}
		if err == nil {
			err = w.Close()
		}
		if k < 2 && !errors.Is(err, fs.ErrExist) || k >= 2 && err != nil {
			t.Errorf("%d: %v", k, err)
		}
		w.Discard()
	}
	if files, _ := filepath.Glob(filepath.Join(root, "*", "*", "*", "*", ".*")); len(files) > 0 {
		t.Errorf("left over: %v", files)
	}
	got, err := open(t, root, "").Read("XX.A..BHZ", midnight, midnight+86400e9, mseed.Options{})
	if err != nil || len(got.Segments) != 3 || got.Segments[0].Len() != 100 || got.Segments[1].Len() != 200 {
		t.Errorf("%v: %v", err, got.Gaps())
	}
}

// TestIndex: it says what listing says, sees what has changed, and is made anew
// when it is damaged.
func TestIndex(t *testing.T) {
	root, index := t.TempDir(), filepath.Join(t.TempDir(), "index")
	touch := func(id string, d Day) string {
		file, err := Path(root, id, d)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(file), 0o777)
		}
		if err == nil {
			err = os.WriteFile(file, nil, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	touch("XX.A..BHZ", 100)
	touch("XX.A.00.BHZ", 100)
	gone := touch("XX.B..BHZ", 100)
	same := func(a *Archive) {
		t.Helper()
		if plain := open(t, root, ""); fmt.Sprint(a.channels) != fmt.Sprint(plain.channels) {
			t.Errorf("%v, and listed: %v", a.channels, plain.channels)
		}
	}
	same(open(t, root, index))
	// Folders are listed only if they have changed: one that says it has not is believed.
	folder := filepath.Dir(gone)
	info, err := os.Stat(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(gone), os.Chtimes(folder, info.ModTime(), info.ModTime())); err != nil {
		t.Fatal(err)
	}
	if !open(t, root, index).Has("XX.B..BHZ", 100) {
		t.Error("an unchanged folder was listed")
	}
	if err := os.Chtimes(folder, info.ModTime(), info.ModTime().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	touch("XX.C..BHZ", 99)
	same(open(t, root, index))
	data, err := os.ReadFile(index)
	if err != nil {
		t.Fatal(err)
	}
	for _, damaged := range [][]byte{data[:len(data)-1], append(slices.Clone(data), 0), []byte("something else")} {
		if err := os.WriteFile(index, damaged, 0o666); err != nil {
			t.Fatal(err)
		}
		same(open(t, root, index))
	}
	if _, err := Open(context.Background(), filepath.Join(root, "no such"), ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	a, err := Open(context.Background(), root, filepath.Join(root, "no such folder", "index"))
	if a == nil || len(a.Channels()) != 3 || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an index that cannot be written: %v", err)
	}
}

// million makes the index of a million channel-days, without the files.
func million() map[string]*folder {
	folders := map[string]*folder{}
	for k := range 2740 {
		sta, year := fmt.Sprintf("S%03d", k/10), 2010+k%10
		id := "XX." + sta + "..BHZ"
		f := &folder{changed: int64(k), days: map[string][]Day{}}
		for doy := range 365 {
			f.days[id] = append(f.days[id], Date(year, doy+1))
		}
		folders[fmt.Sprintf("%d/XX/%s/BHZ.D", year, sta)] = f
	}
	return folders
}

// TestMillion: an index of a million files is a few MB, and none is lost.
func TestMillion(t *testing.T) {
	index := filepath.Join(t.TempDir(), "index")
	if err := writeIndex(index, million()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(index)
	if err != nil {
		t.Fatal(err)
	}
	folders, err := parseIndex(data)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range folders {
		for _, days := range f.days {
			n += len(days)
		}
	}
	if n != 2740*365 || len(data) > 4*n {
		t.Errorf("%d channel-days in %d bytes", n, len(data))
	}
}

// BenchmarkFind opens the index of a million channel-days, and finds one of them.
func BenchmarkFind(b *testing.B) {
	index := filepath.Join(b.TempDir(), "index")
	if err := writeIndex(index, million()); err != nil {
		b.Fatal(err)
	}
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			data, err := os.ReadFile(index)
			if err == nil {
				_, err = parseIndex(data)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("find", func(b *testing.B) {
		a := &Archive{channels: map[string][]Day{}}
		for _, f := range million() {
			for id, days := range f.days {
				a.channels[id] = append(a.channels[id], days...)
			}
		}
		for _, days := range a.channels {
			slices.Sort(days)
		}
		for b.Loop() {
			if !a.Has("XX.S123..BHZ", Date(2015, 200)) {
				b.Fatal("it is not there")
			}
		}
	})
}

// FuzzIndex: whatever is read, nothing is allocated beyond a few times its length.
func FuzzIndex(f *testing.F) {
	index := filepath.Join(f.TempDir(), "index")
	if err := writeIndex(index, map[string]*folder{"2024/XX/A/BHZ.D": {changed: 7, days: map[string][]Day{"XX.A..BHZ": {100, 101, 200}}}}); err != nil {
		f.Fatal(err)
	}
	data, err := os.ReadFile(index)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(indexMagic + strings.Repeat("\xff", 12)))
	f.Fuzz(func(t *testing.T, data []byte) {
		if folders, err := parseIndex(data); err == nil && len(folders) > len(data) {
			t.Fatal(len(folders))
		}
	})
}
