package stationxml

import (
	"encoding/xml"
	"fmt"
	"io"
	"time"

	"github.com/dispel4go/dispel4go/seismo/response"
)

// Write writes a document of version 1.2.
func Write(w io.Writer, inv *Inventory) error {
	doc := documentXML{SchemaVersion: "1.2", Source: inv.Source, Sender: inv.Sender, Created: clock(inv.Created)}
	if doc.Created == "" {
		doc.Created = clock(time.Now())
	}
	for _, n := range inv.Networks {
		x := networkXML{Code: n.Code, Description: n.Description, Restricted: n.Restricted, Start: clock(n.Start), End: clock(n.End)}
		for _, s := range n.Stations {
			station, err := element(s)
			if err != nil {
				return fmt.Errorf("stationxml: station %s.%s: %w", n.Code, s.Code, err)
			}
			x.Stations = append(x.Stations, station)
		}
		doc.Networks = append(doc.Networks, x)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", " ")
	if err := e.Encode(doc); err != nil {
		return fmt.Errorf("stationxml: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.999999999Z")
}

func element(s *Station) (stationXML, error) {
	x := stationXML{Code: s.Code, Start: clock(s.Start), End: clock(s.End), Restricted: s.Restricted,
		Latitude: s.LatitudeDeg, Longitude: s.LongitudeDeg, Elevation: s.ElevationM, Site: siteXML{Name: s.Site}}
	for _, c := range s.Channels {
		channel := channelXML{Code: c.Code, Location: c.Location, Start: clock(c.Start), End: clock(c.End), Latitude: c.LatitudeDeg,
			Longitude: c.LongitudeDeg, Elevation: c.ElevationM, Depth: c.DepthM, Azimuth: c.AzimuthDeg, Dip: c.DipDeg, SampleRate: c.RateHz}
		if c.Sensor != (Equipment{}) {
			channel.Sensor = new(equipmentXML(c.Sensor))
		}
		if c.DataLogger != (Equipment{}) {
			channel.DataLogger = new(equipmentXML(c.DataLogger))
		}
		var err error
		if channel.Response, err = responseElement(c.Response); err != nil {
			return x, fmt.Errorf("channel %s.%s: %w", c.Location, c.Code, err)
		}
		x.Channels = append(x.Channels, channel)
	}
	return x, nil
}

func responseElement(r *response.Response) (*responseXML, error) {
	if r == nil {
		return nil, nil
	}
	x := &responseXML{}
	if s := r.Sensitivity; s != nil {
		x.Sensitivity = &sensitivityXML{Value: s.Value, Frequency: s.FrequencyHz, unitsXML: units(s.Input, s.Output)}
	}
	if r.Polynomial != nil {
		x.Polynomial = polynomialElement(r.Polynomial)
	}
	for _, s := range r.Stages {
		stage := stageXML{Number: s.Number}
		if g := s.Gain; g != nil {
			stage.Gain = &gainXML{Value: g.Value, Frequency: g.FrequencyHz}
		}
		if d := s.Decimation; d != nil {
			stage.Decimation = &decimationXML{InputSampleRate: d.InputRateHz, Factor: d.Factor, Offset: d.Offset, Delay: d.DelayS, Correction: d.CorrectionS}
		}
		between := units(s.Input, s.Output)
		switch f := s.Filter.(type) {
		case nil:
		case *response.PolesZeros:
			stage.PolesZeros = &polesZerosXML{unitsXML: between, Domain: pzDomains[f.Domain], Factor: f.Factor, Frequency: f.FactorHz,
				Zeros: elements(f.Zeros), Poles: elements(f.Poles)}
		case *response.Coefficients:
			stage.Coefficients = &coefficientsXML{unitsXML: between, Domain: cfDomains[f.Domain], Numerators: f.Numerators, Denominators: f.Denominators}
		case *response.FIR:
			stage.FIR = &firXML{unitsXML: between, Symmetry: symmetries[f.Symmetry], Coefficients: f.Coefficients}
		case *response.List:
			stage.List = &listXML{unitsXML: between}
			for i, hz := range f.FrequenciesHz {
				stage.List.Elements = append(stage.List.Elements, listElementXML{Frequency: hz, Amplitude: f.Amplitudes[i], Phase: f.PhasesDeg[i]})
			}
		case *response.Polynomial:
			stage.Polynomial = polynomialElement(f)
			stage.Polynomial.unitsXML = between
		default:
			return nil, fmt.Errorf("stage %d: %T has no element", s.Number, f)
		}
		x.Stages = append(x.Stages, stage)
	}
	return x, nil
}

func polynomialElement(p *response.Polynomial) *polynomialXML {
	return &polynomialXML{unitsXML: units(p.Input, p.Output), Approximation: p.Approximation, LowerHz: p.LowerHz, UpperHz: p.UpperHz,
		LowerBound: p.LowerBound, UpperBound: p.UpperBound, MaximumError: p.MaximumError, Coefficients: p.Coefficients}
}

func units(input, output string) (u unitsXML) {
	if input != "" {
		u.Input = &unitXML{Name: input}
	}
	if output != "" {
		u.Output = &unitXML{Name: output}
	}
	return u
}

func elements(all []complex128) []complexXML {
	var x []complexXML
	for i, c := range all {
		x = append(x, complexXML{Number: i, Real: real(c), Imaginary: imag(c)})
	}
	return x
}
