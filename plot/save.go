package plot

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"io"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/dispel4go/dispel4go/internal/newfile"
)

var (
	// ErrData is returned when a picture's data cannot be drawn.
	ErrData = errors.New("cannot be drawn")
	// ErrExists is returned when there is a file of that name already.
	ErrExists = newfile.ErrExists
	// ErrFormat is returned for a format other than png and svg.
	ErrFormat = errors.New("unknown picture format: use .png or .svg")
)

// dpi is what journals ask for.
const dpi = 300

// A Picture is one of the types of this package.
type Picture interface {
	// size is that of the paper.
	size() (width, height vg.Length)
	// figure checks the data and lays the picture out.
	figure() (*figure, error)
}

// Save draws a picture into a new file, in the format of its extension, .png or
// .svg. The file appears when it is whole. The error is ErrExists if there is
// one.
func Save(path string, p Picture) error {
	if _, err := os.Lstat(path); err == nil {
		return cannot(path, ErrExists)
	}
	var b bytes.Buffer
	if err := Encode(&b, strings.TrimPrefix(filepath.Ext(path), "."), p); err != nil {
		return cannot(path, err)
	}
	return writeNew(path, b.Bytes(), newfile.Open)
}

func writeNew(path string, data []byte, open newfile.Opener) error {
	write := func(w io.Writer) error { _, err := w.Write(data); return err }
	if err := newfile.Write(path, open, write, newfile.Place); err != nil {
		return cannot(path, err)
	}
	return nil
}

// cannot says in one line what failed and what to do about it.
func cannot(path string, err error) error {
	return fmt.Errorf("plot: cannot draw %s: %w%s", path, newfile.Plain(err), newfile.Remedy(err, "choose another folder"))
}

// Encode draws a picture to w in the format "png" or "svg".
func Encode(w io.Writer, format string, p Picture) error {
	if format != "png" && format != "svg" {
		return fmt.Errorf("%w: %.20q", ErrFormat, format)
	}
	f, err := p.figure()
	if err != nil {
		return err
	}
	width, height := p.size()
	if format == "svg" {
		return encodeSVG(w, f, width, height)
	}
	c := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dpi), vgimg.UseBackgroundColor(color.White))
	f.draw(draw.New(c))
	_, err = vgimg.PngCanvas{Canvas: c}.WriteTo(w)
	return err
}

// encodeSVG gives the fonts names that exist on any machine.
func encodeSVG(w io.Writer, f *figure, width, height vg.Length) error {
	c := vgsvg.New(width, height)
	f.draw(draw.New(c))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return err
	}
	const sans = "font-family:Liberation Sans;"
	_, err := w.Write(bytes.ReplaceAll(b.Bytes(), []byte(sans), []byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif;")))
	return err
}
