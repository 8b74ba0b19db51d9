package enginetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/internal/oracle"
	"github.com/dispel4go/dispel4go/internal/port"
	"github.com/dispel4go/dispel4go/rundir"
)

// A Runner runs a graph on a mapping and returns the result of rank 0, with
// digests of what every instance received (engine.Config's Check).
type Runner func(t testing.TB, ctx context.Context, g *d4.Graph) (*engine.Result, error)

// Run runs the whole suite.
func Run(t *testing.T, run Runner) {
	t.Run("shapes", func(t *testing.T) { Shapes(t, run) })
	t.Run("cases", func(t *testing.T) { Cases(t, run) })
	t.Run("failures", func(t *testing.T) { Failures(t, run) })
}

// Shapes runs graphs of every shape and compares them with the oracle.
func Shapes(t *testing.T, run Runner) {
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			g := s.build()
			res, err := run(t, t.Context(), g)
			if err != nil {
				t.Fatal(err)
			}
			Compare(t, res)
		})
	}
}

// Join puts the results that all ranks of a one-way transport have had in this
// process together as one, as the submitter does.
func Join(results []*engine.Result) *engine.Result {
	var accounts []engine.Account
	pes := map[d4.PE]d4.PE{}
	for _, r := range results {
		accounts = append(accounts, r.Accounts...)
		for _, e := range r.Plan.Graph.Elements {
			if pe := r.PE(e.Proto); pe != nil {
				pes[e.Proto] = pe
			}
		}
	}
	return engine.Join(results[0].Plan, accounts, pes)
}

// Compare checks a result against the oracle's: what every sink received as a
// whole, and what each instance received where that does not depend on chance.
func Compare(t testing.TB, res *engine.Result) {
	t.Helper()
	g := res.Plan.Graph
	want, err := oracle.Run(g, res.Plan.Counts)
	if err != nil {
		t.Fatalf("oracle: %v", err)
	}
	fixed := fixedInputs(g, res.Plan.Counts)
	got := map[string][]rundir.Row{}
	for _, row := range res.Rows {
		got[row.PE] = append(got[row.PE], row)
		if !row.Ended {
			t.Errorf("%s[%d] has not ended", row.PE, row.Index)
		}
	}
	for at, e := range g.Elements {
		rows, instances := got[e.Name], want[e.Name]
		if len(rows) != len(instances) {
			t.Fatalf("%s: %d instances ran, expected %d", e.Name, len(rows), len(instances))
		}
		if s, ok := res.Sinks[e.Name]; ok {
			var sum oracle.Instance
			for _, i := range instances {
				sum.Items += i.Items
				sum.Digest.Add(i.Digest)
			}
			if s.Items != sum.Items || s.Digest != sum.Digest.String() {
				t.Errorf("sink %s received %d items (%s), expected %d (%s)", e.Name, s.Items, s.Digest, sum.Items, sum.Digest)
			}
		}
		for k := range rows {
			if !fixed[at] {
				continue
			}
			if rows[k].ItemsIn != instances[k].Items || rows[k].Digest != instances[k].Digest.String() {
				t.Errorf("%s[%d] received %d items (%s), expected %d (%s)", e.Name, k, rows[k].ItemsIn, rows[k].Digest, instances[k].Items, instances[k].Digest)
			}
		}
	}
}

// fixedInputs tells for which elements every instance receives the same items
// in every run: no Balanced stream with a choice reaches them, directly or
// through those upstream, and no other PE's taking turns depends on order.
func fixedInputs(g *d4.Graph, counts []int) []bool {
	fixed := make([]bool, len(g.Elements))
	order, _ := g.Order()
	for _, at := range order {
		fixed[at] = true
		for _, e := range g.Edges {
			if e.To != at {
				continue
			}
			choice := counts[at] > 1 && e.Grouping.Kind() == port.KindBalanced
			// A turn goes with the order of items, which is fixed only
			// behind a source.
			turns := counts[at] > 1 && e.Grouping.Kind() == port.KindRoundRobin && !g.Elements[e.From].IsSource()
			if choice || turns || !fixed[e.From] {
				fixed[at] = false
			}
		}
	}
	return fixed
}

// Failures runs graphs with a PE that fails in each call it has, by error and
// by panic, and expects the first cause with the PE's instance.
func Failures(t *testing.T, run Runner) {
	for _, call := range []string{"Open", "item", "Finish", "Close", "Next", "Advance"} {
		for _, how := range []string{"error", "panic", "nil"} {
			t.Run(call+"/"+how, func(t *testing.T) {
				_, err := run(t, t.Context(), failing(call, how))
				var f *engine.Failure
				if !errors.As(err, &f) {
					t.Fatalf("expected a failure, got %v", err)
				}
				pe := "bad"
				if call == "Next" {
					pe = "source"
				}
				if f.PE != pe || f.Host == "" {
					t.Errorf("the failure names %s[%d] on host %q: %v", f.PE, f.Index, f.Host, f)
				}
				wantCall := call
				if call == "item" {
					wantCall = "in"
					if !strings.HasPrefix(f.Item, "item ") {
						t.Errorf("the failure does not name the item: %v", f)
					}
				}
				if f.Call != wantCall {
					t.Errorf("the failure names the call %q, expected %q", f.Call, wantCall)
				}
				text := map[string]string{"error": "this was planned", "panic": "this was planned", "nil": "nil pointer"}[how]
				if !strings.Contains(f.Text, text) {
					t.Errorf("the failure says %q, expected something with %q", f.Text, text)
				}
			})
		}
	}
}

// multiset renders items so that two multisets can be compared.
func multiset[T any](items []T) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = fmt.Sprint(item)
	}
	slices.Sort(texts)
	return strings.Join(texts, " ")
}
