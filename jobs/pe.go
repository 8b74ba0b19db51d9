package jobs

import (
	"errors"
	"slices"
	"strings"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/port"
	"github.com/dispel4go/dispel4go/registry"
)

// pe is a [[pe]] table.
type pe struct {
	Position // of its name
	name     string
	kind     string // its type
	kindAt   Position
	with     *Table
	options  []d4.Option
	calls    *Key // in [input]
	of       *Key // items
	// candidates are the variants that it can be; none if its type is unknown.
	candidates []*candidate
	broken     bool // something is wrong with it that has been noted
	unsure     bool // its ports may be others, were its parameters right
	ambiguous  bool
}

// candidate is a variant of a PE with the ports it has under its parameters.
type candidate struct {
	*registry.Variant
	ports []end
}

// end is a port of a candidate.
type end struct {
	name  string
	input bool
	in    port.Input // nil for an output
	port.Found
}

var peKeys = []string{"name", "type", "items", "instances", "on_error", "retries", "hold", "weight", "with"}

// pe reads a [[pe]] table.
func (l *loader) pe(t *Table) {
	before := len(l.problems)
	l.known(t, "[[pe]]", peKeys...)
	p := &pe{Position: t.Position, with: l.table(t.Get("with")), of: t.Get("items")}
	name, kind := t.Get("name"), t.Get("type")
	if p.name = l.text(name); name != nil {
		p.Position = name.Value.Position
	}
	if p.kind = l.text(kind); kind != nil {
		p.kindAt = kind.Value.Position
	}
	switch other := l.named(p.name); {
	case name == nil:
		l.problems.add(t.Position, "a [[pe]] needs a name")
	case name.Value.Any == "":
		l.problems.add(p.Position, "a [[pe]] needs a name that is not empty")
	case other != nil:
		l.problems.add(p.Position, "there is a PE %q already, in line %d", p.name, other.Line)
		return
	}
	l.options(p, t)
	switch {
	case kind == nil:
		l.problems.add(t.Position, "a [[pe]] needs a type")
	case p.kind != "" && p.name != "":
		l.candidates(p)
	}
	p.broken = len(l.problems) > before
	l.pes = append(l.pes, p)
}

func (l *loader) named(name string) *pe {
	for _, p := range l.pes {
		if p.name == name && name != "" {
			return p
		}
	}
	return nil
}

func (l *loader) names() []string {
	var names []string
	for _, p := range l.pes {
		if p.name != "" {
			names = append(names, p.name)
		}
	}
	return names
}

func (l *loader) options(p *pe, t *Table) {
	if k := t.Get("instances"); k != nil {
		switch text, is := k.Value.Any.(string); {
		case !is:
			p.options = append(p.options, d4.Instances(int(l.whole(k, 1))))
		case text != "auto": // as if it were not there
			l.wrong(k, `a whole number or "auto"`)
		}
	}
	retries := t.Get("retries")
	on := d4.Fail
	switch k := t.Get("on_error"); l.among(k, "fail", "skip", "retry") {
	case "skip":
		on = d4.Skip
	case "retry":
		on = d4.Retry
		if retries == nil {
			l.problems.add(k.Value.Position, `on_error = "retry" needs retries = 1 or more`)
			on = d4.Fail
		}
	}
	n := l.whole(retries, 1)
	if on == d4.Retry {
		p.options = append(p.options, d4.WithOnError(on, int(n)))
	} else {
		p.options = append(p.options, d4.WithOnError(on, 0))
		if retries != nil && t.Get("on_error") == nil {
			l.problems.add(retries.Position, `retries is of use only with on_error = "retry"`)
		}
	}
	if k := t.Get("hold"); k != nil {
		if n := l.bytes(k); n > 0 {
			p.options = append(p.options, d4.Hold(int(n)))
		}
	}
	if k := t.Get("weight"); k != nil {
		p.options = append(p.options, d4.Weight(l.number(k)))
	}
}

// candidates looks the type up.
func (l *loader) candidates(p *pe) {
	variants, ok := l.registry.Lookup(p.kind)
	if !ok {
		l.problems.add(p.kindAt, "there is no PE of type %q%s", p.kind, registry.DidYouMean(p.kind, l.registry.Names()))
		return
	}
	p.unsure = true
	for _, v := range variants {
		c, err := l.candidate(p, v)
		p.candidates = append(p.candidates, c)
		p.unsure = p.unsure && err != nil
	}
	if p.of == nil {
		return
	}
	var names []string
	var fit []*candidate
	want := l.text(p.of)
	for _, c := range p.candidates {
		name := l.itemsOf(c)
		names = append(names, name)
		if name == want {
			fit = append(fit, c)
		}
	}
	switch {
	case len(fit) > 0:
		p.candidates = fit
	case want != "":
		l.problems.add(p.of.Value.Position, "%s takes no items of type %q%s", p.kind, want, registry.Suggest(want, unique(names)))
	}
}

// itemsOf is the type of items that tells a variant from others: that of its
// first input, or if it is a source its first output.
func (l *loader) itemsOf(c *candidate) string {
	for _, input := range []bool{true, false} {
		for _, e := range c.ports {
			if e.input == input {
				return l.registry.TypeName(e.elem())
			}
		}
	}
	return ""
}

// candidate finds the ports that a variant has with the parameters given: they
// may depend on them. The error says that they may not be those that are meant;
// element notes it with its place.
func (l *loader) candidate(p *pe, v *registry.Variant) (*candidate, error) {
	var errs []error
	c := &candidate{Variant: v}
	made := v.New()
	if p.with != nil {
		for _, k := range p.with.Keys {
			errs = append(errs, v.Set(made, k.Name, l.argument(v, k, true)))
		}
	}
	if s, ok := made.(d4.Setupper); ok {
		errs = append(errs, s.Setup())
	} else {
		errs = nil // its ports do not depend on parameters
	}
	found, _ := port.Find(made)
	for _, f := range found {
		c.ports = append(c.ports, end{f.Name, f.In != nil, f.In, f})
	}
	return c, errors.Join(errs...)
}

// argument is what registry.Set takes for a key of with: times as text and, if
// asked, paths relative to the job file.
func (l *loader) argument(v *registry.Variant, k *Key, resolve bool) any {
	kind, path := "", false
	for _, p := range v.Params() {
		if p.Name == k.Name {
			kind, path = strings.TrimPrefix(p.Kind, "[]"), resolve && isPath(p)
		}
	}
	value := k.Value.Plain()
	if kind != "string" {
		return value
	}
	word := func(at *Value) any {
		switch x := at.Any.(type) {
		case string:
			if path {
				return l.path(&Key{Value: at}, x)
			}
			return x
		case bool, int64, float64, *Table, []*Value:
			return at.Plain()
		}
		return text(at.Any)
	}
	if list, ok := k.Value.Any.([]*Value); ok {
		all := make([]any, len(list))
		for i, e := range list {
			all[i] = word(e)
		}
		return all
	}
	return word(k.Value)
}

// isPath reports whether a parameter names files: it is called path, file, dir
// or folder, or several of them, alone or at its end.
func isPath(p registry.Param) bool {
	last := p.Name[strings.LastIndexByte(p.Name, '_')+1:]
	return slices.Contains([]string{"path", "paths", "file", "files", "dir", "dirs", "folder", "folders"}, last)
}

// element adds the PE to the graph, with those of its parameters that are
// right.
func (l *loader) element(g *d4.Graph, p *pe) {
	v := p.candidates[0].Variant
	params := map[string]any{}
	if p.with != nil {
		for _, k := range p.with.Keys {
			if err := v.Set(v.New(), k.Name, l.argument(v, k, false)); err != nil {
				at := k.Value.Position
				if !slices.ContainsFunc(v.Params(), func(p registry.Param) bool { return p.Name == k.Name }) {
					at = k.Position
				}
				l.problems.add(at, "%v", err)
				p.broken = true
				continue
			}
			params[k.Name] = l.argument(v, k, true)
		}
	}
	options := p.options
	if p.calls != nil {
		options = append(options, d4.Calls(int(l.whole(p.calls, 0))))
	}
	g.AddElement(p.name, v.Make(params), nil, options...)
}

// isNews reports whether a problem of the graph is not the echo of one that has
// been noted: about a PE with wrong parameters, its ports included where they
// depend on those, or an input that the job says something wrong about.
func (l *loader) isNews(p d4.Problem) bool {
	of := l.named(p.Element)
	if p.Port == "" {
		return of == nil || !of.broken
	}
	if of == nil { // a feed, whose port is like the one that it feeds
		return false
	}
	return !of.unsure && !l.tried[[2]string{p.Element, p.Port}]
}

func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
