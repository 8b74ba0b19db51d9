package response

import (
	"errors"
	"fmt"
	"strings"
)

// ErrResponse is returned for a response that cannot be computed: without stages,
// with stages that do not make sense, or in units that are no ground motion.
var ErrResponse = errors.New("unusable response")

// A Response is how a channel turns what it measures into counts.
type Response struct {
	Sensitivity *Sensitivity // as reported; nil if it is not
	Polynomial  *Polynomial  // of the whole channel, where it has no stages
	Stages      []Stage      // in the order of the signal
}

// A Sensitivity is the amplitude of a whole response at one frequency.
type Sensitivity struct {
	Value         float64
	FrequencyHz   float64
	Input, Output string // units, as M/S and COUNTS
}

// A Stage is a filter and a gain. Either may be missing.
type Stage struct {
	Number        int
	Input, Output string // units; "" where they are those of the stage before
	Filter        Filter // nil for a gain alone
	Decimation    *Decimation
	Gain          *Gain
}

// A Gain is the amplitude of a stage at one frequency.
type Gain struct {
	Value       float64
	FrequencyHz float64
}

// A Decimation says at what rate a digital stage runs. Delay is what the filter
// makes, Correction what the time stamps have been corrected by already.
type Decimation struct {
	InputRateHz float64
	Factor      int
	Offset      int
	DelayS      float64
	CorrectionS float64
}

// A Quantity is what a response is the response to.
type Quantity uint8

// The quantities, in SI units. Native is whatever the first stage takes in; lengths
// are in metres there, too.
const (
	Native       Quantity = iota
	Displacement          // m
	Velocity              // m/s
	Acceleration          // m/s^2
)

var quantities = [...]string{"native", "displacement", "velocity", "acceleration"}

// String returns the name in small letters.
func (q Quantity) String() string { return quantities[min(q, Acceleration)] }

// ParseQuantity is the inverse of String, and also takes ObsPy's DISP, VEL, ACC and
// DEF.
func ParseQuantity(name string) (Quantity, error) {
	switch strings.ToUpper(name) {
	case "NATIVE", "DEF":
		return Native, nil
	case "DISPLACEMENT", "DISP":
		return Displacement, nil
	case "VELOCITY", "VEL":
		return Velocity, nil
	case "ACCELERATION", "ACC":
		return Acceleration, nil
	}
	return 0, fmt.Errorf("response: %q is none of %s", name, strings.Join(quantities[:], ", "))
}

// motion reads a unit: the ground motion that it measures, Native if it is none,
// and how many of it are an SI unit. Strain counts as displacement, as evalresp has
// it.
func motion(unit string) (q Quantity, perSI float64) {
	u := strings.ToUpper(strings.TrimSpace(unit))
	u, _, _ = strings.Cut(u, " ")
	u = strings.NewReplacer("(", "", ")", "", "SEC", "S", "^", "**").Replace(u)
	if u == "M/M" || u == "M**3/M**3" {
		return Displacement, 1
	}
	length, per, _ := strings.Cut(u, "/")
	scales := map[string]float64{"M": 1, "CM": 1e2, "MM": 1e3, "UM": 1e6, "NM": 1e9}
	perSI, ok := scales[length]
	if !ok {
		return Native, 1
	}
	switch per {
	case "":
		return Displacement, perSI
	case "S":
		return Velocity, perSI
	case "S**2", "S/S", "S2":
		return Acceleration, perSI
	}
	return Native, 1
}

// Input is the unit of what the channel measures, "" if nothing says it.
func (r *Response) Input() string {
	if len(r.Stages) > 0 && r.Stages[0].Input != "" {
		return r.Stages[0].Input
	}
	if r.Sensitivity != nil {
		return r.Sensitivity.Input
	}
	if r.Polynomial != nil {
		return r.Polynomial.Input
	}
	return ""
}
