package pes_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/registry"
)

type station struct{ Code string }

func registered() *registry.Registry {
	r := registry.New()
	pes.Register(r)
	pes.RegisterMap(r, "upper", strings.ToUpper)
	pes.RegisterTryMap(r, "number", strconv.Atoi)
	pes.RegisterFilter(r, "long", func(s string) bool { return len(s) > 3 })
	pes.RegisterFlatMap(r, "words", strings.FieldsSeq)
	pes.RegisterType[station](r, "test.Station")
	pes.RegisterKey(r, "code", func(s station) string { return s.Code })
	pes.RegisterKey(r, "first", func(s string) string { return s[:1] })
	return r
}

// TestRegister makes every PE there is, in every variant, with its parameters
// as they are, and adds it to a graph.
func TestRegister(t *testing.T) {
	r := registered()
	names := r.Names()
	if len(names) < 35 {
		t.Errorf("only %d PEs: %v", len(names), names)
	}
	for _, name := range names {
		variants, _ := r.Lookup(name)
		for i, v := range variants {
			with := map[string]any{}
			for _, p := range v.Params() {
				if p.Help == "" {
					t.Errorf("%s.%s has no help", name, p.Name)
				}
				if p.Name == "command" {
					with["command"] = []any{"cat"}
				}
			}
			g := d4.NewGraph("one")
			e := g.AddElement("pe", v.Make(with), nil)
			for _, port := range e.Ports {
				if port.In != nil && port.In.Err() != nil {
					t.Errorf("%s, variant %d: %v", name, i, port.In.Err())
				}
			}
			if err := g.Validate(); err != nil && !strings.HasSuffix(lines(err), "nothing is connected to this input") {
				t.Errorf("%s, variant %d: %v", name, i, err)
			}
			if len(v.In())+len(v.Out()) == 0 || v.Help == "" {
				t.Errorf("%s, variant %d has no ports or no help", name, i)
			}
		}
	}
}

// lines is the last line of an error.
func lines(err error) string {
	all := strings.Split(err.Error(), "\n")
	return all[len(all)-1]
}

func TestRegisteredParameters(t *testing.T) {
	r := registered()
	for name, want := range map[string][]string{
		"pes.Range":        {"from", "step", "to"},
		"pes.ReadCSV":      {"columns", "comma", "comment", "header", "paths"},
		"pes.Sample":       {"fraction"},
		"pes.TopK":         {"k", "least"},
		"pes.StdDev":       {"ddof"},
		"pes.WriteNPYRows": {"name", "width"},
		"pes.CountBy.code": {"max_bytes"},
		"words":            nil,
	} {
		variants, ok := r.Lookup(name)
		if !ok {
			t.Errorf("there is no %s", name)
			continue
		}
		var got []string
		for _, p := range variants[0].Params() {
			got = append(got, p.Name)
		}
		slices.Sort(got)
		expect(t, got, want)
	}
	variants, _ := r.Lookup("pes.TopK")
	if _, err := variants[0].Make(map[string]any{"k": int64(0)})(); err == nil {
		t.Error("k = 0 is accepted")
	}
	variants, _ = r.Lookup("pes.Tee")
	pe, err := variants[0].Make(map[string]any{"outputs": int64(3)})()
	if err != nil || len(pe.(*pes.Splitter[string]).Out) != 3 {
		t.Errorf("%v, error %v", pe, err)
	}
}
