package sds

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/dispel4go/dispel4go/seismo/mseed"
)

// An Archive knows the channel-days of a folder. It is safe for concurrent use, but
// for Refresh.
type Archive struct {
	root     string
	index    string // its file; "" for none
	folders  map[string]*folder
	channels map[string][]Day
}

// folder is one of YEAR/NET/STA/CHA.D, as it was listed.
type folder struct {
	changed int64 // when, in ns since 1970
	days    map[string][]Day
}

// Open lists an archive, with the help of an index file, which it makes or brings up
// to date; "" is for none. An index that cannot be read is made anew, and one that
// cannot be written is an error that wraps fs.ErrPermission or what else it was, with
// an archive that works.
func Open(ctx context.Context, root, index string) (*Archive, error) {
	if info, err := os.Stat(root); err != nil {
		return nil, fmt.Errorf("sds: %w", err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("sds: %s is not a folder", root)
	}
	a := &Archive{root: root, index: index, folders: map[string]*folder{}}
	if index != "" {
		if data, err := os.ReadFile(index); err == nil {
			if folders, err := parseIndex(data); err == nil {
				a.folders = folders
			}
		}
	}
	if err := a.Refresh(ctx); err != nil {
		if a.channels == nil {
			return nil, err
		}
		return a, err
	}
	return a, nil
}

// Refresh lists the folders that have changed, and writes the index if any have.
func (a *Archive) Refresh(ctx context.Context) error {
	found := map[string]*folder{}
	fresh := 0
	err := eachFolder(ctx, a.root, 4, "", func(rel string) error {
		if !strings.HasSuffix(rel, ".D") {
			return nil
		}
		info, err := os.Stat(filepath.Join(a.root, filepath.FromSlash(rel)))
		if err != nil {
			return ignoreGone(err)
		}
		changed := info.ModTime().UnixNano()
		if f := a.folders[rel]; f != nil && f.changed == changed {
			found[rel] = f
			return nil
		}
		fresh++
		f := &folder{changed: changed, days: map[string][]Day{}}
		names, err := os.ReadDir(filepath.Join(a.root, filepath.FromSlash(rel)))
		if err != nil {
			return ignoreGone(err)
		}
		for _, e := range names {
			if id, d, ok := parseName(e.Name()); ok && !e.IsDir() {
				f.days[id] = append(f.days[id], d)
			}
		}
		found[rel] = f
		return nil
	})
	if err != nil {
		return fmt.Errorf("sds: %w", err)
	}
	changed := fresh > 0 || len(found) != len(a.folders)
	a.folders, a.channels = found, map[string][]Day{}
	for _, f := range found {
		for id, days := range f.days {
			a.channels[id] = append(a.channels[id], days...)
		}
	}
	for _, days := range a.channels {
		slices.Sort(days)
	}
	if a.index == "" || !changed {
		return nil
	}
	return writeIndex(a.index, a.folders)
}

// eachFolder calls f with the folders at a depth below root.
func eachFolder(ctx context.Context, root string, depth int, rel string, f func(rel string) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if depth == 0 {
		return f(rel)
	}
	entries, err := os.ReadDir(filepath.Join(root, filepath.FromSlash(rel)))
	if err != nil {
		return ignoreGone(err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") {
			continue // links to folders count
		}
		if err := eachFolder(ctx, root, depth-1, path.Join(rel, e.Name()), f); err != nil {
			return err
		}
	}
	return nil
}

// ignoreGone passes over what has been removed meanwhile, and what is no folder.
func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil
	}
	return err
}

// Channels lists the channels that match one of the patterns, as CI.*.*.BH?, all if
// there is none, sorted.
func (a *Archive) Channels(patterns ...string) []string {
	var all []string
	for id := range maps.Keys(a.channels) {
		if len(patterns) == 0 || slices.ContainsFunc(patterns, func(p string) bool { ok, _ := path.Match(p, id); return ok }) {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	return all
}

// Days lists the days of a channel, sorted.
func (a *Archive) Days(id string) []Day { return slices.Clone(a.channels[id]) }

// Has reports whether there is a channel-day.
func (a *Archive) Has(id string, d Day) bool {
	_, ok := slices.BinarySearch(a.channels[id], d)
	return ok
}

// Next is the first day of a channel that is not before d.
func (a *Archive) Next(id string, d Day) (Day, bool) {
	days := a.channels[id]
	i, _ := slices.BinarySearch(days, d)
	if i == len(days) {
		return 0, false
	}
	return days[i], true
}

// Files lists the files that may have samples of a channel from one time to another:
// those of the days between, and of the day before.
func (a *Archive) Files(id string, from, to mseed.Time) []string {
	var files []string
	for d, ok := a.Next(id, DayOf(from)-1); ok && d.Start() < to; d, ok = a.Next(id, d+1) {
		if file, err := Path(a.root, id, d); err == nil {
			files = append(files, file)
		}
	}
	return files
}

// Read reads the samples of a channel from one time to another, without the second,
// of all that options say but their Window and Select. Without any it returns
// a trace without segments.
func (a *Archive) Read(id string, from, to mseed.Time, opt mseed.Options) (mseed.Trace, error) {
	opt.Window = mseed.Window{From: from, To: to}
	opt.Select = func(other string) bool { return other == id }
	all := mseed.NewAssembler(opt)
	for _, file := range a.Files(id, from, to) {
		if err := readInto(all, file); err != nil {
			return mseed.Trace{ID: id}, err
		}
	}
	if traces := all.Traces(); len(traces) > 0 {
		return traces[0], nil
	}
	return mseed.Trace{ID: id}, nil
}

func readInto(all *mseed.Assembler, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	err = all.AddAll(f)
	return wrapped(file, cmp.Or(err, f.Close()))
}

func wrapped(file string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
