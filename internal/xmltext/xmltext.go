// Package xmltext reads XML documents that come from anywhere: one element at a
// time, each of bounded size, in the character sets that occur in seismology.
package xmltext

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// ErrTooLarge is returned where one element has more bytes than the reader
// allows.
var ErrTooLarge = errors.New("element too large")

// A Decoder reads a document element by element.
type Decoder struct {
	*xml.Decoder
	src   *bounded
	limit int64
}

// NewDecoder returns a decoder of elements of at most so many bytes each.
func NewDecoder(r io.Reader, limit int64) *Decoder {
	src := &bounded{r: r, left: limit}
	d := xml.NewDecoder(src)
	d.CharsetReader = charset
	return &Decoder{Decoder: d, src: src, limit: limit}
}

// Element decodes the element that start begins into v, which a struct tag
// describes.
func (d *Decoder) Element(v any, start *xml.StartElement) error {
	d.src.left = d.limit
	return d.at(d.DecodeElement(v, start))
}

// Next returns the next start or end of an element. It returns io.EOF, bare, at
// the end of a document that is whole.
func (d *Decoder) Next() (xml.Token, error) {
	for {
		d.src.left = d.limit
		t, err := d.Token()
		if err != nil {
			return nil, d.at(err)
		}
		switch t.(type) {
		case xml.StartElement, xml.EndElement:
			return t, nil
		}
	}
}

// SkipElement passes over what the last start began, however long it is.
func (d *Decoder) SkipElement() error {
	for depth := 1; depth > 0; {
		t, err := d.Next()
		if err == io.EOF {
			return d.at(io.ErrUnexpectedEOF)
		}
		if err != nil {
			return err
		}
		if _, ok := t.(xml.StartElement); ok {
			depth++
		} else {
			depth--
		}
	}
	return nil
}

// at says where in the document an error is.
func (d *Decoder) at(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	line, column := d.InputPos()
	return fmt.Errorf("line %d, column %d: %w", line, column, err)
}

// bounded fails when more is read than is left for one element.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, ErrTooLarge
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	return n, err
}

// charset reads what is not UTF-8 by declaration: Latin 1, and ASCII.
func charset(name string, r io.Reader) (io.Reader, error) {
	switch strings.ToLower(name) {
	case "us-ascii", "ascii":
		return r, nil
	case "iso-8859-1", "iso-8859-15", "latin1", "windows-1252":
		return &latin1{r: r}, nil
	}
	return nil, fmt.Errorf("character set %.40q: convert the file to UTF-8", name)
}

// latin1 turns each byte into the character of that number.
type latin1 struct {
	r    io.Reader
	in   [512]byte
	text bytes.Buffer
}

func (l *latin1) Read(p []byte) (int, error) {
	for l.text.Len() == 0 {
		n, err := l.r.Read(l.in[:])
		for _, c := range l.in[:n] {
			l.text.Write(utf8.AppendRune(nil, rune(c)))
		}
		if n == 0 && err != nil {
			return 0, err
		}
	}
	return l.text.Read(p)
}
