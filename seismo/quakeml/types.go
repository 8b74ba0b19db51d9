package quakeml

import "time"

// A Catalog is a list of events.
type Catalog struct {
	ID          string // a resource identifier; made where it is empty
	Description string
	Events      []*Event
}

// An Event is an earthquake, or what else shook the ground. IDs are resource
// identifiers, "smi:authority/name"; where they are empty, Write makes some.
type Event struct {
	ID                   string
	Type                 string // as "earthquake", "quarry blast"
	Descriptions         []Description
	PreferredOriginID    string
	PreferredMagnitudeID string
	Origins              []Origin
	Magnitudes           []Magnitude
	Picks                []Pick
	Amplitudes           []Amplitude
}

// A Description is a name of an event.
type Description struct {
	Text string
	Type string // as "region name", "earthquake name"
}

// A Quantity is a number, and how uncertain it is.
type Quantity struct {
	Value       float64
	Uncertainty float64 // 0 where it is not known
}

// A Moment is a time, and how uncertain it is.
type Moment struct {
	Time         time.Time
	UncertaintyS float64 // 0 where it is not known
}

// An Origin is where and when an event began.
type Origin struct {
	ID           string
	Time         Moment
	LatitudeDeg  Quantity
	LongitudeDeg Quantity
	DepthM       *Quantity // nil where it is not known
	Mode         string    // automatic or manual
	Status       string    // preliminary, confirmed, reviewed, final, rejected
	Method       string    // a resource identifier
	EarthModel   string    // likewise
	Agency       string
	Stations     int     // used; 0 where it is not known
	Phases       int     // used
	RMSS         float64 // of the residuals
	GapDeg       float64 // largest azimuth without a station
	Arrivals     []Arrival
}

// A Magnitude is one of an event.
type Magnitude struct {
	ID       string
	Value    Quantity
	Type     string // as "ML", "Mw"
	OriginID string
	Stations int // used; 0 where it is not known
	Mode     string
	Status   string
	Agency   string
}

// A Pick is when a phase arrived at a channel.
type Pick struct {
	ID       string
	Time     Moment
	Channel  string // NET.STA.LOC.CHA, shorter where less is known
	Phase    string // a hint
	Method   string // a resource identifier
	Onset    string // emergent, impulsive, questionable
	Polarity string // positive, negative, undecidable
	Mode     string
	Status   string
}

// An Arrival says that a pick is a phase of an origin.
type Arrival struct {
	ID          string
	PickID      string
	Phase       string
	AzimuthDeg  float64
	DistanceDeg float64
	ResidualS   float64
	Weight      float64
}

// An Amplitude is a measurement that magnitudes are made of.
type Amplitude struct {
	ID      string
	Value   Quantity
	Type    string // as "AML", "PGA"
	Unit    string // as "m", "m/s"
	PeriodS float64
	Channel string
	PickID  string
}

// Origin is the preferred origin, else the first; nil if there is none.
func (e *Event) Origin() *Origin {
	for i := range e.Origins {
		if o := &e.Origins[i]; o.ID == e.PreferredOriginID && o.ID != "" {
			return o
		}
	}
	if len(e.Origins) > 0 {
		return &e.Origins[0]
	}
	return nil
}

// Magnitude is the preferred magnitude, else the first; nil if there is none.
func (e *Event) Magnitude() *Magnitude {
	for i := range e.Magnitudes {
		if m := &e.Magnitudes[i]; m.ID == e.PreferredMagnitudeID && m.ID != "" {
			return m
		}
	}
	if len(e.Magnitudes) > 0 {
		return &e.Magnitudes[0]
	}
	return nil
}
