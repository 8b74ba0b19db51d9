package stationxml

import (
	"slices"
	"strings"
	"time"

	"github.com/dispel4go/dispel4go/internal/xmltext"
	"github.com/dispel4go/dispel4go/seismo/response"
)

// An Inventory is what a document says.
type Inventory struct {
	Source   string // of the data
	Sender   string
	Created  time.Time
	Networks []*Network
}

// An Epoch is from when to when something is as described. A zero Start is the
// beginning, a zero End is not over yet.
type Epoch struct{ Start, End time.Time }

// Covers reports whether t is within the epoch; End is not.
func (e Epoch) Covers(t time.Time) bool {
	return !t.Before(e.Start) && (e.End.IsZero() || t.Before(e.End))
}

// A Network has stations.
type Network struct {
	Code        string
	Description string
	Restricted  string // open, closed or partial
	Epoch
	Stations []*Station
}

// A Station is a place with channels.
type Station struct {
	Network    *Network // that it belongs to
	Code       string
	Site       string // its name
	Restricted string
	Epoch
	LatitudeDeg  float64
	LongitudeDeg float64
	ElevationM   float64
	Channels     []*Channel
}

// ID is NET.STA.
func (s *Station) ID() string { return s.Network.Code + "." + s.Code }

// A Channel is one stream of samples for as long as nothing about it changes.
type Channel struct {
	Station  *Station
	Code     string
	Location string
	Epoch
	LatitudeDeg  float64
	LongitudeDeg float64
	ElevationM   float64
	DepthM       float64 // below the surface
	AzimuthDeg   float64 // clockwise from north
	DipDeg       float64 // down from horizontal: -90 is upwards
	RateHz       float64 // 0 where it is not said
	Sensor       Equipment
	DataLogger   Equipment
	Response     *response.Response // nil where there is none
}

// Equipment is a piece of it.
type Equipment struct{ Type, Description, Manufacturer, Model, SerialNumber string }

// ID is NET.STA.LOC.CHA.
func (c *Channel) ID() string { return c.Station.ID() + "." + c.Location + "." + c.Code }

// Channel returns the channel NET.STA.LOC.CHA at a time, nil if there is none. Of
// several the one that began last counts.
func (inv *Inventory) Channel(id string, at time.Time) *Channel {
	var best *Channel
	for c := range inv.channels() {
		if c.ID() == id && c.Covers(at) && (best == nil || c.Start.After(best.Start)) {
			best = c
		}
	}
	return best
}

// channels goes over all channels.
func (inv *Inventory) channels() func(yield func(*Channel) bool) {
	return func(yield func(*Channel) bool) {
		for _, n := range inv.Networks {
			for _, s := range n.Stations {
				if slices.ContainsFunc(s.Channels, func(c *Channel) bool { return !yield(c) }) {
					return
				}
			}
		}
	}
}

// parseTime reads a time; "" is the zero time.
func parseTime(text string) (time.Time, error) {
	if strings.TrimSpace(text) == "" {
		return time.Time{}, nil
	}
	return xmltext.Time(text)
}
