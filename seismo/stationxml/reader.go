package stationxml

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/dispel4go/dispel4go/internal/xmltext"
)

// ErrFormat is returned for what is no StationXML, or makes no sense.
var ErrFormat = errors.New("not StationXML")

// Level is how deep a document is read.
type Level uint8

// The levels, each with those above it.
const (
	StationLevel Level = iota
	ChannelLevel
	ResponseLevel
)

// maxElement is the longest element that is decoded at once.
const maxElement = 64 << 20

// A Reader takes stations out of a document, one at a time.
type Reader struct {
	xml     *xmltext.Decoder
	level   Level
	network *Network
	head    Inventory // without networks
	begun   bool
}

// NewReader returns a Reader of a document.
func NewReader(r io.Reader, level Level) *Reader {
	return &Reader{xml: xmltext.NewDecoder(r, maxElement), level: level}
}

// Read reads a whole document. Networks without stations are in it, too.
func Read(r io.Reader, level Level) (*Inventory, error) {
	reader := NewReader(r, level)
	var all []*Network
	for {
		s, err := reader.Next()
		if n := reader.network; n != nil && (len(all) == 0 || all[len(all)-1] != n) {
			all = append(all, n)
		}
		if err == io.EOF {
			inv := reader.head
			inv.Networks = all
			return &inv, nil
		}
		if err != nil {
			return nil, err
		}
		s.Network.Stations = append(s.Network.Stations, s)
	}
}

// Next returns the next station; its network does not list it. It returns io.EOF,
// bare, at the end of the document; other errors wrap ErrFormat, or are those of
// the source, and name the line.
func (r *Reader) Next() (*Station, error) {
	for {
		token, err := r.xml.Next()
		if err == io.EOF && r.begun {
			return nil, io.EOF
		}
		if err == io.EOF {
			return nil, fmt.Errorf("stationxml: %w: there is no element in it", ErrFormat)
		}
		if err != nil {
			return nil, fmt.Errorf("stationxml: %w: %w", ErrFormat, err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		s, err := r.element(&start)
		if err != nil {
			line, _ := r.xml.InputPos()
			return nil, fmt.Errorf("stationxml: line %d: %w", line, err)
		}
		if s != nil {
			return s, nil
		}
	}
}

// element takes one element of the document or of a network.
func (r *Reader) element(start *xml.StartElement) (*Station, error) {
	if name := start.Name.Local; !r.begun && name != "FDSNStationXML" {
		return nil, fmt.Errorf("%w: it begins with <%.40s>", ErrFormat, name)
	}
	var text string
	switch start.Name.Local {
	case "FDSNStationXML":
		r.begun = true
		return nil, nil
	case "Network":
		return nil, r.begin(start)
	case "Station":
		if r.network == nil {
			return nil, fmt.Errorf("%w: a station outside any network", ErrFormat)
		}
		return r.station(start)
	case "Source", "Sender", "Created", "Description":
		if err := r.xml.Element(&text, start); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
	default:
		return nil, r.xml.SkipElement()
	}
	switch n := r.network; start.Name.Local {
	case "Source":
		r.head.Source = text
	case "Sender":
		r.head.Sender = text
	case "Created":
		r.head.Created, _ = parseTime(text) // of no consequence
	case "Description":
		if n != nil && n.Description == "" {
			n.Description = text
		}
	}
	return nil, nil
}

// begin begins a network.
func (r *Reader) begin(start *xml.StartElement) error {
	n := &Network{}
	var err error
	for _, a := range start.Attr {
		switch a.Name.Local {
		case "code":
			n.Code = a.Value
		case "restrictedStatus":
			n.Restricted = a.Value
		case "startDate":
			n.Start, err = parseTime(a.Value)
		case "endDate":
			n.End, err = parseTime(a.Value)
		}
		if err != nil {
			return fmt.Errorf("%w: network %s: %w", ErrFormat, n.Code, err)
		}
	}
	r.network = n
	return nil
}

// station reads a station, its channels one by one.
func (r *Reader) station(start *xml.StartElement) (*Station, error) {
	var head stationXML
	for _, a := range start.Attr {
		switch a.Name.Local {
		case "code":
			head.Code = a.Value
		case "startDate":
			head.Start = a.Value
		case "endDate":
			head.End = a.Value
		case "restrictedStatus":
			head.Restricted = a.Value
		}
	}
	s := &Station{Network: r.network, Code: head.Code, Restricted: head.Restricted}
	wrong := func(err error) (*Station, error) {
		return nil, fmt.Errorf("%w: station %s: %w", ErrFormat, s.ID(), err)
	}
	var err error
	if s.Epoch, err = epoch(head.Start, head.End); err != nil {
		return wrong(err)
	}
	placed := [2]bool{}
	for {
		token, err := r.xml.Next()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return wrong(err)
		}
		child, ok := token.(xml.StartElement)
		if !ok {
			break // the end of the station
		}
		switch child.Name.Local {
		case "Latitude":
			err, placed[0] = r.xml.Element(&s.LatitudeDeg, &child), true
		case "Longitude":
			err, placed[1] = r.xml.Element(&s.LongitudeDeg, &child), true
		case "Elevation":
			err = r.xml.Element(&s.ElevationM, &child)
		case "Site":
			var site siteXML
			err = r.xml.Element(&site, &child)
			s.Site = site.Name
		case "Channel":
			if r.level >= ChannelLevel {
				err = r.channel(s, &child)
				break
			}
			err = r.xml.SkipElement()
		default:
			err = r.xml.SkipElement()
		}
		if err != nil {
			return wrong(err)
		}
	}
	if !placed[0] || !placed[1] {
		return wrong(errors.New("no latitude or no longitude"))
	}
	if err := onEarth(s.LatitudeDeg, s.LongitudeDeg); err != nil {
		return wrong(err)
	}
	return s, nil
}

func onEarth(lat, lon float64) error {
	if !(math.Abs(lat) <= 90 && math.Abs(lon) <= 360) {
		return fmt.Errorf("it lies at %g, %g degrees", lat, lon)
	}
	return nil
}

func (r *Reader) channel(s *Station, start *xml.StartElement) error {
	var x channelXML
	if err := r.xml.Element(&x, start); err != nil {
		return err
	}
	c, err := x.channel(s, r.level)
	if err != nil {
		return fmt.Errorf("channel %s.%s: %w", x.Location, x.Code, err)
	}
	s.Channels = append(s.Channels, c)
	return nil
}

func epoch(start, end string) (e Epoch, err error) {
	if e.Start, err = parseTime(start); err == nil {
		e.End, err = parseTime(end)
	}
	return e, err
}
