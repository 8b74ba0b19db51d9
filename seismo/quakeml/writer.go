package quakeml

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// Write writes a catalogue. Where an ID is empty, one is made of that of what it
// belongs to, so that a catalogue gives the same document every time.
func Write(w io.Writer, c *Catalog) error {
	id := c.ID
	if id == "" {
		id = "smi:local/catalog"
	}
	out := &writer{w: w}
	out.text(xml.Header)
	out.text(`<q:quakeml xmlns="http://quakeml.org/xmlns/bed/1.2" xmlns:q="http://quakeml.org/xmlns/quakeml/1.2">` + "\n")
	out.text(` <eventParameters publicID="` + escape(id) + `">` + "\n")
	if c.Description != "" {
		out.text("  <description>" + escape(c.Description) + "</description>\n")
	}
	for i, e := range c.Events {
		x := element(e, fmt.Sprintf("%s/event/%d", id, i+1))
		data, err := xml.MarshalIndent(x, "  ", " ")
		if err != nil {
			return fmt.Errorf("quakeml: event %s: %w", e.ID, err)
		}
		out.text(string(data) + "\n")
	}
	out.text(" </eventParameters>\n</q:quakeml>\n")
	return out.err
}

// writer keeps the first error.
type writer struct {
	w   io.Writer
	err error
}

func (w *writer) text(s string) {
	if w.err == nil {
		_, w.err = io.WriteString(w.w, s)
	}
}

func escape(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) // a Builder does not fail
	return b.String()
}

// or is id, or the one that is made where it is empty.
func or(id, parent, kind string, number int) string {
	if id != "" {
		return id
	}
	return fmt.Sprintf("%s/%s/%d", parent, kind, number+1)
}

func element(e *Event, made string) *eventXML {
	x := &eventXML{ID: e.ID, Type: e.Type, PreferredOrigin: e.PreferredOriginID, PreferredMagnitude: e.PreferredMagnitudeID}
	if x.ID == "" {
		x.ID = made
	}
	for _, d := range e.Descriptions {
		x.Descriptions = append(x.Descriptions, descriptionXML(d))
	}
	for i := range e.Origins {
		x.Origins = append(x.Origins, originElement(&e.Origins[i], or(e.Origins[i].ID, x.ID, "origin", i)))
	}
	for i, m := range e.Magnitudes {
		x.Magnitudes = append(x.Magnitudes, magnitudeXML{ID: or(m.ID, x.ID, "magnitude", i), Value: quantity(m.Value), Type: m.Type, Stations: m.Stations,
			Origin: m.OriginID, Mode: m.Mode, Status: m.Status, Creation: agency(m.Agency)})
	}
	for i, p := range e.Picks {
		x.Picks = append(x.Picks, pickXML{ID: or(p.ID, x.ID, "pick", i), Time: moment(p.Time), Waveform: waveform(p.Channel), Method: p.Method,
			Onset: p.Onset, Phase: p.Phase, Polarity: p.Polarity, Mode: p.Mode, Status: p.Status})
	}
	for i, a := range e.Amplitudes {
		amplitude := amplitudeXML{ID: or(a.ID, x.ID, "amplitude", i), Value: quantity(a.Value), Type: a.Type, Unit: a.Unit, Pick: a.PickID, Waveform: waveform(a.Channel)}
		if a.PeriodS != 0 {
			amplitude.Period = &quantityXML{Value: a.PeriodS}
		}
		x.Amplitudes = append(x.Amplitudes, amplitude)
	}
	return x
}

func originElement(o *Origin, id string) originXML {
	x := originXML{ID: id, Time: moment(o.Time), Latitude: quantity(o.LatitudeDeg), Longitude: quantity(o.LongitudeDeg), Method: o.Method,
		EarthModel: o.EarthModel, Mode: o.Mode, Status: o.Status, Creation: agency(o.Agency)}
	if o.DepthM != nil {
		x.Depth = new(quantity(*o.DepthM))
	}
	if q := (qualityXML{Phases: o.Phases, Stations: o.Stations, RMS: o.RMSS, Gap: o.GapDeg}); q != (qualityXML{}) {
		x.Quality = &q
	}
	for i, a := range o.Arrivals {
		x.Arrivals = append(x.Arrivals, arrivalXML{ID: or(a.ID, id, "arrival", i), Pick: a.PickID, Phase: a.Phase, Azimuth: a.AzimuthDeg,
			Distance: a.DistanceDeg, Residual: a.ResidualS, Weight: a.Weight})
	}
	return x
}

func quantity(q Quantity) quantityXML {
	return quantityXML{Value: q.Value, Uncertainty: unlessZero(q.Uncertainty)}
}

func moment(m Moment) momentXML {
	return momentXML{Value: m.Time.UTC().Format(time.RFC3339Nano), Uncertainty: unlessZero(m.UncertaintyS)}
}

func unlessZero(v float64) *float64 {
	if v == 0 {
		return nil
	}
	return &v
}

func agency(name string) *agencyXML {
	if name == "" {
		return nil
	}
	return &agencyXML{Agency: name}
}

func waveform(channel string) *waveformXML {
	if channel == "" {
		return nil
	}
	part := strings.SplitN(channel, ".", 4)
	x := &waveformXML{Network: part[0]}
	if len(part) > 1 {
		x.Station = part[1]
	}
	if len(part) > 3 {
		x.Location, x.Channel = &part[2], part[3]
	}
	return x
}
