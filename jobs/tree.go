package jobs

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// A Value is a value of a job file and where it stands.
type Value struct {
	Position
	// Any is a bool, int64, float64, string, time.Time, toml.LocalDateTime,
	// toml.LocalDate, toml.LocalTime, []*Value or *Table.
	Any any
}

// Plain is the value without positions, as a TOML reader would yield it: []any
// for lists and map[string]any for tables.
func (v *Value) Plain() any {
	switch x := v.Any.(type) {
	case []*Value:
		list := make([]any, len(x))
		for i, e := range x {
			list[i] = e.Plain()
		}
		return list
	case *Table:
		m := make(map[string]any, len(x.Keys))
		for _, k := range x.Keys {
			m[k.Name] = k.Value.Plain()
		}
		return m
	}
	return v.Any
}

// what describes the value in a message.
func (v *Value) what() string {
	switch x := v.Any.(type) {
	case string:
		return fmt.Sprintf("the string %q", x)
	case []*Value:
		return "a list"
	case *Table:
		return "a table"
	case time.Time, toml.LocalDateTime, toml.LocalDate, toml.LocalTime:
		return fmt.Sprintf("the time %v", text(x))
	}
	return fmt.Sprint(v.Any)
}

// text writes a scalar as it stands in a file, strings without quotes.
func text(scalar any) string {
	if t, ok := scalar.(time.Time); ok {
		return t.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(scalar)
}

// A Table is the keys of a table, in the order of the file.
type Table struct {
	Position
	Keys []*Key
}

// A Key is a name and its value.
type Key struct {
	Position // of the name
	Name     string
	Value    *Value
}

// Get returns the key of that name, nil if there is none or t is nil.
func (t *Table) Get(name string) *Key {
	if t == nil {
		return nil
	}
	for _, k := range t.Keys {
		if k.Name == name {
			return k
		}
	}
	return nil
}

func (t *Table) add(at Position, name string, value any, where Position) *Key {
	k := &Key{at, name, &Value{where, value}}
	t.Keys = append(t.Keys, k)
	return k
}

// parse reads a TOML document. What is wrong with its syntax, names given
// twice included, the library says; only the first such problem is known.
func parse(file string, source []byte) (*Table, *Problem) {
	var plain map[string]any
	if err := toml.Unmarshal(source, &plain); err != nil {
		at := Position{file, 1, 1}
		var where *toml.DecodeError
		if errors.As(err, &where) {
			at.Line, at.Col = where.Position()
			at.Col = characters(source, at.Line, at.Col)
		}
		text := "not TOML: " + strings.TrimPrefix(err.Error(), "toml: ")
		for _, list := range []string{"pe", "connect"} {
			if strings.HasSuffix(text, "table "+list+" already exists") {
				text += fmt.Sprintf("; where there are several each is [[%s]]", list)
			}
		}
		return nil, &Problem{at, text}
	}
	b := &builder{file: file, source: source, root: &Table{Position: Position{file, 1, 1}}, lines: lineStarts(source)}
	b.parser.Reset(source)
	b.table = b.root
	for b.parser.NextExpression() {
		b.expression(b.parser.Expression())
	}
	return b.root, nil
}

// builder makes a tree out of a document that is known to be right.
type builder struct {
	parser unstable.Parser
	file   string
	source []byte
	lines  []int // offset of each line
	root   *Table
	table  *Table // that keys go to
}

func lineStarts(source []byte) []int {
	starts := []int{0}
	for i, c := range source {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

func (b *builder) at(offset int) Position {
	line, end := 0, len(b.lines)
	for end-line > 1 {
		if mid := (line + end) / 2; b.lines[mid] <= offset {
			line = mid
		} else {
			end = mid
		}
	}
	return Position{b.file, line + 1, utf8.RuneCount(b.source[b.lines[line]:offset]) + 1}
}

// characters turns a column in bytes into one in characters.
func characters(source []byte, line, col int) int {
	starts := lineStarts(source)
	if line < 1 || line > len(starts) {
		return col
	}
	rest := source[starts[line-1]:]
	return utf8.RuneCount(rest[:min(max(col-1, 0), len(rest))]) + 1
}

func (b *builder) expression(n *unstable.Node) {
	switch n.Kind {
	case unstable.Table:
		b.table = b.descend(b.root, n.Key(), false)
	case unstable.ArrayTable:
		b.table = b.descend(b.root, n.Key(), true)
	case unstable.KeyValue:
		b.keyValue(b.table, n)
	}
}

// descend goes to the table of a dotted key, making those that are missing. With
// list, the last part is a list of tables that gets one more.
func (b *builder) descend(t *Table, parts unstable.Iterator, list bool) *Table {
	for parts.Next() {
		part := parts.Node()
		at, name := b.at(int(part.Raw.Offset)), string(part.Data)
		k := t.Get(name)
		if list && parts.IsLast() {
			if k == nil {
				k = t.add(at, name, []*Value(nil), at)
			}
			next := &Table{Position: at}
			k.Value.Any = append(k.Value.Any.([]*Value), &Value{at, next})
			return next
		}
		if k == nil {
			k = t.add(at, name, &Table{Position: at}, at)
		}
		switch inside := k.Value.Any.(type) {
		case *Table:
			t = inside
		case []*Value:
			t = inside[len(inside)-1].Any.(*Table)
		}
	}
	return t
}

func (b *builder) keyValue(t *Table, n *unstable.Node) {
	var last *unstable.Node
	parts := n.Key()
	for parts.Next() {
		if last = parts.Node(); parts.IsLast() {
			break
		}
		at, name := b.at(int(last.Raw.Offset)), string(last.Data)
		k := t.Get(name)
		if k == nil {
			k = t.add(at, name, &Table{Position: at}, at)
		}
		t = k.Value.Any.(*Table)
	}
	// Between a key and its value stand an equals sign, spaces and tabs.
	where := int(last.Raw.Offset + last.Raw.Length)
	for where < len(b.source) && strings.IndexByte(" \t=", b.source[where]) >= 0 {
		where++
	}
	k := t.add(b.at(int(last.Raw.Offset)), string(last.Data), nil, Position{})
	k.Value = b.value(n.Value(), b.at(where))
}

// value makes a Value of a node. Lists have no place of their own in the
// parser's tree, so that those in lists stand where their list does.
func (b *builder) value(n *unstable.Node, at Position) *Value {
	if n.Raw.Length > 0 {
		at = b.at(int(n.Raw.Offset))
	}
	v := &Value{Position: at}
	switch n.Kind {
	case unstable.Array:
		list := []*Value{}
		for it := n.Children(); it.Next(); {
			list = append(list, b.value(it.Node(), at))
		}
		v.Any = list
	case unstable.InlineTable:
		t := &Table{Position: at}
		for it := n.Children(); it.Next(); {
			b.keyValue(t, it.Node())
		}
		v.Any = t
	case unstable.String:
		v.Any = string(n.Data)
	default:
		v.Any, _ = scalar(string(b.parser.Raw(n.Raw)))
	}
	return v
}

// scalar reads a TOML value that is neither list nor table, or any other.
func scalar(text string) (any, error) {
	var one struct{ V any }
	err := toml.Unmarshal([]byte("V = "+text), &one)
	return one.V, err
}
