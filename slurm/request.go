package slurm

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dispel4go/dispel4go/jobs"
	"github.com/dispel4go/dispel4go/registry"
)

// A Given is the value of an option and where it comes from.
type Given struct {
	Values []string // as the script has them; one unless the option is a list
	From   string   // a flag, a variable, file:line:col, a site, the plan, or default
}

// A Request is what is asked of Slurm for one job.
type Request struct {
	Site   *Site
	Given  map[string]Given
	Notes  []string // what was decided or left out, and why, for the user
	errors []error
}

// byDefault is what holds where nobody has said anything.
var byDefault = map[string]string{
	"nodes": "1", "ntasks_per_node": "1", "time": "1h", "drain": "120s", "max_requeues": "10", "open_mode": "append",
	"launcher": "srun", "cpu_bind": "cores", "mpi": "none",
}

// Resolve puts together what flags, the environment, the job file and the site
// say; the first of them that gives an option counts. Flags are by the names of
// options. The error has a line for each thing that is wrong.
func Resolve(flags map[string][]string, lookup func(string) (string, bool), table *jobs.Table, site *Site) (*Request, error) {
	r := &Request{Site: site, Given: map[string]Given{}}
	inJob := r.job(table)
	for k := range Options {
		o := &Options[k]
		switch values, ok := flags[o.Name]; {
		case ok:
			r.set(o, values, "--"+o.FlagName())
		case r.environment(o, lookup):
		case inJob[o.Name].Values != nil:
			r.set(o, inJob[o.Name].Values, inJob[o.Name].From)
		case site != nil && site.values[o.Name] != nil:
			r.set(o, site.values[o.Name], "site "+site.Name)
		default:
			if text, ok := byDefault[o.Name]; ok {
				r.set(o, []string{text}, "default")
			}
		}
	}
	r.account(lookup)
	if m, per := r.Given["mem"], r.Given["mem_per_cpu"]; m.Values != nil && per.Values != nil {
		if strings.HasPrefix(m.From, "site ") {
			delete(r.Given, "mem")
		} else if strings.HasPrefix(per.From, "site ") {
			delete(r.Given, "mem_per_cpu")
		} else {
			r.errors = append(r.errors, fmt.Errorf("%s: mem and mem_per_cpu (%s) exclude each other", m.From, per.From))
		}
	}
	return r, errors.Join(r.errors...)
}

// FlagName is the name of the option's flag.
func (o *Option) FlagName() string { return strings.ReplaceAll(o.Name, "_", "-") }

// set checks values and takes them.
func (r *Request) set(o *Option, values []string, from string) {
	g := Given{From: from, Values: []string{}}
	for _, text := range values {
		value, err := o.check(text)
		if err != nil {
			r.errors = append(r.errors, fmt.Errorf("%s: %s: %w", from, o.Name, err))
			return
		}
		g.Values = append(g.Values, value)
	}
	r.Given[o.Name] = g
}

// Set gives an option a value that is known to be good.
func (r *Request) Set(name, value, from string) { r.set(Find(name), []string{value}, from) }

// Clone returns a request that can be changed without the other.
func (r *Request) Clone() *Request {
	return &Request{Site: r.Site, Given: maps.Clone(r.Given), Notes: slices.Clone(r.Notes), errors: slices.Clone(r.errors)}
}

func (r *Request) environment(o *Option, lookup func(string) (string, bool)) bool {
	name := "D4_SLURM_" + strings.ToUpper(o.Name)
	text, ok := lookup(name)
	if !ok || text == "" {
		return false
	}
	values := []string{text}
	if o.List {
		values = strings.Fields(text)
	}
	r.set(o, values, name)
	return true
}

// account takes the account from the variable that the site has for it.
func (r *Request) account(lookup func(string) (string, bool)) {
	if r.Given["account"].Values != nil || r.Site == nil {
		return
	}
	for _, name := range r.Site.AccountFrom {
		if text, ok := lookup(name); ok && text != "" {
			r.Set("account", text, name)
			return
		}
	}
	if r.Site.NeedsAccount {
		hint := ""
		if len(r.Site.AccountFrom) > 0 {
			hint = ", or set " + strings.Join(r.Site.AccountFrom, " or ")
		}
		r.errors = append(r.errors, fmt.Errorf("site %s wants an account: give --account%s", r.Site.Name, hint))
	}
}

// job reads the [slurm] table.
func (r *Request) job(t *jobs.Table) map[string]Given {
	all := map[string]Given{}
	if t == nil {
		return all
	}
	for _, k := range t.Keys {
		o := Find(k.Name)
		if o == nil {
			var known []string
			for _, o := range Options {
				known = append(known, o.Name)
			}
			r.errors = append(r.errors, fmt.Errorf("%s: [slurm] has no key %q%s", k.Position, k.Name, registry.DidYouMean(k.Name, known)))
			continue
		}
		values, err := valuesOf(o, k.Value.Plain())
		if err != nil {
			r.errors = append(r.errors, fmt.Errorf("%s: %s %w", k.Value.Position, k.Name, err))
			continue
		}
		all[k.Name] = Given{Values: values, From: k.Value.Position.String()}
	}
	return all
}

// valuesOf is the value of an option in TOML as texts.
func valuesOf(o *Option, v any) ([]string, error) {
	switch x := v.(type) {
	case string:
		return []string{x}, nil
	case bool:
		if o.Flag {
			return []string{strconv.FormatBool(x)}, nil
		}
	case int64:
		if !o.Flag && !o.List {
			return []string{strconv.FormatInt(x, 10)}, nil
		}
	case []any:
		if !o.List {
			break
		}
		values := []string{}
		for _, e := range x {
			s, ok := e.(string)
			if !ok {
				return nil, fmt.Errorf("is a list of texts, not of %v", e)
			}
			values = append(values, s)
		}
		return values, nil
	case map[string]any:
		if o.Name != "environment" {
			break
		}
		values := []string{}
		for _, name := range slices.Sorted(maps.Keys(x)) {
			values = append(values, fmt.Sprintf("%s=%v", name, x[name]))
		}
		return values, nil
	}
	want := "a text"
	switch {
	case o.Flag:
		want = "true or false"
	case o.List:
		want = "a list of texts"
	}
	return nil, fmt.Errorf("is %s, not %v", want, v)
}

// Text is the value of an option, "" if it has none.
func (r *Request) Text(name string) string {
	if v := r.Given[name].Values; len(v) > 0 {
		return v[0]
	}
	return ""
}

// Count is the value of an option that is a number, 0 if it has none.
func (r *Request) Count(name string) int {
	n, _ := strconv.Atoi(r.Text(name)) // it has been checked
	return n
}

// Yes reports whether a flag is set.
func (r *Request) Yes(name string) bool { return r.Text(name) == "true" }

// Time is the value of an option that is a time, 0 if it has none.
func (r *Request) Time(name string) time.Duration {
	d, err := ParseTime(r.Text(name))
	if err != nil {
		return 0
	}
	return d
}

// Ranks is how many ranks the job has.
func (r *Request) Ranks() int { return max(1, r.Count("nodes")) * max(1, r.Count("ntasks_per_node")) }
