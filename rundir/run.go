package rundir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"time"
)

// Format is the version of what a run directory holds.
const Format = 1

// A State is how far a run has come.
type State string

// The states that run.json can hold, and Incomplete, which Open finds.
const (
	Running  State = "running"  // or killed while it was
	Complete State = "complete" // all streams have ended
	Failed   State = "failed"   // the first cause is told
	Partial  State = "partial"  // interrupted, or out of time
	// Incomplete is a run that says running, but nobody runs it any more.
	Incomplete State = "incomplete"
)

// A Run is what run.json holds.
type Run struct {
	Format int    `json:"format"`
	Name   string `json:"name"` // of the job or graph
	State  State  `json:"state"`

	JobFile   string `json:"job_file,omitempty"`
	JobDigest string `json:"job_digest,omitempty"` // SHA-256 of the job file's text
	JobID     string `json:"job_id,omitempty"`     // under Slurm

	Plan       string `json:"plan,omitempty"` // in words
	PlanDigest string `json:"plan_digest,omitempty"`
	Graph      *Graph `json:"graph,omitempty"` // what ran
	// Predicted is what the plan said of the run before it began.
	Predicted *Predicted `json:"predicted,omitempty"`
	// Single are the PEs of which more instances would not be faster.
	Single  []string `json:"single,omitempty"`
	Mapping string   `json:"mapping,omitempty"`
	Ranks   int      `json:"ranks,omitempty"`
	Cores   int      `json:"cores,omitempty"` // of all ranks
	Seed    uint64   `json:"seed"`

	Versions Versions `json:"versions"`
	Command  []string `json:"command,omitempty"`
	Host     string   `json:"host"` // where this directory's owner runs
	PID      int      `json:"pid"`  // its number there
	Hosts    []string `json:"hosts,omitempty"`

	Started time.Time `json:"started"`
	Updated time.Time `json:"updated"` // when this was written
	Ended   time.Time `json:"ended,omitzero"`

	// Items is how many have reached each PE, or left it if it is a source.
	Items   map[string]uint64 `json:"items,omitempty"`
	Skipped map[string]uint64 `json:"skipped,omitempty"` // items, by PE
	Result  Result            `json:"result"`
	// Cause is why the run failed or stopped early.
	Cause     string     `json:"cause,omitempty"`
	Positions []Position `json:"positions,omitempty"` // of stopped sources
	Rest      *Rest      `json:"rest,omitempty"`      // where time was up
	// Bound is the most memory that the plan's ranks may take on a node.
	Bound int64 `json:"bound_bytes,omitempty"`
	// Usage is what the ranks have taken, as they told last; Request what the job
	// was given.
	Usage   []Usage  `json:"usage,omitempty"`
	Request *Request `json:"request,omitempty"`
	// Continues is the run directory whose rest this run was to do; Total is
	// what reached the sinks in all parts up to this.
	Continues string          `json:"continues,omitempty"`
	Total     map[string]Sink `json:"total,omitempty"`
}

// A Result is what a run came to.
type Result struct {
	Sinks   map[string]Sink `json:"sinks,omitempty"`
	Summary map[string]any  `json:"summary,omitempty"` // what PEs had to say, fit for JSON
	Wall    float64         `json:"wall_s"`
}

// Versions say which program ran.
type Versions struct {
	Module   string `json:"module"` // path and version of the main module
	Go       string `json:"go"`
	Revision string `json:"revision,omitempty"` // of its source, where known
}

// ThisProgram returns the versions of the running program.
func ThisProgram() Versions {
	v := Versions{Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Module = info.Main.Path
	if info.Main.Version != "" {
		v.Module += " " + info.Main.Version
	}
	changed := false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.modified":
			changed = s.Value == "true"
		}
	}
	if changed && v.Revision != "" {
		v.Revision += ", changed"
	}
	return v
}

// write replaces run.json.
func (r *Run) write(dir string) error {
	return replace(filepath.Join(dir, "run.json"), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(r)
	})
}

const longestRun = 256 << 20 // bytes of a run.json that is read

// ErrNoRun is returned for what is no run directory, or none that can be read.
var ErrNoRun = errors.New("not a run directory")

// ReadRun reads what the run.json in a run directory says, and nothing else. A run
// that says running may have been killed; Open finds that out.
func ReadRun(dir string) (*Run, error) {
	path := filepath.Join(dir, "run.json")
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Stat(dir); err != nil {
			return nil, fmt.Errorf("%s is %w: it is not there", dir, ErrNoRun)
		}
		return nil, fmt.Errorf("%s is %w: it has no run.json", dir, ErrNoRun)
	case err != nil:
		return nil, fmt.Errorf("%s is %w: %w", dir, ErrNoRun, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, longestRun))
	if err != nil {
		return nil, cannot("read", path, err)
	}
	return parseRun(path, text)
}

func parseRun(path string, text []byte) (*Run, error) {
	var r Run
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", path, err)
	}
	if r.Format != Format {
		return nil, fmt.Errorf("%s has format %d, and this program reads %d", path, r.Format, Format)
	}
	if !slices.Contains([]State{Running, Complete, Failed, Partial}, r.State) {
		return nil, fmt.Errorf("%s is damaged: no run is %q", path, r.State)
	}
	return &r, nil
}
