package zarr

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"strings"
)

const (
	metaName = "zarr.json"

	maxMetaBytes  = 64 << 20
	maxChunkBytes = 1 << 30
	maxDims       = 32
)

// named is an extension point of the specification: a name and, for some, a
// configuration.
type named struct {
	Name          string          `json:"name"`
	Configuration json.RawMessage `json:"configuration,omitempty"`
}

// UnmarshalJSON accepts also the short form, which is the name alone.
func (n *named) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, &n.Name) == nil {
		return nil
	}
	type plain named
	return json.Unmarshal(b, (*plain)(n))
}

// arrayMeta is the zarr.json of an array.
type arrayMeta struct {
	ZarrFormat          int                        `json:"zarr_format"`
	NodeType            string                     `json:"node_type"`
	Shape               []int                      `json:"shape"`
	DataType            json.RawMessage            `json:"data_type"`
	ChunkGrid           named                      `json:"chunk_grid"`
	ChunkKeyEncoding    named                      `json:"chunk_key_encoding"`
	FillValue           json.RawMessage            `json:"fill_value"`
	Codecs              []named                    `json:"codecs"`
	Attributes          map[string]json.RawMessage `json:"attributes"`
	DimensionNames      []*string                  `json:"dimension_names,omitempty"`
	StorageTransformers []named                    `json:"storage_transformers"`
}

// groupMeta is the zarr.json of the group. Attributes are kept as they were
// written, so that numbers survive being read and written again.
type groupMeta struct {
	ZarrFormat   int                        `json:"zarr_format"`
	NodeType     string                     `json:"node_type"`
	Attributes   map[string]json.RawMessage `json:"attributes"`
	Consolidated *consolidated              `json:"consolidated_metadata,omitempty"`
}

// consolidated is the metadata of all arrays within that of their group.
type consolidated struct {
	Kind           string                     `json:"kind"`
	MustUnderstand bool                       `json:"must_understand"`
	Metadata       map[string]json.RawMessage `json:"metadata"`
}

// Info describes an array whatever it holds.
type Info struct {
	Name       string
	Type       string   // the element type's name, the same in Go and in Zarr
	Shape      []int    // elements along each dimension
	Chunks     []int    // elements of a chunk along each dimension
	Dims       []string // names of the dimensions, "" for one without; nil for none at all
	Codec      Codec
	Attributes map[string]any

	separator string // between the numbers in the name of a chunk
	fill      json.RawMessage
}

// parseArray checks an array's metadata: what it returns is safe to compute
// with.
func parseArray(name string, data []byte) (*Info, error) {
	var m arrayMeta
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if m.ZarrFormat != 3 || m.NodeType != "array" {
		return nil, fmt.Errorf("%w: zarr_format %d, node_type %.20q", ErrFormat, m.ZarrFormat, m.NodeType)
	}
	if len(m.StorageTransformers) > 0 {
		return nil, fmt.Errorf("%w: storage transformers", ErrFormat)
	}
	info := &Info{Name: name, Shape: m.Shape, fill: m.FillValue}
	var dataType named
	if err := json.Unmarshal(m.DataType, &dataType); err != nil || sizes[dataType.Name] == 0 {
		return nil, fmt.Errorf("%w: data_type %.60s", ErrFormat, m.DataType)
	}
	info.Type = dataType.Name

	var grid struct {
		Chunks []int `json:"chunk_shape"`
	}
	if err := json.Unmarshal(m.ChunkGrid.Configuration, &grid); err != nil || m.ChunkGrid.Name != "regular" {
		return nil, fmt.Errorf("%w: chunk_grid %.20q", ErrFormat, m.ChunkGrid.Name)
	}
	info.Chunks = grid.Chunks
	if err := checkShape(info.Shape, info.Chunks, info.Type); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}

	keys := struct{ Separator string }{"/"}
	if c := m.ChunkKeyEncoding.Configuration; c != nil && json.Unmarshal(c, &keys) != nil ||
		m.ChunkKeyEncoding.Name != "default" || keys.Separator != "/" && keys.Separator != "." {
		return nil, fmt.Errorf("%w: chunk_key_encoding %.20q", ErrFormat, m.ChunkKeyEncoding.Name)
	}
	info.separator = keys.Separator

	if m.DimensionNames != nil {
		if len(m.DimensionNames) != len(info.Shape) {
			return nil, fmt.Errorf("%w: %d dimension_names for %d dimensions", ErrFormat, len(m.DimensionNames), len(info.Shape))
		}
		info.Dims = make([]string, len(info.Shape))
		for i, p := range m.DimensionNames {
			if p != nil {
				info.Dims[i] = *p
			}
		}
	}
	var err error
	if info.Codec, err = parseChain(m.Codecs, info.Type); err != nil {
		return nil, err
	}
	info.Attributes, err = plainAttributes(m.Attributes)
	return info, err
}

// checkShape holds what the arithmetic elsewhere relies on: no product of
// lengths overflows, and a chunk is not too large.
func checkShape(shape, chunks []int, dataType string) error {
	if len(shape) > maxDims || len(chunks) != len(shape) {
		return fmt.Errorf("%w: %d dimensions in chunks of %d", ErrShape, len(shape), len(chunks))
	}
	for i := range shape {
		if shape[i] < 0 || chunks[i] < 1 {
			return fmt.Errorf("%w: length %d in chunks of %d along dimension %d", ErrShape, shape[i], chunks[i], i)
		}
	}
	if n, ok := product(shape); !ok || n > 1<<56 {
		return fmt.Errorf("%w: too many elements", ErrShape)
	}
	if n, ok := product(chunks); !ok || n > maxChunkBytes/uint64(sizes[dataType]) {
		return fmt.Errorf("%w: a chunk of more than %d MiB; cut it smaller", ErrShape, maxChunkBytes>>20)
	}
	return nil
}

// product multiplies lengths that are not negative; false if that overflows.
// The product of none is 1.
func product(lengths []int) (n uint64, ok bool) {
	n, ok = 1, true
	for _, l := range lengths {
		if l == 0 {
			return 0, true
		}
		hi, lo := bits.Mul64(n, uint64(l))
		n, ok = lo, ok && hi == 0
	}
	return n, ok
}

// parseGroup checks the metadata of the group.
func parseGroup(data []byte) (*groupMeta, error) {
	var m groupMeta
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotStore, err)
	}
	if m.ZarrFormat != 3 || m.NodeType != "group" {
		return nil, fmt.Errorf("%w: zarr_format %d, node_type %.20q", ErrNotStore, m.ZarrFormat, m.NodeType)
	}
	return &m, nil
}

// rawAttributes turns attributes into JSON, one by one, to say which is wrong.
func rawAttributes(attributes map[string]any) (map[string]json.RawMessage, error) {
	raw := make(map[string]json.RawMessage, len(attributes))
	for name, value := range attributes {
		b, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("attribute %q: %w", name, err)
		}
		raw[name] = b
	}
	return raw, nil
}

func plainAttributes(raw map[string]json.RawMessage) (map[string]any, error) {
	attributes := make(map[string]any, len(raw))
	for name, value := range raw {
		var v any
		if err := json.Unmarshal(value, &v); err != nil {
			return nil, fmt.Errorf("%w: attribute %.40q: %w", ErrFormat, name, err)
		}
		attributes[name] = v
	}
	return attributes, nil
}

// checkName accepts what is a folder of its own on every file system and a key
// in every reader.
func checkName(name string) error {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."
	if name == "" || len(name) > 200 || name[0] == '.' || strings.HasPrefix(name, "__") || name == metaName || strings.Trim(name, allowed) != "" {
		return fmt.Errorf("%w: the name %.40q: an array is named with letters, digits, and any of _-. within", ErrShape, name)
	}
	return nil
}

// indented is the form of all metadata files: made for people, too.
func indented(v any) ([]byte, error) {
	data, err := json.MarshalIndent(v, "", "  ")
	return append(data, '\n'), err
}
