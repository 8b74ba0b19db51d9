package quakeml

import (
	"encoding/xml"
	"fmt"
	"math"
	"strings"

	"github.com/dispel4go/dispel4go/internal/xmltext"
)

// The elements of an event, as far as they have a place in the types, in the order of
// the schema.

type eventXML struct {
	XMLName            xml.Name         `xml:"event"`
	ID                 string           `xml:"publicID,attr"`
	PreferredOrigin    string           `xml:"preferredOriginID,omitempty"`
	PreferredMagnitude string           `xml:"preferredMagnitudeID,omitempty"`
	Type               string           `xml:"type,omitempty"`
	Descriptions       []descriptionXML `xml:"description"`
	Origins            []originXML      `xml:"origin"`
	Magnitudes         []magnitudeXML   `xml:"magnitude"`
	Picks              []pickXML        `xml:"pick"`
	Amplitudes         []amplitudeXML   `xml:"amplitude"`
}

type descriptionXML struct {
	Text string `xml:"text"`
	Type string `xml:"type,omitempty"`
}

type quantityXML struct {
	Value       float64  `xml:"value"`
	Uncertainty *float64 `xml:"uncertainty"`
	Lower       *float64 `xml:"lowerUncertainty"`
	Upper       *float64 `xml:"upperUncertainty"`
}

type momentXML struct {
	Value       string   `xml:"value"`
	Uncertainty *float64 `xml:"uncertainty"`
}

type agencyXML struct {
	Agency string `xml:"agencyID,omitempty"`
}

type originXML struct {
	ID         string       `xml:"publicID,attr"`
	Time       momentXML    `xml:"time"`
	Latitude   quantityXML  `xml:"latitude"`
	Longitude  quantityXML  `xml:"longitude"`
	Depth      *quantityXML `xml:"depth"`
	Method     string       `xml:"methodID,omitempty"`
	EarthModel string       `xml:"earthModelID,omitempty"`
	Quality    *qualityXML  `xml:"quality"`
	Mode       string       `xml:"evaluationMode,omitempty"`
	Status     string       `xml:"evaluationStatus,omitempty"`
	Creation   *agencyXML   `xml:"creationInfo"`
	Arrivals   []arrivalXML `xml:"arrival"`
}

type qualityXML struct {
	Phases   int     `xml:"usedPhaseCount,omitempty"`
	Stations int     `xml:"usedStationCount,omitempty"`
	RMS      float64 `xml:"standardError,omitempty"`
	Gap      float64 `xml:"azimuthalGap,omitempty"`
}

type arrivalXML struct {
	ID       string  `xml:"publicID,attr"`
	Pick     string  `xml:"pickID"`
	Phase    string  `xml:"phase"`
	Azimuth  float64 `xml:"azimuth,omitempty"`
	Distance float64 `xml:"distance,omitempty"`
	Residual float64 `xml:"timeResidual,omitempty"`
	Weight   float64 `xml:"timeWeight,omitempty"`
}

type magnitudeXML struct {
	ID       string      `xml:"publicID,attr"`
	Value    quantityXML `xml:"mag"`
	Type     string      `xml:"type,omitempty"`
	Stations int         `xml:"stationCount,omitempty"`
	Origin   string      `xml:"originID,omitempty"`
	Mode     string      `xml:"evaluationMode,omitempty"`
	Status   string      `xml:"evaluationStatus,omitempty"`
	Creation *agencyXML  `xml:"creationInfo"`
}

type waveformXML struct {
	Network  string  `xml:"networkCode,attr"`
	Station  string  `xml:"stationCode,attr"`
	Location *string `xml:"locationCode,attr"`
	Channel  string  `xml:"channelCode,attr,omitempty"`
}

type pickXML struct {
	ID       string       `xml:"publicID,attr"`
	Time     momentXML    `xml:"time"`
	Waveform *waveformXML `xml:"waveformID"`
	Method   string       `xml:"methodID,omitempty"`
	Onset    string       `xml:"onset,omitempty"`
	Phase    string       `xml:"phaseHint,omitempty"`
	Polarity string       `xml:"polarity,omitempty"`
	Mode     string       `xml:"evaluationMode,omitempty"`
	Status   string       `xml:"evaluationStatus,omitempty"`
}

type amplitudeXML struct {
	ID       string       `xml:"publicID,attr"`
	Value    quantityXML  `xml:"genericAmplitude"`
	Type     string       `xml:"type,omitempty"`
	Unit     string       `xml:"unit,omitempty"`
	Period   *quantityXML `xml:"period"`
	Pick     string       `xml:"pickID,omitempty"`
	Waveform *waveformXML `xml:"waveformID"`
}

func (q *quantityXML) quantity() Quantity {
	v := Quantity{Value: q.Value}
	switch {
	case q.Uncertainty != nil:
		v.Uncertainty = *q.Uncertainty
	case q.Lower != nil && q.Upper != nil:
		v.Uncertainty = (*q.Lower + *q.Upper) / 2
	}
	return v
}

func (m *momentXML) moment() (Moment, error) {
	t, err := xmltext.Time(m.Value)
	v := Moment{Time: t}
	if m.Uncertainty != nil {
		v.UncertaintyS = *m.Uncertainty
	}
	return v, err
}

func (w *waveformXML) channel() string {
	if w == nil {
		return ""
	}
	location := ""
	if w.Location != nil {
		location = strings.Trim(*w.Location, " -")
	}
	if w.Channel == "" && location == "" {
		return w.Network + "." + w.Station
	}
	return w.Network + "." + w.Station + "." + location + "." + w.Channel
}

func (a *agencyXML) name() string {
	if a == nil {
		return ""
	}
	return a.Agency
}

func (x *eventXML) event() (*Event, error) {
	e := &Event{ID: x.ID, Type: x.Type, PreferredOriginID: strings.TrimSpace(x.PreferredOrigin), PreferredMagnitudeID: strings.TrimSpace(x.PreferredMagnitude)}
	for _, d := range x.Descriptions {
		e.Descriptions = append(e.Descriptions, Description(d))
	}
	for i := range x.Origins {
		o, err := x.Origins[i].origin()
		if err != nil {
			return nil, fmt.Errorf("origin %s: %w", x.Origins[i].ID, err)
		}
		e.Origins = append(e.Origins, o)
	}
	for _, m := range x.Magnitudes {
		e.Magnitudes = append(e.Magnitudes, Magnitude{ID: m.ID, Value: m.Value.quantity(), Type: m.Type, OriginID: m.Origin, Stations: m.Stations,
			Mode: m.Mode, Status: m.Status, Agency: m.Creation.name()})
	}
	for _, p := range x.Picks {
		at, err := p.Time.moment()
		if err != nil {
			return nil, fmt.Errorf("pick %s: %w", p.ID, err)
		}
		e.Picks = append(e.Picks, Pick{ID: p.ID, Time: at, Channel: p.Waveform.channel(), Phase: p.Phase, Method: p.Method, Onset: p.Onset,
			Polarity: p.Polarity, Mode: p.Mode, Status: p.Status})
	}
	for _, a := range x.Amplitudes {
		amplitude := Amplitude{ID: a.ID, Value: a.Value.quantity(), Type: a.Type, Unit: a.Unit, Channel: a.Waveform.channel(), PickID: a.Pick}
		if a.Period != nil {
			amplitude.PeriodS = a.Period.Value
		}
		e.Amplitudes = append(e.Amplitudes, amplitude)
	}
	return e, nil
}

func (x *originXML) origin() (Origin, error) {
	o := Origin{ID: x.ID, LatitudeDeg: x.Latitude.quantity(), LongitudeDeg: x.Longitude.quantity(), Mode: x.Mode, Status: x.Status,
		Method: x.Method, EarthModel: x.EarthModel, Agency: x.Creation.name()}
	var err error
	if o.Time, err = x.Time.moment(); err != nil {
		return o, err
	}
	if lat, lon := o.LatitudeDeg.Value, o.LongitudeDeg.Value; !(math.Abs(lat) <= 90 && math.Abs(lon) <= 360) {
		return o, fmt.Errorf("it lies at %g, %g degrees", lat, lon)
	}
	if x.Depth != nil {
		o.DepthM = new(x.Depth.quantity())
	}
	if q := x.Quality; q != nil {
		o.Stations, o.Phases, o.RMSS, o.GapDeg = q.Stations, q.Phases, q.RMS, q.Gap
	}
	for _, a := range x.Arrivals {
		o.Arrivals = append(o.Arrivals, Arrival{ID: a.ID, PickID: a.Pick, Phase: a.Phase, AzimuthDeg: a.Azimuth, DistanceDeg: a.Distance, ResidualS: a.Residual, Weight: a.Weight})
	}
	return o, nil
}
