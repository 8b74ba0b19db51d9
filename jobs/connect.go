package jobs

import (
	"strings"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/port"
	"github.com/dispel4go/dispel4go/registry"
)

// edge is a [[connect]] table whose ports exist.
type edge struct {
	from, to half
	grouping *Key // nil: what the input declares
	broken   bool
}

// half is one end of an edge.
type half struct {
	Position
	pe   *pe
	port string
}

// connect reads a [[connect]] table.
func (l *loader) connect(t *Table) {
	l.known(t, "[[connect]]", "from", "to", "grouping")
	from, fromOK := l.half(t, "from", false)
	to, toOK := l.half(t, "to", true)
	if to.pe != nil {
		l.tried[[2]string{to.pe.name, to.port}] = true
	}
	if fromOK && toOK {
		l.edges = append(l.edges, &edge{from: from, to: to, grouping: t.Get("grouping")})
	} else {
		l.lost = true
	}
}

// half reads from or to. It reports whether there is such a port.
func (l *loader) half(t *Table, key string, input bool) (h half, ok bool) {
	k := t.Get(key)
	if k == nil {
		l.problems.add(t.Position, "a [[connect]] needs %s = \"PE.PORT\"", key)
		return h, false
	}
	h.Position = k.Value.Position
	s := l.text(k)
	if s == "" {
		return h, false
	}
	return l.portNamed(h.Position, s, input)
}

// portNamed finds the port that PE.PORT means.
func (l *loader) portNamed(at Position, s string, input bool) (h half, ok bool) {
	h.Position = at
	name, port, dot := strings.Cut(s, ".")
	p := l.named(name)
	switch {
	case p == nil:
		l.problems.add(at, "there is no PE %q%s", name, registry.Suggest(name, l.names()))
		return h, false
	case !dot:
		l.problems.add(at, "%q is a PE: name its port too, as in %q", s, s+"."+l.anyPort(p, input))
		return h, false
	}
	h.pe, h.port = p, port
	if len(p.candidates) == 0 {
		return h, false
	}
	what := map[bool]string{true: "input", false: "output"}
	var names []string
	var fit []*candidate
	other := false
	for _, c := range p.candidates {
		for _, e := range c.ports {
			switch {
			case e.input == input && e.name == port:
				fit = append(fit, c)
			case e.input == input:
				names = append(names, e.name)
			case e.name == port:
				other = true
			}
		}
	}
	switch {
	case len(fit) > 0:
		p.candidates = fit
		return h, true
	case p.unsure:
	case other:
		l.problems.add(at, "%s is an %s, not an %s", s, what[!input], what[input])
	case len(names) == 0:
		l.problems.add(at, "%s has no %ss, so no %q", name, what[input], port)
	default:
		l.problems.add(at, "%s has no %s %q%s", name, what[input], port, registry.Suggest(port, unique(names)))
	}
	return h, false
}

// anyPort is the name of a port to show how one is written.
func (l *loader) anyPort(p *pe, input bool) string {
	for _, c := range p.candidates {
		for _, e := range c.ports {
			if e.input == input {
				return e.name
			}
		}
	}
	return map[bool]string{true: "in", false: "out"}[input]
}

// join adds an edge to the graph.
func (l *loader) join(g *d4.Graph, e *edge) {
	if e.broken {
		return
	}
	at := e.to.Position
	var by d4.Grouping
	if e.grouping != nil {
		at = e.grouping.Value.Position
		var ok bool
		if by, ok = l.grouping(e); !ok {
			return
		}
	}
	if err := g.ConnectPorts(e.from.pe.name, e.from.port, e.to.pe.name, e.to.port, by); err != nil && !e.from.pe.ambiguous && !e.to.pe.ambiguous {
		l.problems.add(at, "%v", err)
	}
}

var groupings = []string{"balanced", "round_robin", "one_to_all", "all_to_one"}

// grouping reads the grouping of an edge, whose PEs are known.
func (l *loader) grouping(e *edge) (by d4.Grouping, ok bool) {
	v := e.grouping.Value
	switch x := v.Any.(type) {
	case string:
		if by, ok = port.KindNamed(x); !ok {
			l.problems.add(v.Position, `there is no grouping %q%s, and { by = "KEY" }`, x, registry.Suggest(x, groupings))
		}
		return by, ok
	case *Table:
		before := len(l.problems)
		l.known(x, "a grouping", "by")
		if k := x.Get("by"); k == nil {
			if len(l.problems) == before {
				l.problems.add(v.Position, `a grouping by key is { by = "KEY" }`)
			}
		} else if name := l.text(k); len(l.problems) == before {
			to := e.to.pe.candidates[0].port(e.to.port)
			by, err := l.registry.KeyFor(to.in, name)
			if err != nil {
				l.problems.add(k.Value.Position, "%v", err)
			}
			return by, err == nil
		}
		return nil, false
	}
	l.wrong(e.grouping, `a name, or { by = "KEY" }`)
	return nil, false
}
