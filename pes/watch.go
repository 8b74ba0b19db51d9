package pes

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	d4 "github.com/dispel4go/dispel4go"
)

// Watcher is the source made by Watch.
type Watcher struct {
	d4.Base
	Out      d4.Out[string]
	Folder   string        `help:"the folder to watch"`
	Pattern  string        `help:"names of the files to emit, like *.mseed"`
	Period   time.Duration `help:"time between two looks" min:"1ms"`
	Stop     string        `help:"a file of this name in the folder ends the source, after the files that are there with it; none if empty"`
	MaxFiles int           `help:"a folder with more files of matching names is an error" min:"1"`

	seen  map[string]look
	timer *time.Timer
}

// look is what was seen of a file.
type look struct {
	size    int64
	changed time.Time
	emitted bool
}

// Watch makes an endless source of the paths of files that appear in a folder,
// those that are there included, in the order of their names. A file is emitted
// once, when two looks in a row find it with the same size and time, so that
// one being written is left alone. Files that are removed are forgotten.
func Watch(folder, pattern string, period time.Duration) func() *Watcher {
	return func() *Watcher {
		return &Watcher{Folder: folder, Pattern: pattern, Period: period, MaxFiles: 1 << 20}
	}
}

// Single: a folder has one watcher.
func (*Watcher) Single() {}

// Setup checks the parameters.
func (w *Watcher) Setup() error {
	if w.Period <= 0 {
		return errors.New("period must be above 0")
	}
	_, err := filepath.Match(w.Pattern, "")
	return err
}

// MemoryLimit is what is remembered of MaxFiles names of the usual length.
func (w *Watcher) MemoryLimit(int) int64 { return int64(w.MaxFiles) * 256 }

// Open looks whether the folder is there.
func (w *Watcher) Open(*d4.Instance) error {
	w.seen = map[string]look{}
	_, err := os.ReadDir(w.Folder)
	return err
}

// Next looks at the folder once and waits for the next time.
func (w *Watcher) Next() error {
	entries, err := os.ReadDir(w.Folder)
	if err != nil {
		return err
	}
	stop := w.Stop != "" && slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == w.Stop })
	now := make(map[string]look, len(w.seen))
	for _, e := range entries {
		if match, _ := filepath.Match(w.Pattern, e.Name()); !match || e.IsDir() || e.Name() == w.Stop {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, os.ErrNotExist) {
			continue // removed meanwhile
		}
		if err != nil {
			return err
		}
		before, known := w.seen[e.Name()]
		file := look{info.Size(), info.ModTime(), before.emitted}
		settled := known && before.size == file.size && before.changed.Equal(file.changed)
		if !file.emitted && (settled || stop) {
			file.emitted = true
			w.Out.Emit(filepath.Join(w.Folder, e.Name()))
		}
		now[e.Name()] = file
	}
	w.seen = now
	switch {
	case len(now) > w.MaxFiles:
		return errors.New("the folder has more files than max_files allows")
	case stop:
		return io.EOF
	}
	ready := make(chan struct{})
	w.timer = time.AfterFunc(w.Period, func() { close(ready) })
	return d4.Wait(ready)
}

// Close stops the clock.
func (w *Watcher) Close() error {
	if w.timer != nil {
		w.timer.Stop()
	}
	return nil
}
