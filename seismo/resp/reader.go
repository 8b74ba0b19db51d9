package resp

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/dispel4go/dispel4go/seismo/response"
)

// ErrFormat is returned for what is no RESP file, or makes no sense.
var ErrFormat = errors.New("not a RESP file")

// A Channel is the response of a channel for as long as it is that.
type Channel struct {
	Network, Station, Location, Code string
	Start, End                       time.Time // zero for an open end
	Response                         *response.Response
}

// ID is NET.STA.LOC.CHA.
func (c *Channel) ID() string {
	return c.Network + "." + c.Station + "." + c.Location + "." + c.Code
}

// maxValues bounds the numbers of one channel.
const maxValues = 10_000_000

// A Reader takes channels out of a file.
type Reader struct {
	lines *bufio.Scanner
	line  int

	channel *Channel       // that is being read
	stage   int            // whose lines are being read
	kind    string         // type of a transfer function, which comes before its stage
	whole   response.Stage // takes what is said of stage 0
	names   [2]string      // station and network come before the channel
	values  int
	err     error
}

// NewReader returns a Reader of a file. Lines may have 64 KiB.
func NewReader(r io.Reader) *Reader {
	reader := &Reader{lines: bufio.NewScanner(r)}
	reader.lines.Split(lines)
	return reader
}

// lines splits at the ends of lines of all systems.
func lines(data []byte, last bool) (advance int, token []byte, err error) {
	switch i := bytes.IndexAny(data, "\r\n"); {
	case i < 0:
	case data[i] == '\n' || i+1 < len(data) && data[i+1] != '\n' || i+1 == len(data) && last:
		return i + 1, data[:i], nil
	case i+1 < len(data):
		return i + 2, data[:i], nil
	default: // whether a line feed follows is not known yet
		return 0, nil, nil
	}
	if last && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// Read reads all channels of a file.
func Read(r io.Reader) ([]*Channel, error) {
	reader := NewReader(r)
	var all []*Channel
	for {
		c, err := reader.Next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, c)
	}
}

// Next returns the next channel. It returns io.EOF, bare, at the end of a file that
// had one; other errors wrap ErrFormat, or are those of the source, and name the
// line.
func (r *Reader) Next() (*Channel, error) {
	for r.err == nil {
		if !r.lines.Scan() {
			r.err = r.lines.Err()
			if r.err == nil {
				r.err = io.EOF
				if c := r.channel; c != nil {
					r.channel = nil
					return c, nil
				}
				if r.values == 0 {
					r.err = fmt.Errorf("resp: %w: there is no line of a blockette in it", ErrFormat)
				}
			}
			break
		}
		r.line++
		done, err := r.take(r.lines.Text())
		if err != nil {
			r.err = fmt.Errorf("resp: line %d: %w", r.line, err)
		} else if done != nil {
			return done, nil
		}
	}
	return nil, r.err
}

// take reads one line, and returns a channel that it ends.
func (r *Reader) take(line string) (done *Channel, err error) {
	blockette, field, rest, ok := split(line)
	if !ok {
		return nil, nil
	}
	r.values++
	if r.values > maxValues {
		return nil, fmt.Errorf("%w: more than %d values in a channel", ErrFormat, maxValues)
	}
	text := value(rest)
	switch blockette {
	case 50:
		switch field {
		case 3: // the name of a station begins a channel
			done, r.channel = r.channel, nil
			r.stage, r.kind, r.whole, r.values = 0, "", response.Stage{}, 1
			r.names = [2]string{"", text}
		case 16:
			if text == "??" {
				text = ""
			}
			r.names[0] = text
		}
		return done, nil
	case 52:
		if r.channel == nil {
			r.channel = &Channel{Network: r.names[0], Station: r.names[1], Response: &response.Response{}}
		}
		switch field {
		case 3:
			r.channel.Location = strings.Trim(text, "?-")
		case 4:
			r.channel.Code = text
		case 22:
			r.channel.Start, err = clock(text)
		case 23:
			r.channel.End, err = clock(text)
		}
		return nil, err
	}
	if r.channel == nil {
		return nil, fmt.Errorf("%w: blockette %d before that of a channel", ErrFormat, blockette)
	}
	return nil, r.stageLine(blockette, field, text, rest)
}

// split takes a line apart: B053F15-18 gives 53, 15 and the rest.
func split(line string) (blockette, field int, rest string, ok bool) {
	line = strings.TrimSpace(line)
	if len(line) < 7 || line[0] != 'B' || line[4] != 'F' {
		return 0, 0, "", false
	}
	b, err := strconv.Atoi(line[1:4])
	f, wrong := strconv.Atoi(line[5:7])
	if err != nil || wrong != nil {
		return 0, 0, "", false
	}
	rest = line[7:]
	if rest != "" && rest[0] == '-' { // the last field of a row
		rest = strings.TrimLeft(rest[1:], "0123456789")
	}
	return b, f, rest, true
}

// value is what follows the colon, without the label before it.
func value(rest string) string {
	if _, after, ok := strings.Cut(rest, ":"); ok {
		rest = after
	}
	return strings.TrimSpace(rest)
}

// clock reads a time such as 2014,076,21:00:00.0000; what is no date, as "No Ending
// Time", is an open end.
func clock(text string) (time.Time, error) {
	if text == "" || text[0] < '0' || text[0] > '9' {
		return time.Time{}, nil
	}
	part := strings.Split(text, ",")
	year, err := strconv.Atoi(part[0])
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: the time %.40q", ErrFormat, text)
	}
	t := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
	if len(part) > 1 {
		day, err := strconv.Atoi(part[1])
		if err != nil || day < 1 || day > 366 {
			return time.Time{}, fmt.Errorf("%w: the time %.40q", ErrFormat, text)
		}
		t = t.AddDate(0, 0, day-1)
	}
	if len(part) > 2 {
		for i, s := range strings.Split(part[2], ":") {
			v, err := strconv.ParseFloat(s, 64)
			if err != nil || i > 2 || !(v >= 0 && v < 61) {
				return time.Time{}, fmt.Errorf("%w: the time %.40q", ErrFormat, text)
			}
			t = t.Add(time.Duration(v * float64([]time.Duration{time.Hour, time.Minute, time.Second}[i])))
		}
	}
	return t, nil
}
