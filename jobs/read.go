package jobs

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dispel4go/dispel4go/registry"
)

// reader takes values of the kinds that are wanted out of tables, and notes
// what is wrong with them.
type reader struct{ problems problems }

// known notes the keys of a table that are not among names.
func (r *reader) known(t *Table, what string, names ...string) {
	if t == nil {
		return
	}
	for _, k := range t.Keys {
		if !slices.Contains(names, k.Name) {
			r.problems.add(k.Position, "%s has no key %q%s", what, k.Name, registry.Suggest(k.Name, names))
		}
	}
}

// wrong notes a value of the wrong kind.
func (r *reader) wrong(k *Key, wanted string) {
	r.problems.add(k.Value.Position, "%s is %s, not %s", k.Name, wanted, k.Value.what())
}

// text returns a string, "" where there is none.
func (r *reader) text(k *Key) string {
	if k == nil {
		return ""
	}
	s, ok := k.Value.Any.(string)
	if !ok {
		r.wrong(k, "a string")
	}
	return s
}

// among returns a string that is one of those given.
func (r *reader) among(k *Key, names ...string) string {
	s := r.text(k)
	if k == nil || slices.Contains(names, s) {
		return s
	}
	if _, ok := k.Value.Any.(string); ok {
		r.problems.add(k.Value.Position, "%s is %q, which is not one of %s%s", k.Name, s, strings.Join(names, ", "), registry.DidYouMean(s, names))
	}
	return ""
}

func (r *reader) flag(k *Key) bool {
	if k == nil {
		return false
	}
	b, ok := k.Value.Any.(bool)
	if !ok {
		r.wrong(k, "true or false")
	}
	return b
}

// whole returns an integer of at least least, else least.
func (r *reader) whole(k *Key, least int64) int64 {
	if k == nil {
		return least
	}
	n, ok := k.Value.Any.(int64)
	switch {
	case !ok:
		r.wrong(k, "a whole number")
	case n < least:
		r.problems.add(k.Value.Position, "%s is %d, and must be at least %d", k.Name, n, least)
	case int64(int(n)) != n:
		r.problems.add(k.Value.Position, "%s is %d, which is too large", k.Name, n)
	default:
		return n
	}
	return least
}

// number returns a number that is not negative.
func (r *reader) number(k *Key) float64 {
	if k == nil {
		return 0
	}
	var x float64
	switch n := k.Value.Any.(type) {
	case float64:
		x = n
	case int64:
		x = float64(n)
	default:
		r.wrong(k, "a number")
		return 0
	}
	if !(x >= 0 && x <= math.MaxFloat64) {
		r.problems.add(k.Value.Position, "%s is %v, and must be at least 0 and finite", k.Name, x)
		return 0
	}
	return x
}

// bytes returns a size of at least one byte.
func (r *reader) bytes(k *Key) int64 {
	if k == nil {
		return 0
	}
	switch x := k.Value.Any.(type) {
	case int64:
		if x >= 1 {
			return x
		}
		r.problems.add(k.Value.Position, "%s is %d, and must be at least 1", k.Name, x)
	case string:
		n, err := ParseBytes(x)
		if err == nil {
			return n
		}
		r.problems.add(k.Value.Position, "%s: %v", k.Name, err)
	default:
		r.wrong(k, `a number of bytes, such as 4096 or "4 GiB"`)
	}
	return 0
}

func (r *reader) duration(k *Key) time.Duration {
	if k == nil {
		return 0
	}
	s, ok := k.Value.Any.(string)
	d, err := time.ParseDuration(s)
	switch {
	case !ok || err != nil:
		r.wrong(k, `a duration such as "90s", "1h30m" or "20ms"`)
	case d <= 0:
		r.problems.add(k.Value.Position, "%s is %s, and must be more than 0", k.Name, d)
	default:
		return d
	}
	return 0
}

// table returns a table, nil where there is none.
func (r *reader) table(k *Key) *Table {
	if k == nil {
		return nil
	}
	t, ok := k.Value.Any.(*Table)
	if !ok {
		r.wrong(k, "a table")
	}
	return t
}

// tables returns the tables of a list of them.
func (r *reader) tables(k *Key) []*Table {
	if k == nil {
		return nil
	}
	list, ok := k.Value.Any.([]*Value)
	if !ok {
		r.problems.add(k.Position, "each %s is a table of its own: write [[%s]]", k.Name, k.Name)
		return nil
	}
	var tables []*Table
	for _, v := range list {
		if t, ok := v.Any.(*Table); ok {
			tables = append(tables, t)
		} else {
			r.problems.add(v.Position, "%s is a list of tables, not of %s", k.Name, v.what())
		}
	}
	return tables
}

var units = map[string]int64{
	"": 1, "B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
}

// ParseBytes reads a size of at least one byte, such as "512 MiB", "4GB" or
// "4096". Units are B, kB, MB, GB, TB, powers of 1000, and KiB, MiB, GiB, TiB,
// powers of 1024.
func ParseBytes(s string) (int64, error) {
	digits := strings.TrimRight(s, "BKMGTki ")
	unit, ok := units[strings.TrimSpace(s[len(digits):])]
	n, err := strconv.ParseFloat(digits, 64)
	if n *= float64(unit); !ok || err != nil || !(n >= 1 && n < math.MaxInt64) {
		return 0, fmt.Errorf("%q is not a number of bytes such as 4096, 512 MiB or 4 GB", s)
	}
	return int64(n), nil
}
