package quakeml

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"

	"github.com/dispel4go/dispel4go/internal/xmltext"
)

// ErrFormat is returned for what is no QuakeML, or makes no sense.
var ErrFormat = errors.New("not QuakeML")

// maxEvent is the longest event that is read.
const maxEvent = 64 << 20

// A Reader takes events out of a document, one at a time.
type Reader struct {
	xml   *xmltext.Decoder
	head  Catalog // without events
	begun bool
}

// NewReader returns a Reader of a document.
func NewReader(r io.Reader) *Reader { return &Reader{xml: xmltext.NewDecoder(r, maxEvent)} }

// Read reads a whole document.
func Read(r io.Reader) (*Catalog, error) {
	reader := NewReader(r)
	var events []*Event
	for {
		e, err := reader.Next()
		if err == io.EOF {
			c := reader.head
			c.Events = events
			return &c, nil
		}
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
}

// Next returns the next event. It returns io.EOF, bare, at the end of the document;
// other errors wrap ErrFormat, or are those of the source, and name the line.
func (r *Reader) Next() (*Event, error) {
	for {
		token, err := r.xml.Next()
		if err == io.EOF && r.begun {
			return nil, io.EOF
		}
		if err == io.EOF {
			return nil, fmt.Errorf("quakeml: %w: there is no element in it", ErrFormat)
		}
		if err != nil {
			return nil, fmt.Errorf("quakeml: %w: %w", ErrFormat, err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		e, err := r.element(&start)
		if err != nil {
			line, _ := r.xml.InputPos()
			return nil, fmt.Errorf("quakeml: line %d: %w: %w", line, ErrFormat, err)
		}
		if e != nil {
			return e, nil
		}
	}
}

func (r *Reader) element(start *xml.StartElement) (*Event, error) {
	name := start.Name.Local
	if !r.begun && name != "quakeml" {
		return nil, fmt.Errorf("it begins with <%.40s>", name)
	}
	r.begun = true
	switch name {
	case "quakeml", "eventParameters":
		for _, a := range start.Attr {
			if a.Name.Local == "publicID" {
				r.head.ID = a.Value
			}
		}
		return nil, nil
	case "description":
		return nil, r.xml.Element(&r.head.Description, start)
	case "event":
		var x eventXML
		if err := r.xml.Element(&x, start); err != nil {
			return nil, err
		}
		e, err := x.event()
		if err != nil {
			return nil, fmt.Errorf("event %s: %w", x.ID, err)
		}
		return e, nil
	}
	return nil, r.xml.SkipElement()
}
