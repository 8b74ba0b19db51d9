package seismo

import (
	"errors"
	"fmt"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/trigger"
)

// An Onset is the begin of a phase.
type Onset struct {
	Station Station // of the component that it was picked on
	Time    d4.Time
	Phase   string // P or S
}

// Pick picks P on the vertical and S on the horizontals of each window of three
// components (trigger.Picker). Windows without an onset give none.
type Pick struct {
	components
	Out     d4.Out[Onset]
	FreqMin float64 `help:"lower end of the band" unit:"Hz" min:"0"`
	FreqMax float64 `help:"upper end of the band; at most 0.45 of the sampling rate is taken" unit:"Hz" min:"0"`
	STAS    float64 `param:"sta_s" help:"short window for P" unit:"s" min:"0"`
	LTAS    float64 `param:"lta_s" help:"long window for P" unit:"s" min:"0"`
	Ratio   float64 `help:"least STA/LTA of an onset" min:"1"`
	S       bool    `help:"pick S too"`
}

// NewPick returns trigger.DefaultPicker.
func NewPick() *Pick {
	d := trigger.DefaultPicker(100)
	p := &Pick{FreqMin: d.FreqMin, FreqMax: d.FreqMax, STAS: d.STA, LTAS: d.LTA, Ratio: d.Ratio, S: true}
	p.want, p.other = "ZNE", "Z12"
	p.together(p.pick)
	return p
}

// Setup checks the parameters.
func (p *Pick) Setup() error {
	if !(p.STAS > 0 && p.LTAS > p.STAS) {
		return fmt.Errorf("sta_s = %g s is not above 0 and below lta_s = %g s", p.STAS, p.LTAS)
	}
	return band(p.FreqMin, p.FreqMax)
}

func (p *Pick) pick(c []Trace) error {
	rate := c[0].RateHz
	picker := trigger.DefaultPicker(rate)
	picker.FreqMin, picker.FreqMax = p.FreqMin, min(p.FreqMax, 0.45*rate)
	picker.STA, picker.LTA, picker.Ratio, picker.S = p.STAS, p.LTAS, p.Ratio, p.S
	if len(c[0].Samples) < 2*int(picker.LTA*rate)+8 {
		return nil
	}
	onsetP, onsetS, err := picker.Pick(widen(c[0].Samples), widen(c[1].Samples), widen(c[2].Samples))
	if err != nil {
		if errors.Is(err, trigger.ErrNoOnset) {
			return nil
		}
		return err
	}
	p.Out.Emit(Onset{Station: c[0].Station, Time: c[0].Start + seconds(onsetP), Phase: "P"})
	if onsetS > 0 {
		p.Out.Emit(Onset{Station: c[1].Station, Time: c[1].Start + seconds(onsetS), Phase: "S"})
	}
	return nil
}
