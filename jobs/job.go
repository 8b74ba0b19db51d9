package jobs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/registry"
)

// A Job is a job file that has been found right.
type Job struct {
	Name  string
	File  string    // where it was read
	Graph *d4.Graph // valid
	Run   Run
	Seed  Setting[uint64] // 1 unless given
	// Slurm is the [slurm] table as it stands; nil if there is none.
	Slurm *Table
	// Storm is the [storm] table: configuration of the topology by Storm's own
	// names; nil if there is none.
	Storm *Table
	// Digest is the SHA-256 of the text and of what was set over it, in
	// hexadecimal.
	Digest string
}

const longest = 16 << 20 // bytes of a job file

// Load reads a job file. The sets are what --set was given, such as
// "whiten.freq_min=0.1". The error is an *Error with all that is wrong, unless
// the file cannot be read.
func Load(path string, r *registry.Registry, sets []string) (*Job, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		beside, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*.toml")) // none if the pattern is odd
		return nil, fmt.Errorf("%s: the job %w%s", path, fs.ErrNotExist, registry.DidYouMean(filepath.Clean(path), beside))
	} else if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		text := path + " is a folder, not a job file"
		if within, _ := filepath.Glob(filepath.Join(path, "*.toml")); len(within) > 0 {
			text += fmt.Sprintf("; did you mean %q?", within[0])
		}
		return nil, errors.New(text)
	}
	text, err := io.ReadAll(io.LimitReader(f, longest+1))
	if err != nil {
		return nil, err
	}
	if len(text) > longest {
		return nil, fmt.Errorf("%s is no job file: it has more than %d bytes", path, longest)
	}
	return Parse(path, text, r, sets)
}

// Parse is Load for a text that is at hand. File names it in messages, and
// relative paths are relative to it.
func Parse(file string, text []byte, r *registry.Registry, sets []string) (*Job, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // with which some editors begin every file
	root, bad := parse(file, text)
	if bad != nil {
		return nil, &Error{[]Problem{*bad}}
	}
	l := &loader{file: file, registry: r}
	for _, s := range sets {
		l.set(root, s)
	}
	job := l.job(root)
	if err := l.problems.err(); err != nil {
		return nil, err
	}
	h := sha256.New()
	h.Write(text)
	for _, s := range sets {
		fmt.Fprintf(h, "\n--set %s", s)
	}
	job.Digest = hex.EncodeToString(h.Sum(nil))
	return job, nil
}

// loader turns a tree into a job.
type loader struct {
	reader
	file     string
	registry *registry.Registry
	pes      []*pe
	edges    []*edge
	feeds    []*feed
	lost     bool // an edge is wrong, so that types cannot be followed along it
	// tried are the inputs that the job says something about, though it may be
	// wrong: that nothing is connected to them is then no news.
	tried map[[2]string]bool
}

func (l *loader) job(root *Table) *Job {
	l.known(root, "a job", "name", "seed", "run", "pe", "connect", "input", "slurm", "storm")
	job := &Job{File: l.file, Name: l.text(root.Get("name")), Seed: Setting[uint64]{Value: 1}, Slurm: l.table(root.Get("slurm")), Storm: l.table(root.Get("storm"))}
	if job.Name == "" {
		job.Name = strings.TrimSuffix(filepath.Base(l.file), filepath.Ext(l.file))
	}
	if k := root.Get("seed"); k != nil {
		job.Seed = setting(k, uint64(l.whole(k, 1)))
	}
	job.Run = l.run(l.table(root.Get("run")))

	l.tried = map[[2]string]bool{}
	tables := l.tables(root.Get("pe"))
	if k := root.Get("pe"); k == nil || len(tables) == 0 && k.Value.what() == "a list" {
		l.problems.add(root.Position, "the job is empty: it has no [[pe]]")
		return job
	}
	for _, t := range tables {
		l.pe(t)
	}
	for _, t := range l.tables(root.Get("connect")) {
		l.connect(t)
	}
	l.input(l.table(root.Get("input")))
	l.infer()
	job.Graph = l.build(job.Name)
	return job
}

// build makes the graph out of what is right, and notes what is wrong with it
// as such.
func (l *loader) build(name string) *d4.Graph {
	g := d4.NewGraph(name)
	where := map[string]Position{}
	for _, p := range l.pes {
		if len(p.candidates) > 0 {
			l.element(g, p)
			where[p.name] = p.Position
		}
	}
	for _, e := range l.edges {
		l.join(g, e)
	}
	for _, f := range l.feeds {
		if added := l.feed(g, f); added != "" {
			where[added] = f.Position
		}
	}
	if bad, ok := g.Validate().(*d4.GraphError); ok && len(g.Elements) > 0 {
		for _, p := range bad.Problems {
			if l.isNews(p) {
				l.problems.add(where[p.Element], "%s", p)
				if of := l.named(p.Element); of != nil && of.unsure {
					of.broken = true // the first says why, the others are echoes
				}
			}
		}
	}
	return g
}
