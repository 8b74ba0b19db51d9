package seismo

import (
	"math"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/moveout"
	"github.com/dispel4go/dispel4go/seismo/quakeml"
)

// origin is where and when the waves of an event's detections began: of the stations
// whose places are known, and that of the first where these are too few. There is none
// where it is not known where that is.
func (c *Coincide) origin(seen []Detection) (o quakeml.Origin, ok bool) {
	first := seen[0].Station
	all := len(seen)
	seen = slices.DeleteFunc(seen, func(d Detection) bool { return d.Station.unplaced() })
	c.unplaced.Add(int64(all - len(seen)))
	o = quakeml.Origin{Mode: "automatic", Status: "preliminary", Stations: len(seen), Phases: len(seen)}
	if len(seen) < 4 || c.VelocityKmS == 0 {
		if first.unplaced() {
			return o, false
		}
		o.Time.Time = clockOf(seen[0].On)
		o.LatitudeDeg.Value, o.LongitudeDeg.Value = first.Lat, first.Lon
		return o, true
	}
	first = seen[0].Station
	// On a grid that gets finer around its best point: twice the way from the first
	// station to the farthest each side, first.
	reach := 0.0
	for _, d := range seen {
		reach = max(reach, moveout.Distance(first.Lat, first.Lon, d.Station.Lat, d.Station.Lon))
	}
	best := c.fit(seen, first.Lat, first.Lon)
	const side, degree = 10, 111.2
	for step := max(2*reach, 1) / side; step > 0.02; step /= 4 {
		lat, lon := best.lat, best.lon
		for i := -side; i <= side; i++ {
			for j := -side; j <= side; j++ {
				la := lat + float64(i)*step/degree
				if math.Abs(la) > 89 {
					continue
				}
				if f := c.fit(seen, la, lon+float64(j)*step/(degree*math.Cos(lat*math.Pi/180))); f.rms < best.rms {
					best = f
				}
			}
		}
	}
	o.LatitudeDeg.Value, o.LongitudeDeg.Value = best.lat, best.lon
	o.DepthM = &quakeml.Quantity{Value: 1000 * c.DepthKm}
	o.Time.Time, o.RMSS = clockOf(best.at), best.rms
	return o, true
}

// fit is a place with the time that suits the detections best there.
type fit struct {
	lat, lon float64
	at       d4.Time
	rms      float64 // s
}

func (c *Coincide) fit(seen []Detection, lat, lon float64) fit {
	residuals := make([]float64, len(seen)) // s after the first detection, if all began at once
	mean := 0.0
	for i, d := range seen {
		way := math.Hypot(moveout.Distance(lat, lon, d.Station.Lat, d.Station.Lon), c.DepthKm)
		residuals[i] = float64(d.On-seen[0].On)/1e9 - way/c.VelocityKmS
		mean += residuals[i] / float64(len(seen))
	}
	sum := 0.0
	for _, r := range residuals {
		sum += (r - mean) * (r - mean)
	}
	return fit{lat, lon, seen[0].On + seconds(mean), math.Sqrt(sum / float64(len(seen)))}
}
