package storm

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// asStorm is a tuple as Storm writes it.
func asStorm(tuple string) string {
	return `{"comp":"1","tuple":[` + tuple + `],"task":9,"stream":"f","id":"-6955786537413359385"}` + "\nend\n"
}

func TestMessages(t *testing.T) {
	const beat = `{"id":"1","comp":null,"stream":"__heartbeat","task":-1,"tuple":[]}` + "\nend\n"
	in := newReader(strings.NewReader(asStorm(`"AAAA"`) + beat + "{\"command\":\"next\"}\nend\n[7,\n8]\nend\n"))
	var m message
	if err := in.message(&m); err != nil || m.Task != 9 || m.Stream != "f" || string(m.ID) != `"-6955786537413359385"` || len(m.Tuple) != 1 || string(m.Tuple[0]) != `"AAAA"` {
		t.Errorf("%+v, %v", m, err)
	}
	if err := in.message(&m); err != nil || m.Task != systemTask || m.Stream != heartbeat || len(m.Tuple) != 0 {
		t.Errorf("%+v, %v", m, err)
	}
	if err := in.message(&m); err != nil || m.Command != "next" {
		t.Errorf("%+v, %v", m, err)
	}
	if err := in.message(&m); !errors.Is(err, errMessage) {
		t.Errorf("a list is %+v, %v", m, err)
	}
	if err := in.message(&m); err != io.EOF {
		t.Errorf("the end is %v", err)
	}
	if err := newReader(strings.NewReader("{}\nen")).message(&m); err != io.ErrUnexpectedEOF {
		t.Errorf("half a message is %v", err)
	}
}

// TestQuick: messages are read the same way with and without.
func TestQuick(t *testing.T) {
	for text, want := range map[string]bool{
		asStorm(`"AAAA"`): true,
		asStorm(`""`):     true,
		asStorm(`"A\/A"`): false, // an escape
		asStorm(`"A",1`):  false,
		asStorm(`1`):      false,
		strings.Replace(asStorm(`"A"`), `"f"`, `"g"`, 1):                               false,
		strings.Replace(asStorm(`"A"`), `"comp":"1",`, ``, 1):                          false,
		strings.Replace(asStorm(`"A"`), `"task"`, `"tusk"`, 1):                         false,
		strings.Replace(asStorm(`"A"`), `"comp":"1"`, `"id":"3","comp":"1"`, 1):        false, // two
		`{"id":"1","comp":"a","stream":"f","task":12,"tuple":["A"]}` + "\n":            true,
		`{"id":"1","comp":"a","stream":"f","tuple":["A"],"task":12}` + "\r\n":          true,
		`{"id":"1","comp":"a","stream":"f","tuple":["A"],"task":12,"more":"1"}` + "\n": false,
	} {
		var quickly, plainly message
		text := []byte(strings.TrimSuffix(text, "end\n"))
		if ok := quick(text, &quickly); ok != want {
			t.Errorf("%s: quick is %v", text, ok)
		}
		if err := json.Unmarshal(text, &plainly); err != nil || want && !reflect.DeepEqual(quickly, plainly) {
			t.Errorf("%s: %+v, %+v, %v", text, quickly, plainly, err)
		}
	}
}

// FuzzMessage: whatever Storm might send is read or refused, and what is read
// quickly is read as encoding/json does.
func FuzzMessage(f *testing.F) {
	f.Add([]byte(asStorm(`"AAAA"`)))
	f.Add([]byte("{\"command\":\"next\"}\nend\n"))
	f.Add([]byte(`{"id":"1","comp":"a","stream":"f","task":1,"tuple":["` + "\x01" + `"]}` + "\nend\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		in := newReader(bytes.NewReader(b))
		for {
			text, err := in.next()
			if err != nil {
				return
			}
			var quickly, plainly message
			if !quick(text, &quickly) {
				json.Unmarshal(text, &plainly)
				continue
			}
			// It need not notice all that is wrong; a frame is checked later.
			if json.Unmarshal(text, &plainly) == nil && !reflect.DeepEqual(quickly, plainly) {
				t.Errorf("%q: %+v, %+v", text, quickly, plainly)
			}
		}
	})
}

// TestEmit: what is emitted is what Storm takes, and comes back as it was.
func TestEmit(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 8))
	for _, n := range []int{0, 1, 2, 3, 14, 15, 16, 100, 2999, 3000, 3001, maxPiece} {
		frame := make([]byte, n)
		for i := range frame {
			frame[i] = byte(rng.Uint32())
		}
		var b bytes.Buffer
		w := newWriter(&b)
		p := piece{epoch: rng.Uint64(), number: 7, length: uint64(n), data: frame}
		head := p.head()
		if err := w.emit(9, head[:], p.data); err != nil {
			t.Fatal(err)
		}
		if err := w.flush(); err != nil {
			t.Fatal(err)
		}
		text, ok := bytes.CutSuffix(b.Bytes(), []byte("\nend\n"))
		var m struct {
			Command, Stream string
			Task            int64
			Tuple           []json.RawMessage
		}
		if err := json.Unmarshal(text, &m); err != nil || !ok || m.Command != "emit" || m.Task != 1<<32+9 || len(m.Tuple) != 1 {
			t.Fatalf("%d bytes: %.200s: %v", n, text, err)
		}
		got, err := readPiece(m.Tuple[0], func(n int) []byte { return make([]byte, n) })
		if err != nil || got.epoch != p.epoch || got.number != 7 || got.length != uint64(n) || !bytes.Equal(got.data, frame) {
			t.Errorf("%d bytes: %d come back, %v", n, len(got.data), err)
		}
	}
}

// TestPieces: a frame comes together from its pieces, and nothing else does.
func TestPieces(t *testing.T) {
	var s sender
	frame := bytes.Repeat([]byte("0123456789"), 10)
	for k, data := range slices.Collect(slices.Chunk(frame, 30)) {
		got, err := s.take(piece{1, uint64(k), 100, data})
		if err != nil || (got == nil) != (k < 3) || got != nil && !bytes.Equal(got, frame) {
			t.Fatalf("piece %d: %q, %v", k, got, err)
		}
	}
	if got, err := s.take(piece{1, 4, 3, []byte("abc")}); err != nil || string(got) != "abc" {
		t.Errorf("%q, %v", got, err)
	}
	for name, p := range map[string]piece{
		"another epoch": {2, 5, 3, []byte("abc")},
		"a lost one":    {1, 6, 3, []byte("abc")},
		"an empty one":  {1, 5, 3, nil},
	} {
		s := s
		if _, err := s.take(p); err == nil || name == "another epoch" && !errors.Is(err, errRestarted) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.take(piece{1, 5, 10, []byte("abc")})
	if _, err := s.take(piece{1, 6, 5, []byte("abc")}); err == nil {
		t.Error("a frame may change its length")
	}
}

// FuzzPiece: a tuple is a piece or refused, and takes no more memory than it
// has itself.
func FuzzPiece(f *testing.F) {
	var b bytes.Buffer
	w := newWriter(&b)
	p := piece{epoch: 1, length: 1 << 60, data: []byte("abc")}
	head := p.head()
	w.emit(1, head[:], p.data)
	w.flush()
	f.Add(b.Bytes()[bytes.IndexByte(b.Bytes(), '[')+1 : bytes.IndexByte(b.Bytes(), ']')])
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := readPiece(text, func(n int) []byte {
			if n > len(text) {
				t.Fatalf("%d bytes for %d characters", n, len(text))
			}
			return make([]byte, n)
		})
		if err != nil {
			return
		}
		var s sender
		if frame, err := s.take(p); cap(frame) > firstAlloc+len(text) || cap(s.frame) > firstAlloc+len(text) {
			t.Errorf("%d bytes, %v", cap(frame), err)
		}
	})
}
