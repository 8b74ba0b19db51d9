package zarr

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Codec is how the chunks of an array are packed.
type Codec int

const (
	// Raw leaves chunks as they are.
	Raw Codec = iota
	// Zstd packs with Zstandard at its default level.
	Zstd
	// Gzip packs with gzip at level 5, for readers that know nothing better.
	Gzip
)

// gzipLevel is only for the metadata's sake: readers do not need it.
const gzipLevel = 5

// String returns the name of the codec in the metadata, or "raw".
func (c Codec) String() string {
	switch c {
	case Raw:
		return "raw"
	case Zstd:
		return "zstd"
	case Gzip:
		return "gzip"
	}
	return fmt.Sprintf("Codec(%d)", int(c))
}

// chain is the codec as the metadata lists it, after what turns elements to
// bytes.
func (c Codec) chain(dataType string) []named {
	first := named{Name: "bytes", Configuration: json.RawMessage(`{"endian":"little"}`)}
	switch {
	case dataType == "string":
		first = named{Name: "vlen-utf8"}
	case sizes[dataType] == 1:
		first.Configuration = nil
	}
	switch c {
	case Zstd:
		return []named{first, {Name: "zstd", Configuration: json.RawMessage(`{"level":3,"checksum":false}`)}}
	case Gzip:
		return []named{first, {Name: "gzip", Configuration: json.RawMessage(fmt.Sprintf(`{"level":%d}`, gzipLevel))}}
	}
	return []named{first}
}

// parseChain reads what chain makes, as other writers make it too.
func parseChain(chain []named, dataType string) (Codec, error) {
	if len(chain) == 0 || len(chain) > 2 {
		return 0, fmt.Errorf("%w: a chain of %d codecs", ErrFormat, len(chain))
	}
	switch first := chain[0]; {
	case dataType == "string" && first.Name == "vlen-utf8":
	case dataType != "string" && first.Name == "bytes":
		var config struct{ Endian string }
		if first.Configuration != nil && json.Unmarshal(first.Configuration, &config) != nil {
			return 0, fmt.Errorf("%w: configuration of the codec bytes", ErrFormat)
		}
		if config.Endian != "little" && sizes[dataType] > 1 {
			return 0, fmt.Errorf("%w: endian %.20q", ErrFormat, config.Endian)
		}
	default:
		return 0, fmt.Errorf("%w: codec %.40q for %s", ErrFormat, first.Name, dataType)
	}
	if len(chain) == 1 {
		return Raw, nil
	}
	switch chain[1].Name {
	case "zstd":
		return Zstd, nil
	case "gzip":
		return Gzip, nil
	}
	return 0, fmt.Errorf("%w: codec %.40q", ErrFormat, chain[1].Name)
}

// zstdEncoder is shared: EncodeAll may be called by many at once. Its state is
// made at the first use.
var zstdEncoder = sync.OnceValue(func() *zstd.Encoder {
	e, err := zstd.NewWriter(nil)
	if err != nil {
		panic("zarr: zstd with default options: " + err.Error())
	}
	return e
})

// zstdDecoders work in the goroutine that calls them and refuse frames that ask
// for more memory than the highest level of the format's own tool does.
var zstdDecoders = sync.Pool{New: func() any {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(128<<20))
	if err != nil {
		panic("zarr: zstd with fixed options: " + err.Error())
	}
	return d
}}

// pack appends the packed form of src to dst, or returns src itself if the codec
// does nothing.
func (c Codec) pack(dst, src []byte) ([]byte, error) {
	switch c {
	case Zstd:
		return zstdEncoder().EncodeAll(src, dst), nil
	case Gzip:
		out := bytes.NewBuffer(dst)
		w, err := gzip.NewWriterLevel(out, gzipLevel)
		if err == nil {
			_, err = w.Write(src)
		}
		if err == nil {
			err = w.Close()
		}
		return out.Bytes(), err
	}
	return src, nil
}

// unpack undoes pack. It makes no more than limit bytes of whatever src holds.
func (c Codec) unpack(dst, src []byte, limit int) ([]byte, error) {
	var r io.Reader
	switch c {
	case Zstd:
		d := zstdDecoders.Get().(*zstd.Decoder)
		defer zstdDecoders.Put(d)
		if err := d.Reset(bytes.NewReader(src)); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		r = d
	case Gzip:
		d, err := gzip.NewReader(bytes.NewReader(src))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		r = d
	default:
		return src, nil
	}
	out := bytes.NewBuffer(dst)
	n, err := io.Copy(out, io.LimitReader(r, int64(limit)+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	case n > int64(limit):
		return nil, fmt.Errorf("%w: a chunk unpacks to more than %d bytes", ErrFormat, limit)
	}
	return out.Bytes(), nil
}
