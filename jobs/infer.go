package jobs

import (
	"reflect"
	"slices"
	"strings"
)

// elem is the type of the port's items.
func (e *end) elem() reflect.Type {
	if e.input {
		return e.In.Elem()
	}
	return e.Out.Elem()
}

// port returns the port of that name, nil if there is none.
func (c *candidate) port(name string) *end {
	for i := range c.ports {
		if c.ports[i].name == name {
			return &c.ports[i]
		}
	}
	return nil
}

// infer finds out which variant each PE is: both ends of an edge have items of
// one type, and what feeds an input must be of its type. It drops candidates
// that fit none of a neighbour's until nothing changes.
func (l *loader) infer() {
	l.narrow()
	for _, f := range l.feeds {
		if len(f.to.pe.candidates) > 1 {
			l.narrowFeed(f)
		}
	}
	l.narrow()
	for _, p := range l.pes {
		if len(p.candidates) < 2 {
			continue
		}
		p.ambiguous = true
		if !l.lost && !p.broken && !p.unsure && l.joined(p) && !l.besideAmbiguous(p) {
			var names []string
			for _, c := range p.candidates {
				names = append(names, l.itemsOf(c))
			}
			l.problems.add(p.Position, "the items of %s can be %s: say which, as in items = %q", p.name, either(unique(names)), names[0])
		}
	}
}

// joined reports whether a stream or items lead to p or from it: where none do,
// that is said instead.
func (l *loader) joined(p *pe) bool {
	return p.candidates[0].Source || slices.ContainsFunc(l.edges, func(e *edge) bool { return e.from.pe == p || e.to.pe == p }) ||
		slices.ContainsFunc(l.feeds, func(f *feed) bool { return f.to.pe == p })
}

// besideAmbiguous reports whether a PE earlier in the job, to which p is
// connected by edges, is ambiguous too: one of them is enough to name.
func (l *loader) besideAmbiguous(p *pe) bool {
	seen := []*pe{p}
	for i := 0; i < len(seen); i++ {
		for _, e := range l.edges {
			for _, ends := range [][2]*pe{{e.from.pe, e.to.pe}, {e.to.pe, e.from.pe}} {
				if ends[0] == seen[i] && !slices.Contains(seen, ends[1]) {
					seen = append(seen, ends[1])
				}
			}
		}
	}
	return slices.ContainsFunc(seen[1:], func(other *pe) bool { return other.ambiguous })
}

func (l *loader) narrow() {
	for changed := true; changed; {
		changed = false
		for _, e := range l.edges {
			if e.broken {
				continue
			}
			from, to := fitting(e.from, e.to), fitting(e.to, e.from)
			if len(from) == 0 {
				l.problems.add(e.to.Position, "items of %s.%s are %s, but %s.%s takes %s", e.from.pe.name, e.from.port, l.types(e.from),
					e.to.pe.name, e.to.port, l.types(e.to))
				e.broken, l.lost = true, true
				continue
			}
			changed = changed || len(from) < len(e.from.pe.candidates) || len(to) < len(e.to.pe.candidates)
			e.from.pe.candidates, e.to.pe.candidates = from, to
		}
	}
}

// fitting returns the candidates of a that have a port of the same type as one
// of b's.
func fitting(a, b half) (fit []*candidate) {
	for _, c := range a.pe.candidates {
		mine := c.port(a.port)
		if mine != nil && slices.ContainsFunc(b.pe.candidates, func(d *candidate) bool {
			other := d.port(b.port)
			return other != nil && other.elem() == mine.elem()
		}) {
			fit = append(fit, c)
		}
	}
	return fit
}

// types names the types that a port can have.
func (l *loader) types(h half) string {
	var names []string
	for _, c := range h.pe.candidates {
		if e := c.port(h.port); e != nil {
			names = append(names, l.registry.TypeName(e.elem()))
		}
	}
	return either(unique(names))
}

// either writes a list as one of which holds.
func either(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}
