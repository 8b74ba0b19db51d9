package seismo

import (
	"fmt"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/trigger"
)

// characteristic is a characteristic function of the samples of a channel.
type characteristic struct {
	Method string  `help:"classic or recursive STA/LTA, which go on across the borders of traces; delayed STA/LTA, z-detector, Carl Johnson's, energy ratios of each trace by itself" oneof:"classic|recursive|delayed|z_detect|carl|energy_ratio|modified_energy_ratio"`
	STAS   float64 `param:"sta_s" help:"short window" unit:"s" min:"0"`
	LTAS   float64 `param:"lta_s" help:"long window" unit:"s" min:"0"`
	Ratio  float64 `help:"carl: the smaller, the more sensitive" min:"0"`
	Quiet  float64 `help:"carl: the smaller, the more sensitive, in the unit of the samples"`
}

// streams are the methods that go on from trace to trace.
func (c *characteristic) streams() bool { return c.Method == "classic" || c.Method == "recursive" }

func (c *characteristic) check() error {
	if !slices.Contains([]string{"classic", "recursive", "delayed", "z_detect", "carl", "energy_ratio", "modified_energy_ratio"}, c.Method) {
		return fmt.Errorf("method = %q is none of classic, recursive, delayed, z_detect, carl, energy_ratio, modified_energy_ratio", c.Method)
	}
	if !(c.STAS > 0 && c.LTAS >= c.STAS) {
		return fmt.Errorf("sta_s = %g s and lta_s = %g s: the short window is above 0 and not longer than the long one", c.STAS, c.LTAS)
	}
	return nil
}

// maxWindow is the most samples of a window, which are kept: half a day at 200 Hz is
// less. A rate is what a file says.
const maxWindow = 1 << 24

// lengths are the windows in samples, rounded down as ObsPy does.
func (c *characteristic) lengths(rate float64) (nsta, nlta int, err error) {
	if !(c.LTAS*rate <= maxWindow) {
		return 0, 0, fmt.Errorf("lta_s = %g s is more than %d samples at %g Hz", c.LTAS, maxWindow, rate)
	}
	nsta, nlta = int(c.STAS*rate), int(c.LTAS*rate)
	if nsta < 1 {
		return 0, 0, fmt.Errorf("sta_s = %g s is less than a sample at %g Hz", c.STAS, rate)
	}
	return nsta, nlta, nil
}

// ratio returns the stream of a channel.
func (c *characteristic) ratio(rate float64) (*trigger.Ratio[float32], error) {
	nsta, nlta, err := c.lengths(rate)
	switch {
	case err != nil:
		return nil, err
	case c.Method == "classic":
		return trigger.Classic[float32](nsta, nlta), nil
	}
	return trigger.Recursive[float32](nsta, nlta), nil
}

// whole is the function of one trace by itself.
func (c *characteristic) whole(x []float32, rate float64) ([]float32, error) {
	nsta, nlta, err := c.lengths(rate)
	if err != nil {
		return nil, err
	}
	if len(x) <= 2*max(nsta, nlta) {
		return nil, fmt.Errorf("a trace of %d samples: method = %q takes more than twice lta_s: put seismo.Window before it", len(x), c.Method)
	}
	switch c.Method {
	case "delayed":
		return trigger.Delayed(nil, x, nsta, nlta), nil
	case "z_detect":
		return trigger.ZDetect(nil, x, nsta), nil
	case "carl":
		return trigger.Carl(nil, x, nsta, nlta, c.Ratio, c.Quiet), nil
	case "energy_ratio":
		return trigger.EnergyRatio(nil, x, nsta), nil
	}
	return trigger.ModifiedEnergyRatio(nil, x, nsta, 3), nil
}

// Characteristic makes each trace its characteristic function (package trigger), to
// be drawn or stored; Trigger does so itself.
type Characteristic struct {
	Traces
	characteristic
	channels channels[*trigger.Ratio[float32]]
}

// NewCharacteristic returns the recursive STA/LTA over 1 and 20 s.
func NewCharacteristic() *Characteristic {
	c := &Characteristic{characteristic: characteristic{Method: "recursive", STAS: 1, LTAS: 20, Ratio: 0.8, Quiet: 0.8}}
	c.each(func(t *Trace) (err error) {
		if !c.streams() {
			t.Samples, err = c.whole(t.Samples, t.RateHz)
			return err
		}
		r, err := c.channels.of(t)
		if err == nil {
			r.Process(t.Samples, t.Samples)
		}
		return err
	})
	return c
}

// Setup checks the parameters.
func (c *Characteristic) Setup() error { return c.check() }

// Open begins with no channels.
func (c *Characteristic) Open(i *d4.Instance) error {
	c.channels.open(i, c.ratio)
	return nil
}
