package quakeml_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/seismo/quakeml"
)

func catalog() *quakeml.Catalog {
	at := time.Date(2019, 7, 6, 3, 19, 53, 40_000_000, time.UTC)
	return &quakeml.Catalog{ID: "smi:test/1", Description: "two <of> them", Events: []*quakeml.Event{
		{ID: "smi:test/e1", Type: "earthquake", PreferredOriginID: "smi:test/o2", PreferredMagnitudeID: "smi:test/m1",
			Descriptions: []quakeml.Description{{Text: "Ridgecrest", Type: "region name"}},
			Origins: []quakeml.Origin{
				{ID: "smi:test/o1", Time: quakeml.Moment{Time: at}, LatitudeDeg: quakeml.Quantity{Value: 35.7}, LongitudeDeg: quakeml.Quantity{Value: -117.6}},
				{ID: "smi:test/o2", Time: quakeml.Moment{Time: at.Add(123456789), UncertaintyS: 0.2}, LatitudeDeg: quakeml.Quantity{Value: 35.77, Uncertainty: 0.01},
					LongitudeDeg: quakeml.Quantity{Value: -117.599}, DepthM: &quakeml.Quantity{Value: 8000, Uncertainty: 500}, Mode: "manual", Status: "reviewed",
					Method: "smi:test/locator", Agency: "CI", Stations: 44, Phases: 61, RMSS: 0.16, GapDeg: 30,
					Arrivals: []quakeml.Arrival{{ID: "smi:test/a1", PickID: "smi:test/p1", Phase: "Pg", AzimuthDeg: 12, DistanceDeg: 0.4, ResidualS: -0.05, Weight: 1}}},
			},
			Magnitudes: []quakeml.Magnitude{{ID: "smi:test/m0", Value: quakeml.Quantity{Value: 6.9}, Type: "ML"},
				{ID: "smi:test/m1", Value: quakeml.Quantity{Value: 7.1, Uncertainty: 0.1}, Type: "Mw", OriginID: "smi:test/o2", Stations: 12, Agency: "CI"}},
			Picks:      []quakeml.Pick{{ID: "smi:test/p1", Time: quakeml.Moment{Time: at}, Channel: "CI.CCA..HHZ", Phase: "P", Onset: "impulsive", Polarity: "positive", Mode: "automatic"}},
			Amplitudes: []quakeml.Amplitude{{ID: "smi:test/x1", Value: quakeml.Quantity{Value: 0.002}, Type: "AML", Unit: "m", PeriodS: 0.5, Channel: "CI.CCA.00.HHN", PickID: "smi:test/p1"}}},
		{ID: "smi:test/e2"},
	}}
}

// TestRoundTrip: what is written reads as what it was.
func TestRoundTrip(t *testing.T) {
	var b bytes.Buffer
	if err := quakeml.Write(&b, catalog()); err != nil {
		t.Fatal(err)
	}
	got, err := quakeml.Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, catalog()) {
		t.Errorf("%+v", got.Events[0])
	}
	if e := got.Events[0]; e.Origin().ID != "smi:test/o2" || e.Magnitude().Type != "Mw" || got.Events[1].Origin() != nil || got.Events[1].Magnitude() != nil {
		t.Errorf("preferred are %v and %v", e.Origin(), e.Magnitude())
	}
}

// TestIDs: where none is given, each element has one of its own, the same every time.
func TestIDs(t *testing.T) {
	c := catalog()
	c.ID = ""
	for _, e := range c.Events {
		e.ID, e.PreferredOriginID = "", ""
		for i := range e.Origins {
			e.Origins[i].ID = ""
		}
	}
	var a, b bytes.Buffer
	if err := errors.Join(quakeml.Write(&a, c), quakeml.Write(&b, c)); err != nil {
		t.Fatal(err)
	}
	got, err := quakeml.Read(bytes.NewReader(a.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) || got.Events[1].ID != "smi:local/catalog/event/2" || got.Events[0].Origins[1].ID != "smi:local/catalog/event/1/origin/2" {
		t.Errorf("%s", a.Bytes())
	}
}

// TestWild: other versions and namespaces, and elements that have no place here.
func TestWild(t *testing.T) {
	got, err := quakeml.Read(strings.NewReader(`<?xml version="1.0"?>
<quakeml xmlns="http://quakeml.org/xmlns/quakeml/1.0"><eventParameters publicID="x"><comment><text>?</text></comment>
<event publicID="e" catalog:eventid="1" xmlns:catalog="http://anss.org/xmlns/catalog/0.1"><focalMechanism publicID="f"><momentTensor/></focalMechanism>
<origin publicID="o"><time><value>2012-04-04T14:21:42</value></time><latitude><value> 41.8 </value></latitude><longitude><value>79.7</value></longitude>
<depth><value>1</value><lowerUncertainty>100</lowerUncertainty><upperUncertainty>300</upperUncertainty></depth></origin>
<pick publicID="p"><time><value>2012-04-04T14:21:42+02:00</value></time><waveformID networkCode="BW" stationCode="FUR"/></pick>
</event></eventParameters></quakeml>`))
	if err != nil {
		t.Fatal(err)
	}
	e := got.Events[0]
	if o := e.Origin(); o.Time.Time != time.Date(2012, 4, 4, 14, 21, 42, 0, time.UTC) || o.DepthM.Uncertainty != 200 || o.LatitudeDeg.Value != 41.8 {
		t.Errorf("%+v", o)
	}
	if p := e.Picks[0]; p.Channel != "BW.FUR" || p.Time.Time.Hour() != 12 {
		t.Errorf("%+v", p)
	}
}

// TestLeapSecond: what happens in one is of the first second behind it.
func TestLeapSecond(t *testing.T) {
	c, err := quakeml.Read(strings.NewReader(`<quakeml><eventParameters><event publicID="e"><origin publicID="o"><time><value>2016-12-31T23:59:60.5Z</value></time></origin></event></eventParameters></quakeml>`))
	if err != nil || !c.Events[0].Origins[0].Time.Time.Equal(time.Date(2017, 1, 1, 0, 0, 0, 5e8, time.UTC)) {
		t.Errorf("%v, %v", c, err)
	}
}

// TestWrong: what makes no sense is said, with its line and its name.
func TestWrong(t *testing.T) {
	event := `<quakeml><eventParameters><event publicID="e1">`
	for body, want := range map[string]string{
		"":                "there is no element in it",
		"<FDSNStationXML": "unexpected EOF",
		"<kml/>":          "it begins with <kml>",
		event:             "unexpected EOF",
		event + `<origin publicID="o"><time><value>noon</value></time></origin></event>`:                                              `event e1: origin o: parsing time "noon"`,
		event + `<origin publicID="o"><time><value>2000-01-01</value></time><latitude><value>-91</value></latitude></origin></event>`: "it lies at -91, 0 degrees",
		event + `<magnitude><mag><value>big</value></mag></magnitude></event>`:                                                        "invalid syntax",
	} {
		_, err := quakeml.Read(strings.NewReader(body))
		if !errors.Is(err, quakeml.ErrFormat) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, expected %s", body, err, want)
		}
	}
}

// FuzzRead: whatever is read, reading ends, and what is accepted can be written and
// read again.
func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if err := quakeml.Write(&b, catalog()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := quakeml.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := quakeml.Write(&b, c); err != nil {
			t.Fatal(err)
		}
		again, err := quakeml.Read(&b)
		if err != nil || len(again.Events) != len(c.Events) {
			t.Fatalf("%v: %d events, not %d", err, len(again.Events), len(c.Events))
		}
	})
}
