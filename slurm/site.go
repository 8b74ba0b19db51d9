package slurm

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/dispel4go/dispel4go/jobs"
	"github.com/dispel4go/dispel4go/registry"
)

// A Site is what is known of a cluster.
type Site struct {
	Name    string `toml:"name"`
	About   string `toml:"about,omitempty"`   // in one line
	Source  string `toml:"source,omitempty"`  // where that is documented
	Date    string `toml:"date,omitempty"`    // of the source, as 2026-01-31
	Cluster string `toml:"cluster,omitempty"` // what Slurm calls it, by which it is recognised

	AccountFrom  []string `toml:"account_from,omitempty"` // variables that may hold the account
	NeedsAccount bool     `toml:"needs_account,omitempty"`
	NoMemory     bool     `toml:"no_memory,omitempty"` // jobs may not ask for memory
	WholeNodes   bool     `toml:"whole_nodes,omitempty"`
	// Shared are the beginnings of paths that compute nodes see too; none means
	// that nothing is known. Scratch is the variable with a folder for large files.
	Shared  []string `toml:"shared,omitempty"`
	Scratch string   `toml:"scratch,omitempty"`
	// Default are values of options.
	Default    map[string]any `toml:"default,omitempty"`
	Partitions []Partition    `toml:"partition,omitempty"`
	QoS        []Partition    `toml:"qos,omitempty"` // their limits; cores and memory are those of partitions

	Where  string              `toml:"-"` // the file, or "shipped"
	values map[string][]string // Default, checked
}

// A Partition is one of a site, with what it allows a job; 0 is no limit, or
// unknown.
type Partition struct {
	Name      string `toml:"name"`
	About     string `toml:"about,omitempty"`
	MaxTime   string `toml:"max_time,omitempty"`
	MinNodes  int    `toml:"min_nodes,omitempty"`
	MaxNodes  int    `toml:"max_nodes,omitempty"`
	Cores     int    `toml:"cores,omitempty"`  // of a node
	Memory    string `toml:"memory,omitempty"` // of a node, that jobs can have
	IsDefault bool   `toml:"default,omitempty"`
}

// Limit is the longest time, 0 if there is no limit.
func (p *Partition) Limit() time.Duration {
	d, err := ParseTime(p.MaxTime)
	if err != nil {
		return 0
	}
	return d
}

// Bytes is the memory of a node, 0 if it is not known.
func (p *Partition) Bytes() int64 {
	n, err := jobs.ParseBytes(p.Memory)
	if err != nil {
		return 0
	}
	return n
}

//go:embed sites/*.toml
var shipped embed.FS

// Generic is the name of the profile for sites that have none.
const Generic = "generic"

// folders are where profiles of the user and of the system lie, by a variable
// that may name others.
func folders(env func(string) string) []string {
	var all []string
	if f := env("D4_SITES"); f != "" {
		all = append(all, filepath.SplitList(f)...)
	}
	if f := UserFolder(env); f != "" {
		all = append(all, f)
	}
	return append(all, "/etc/dispel4go/sites")
}

// UserFolder is where a user's own profiles lie, "" if there is no such place.
func UserFolder(env func(string) string) string {
	base := env("XDG_CONFIG_HOME")
	if base == "" {
		if env("HOME") == "" {
			return ""
		}
		base = filepath.Join(env("HOME"), ".config")
	}
	return filepath.Join(base, "dispel4go", "sites")
}

// Sites lists all profiles by name. Those of the user hide those of the system of
// the same name, and these the shipped ones.
func Sites(env func(string) string) ([]*Site, error) {
	byName := map[string]*Site{}
	var bad []error
	read := func(where string, text []byte) {
		s, err := ParseSite(where, text)
		if err != nil {
			bad = append(bad, err)
		} else if byName[s.Name] == nil {
			byName[s.Name] = s
		}
	}
	for _, folder := range folders(env) {
		files, _ := filepath.Glob(filepath.Join(folder, "*.toml"))
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				bad = append(bad, err)
				continue
			}
			read(file, text)
		}
	}
	files, err := fs.Glob(shipped, "sites/*.toml")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := shipped.ReadFile(file)
		if err != nil {
			return nil, err
		}
		read("shipped", text)
	}
	var all []*Site
	for _, s := range byName {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *Site) int { return cmp.Compare(a.Name, b.Name) })
	return all, errors.Join(bad...)
}

// FindSite returns the profile of that name. Without a name it is the one of the
// cluster that Slurm says it is, and else the generic one.
func FindSite(env func(string) string, name, cluster string) (*Site, error) {
	all, err := Sites(env)
	if err != nil {
		return nil, err
	}
	var names []string
	var generic *Site
	for _, s := range all {
		if name != "" && s.Name == name || name == "" && cluster != "" && s.Cluster == cluster {
			return s, nil
		}
		if s.Name == Generic {
			generic = s
		}
		names = append(names, s.Name)
	}
	if name == "" {
		return generic, nil
	}
	return nil, fmt.Errorf("there is no site %q%s", name, registry.Suggest(name, names))
}

// ParseSite reads a profile; where is for messages.
func ParseSite(where string, text []byte) (*Site, error) {
	s := &Site{Where: where}
	d := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	if err := d.Decode(s); err != nil {
		var strict *toml.StrictMissingError
		var at *toml.DecodeError
		switch {
		case errors.As(err, &strict) && len(strict.Errors) > 0:
			line, col := strict.Errors[0].Position()
			return nil, fmt.Errorf("%s:%d:%d: a profile has no key %s", where, line, col, strings.Join(strict.Errors[0].Key(), "."))
		case errors.As(err, &at):
			line, col := at.Position()
			return nil, fmt.Errorf("%s:%d:%d: %s", where, line, col, strings.TrimPrefix(at.Error(), "toml: "))
		}
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	if s.Name == "" {
		return nil, fmt.Errorf("%s: a profile needs a name", where)
	}
	s.values = map[string][]string{}
	for name, v := range s.Default {
		o := Find(name)
		if o == nil || name == "site" {
			return nil, fmt.Errorf("%s: [default] has no key %q", where, name)
		}
		values, err := valuesOf(o, v)
		if err != nil {
			return nil, fmt.Errorf("%s: %s %w", where, name, err)
		}
		for _, text := range values {
			if _, err := o.check(text); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", where, name, err)
			}
		}
		s.values[name] = values
	}
	for _, p := range slices.Concat(s.Partitions, s.QoS) {
		if p.MaxTime != "" && p.Limit() == 0 || p.Memory != "" && p.Bytes() == 0 || p.Name == "" {
			return nil, fmt.Errorf("%s: partition %q: max_time %q or memory %q is not one, or it has no name", where, p.Name, p.MaxTime, p.Memory)
		}
	}
	return s, nil
}

// Partition returns the partition of that name, or the default one for none; nil
// if there is none.
func (s *Site) Partition(name string) *Partition {
	for k := range s.Partitions {
		if p := &s.Partitions[k]; p.Name == name || name == "" && p.IsDefault {
			return p
		}
	}
	return nil
}

// qos returns that quality of service, nil if the site has none.
func (s *Site) qos(name string) *Partition {
	at := slices.IndexFunc(s.QoS, func(p Partition) bool { return p.Name == name })
	if at < 0 {
		return nil
	}
	return &s.QoS[at]
}

func namesOf(all []Partition) string {
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
	}
	return strings.Join(names, ", ")
}
