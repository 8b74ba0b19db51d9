package seismo

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/zarr"
)

// WriteCorrelations is the sink of correlations of any number of pairs and periods,
// also of a run without end: a Zarr store of time x pair x lag. Its instances hold
// the pairs of the blocks of Correlate, so that with as many of them correlations
// need not travel; each writes a store of its own, named like
// correlations-03.zarr if there are several, and xarray.open_mfdataset opens them
// all.
//
// Where the correlations of a pair are few, or one after the other on rank 0 is
// enough, WriteStore does with less memory.
//
// A period is written when no older correlation can come, in chunks of many pairs,
// and shows at once to who opens the store then: while the run goes on, and after
// one that was killed. Pairs are listed in the order in which they appeared; where
// one has nothing in a period, it has NaN there, and 0 windows. Kept in memory are the
// correlations of the periods that are not complete, and the names of the pairs.
type WriteCorrelations struct {
	d4.Base
	In       d4.In[Correlation]
	Name     string  `help:"of the store, without extension"`
	PeriodS  float64 `help:"the substack_s of seismo.Correlate; 0 for one stack of all" unit:"s" min:"0" max:"1e9"`
	ChunkMiB int     `param:"chunk_mib" help:"size of the files, roughly" unit:"MiB" min:"1" max:"512"`
	Limit
	progress

	info    *d4.Instance
	waiting pending[Correlation]
	period  d4.Time
	store   *correlationStore // nil before the first
	path    string
	written int64
}

// NewWriteCorrelations returns a sink of one stack of each pair, in chunks of 4 MiB.
func NewWriteCorrelations() *WriteCorrelations {
	w := &WriteCorrelations{Name: "correlations", ChunkMiB: 4, Limit: Limit{MaxMiB: 1024}}
	w.In = d4.InputRoute(w.correlation, func(c Correlation, n int, to []int) []int {
		return append(to, newGrid(n).block(c.A.ID, c.B.ID))
	})
	return w
}

// WritesOutput says that the sink needs a run directory.
func (*WriteCorrelations) WritesOutput() {}

// Setup checks the parameters.
func (w *WriteCorrelations) Setup() error {
	w.period = seconds(w.PeriodS)
	switch {
	case w.period < 0:
		return fmt.Errorf("period_s = %g s is negative", w.PeriodS)
	case w.ChunkMiB < 1:
		return fmt.Errorf("chunk_mib = %d is less than 1", w.ChunkMiB)
	}
	return goodName(w.Name, "store")
}

// Open begins with no store: an instance without pairs leaves none.
func (w *WriteCorrelations) Open(i *d4.Instance) error {
	w.info, w.waiting, w.store = i, pending[Correlation]{}, nil
	w.progress = atStart
	folder, err := i.Folder().Path()
	name := w.Name + ".zarr"
	if i.Count > 1 {
		name = fmt.Sprintf("%s-%0*d.zarr", w.Name, max(2, len(fmt.Sprint(i.Count-1))), i.Index)
	}
	w.path = filepath.Join(folder, name)
	return err
}

func (w *WriteCorrelations) correlation(c Correlation) error {
	if c.Start < w.done {
		return nil
	}
	if err := w.keep(4*len(c.Lags) + 128); err != nil {
		return err
	}
	w.waiting.put(c.Start, w.period, c)
	return nil
}

// Advance writes the periods that are complete.
func (w *WriteCorrelations) Advance(t d4.Time) (d4.Time, error) {
	return w.waiting.over(t, w.period, &w.progress, w.write)
}

// Suspend marks the store complete, and asks for the correlations of the periods that are
// not in it to come again. The run that goes on has a store of its own for those.
func (w *WriteCorrelations) Suspend() (d4.Time, error) {
	if w.period == 0 {
		return w.whole("period_s, and substack_s of seismo.Correlate")
	}
	if w.store != nil {
		if err := w.store.finish(); err != nil {
			return d4.Forever, err
		}
	}
	return w.progress.Suspend()
}

// Finish writes what is left and marks the store complete.
func (w *WriteCorrelations) Finish() error {
	if err := w.waiting.before(d4.Forever, w.write); err != nil {
		return err
	}
	if w.store == nil {
		return nil
	}
	return w.store.finish()
}

// Summary tells how much has been written.
func (w *WriteCorrelations) Summary() map[string]any {
	return map[string]any{"correlations": w.written}
}

// write adds a period to the store.
func (w *WriteCorrelations) write(at d4.Time, all []Correlation) error {
	slices.SortFunc(all, func(x, y Correlation) int { return comparePairs(x.pair(), y.pair()) })
	for i := range all[1:] {
		if x, y := &all[i], &all[i+1]; x.pair() == y.pair() {
			return fmt.Errorf("%s-%s: correlations of %s and %s in one period: set period_s to the substack_s of seismo.Correlate", x.A.ID, x.B.ID, clock(x.Start), clock(y.Start))
		}
	}
	if w.period == 0 {
		for i, c := range all {
			if i == 0 || c.Start < at {
				at = c.Start
			}
		}
	}
	if w.store == nil {
		var err error
		if w.store, err = newCorrelationStore(w.path, &all[0], w.PeriodS, w.ChunkMiB<<20); err != nil {
			return err
		}
	}
	if err := w.store.add(at, all); err != nil {
		return err
	}
	for i := range all {
		w.written++
		w.keep(-4*len(all[i].Lags) - 128) // to keep less is no error
	}
	return w.keep(256 * w.store.fresh())
}

// correlationStore is a Zarr store of time x pair x lag that grows.
type correlationStore struct {
	store     *zarr.Store
	intervalS float64
	lags      int
	rows      int // pairs of a chunk
	times     []int64
	pairs     []pair
	at        map[pair]int // where in pairs
	counted   int          // pairs that fresh has told of

	data    *zarr.Array[float32]
	windows *zarr.Array[int32]
	time    *zarr.Array[int64]
	names   [3]*zarr.Array[string]  // of the pair, a and b
	places  [5]*zarr.Array[float64] // lat_a, lon_a, lat_b, lon_b, distance
	columns struct {
		names  [3][]string
		places [5][]float64
	}
}

const (
	timeChunk = 1024 // periods in a file of the coordinate
	pairChunk = 4096 // pairs in a file of a coordinate
)

// newCorrelationStore makes a store for correlations like c.
func newCorrelationStore(path string, c *Correlation, periodS float64, chunkBytes int) (*correlationStore, error) {
	if err := c.hasLags(); err != nil {
		return nil, err
	}
	s := &correlationStore{intervalS: c.IntervalS, lags: len(c.Lags), at: map[pair]int{}}
	s.rows = min(max(1, chunkBytes/(4*s.lags)), pairChunk)
	attributes := map[string]any{"title": "correlations", "sign": "positive lag: the wave passes a first", "Conventions": "CF-1.11"}
	if periodS > 0 {
		attributes["period_s"] = periodS
	}
	var err error
	if s.store, err = zarr.Create(path, attributes); err != nil {
		return nil, err
	}
	lag := make([]float64, s.lags)
	for i := range lag {
		lag[i] = float64(i-s.lags/2) * s.intervalS
	}
	err = column(s.store, "lag", "lag", "s", lag)
	try := func(make func() error) {
		if err == nil {
			err = make()
		}
	}
	try(func() error {
		s.data, err = zarr.NewArray(s.store, "correlation", zarr.Spec[float32]{Shape: []int{0, 0, s.lags}, Chunks: []int{1, s.rows, s.lags},
			Dims: []string{"time", "pair", "lag"}, Attributes: map[string]any{"long_name": "correlation of the windows of a period", "coordinates": coordinates}})
		return err
	})
	try(func() error {
		s.windows, err = zarr.NewArray(s.store, "windows", zarr.Spec[int32]{Shape: []int{0, 0}, Chunks: []int{1, pairChunk},
			Dims: []string{"time", "pair"}, Attributes: map[string]any{"long_name": "windows in the correlation"}})
		return err
	})
	try(func() error {
		s.time, err = zarr.NewArray(s.store, "time", zarr.Spec[int64]{Shape: []int{0}, Chunks: []int{timeChunk}, Dims: []string{"time"},
			Attributes: map[string]any{"units": "nanoseconds since 1970-01-01", "calendar": "proleptic_gregorian", "long_name": "start of the period, UTC"}})
		return err
	})
	for i, name := range []string{"pair", "a", "b"} {
		try(func() error {
			s.names[i], err = zarr.NewArray(s.store, name, zarr.Spec[string]{Shape: []int{0}, Chunks: []int{pairChunk}, Dims: []string{"pair"}})
			return err
		})
	}
	for i, name := range []string{"lat_a", "lon_a", "lat_b", "lon_b", "distance"} {
		unit := []string{"degrees_north", "degrees_east", "degrees_north", "degrees_east", "km"}[i]
		try(func() error {
			s.places[i], err = zarr.NewArray(s.store, name, zarr.Spec[float64]{Shape: []int{0}, Chunks: []int{pairChunk}, Dims: []string{"pair"}, Attributes: map[string]any{"units": unit}})
			return err
		})
	}
	return s, err
}

// fresh is how many pairs have come since the last call.
func (s *correlationStore) fresh() int {
	n := len(s.pairs) - s.counted
	s.counted = len(s.pairs)
	return n
}

// add writes a period, and shows it.
func (s *correlationStore) add(at d4.Time, all []Correlation) error {
	before := len(s.pairs)
	for i := range all {
		c := &all[i]
		if len(c.Lags) != s.lags || c.IntervalS != s.intervalS {
			return fmt.Errorf("%s-%s has other lags than those before: decimate all channels to one sampling rate", c.A.ID, c.B.ID)
		}
		if _, ok := s.at[c.pair()]; !ok {
			s.at[c.pair()] = len(s.pairs)
			s.pairs = append(s.pairs, c.pair())
			s.columns.names[0] = append(s.columns.names[0], c.A.ID+"-"+c.B.ID)
			s.columns.names[1], s.columns.names[2] = append(s.columns.names[1], c.A.ID), append(s.columns.names[2], c.B.ID)
			for k, v := range []float64{c.A.Lat, c.A.Lon, c.B.Lat, c.B.Lon, distance(&c.A, &c.B)} {
				s.columns.places[k] = append(s.columns.places[k], v)
			}
		}
	}
	s.times = append(s.times, int64(at))
	if err := s.grow(before); err != nil {
		return err
	}
	if err := s.writeData(len(s.times)-1, all); err != nil {
		return err
	}
	if err := s.writeWindows(len(s.times)-1, all); err != nil {
		return err
	}
	return s.store.Publish()
}

// grow makes room for a period, and for the pairs from number before on.
func (s *correlationStore) grow(before int) error {
	nt, np := len(s.times), len(s.pairs)
	if err := cmp.Or(s.data.Grow(nt, np, s.lags), s.windows.Grow(nt, np), s.time.Grow(nt), tail(s.time, s.times, nt-1)); err != nil || np == before {
		return err
	}
	for i, a := range s.names {
		if err := cmp.Or(a.Grow(np), tail(a, s.columns.names[i], before)); err != nil {
			return err
		}
	}
	for i, a := range s.places {
		if err := cmp.Or(a.Grow(np), tail(a, s.columns.places[i], before)); err != nil {
			return err
		}
	}
	return nil
}

// writeData writes the chunks of period t that have pairs.
func (s *correlationStore) writeData(t int, all []Correlation) error {
	slices.SortFunc(all, func(x, y Correlation) int { return s.at[x.pair()] - s.at[y.pair()] })
	nan := float32(math.NaN())
	for len(all) > 0 {
		block := s.at[all[0].pair()] / s.rows
		chunk := make([]float32, min(s.rows, len(s.pairs)-block*s.rows)*s.lags)
		for i := range chunk {
			chunk[i] = nan
		}
		for len(all) > 0 && s.at[all[0].pair()]/s.rows == block {
			copy(chunk[(s.at[all[0].pair()]-block*s.rows)*s.lags:], all[0].Lags)
			all = all[1:]
		}
		if err := s.data.WriteChunk([]int{t, block, 0}, chunk); err != nil {
			return err
		}
	}
	return nil
}

func (s *correlationStore) writeWindows(t int, all []Correlation) error {
	windows := make([]int32, len(s.pairs))
	for i := range all {
		windows[s.at[all[i].pair()]] = int32(min(all[i].Windows, math.MaxInt32))
	}
	for block := 0; block*pairChunk < len(windows); block++ {
		if err := s.windows.WriteChunk([]int{t, block}, windows[block*pairChunk:min(len(windows), (block+1)*pairChunk)]); err != nil {
			return err
		}
	}
	return nil
}

// tail writes the chunks of a coordinate from the one with element from on.
func tail[T zarr.Element](a *zarr.Array[T], values []T, from int) error {
	n := a.Info().Chunks[0]
	for k := from / n; k*n < len(values); k++ {
		if err := a.ReplaceChunk([]int{k}, values[k*n:min(len(values), (k+1)*n)]); err != nil {
			return err
		}
	}
	return nil
}

func (s *correlationStore) finish() error { return s.store.Finish(nil) }
