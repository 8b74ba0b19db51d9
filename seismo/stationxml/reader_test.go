package stationxml_test

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/seismo/stationxml"
)

const head = `<?xml version="1.0" encoding="UTF-8"?><FDSNStationXML xmlns="http://www.fdsn.org/xml/station/1" schemaVersion="1.2">`

func parse(t *testing.T, body string) *stationxml.Inventory {
	t.Helper()
	inv, err := stationxml.Read(strings.NewReader(head+body+"</FDSNStationXML>"), stationxml.ResponseLevel)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// TestRoundTrip: what is written reads as what it was.
func TestRoundTrip(t *testing.T) {
	inv := read(t, "testdata/stages.xml")
	inv.Networks[0].Stations[0].Channels[0].Sensor = stationxml.Equipment{Model: "STS-1 <VBB>", SerialNumber: "12"}
	inv.Networks[0].Stations[0].Channels[1].End = time.Date(2599, 12, 31, 23, 59, 59, 500_000_000, time.UTC)
	var text bytes.Buffer
	if err := stationxml.Write(&text, inv); err != nil {
		t.Fatal(err)
	}
	again, err := stationxml.Read(&text, stationxml.ResponseLevel)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(inv, again) {
		t.Errorf("%+v\nis not\n%+v", again, inv)
	}
}

// TestLevels: what lies deeper is passed over.
func TestLevels(t *testing.T) {
	for level, want := range []struct{ channels, responses int }{{0, 0}, {5, 0}, {5, 5}} {
		inv := readLevel(t, stationxml.Level(level))
		channels, responses := 0, 0
		for _, c := range inv.Networks[0].Stations[0].Channels {
			channels++
			if c.Response != nil {
				responses++
			}
		}
		if channels != want.channels || responses != want.responses {
			t.Errorf("level %d: %d channels, %d responses", level, channels, responses)
		}
	}
}

func readLevel(t *testing.T, level stationxml.Level) *stationxml.Inventory {
	t.Helper()
	var text bytes.Buffer
	if err := stationxml.Write(&text, read(t, "testdata/stages.xml")); err != nil {
		t.Fatal(err)
	}
	inv, err := stationxml.Read(&text, level)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// TestEpochs: of a channel that has changed, the one of the time asked for.
func TestEpochs(t *testing.T) {
	place := "<Latitude>1</Latitude><Longitude>-2</Longitude>"
	inv := parse(t, `<Source>x</Source><Network code="N"><Station code="S">`+place+
		`<x:Latitude xmlns:x="other"> 1 </x:Latitude>
		<Channel code="BHZ" locationCode="  " startDate="2001-01-01T00:00:00" endDate="2002-06-01T00:00:00.5+01:00">`+place+`<SampleRate> 20 </SampleRate></Channel>
		<Channel code="BHZ" locationCode="" startDate="2002-06-01T00:00:00.5+01:00"><SampleRateRatio><NumberSamples>1</NumberSamples><NumberSeconds>10</NumberSeconds></SampleRateRatio><Response/></Channel>
		</Station></Network>`)
	turn := time.Date(2002, 5, 31, 23, 0, 0, 500_000_000, time.UTC)
	for at, rate := range map[time.Time]float64{turn.Add(-1): 20, turn: 0.1, turn.AddDate(500, 0, 0): 0.1, turn.AddDate(-2, 0, 0): 0} {
		got := 0.0
		if c := inv.Channel("N.S..BHZ", at); c != nil {
			got = c.RateHz
		}
		if got != rate {
			t.Errorf("at %v: %g Hz, expected %g", at, got, rate)
		}
	}
}

// TestWrong: what makes no sense is said, with its line and its name.
func TestWrong(t *testing.T) {
	place := "<Latitude>1</Latitude><Longitude>2</Longitude>"
	station := `<Network code="N"><Station code="S">`
	for body, want := range map[string]string{
		"<html/>": "it begins with <html>",
		"":        "there is no element in it",
		head + station + `<Latitude>95</Latitude><Longitude>2</Longitude></Station>`:   "station N.S: it lies at 95, 2 degrees",
		head + station + `<Latitude>NaN</Latitude><Longitude>2</Longitude></Station>`:  "it lies at NaN",
		head + station + `<Latitude>1</Latitude></Station>`:                            "no latitude or no longitude",
		head + station + `<Latitude>north</Latitude>`:                                  `parsing "north": invalid syntax`,
		head + station + place + `<Channel code="Z" locationCode="" startDate="May"/>`: "channel .Z: parsing time",
		head + `<Station code="S"/>`:                                                   "a station outside any network",
		head + station + place:                                                         "unexpected EOF",
		head + station + place + `<Channel code="Z"><Response><Stage number="1"><PolesZeros><PzTransferFunctionType>Q</PzTransferFunctionType></PolesZeros>`: "unexpected EOF",
		head + station + place + `<Channel code="Z"><Response><Stage number="7"><FIR><Symmetry>SOME</Symmetry></FIR></Stage></Response></Channel>`:           `stage 7: "SOME" is none of NONE, ODD, EVEN`,
	} {
		_, err := stationxml.Read(strings.NewReader(body), stationxml.ResponseLevel)
		if err == nil || !errors.Is(err, stationxml.ErrFormat) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.80s: %v, expected %s", body, err, want)
		}
	}
}

// TestStreaming: memory is that of one station, however many there are.
func TestStreaming(t *testing.T) {
	const stations = 20_000
	one := `<Station code="S"><Latitude>1</Latitude><Longitude>2</Longitude><Comment>` + strings.Repeat("x", 1000) + "</Comment></Station>"
	r := stationxml.NewReader(io.MultiReader(strings.NewReader(head+`<Network code="N">`), &repeated{one, stations, ""}, strings.NewReader("</Network></FDSNStationXML>")), stationxml.StationLevel)
	n := 0
	for {
		s, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if s.ID() != "N.S" || len(s.Network.Stations) != 0 {
			t.Fatalf("%+v", s)
		}
		n++
	}
	if n != stations {
		t.Errorf("%d stations", n)
	}
}

// repeated reads a text n times.
type repeated struct {
	text string
	n    int
	rest string
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.rest == "" {
		if r.n == 0 {
			return 0, io.EOF
		}
		r.n, r.rest = r.n-1, r.text
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// FuzzRead: whatever is read, reading ends, and what is accepted can be written and
// read again.
func FuzzRead(f *testing.F) {
	var text bytes.Buffer
	f.Add([]byte(head + `<Network code="N" startDate="2000-01-01"><Station code="S"><Latitude>1</Latitude><Longitude>2</Longitude></Station></Network></FDSNStationXML>`))
	f.Add([]byte(head + `<Network code="N"><Station code="S"><Latitude>1</Latitude><Longitude>2</Longitude><Channel code="Z"><Response><Stage number="1"><FIR><Symmetry>ODD</Symmetry><NumeratorCoefficient>1</NumeratorCoefficient></FIR><Decimation><InputSampleRate>2</InputSampleRate><Factor>2</Factor></Decimation></Stage></Response></Channel></Station></Network></FDSNStationXML>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		inv, err := stationxml.Read(bytes.NewReader(data), stationxml.ResponseLevel)
		if err != nil {
			return
		}
		text.Reset()
		if err := stationxml.Write(&text, inv); err != nil {
			t.Fatal(err)
		}
		if _, err := stationxml.Read(&text, stationxml.ResponseLevel); err != nil {
			t.Fatalf("%v: %s", err, text.Bytes())
		}
	})
}
