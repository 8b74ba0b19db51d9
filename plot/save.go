package plot

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

var (
	// ErrData is returned when a picture's data cannot be drawn.
	ErrData = errors.New("cannot be drawn")
	// ErrExists is returned when there is a file of that name already.
	ErrExists = errors.New("exists already")
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
	return writeNew(path, b.Bytes(), func(path string) (io.WriteCloser, error) {
		return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	})
}

// writeNew writes a file under a temporary name, which does not stay whatever
// fails, and gives it its own. Tests have it open files on a disk that is full.
func writeNew(path string, data []byte, open func(string) (io.WriteCloser, error)) error {
	dir, name := filepath.Split(path)
	tmp := filepath.Join(dir, fmt.Sprintf(".%s.%016x.tmp", name, rand.Uint64()))
	f, err := open(tmp)
	if err != nil {
		return cannot(path, err)
	}
	_, err = f.Write(data)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = place(tmp, path)
	}
	os.Remove(tmp) // which is not there any more, or has a second name
	if err != nil {
		return cannot(path, err)
	}
	return nil
}

// place gives a file its name unless the name is taken. A hard link refuses that
// atomically; a file system without them gets a look and a rename.
func place(from, to string) error {
	err := os.Link(from, to)
	if err == nil {
		return nil
	}
	if _, there := os.Lstat(to); there == nil || errors.Is(err, fs.ErrExist) {
		return ErrExists
	}
	return os.Rename(from, to)
}

// cannot says in one line what failed and what to do about it.
func cannot(path string, err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	remedy := ""
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		remedy = " (free space or choose another folder)"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		remedy = " (make the folder writable or choose another one)"
	case errors.Is(err, ErrExists):
		remedy = " (remove it or choose another name)"
	}
	return fmt.Errorf("plot: cannot draw %s: %w%s", path, err, remedy)
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
