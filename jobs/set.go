package jobs

import (
	"slices"
	"strings"

	"github.com/dispel4go/dispel4go/registry"
)

// set applies what --set was given to the tree: seed=N, run.KEY=VALUE or
// PE.PARAMETER=VALUE. A value is TOML, or a bare string where it is none.
func (l *loader) set(root *Table, arg string) {
	at := Position{File: "--set " + arg}
	name, value, ok := strings.Cut(arg, "=")
	name = strings.TrimSpace(name)
	first, second, dotted := strings.Cut(name, ".")
	switch {
	case !ok || name == "" || dotted && (first == "" || second == ""):
		l.problems.add(at, "it is NAME=VALUE, as in --set whiten.freq_min=0.1")
	case !dotted && name == "seed":
		put(root, at, "seed", flagValue(at, value, ""))
	case !dotted:
		l.problems.add(at, "there is no %q to set: it is seed, run.KEY or PE.PARAMETER", name)
	case first == "run":
		if t, ok := tableIn(root, at, "run"); ok {
			put(t, at, second, flagValue(at, value, ""))
		}
	default:
		l.setParameter(root, at, first, second, value)
	}
}

func (l *loader) setParameter(root *Table, at Position, pe, parameter, value string) {
	var names []string
	if k := root.Get("pe"); k != nil {
		tables, _ := k.Value.Any.([]*Value)
		for _, v := range tables {
			t, ok := v.Any.(*Table)
			if !ok || t.Get("name") == nil {
				continue
			}
			name, _ := t.Get("name").Value.Any.(string)
			if names = append(names, name); name != pe {
				continue
			}
			kind := l.kindOf(t, parameter)
			if kind == "" && slices.Contains(peKeys, parameter) {
				l.problems.add(at, "%s is no parameter: it is for the [[pe]] in the job file to say", parameter)
			} else if with, ok := tableIn(t, at, "with"); ok {
				put(with, at, parameter, flagValue(at, value, kind))
			}
			return
		}
	}
	l.problems.add(at, "there is no PE %q%s", pe, registry.Suggest(pe, append(names, "run")))
}

// kindOf is the kind of a parameter, "" where it is not known.
func (l *loader) kindOf(pe *Table, parameter string) string {
	k := pe.Get("type")
	if k == nil {
		return ""
	}
	name, _ := k.Value.Any.(string)
	variants, ok := l.registry.Lookup(name)
	if !ok {
		return ""
	}
	for _, p := range variants[0].Params() {
		if p.Name == parameter {
			return p.Kind
		}
	}
	return ""
}

// flagValue is the value of a flag. For a parameter that is a string, or a list
// of them, only quoted text and lists are read as TOML.
func flagValue(at Position, text, kind string) *Value {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(kind, "[]") && !strings.HasPrefix(text, "[") { // one is a list of one
		return &Value{at, []*Value{flagValue(at, text, strings.TrimPrefix(kind, "[]"))}}
	}
	if kind == "string" && !strings.HasPrefix(text, `"`) && !strings.HasPrefix(text, "'") {
		return &Value{at, text}
	}
	root, bad := parse(at.File, []byte("v = "+text))
	if bad != nil || len(root.Keys) != 1 {
		return &Value{at, text}
	}
	v := root.Keys[0].Value
	v.moveTo(at)
	return v
}

// moveTo says of a value and all in it that it stands there.
func (v *Value) moveTo(at Position) {
	v.Position = at
	switch x := v.Any.(type) {
	case []*Value:
		for _, e := range x {
			e.moveTo(at)
		}
	case *Table:
		x.Position = at
		for _, k := range x.Keys {
			k.Position = at
			k.Value.moveTo(at)
		}
	}
}

// put gives a key a value, whatever it had.
func put(t *Table, at Position, name string, v *Value) {
	k := t.Get(name)
	if k == nil {
		k = t.add(at, name, nil, at)
	}
	k.Position, k.Value = at, v
}

// tableIn returns the table of that name, making it if it is missing. It is not
// ok where something else has the name, which is said elsewhere.
func tableIn(t *Table, at Position, name string) (*Table, bool) {
	k := t.Get(name)
	if k == nil {
		k = t.add(at, name, &Table{Position: at}, at)
	}
	inside, ok := k.Value.Any.(*Table)
	return inside, ok
}
