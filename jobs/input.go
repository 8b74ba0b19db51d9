package jobs

import (
	"fmt"
	"reflect"
	"strings"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/registry"
)

// feed is a key of [input] that names an input: items for it.
type feed struct {
	*Key
	to    half
	items []*Value
}

// input reads [input]: the name of a source with a number of calls of Next, or
// "PE.INPUT" with a list of items.
func (l *loader) input(t *Table) {
	if t == nil {
		return
	}
	for _, k := range t.Keys {
		if inside, ok := k.Value.Any.(*Table); ok { // read.in without quotes
			for _, port := range inside.Keys {
				l.items(port, k.Name+"."+port.Name)
			}
			continue
		}
		if strings.Contains(k.Name, ".") {
			l.items(k, k.Name)
			continue
		}
		p := l.named(k.Name)
		switch _, list := k.Value.Any.([]*Value); {
		case p == nil:
			l.problems.add(k.Position, "there is no PE %q%s", k.Name, registry.Suggest(k.Name, l.names()))
		case list:
			l.problems.add(k.Position, "items are for an input: name it, as in %q", k.Name+"."+l.anyPort(p, true))
		case len(p.candidates) > 0 && !p.candidates[0].Source:
			l.problems.add(k.Position, "%s is not a source, so its calls cannot be counted", k.Name)
		default:
			p.calls = k
		}
	}
}

func (l *loader) items(k *Key, name string) {
	to, ok := l.portNamed(k.Position, name, true)
	if to.pe != nil {
		l.tried[[2]string{to.pe.name, to.port}] = true
	}
	list, isList := k.Value.Any.([]*Value)
	if !isList {
		l.problems.add(k.Value.Position, "%s is a list of items, not %s", name, k.Value.what())
	}
	for _, e := range l.edges {
		if ok && e.to.pe == to.pe && e.to.port == to.port {
			l.problems.add(k.Position, "%s is fed by %s.%s already: items can be given only to an input that no stream feeds", name, e.from.pe.name, e.from.port)
			ok = false
			break
		}
	}
	if ok && isList {
		l.feeds = append(l.feeds, &feed{k, to, list})
	}
}

// narrowFeed drops the candidates whose items the values cannot be.
func (l *loader) narrowFeed(f *feed) {
	var fit []*candidate
	for _, c := range f.to.pe.candidates {
		var trial problems
		if e := c.port(f.to.port); e != nil {
			decodeAll(&trial, e.elem(), f.items)
		}
		if len(trial) == 0 {
			fit = append(fit, c)
		}
	}
	if len(fit) > 0 {
		f.to.pe.candidates = fit
	}
}

func decodeAll(p *problems, t reflect.Type, items []*Value) {
	d := decoder{p}
	for i, v := range items {
		d.decode(reflect.New(t).Elem(), v, fmt.Sprintf("item %d", i))
	}
}

// feed adds the PE that gives the items, and returns its name.
func (l *loader) feed(g *d4.Graph, f *feed) string {
	to := f.to.pe.candidates[0].port(f.to.port)
	if to == nil || to.in.Err() != nil || f.to.pe.ambiguous {
		return "" // which is said elsewhere
	}
	before := len(l.problems)
	decodeAll(&l.problems, to.elem(), f.items)
	if len(l.problems) > before {
		return ""
	}
	name, err := d4.FeedUntyped(g, f.to.pe.name, f.to.port, len(f.items), func(i int) any {
		item := reflect.New(to.elem()).Elem()
		decoder{new(problems)}.decode(item, f.items[i], "")
		return item.Interface()
	})
	if err != nil {
		l.problems.add(f.Position, "%v", err)
	}
	return name
}
