package storm

import (
	"archive/zip"
	"bytes"
	"maps"
	"path"
	"slices"
)

// A Topology is what Storm runs: its components, spouts and bolts.
type Topology struct{ Components []Component }

// A Component is a program that Storm starts Parallel times and speaks with
// over its standard input and output. One without inputs is a spout.
type Component struct {
	Name string `json:"name"`
	// Command and Arg are all of the command line that Storm can take.
	Command  string   `json:"command"`
	Arg      string   `json:"arg"`
	Parallel int      `json:"instances"`
	Outputs  []Stream `json:"outputs,omitempty"`
	Inputs   []Input  `json:"inputs,omitempty"`
}

// A Stream carries tuples.
type Stream struct {
	Name   string   `json:"name"`
	Fields []string `json:"fields"` // of a tuple
	Direct bool     `json:"direct"` // the sender says which instance each is for
}

// An Input joins a bolt to a stream of another component: a direct one or,
// where there are Fields, one whose tuples go to the same instance if they are
// alike in these.
type Input struct {
	From   string   `json:"from"`
	Stream string   `json:"stream"`
	Fields []string `json:"fields,omitempty"`
}

// Fields of storm.thrift's structs that are written here.
const (
	topologySpouts, topologyBolts, topologyStateSpouts = 1, 2, 3
	componentObject, componentCommon                   = 1, 2
	objectShell                                        = 2
	commonInputs, commonStreams, commonParallel        = 1, 2, 3
	groupingFields, groupingDirect                     = 1, 5
)

// encode writes a StormTopology. All three of its maps are required.
func (t Topology) encode(e *encoder) {
	var spouts, bolts []Component
	for _, c := range t.Components {
		if len(c.Inputs) == 0 {
			spouts = append(spouts, c)
		} else {
			bolts = append(bolts, c)
		}
	}
	for id, all := range [][]Component{topologySpouts: spouts, topologyBolts: bolts, topologyStateSpouts: nil} {
		if id == 0 {
			continue
		}
		e.field(typeMap, int16(id))
		e.dict(typeString, typeStruct, len(all))
		for _, c := range all {
			e.text(c.Name)
			c.encode(e)
		}
	}
	e.stop()
}

// encode writes a SpoutSpec or a Bolt, which are alike.
func (c Component) encode(e *encoder) {
	e.field(typeStruct, componentObject)
	e.field(typeStruct, objectShell)
	e.textField(1, c.Command)
	e.textField(2, c.Arg)
	e.stop()
	e.stop()
	e.field(typeStruct, componentCommon)
	e.field(typeMap, commonInputs)
	e.dict(typeStruct, typeStruct, len(c.Inputs))
	for _, in := range c.Inputs {
		e.textField(1, in.From)
		e.textField(2, in.Stream)
		e.stop()
		if len(in.Fields) > 0 {
			e.textsField(groupingFields, in.Fields)
		} else {
			e.field(typeStruct, groupingDirect)
			e.stop()
		}
		e.stop()
	}
	e.field(typeMap, commonStreams)
	e.dict(typeString, typeStruct, len(c.Outputs))
	for _, s := range c.Outputs {
		e.text(s.Name)
		e.textsField(1, s.Fields)
		e.boolField(2, s.Direct)
		e.stop()
	}
	e.i32Field(commonParallel, c.Parallel)
	e.stop()
	e.stop()
}

// Jar packs files for components: Storm starts these where the files lie, by
// the names given. Files lose their execute bits on the way. Without any the
// jar still makes the place to start in, which Storm needs.
func Jar(files map[string][]byte) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if _, err := z.Create("resources/"); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(path.Join("resources", name))
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(files[name]); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
