package seismo_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/zarr"
)

// TestWriteStore: more correlations than fit into a chunk, in any order, some of
// one pair at several times, are in the store in the order in which they came.
func TestWriteStore(t *testing.T) {
	const lags, count = 40_001, 23 // six to a chunk
	var all []seismo.Correlation
	for i := range count {
		all = append(all, seismo.Correlation{
			A: seismo.Station{ID: string(rune('A' + i%5)), Lat: float64(i % 5)}, B: seismo.Station{ID: string(rune('F' + i%3)), Lon: float64(i % 3)},
			Start: d4.Time(i/5) * 3600 * second, Windows: int64(i), IntervalS: 0.5, Lags: random(uint64(i), lags),
		})
	}
	for _, n := range []int{1, 6, 7, 12, count} {
		res := petest.Run(t, seismo.NewWriteStore, petest.LeavesWhole(), petest.Set("Name", "cc"), petest.Feed("in", all[:n]...))
		if res.Err != nil {
			t.Fatal(res.Err)
		}
		if s := res.PE(nil).(*seismo.WriteStore).Summary(); s["correlations"] != n {
			t.Errorf("%v of %d", s, n)
		}
		s, err := zarr.Open(saved(t, res.Files, "cc.zarr"))
		if err != nil || !s.Complete() {
			t.Fatal(err)
		}
		values, a, b := column[float32](t, s, "correlation"), column[string](t, s, "a"), column[string](t, s, "b")
		windows, start, lat := column[int64](t, s, "windows"), column[float64](t, s, "start"), column[float64](t, s, "lat_a")
		if len(values) != n*lags || len(a) != n {
			t.Fatalf("%d values of %d pairs, expected %d", len(values), len(a), n)
		}
		for i, c := range all[:n] {
			if a[i] != c.A.ID || b[i] != c.B.ID || windows[i] != c.Windows || start[i] != float64(c.Start)/1e9 || lat[i] != c.A.Lat || !slices.Equal(values[i*lags:][:lags], c.Lags) {
				t.Errorf("%d of %d is not what it was", i, n)
			}
		}
	}
	if empty := run[*seismo.WriteStore](t, seismo.NewWriteStore); len(empty.Files) > 0 {
		t.Errorf("%d files of no correlations", len(empty.Files))
	}
	if none := petest.Run(t, seismo.NewWriteStore, petest.Feed("in", seismo.Correlation{A: all[0].A, B: all[0].B})); none.Err == nil || !strings.HasSuffix(none.Err.Error(), "a correlation of 0 lags, one every 0 s") {
		t.Error(none.Err)
	}
	all[1].Lags = all[1].Lags[2:]
	res := petest.Run(t, seismo.NewWriteStore, petest.LeavesWhole(), petest.Feed("in", all[:2]...))
	if res.Err == nil || !strings.HasSuffix(res.Err.Error(), "B-G has other lags than A-F: decimate all channels to one sampling rate") {
		t.Error(res.Err)
	}
}

// saved puts a folder of files back on the disk.
func saved(t *testing.T, files map[string][]byte, folder string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, folder)
}
