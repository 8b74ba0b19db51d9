package stationxml

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"github.com/dispel4go/dispel4go/seismo/response"
)

// The elements of a document, as far as they have a place in the types.

type documentXML struct {
	XMLName       xml.Name     `xml:"http://www.fdsn.org/xml/station/1 FDSNStationXML"`
	SchemaVersion string       `xml:"schemaVersion,attr"`
	Source        string       `xml:"Source"`
	Sender        string       `xml:"Sender,omitempty"`
	Created       string       `xml:"Created"`
	Networks      []networkXML `xml:"Network"`
}

type networkXML struct {
	Code        string       `xml:"code,attr"`
	Start       string       `xml:"startDate,attr,omitempty"`
	End         string       `xml:"endDate,attr,omitempty"`
	Restricted  string       `xml:"restrictedStatus,attr,omitempty"`
	Description string       `xml:"Description,omitempty"`
	Stations    []stationXML `xml:"Station"`
}

type siteXML struct {
	Name string `xml:"Name"`
}

type stationXML struct {
	Code       string       `xml:"code,attr"`
	Start      string       `xml:"startDate,attr,omitempty"`
	End        string       `xml:"endDate,attr,omitempty"`
	Restricted string       `xml:"restrictedStatus,attr,omitempty"`
	Latitude   float64      `xml:"Latitude"`
	Longitude  float64      `xml:"Longitude"`
	Elevation  float64      `xml:"Elevation"`
	Site       siteXML      `xml:"Site"`
	Channels   []channelXML `xml:"Channel"`
}

type channelXML struct {
	Code       string        `xml:"code,attr"`
	Location   string        `xml:"locationCode,attr"`
	Start      string        `xml:"startDate,attr,omitempty"`
	End        string        `xml:"endDate,attr,omitempty"`
	Latitude   float64       `xml:"Latitude"`
	Longitude  float64       `xml:"Longitude"`
	Elevation  float64       `xml:"Elevation"`
	Depth      float64       `xml:"Depth"`
	Azimuth    float64       `xml:"Azimuth"`
	Dip        float64       `xml:"Dip"`
	SampleRate float64       `xml:"SampleRate"`
	Ratio      *ratioXML     `xml:"SampleRateRatio"`
	Sensor     *equipmentXML `xml:"Sensor"`
	DataLogger *equipmentXML `xml:"DataLogger"`
	Response   *responseXML  `xml:"Response"`
}

type ratioXML struct {
	Samples float64 `xml:"NumberSamples"`
	Seconds float64 `xml:"NumberSeconds"`
}

type equipmentXML struct {
	Type         string `xml:"Type,omitempty"`
	Description  string `xml:"Description,omitempty"`
	Manufacturer string `xml:"Manufacturer,omitempty"`
	Model        string `xml:"Model,omitempty"`
	SerialNumber string `xml:"SerialNumber,omitempty"`
}

type responseXML struct {
	Sensitivity *sensitivityXML `xml:"InstrumentSensitivity"`
	Polynomial  *polynomialXML  `xml:"InstrumentPolynomial"`
	Stages      []stageXML      `xml:"Stage"`
}

type unitXML struct {
	Name string `xml:"Name"`
}

type unitsXML struct {
	Input  *unitXML `xml:"InputUnits"`
	Output *unitXML `xml:"OutputUnits"`
}

type sensitivityXML struct {
	Value     float64 `xml:"Value"`
	Frequency float64 `xml:"Frequency"`
	unitsXML
}

type stageXML struct {
	Number       int              `xml:"number,attr"`
	PolesZeros   *polesZerosXML   `xml:"PolesZeros"`
	Coefficients *coefficientsXML `xml:"Coefficients"`
	List         *listXML         `xml:"ResponseList"`
	FIR          *firXML          `xml:"FIR"`
	Polynomial   *polynomialXML   `xml:"Polynomial"`
	Decimation   *decimationXML   `xml:"Decimation"`
	Gain         *gainXML         `xml:"StageGain"`
}

type gainXML struct {
	Value     float64 `xml:"Value"`
	Frequency float64 `xml:"Frequency"`
}

type decimationXML struct {
	InputSampleRate float64 `xml:"InputSampleRate"`
	Factor          int     `xml:"Factor"`
	Offset          int     `xml:"Offset"`
	Delay           float64 `xml:"Delay"`
	Correction      float64 `xml:"Correction"`
}

type polesZerosXML struct {
	unitsXML
	Domain    string       `xml:"PzTransferFunctionType"`
	Factor    float64      `xml:"NormalizationFactor"`
	Frequency float64      `xml:"NormalizationFrequency"`
	Zeros     []complexXML `xml:"Zero"`
	Poles     []complexXML `xml:"Pole"`
}

type complexXML struct {
	Number    int     `xml:"number,attr"`
	Real      float64 `xml:"Real"`
	Imaginary float64 `xml:"Imaginary"`
}

type coefficientsXML struct {
	unitsXML
	Domain       string    `xml:"CfTransferFunctionType"`
	Numerators   []float64 `xml:"Numerator"`
	Denominators []float64 `xml:"Denominator"`
}

type listXML struct {
	unitsXML
	Elements []listElementXML `xml:"ResponseListElement"`
}

type listElementXML struct {
	Frequency float64 `xml:"Frequency"`
	Amplitude float64 `xml:"Amplitude"`
	Phase     float64 `xml:"Phase"`
}

type firXML struct {
	unitsXML
	Symmetry     string    `xml:"Symmetry"`
	Coefficients []float64 `xml:"NumeratorCoefficient"`
}

type polynomialXML struct {
	unitsXML
	Approximation string    `xml:"ApproximationType"`
	LowerHz       float64   `xml:"FrequencyLowerBound"`
	UpperHz       float64   `xml:"FrequencyUpperBound"`
	LowerBound    float64   `xml:"ApproximationLowerBound"`
	UpperBound    float64   `xml:"ApproximationUpperBound"`
	MaximumError  float64   `xml:"MaximumError"`
	Coefficients  []float64 `xml:"Coefficient"`
}

// The names of domains and symmetries, in the order of their constants.
var (
	pzDomains  = []string{"LAPLACE (RADIANS/SECOND)", "LAPLACE (HERTZ)", "DIGITAL (Z-TRANSFORM)"}
	cfDomains  = []string{"ANALOG (RADIANS/SECOND)", "ANALOG (HERTZ)", "DIGITAL"}
	symmetries = []string{"NONE", "ODD", "EVEN"}
)

// index is where name is in names.
func index(names []string, name string) (int, error) {
	i := slices.Index(names, strings.ToUpper(strings.TrimSpace(name)))
	if i < 0 {
		return 0, fmt.Errorf("%.40q is none of %s", name, strings.Join(names, ", "))
	}
	return i, nil
}

func (u unitsXML) names() (input, output string) {
	if u.Input != nil {
		input = strings.TrimSpace(u.Input.Name)
	}
	if u.Output != nil {
		output = strings.TrimSpace(u.Output.Name)
	}
	return input, output
}

func (e *equipmentXML) equipment() Equipment {
	if e == nil {
		return Equipment{}
	}
	return Equipment(*e)
}

// channel is what x says of a channel of s.
func (x *channelXML) channel(s *Station, level Level) (*Channel, error) {
	c := &Channel{Station: s, Code: x.Code, Location: strings.TrimSpace(x.Location), LatitudeDeg: x.Latitude, LongitudeDeg: x.Longitude,
		ElevationM: x.Elevation, DepthM: x.Depth, AzimuthDeg: x.Azimuth, DipDeg: x.Dip, RateHz: x.SampleRate,
		Sensor: x.Sensor.equipment(), DataLogger: x.DataLogger.equipment()}
	if r := x.Ratio; c.RateHz == 0 && r != nil && r.Seconds > 0 {
		c.RateHz = r.Samples / r.Seconds
	}
	var err error
	if c.Epoch, err = epoch(x.Start, x.End); err != nil {
		return nil, err
	}
	if err := onEarth(c.LatitudeDeg, c.LongitudeDeg); err != nil {
		return nil, err
	}
	if level >= ResponseLevel && x.Response != nil {
		c.Response, err = x.Response.response()
	}
	return c, err
}

// response is nil where an element says nothing, as <Response/> at the level of
// channels does.
func (x *responseXML) response() (*response.Response, error) {
	if x.Sensitivity == nil && x.Polynomial == nil && len(x.Stages) == 0 {
		return nil, nil
	}
	r := &response.Response{}
	if s := x.Sensitivity; s != nil {
		r.Sensitivity = &response.Sensitivity{Value: s.Value, FrequencyHz: s.Frequency}
		r.Sensitivity.Input, r.Sensitivity.Output = s.names()
	}
	if x.Polynomial != nil {
		r.Polynomial = x.Polynomial.polynomial()
	}
	for i := range x.Stages {
		s, err := x.Stages[i].stage()
		if err != nil {
			return nil, fmt.Errorf("stage %d: %w", x.Stages[i].Number, err)
		}
		r.Stages = append(r.Stages, s)
	}
	slices.SortStableFunc(r.Stages, func(a, b response.Stage) int { return a.Number - b.Number })
	return r, nil
}

func (x *polynomialXML) polynomial() *response.Polynomial {
	p := &response.Polynomial{Approximation: x.Approximation, LowerHz: x.LowerHz, UpperHz: x.UpperHz, LowerBound: x.LowerBound,
		UpperBound: x.UpperBound, MaximumError: x.MaximumError, Coefficients: x.Coefficients}
	p.Input, p.Output = x.names()
	return p
}

func (x *stageXML) stage() (s response.Stage, err error) {
	s.Number = x.Number
	if g := x.Gain; g != nil {
		s.Gain = &response.Gain{Value: g.Value, FrequencyHz: g.Frequency}
	}
	if d := x.Decimation; d != nil {
		s.Decimation = &response.Decimation{InputRateHz: d.InputSampleRate, Factor: d.Factor, Offset: d.Offset, DelayS: d.Delay, CorrectionS: d.Correction}
	}
	var at int
	switch {
	case x.PolesZeros != nil:
		s.Input, s.Output = x.PolesZeros.names()
		at, err = index(pzDomains, x.PolesZeros.Domain)
		s.Filter = &response.PolesZeros{Domain: response.Domain(at), Factor: x.PolesZeros.Factor, FactorHz: x.PolesZeros.Frequency,
			Zeros: numbers(x.PolesZeros.Zeros), Poles: numbers(x.PolesZeros.Poles)}
	case x.Coefficients != nil:
		s.Input, s.Output = x.Coefficients.names()
		at, err = index(cfDomains, x.Coefficients.Domain)
		s.Filter = &response.Coefficients{Domain: response.Domain(at), Numerators: x.Coefficients.Numerators, Denominators: x.Coefficients.Denominators}
	case x.FIR != nil:
		s.Input, s.Output = x.FIR.names()
		at, err = index(symmetries, x.FIR.Symmetry)
		s.Filter = &response.FIR{Symmetry: response.Symmetry(at), Coefficients: x.FIR.Coefficients}
	case x.List != nil:
		s.Input, s.Output = x.List.names()
		list := &response.List{}
		for _, e := range x.List.Elements {
			list.FrequenciesHz = append(list.FrequenciesHz, e.Frequency)
			list.Amplitudes = append(list.Amplitudes, e.Amplitude)
			list.PhasesDeg = append(list.PhasesDeg, e.Phase)
		}
		s.Filter = list
	case x.Polynomial != nil:
		p := x.Polynomial.polynomial()
		s.Input, s.Output, s.Filter = p.Input, p.Output, p
	}
	return s, err
}

func numbers(all []complexXML) []complex128 {
	var c []complex128
	for _, n := range all {
		c = append(c, complex(n.Real, n.Imaginary))
	}
	return c
}
