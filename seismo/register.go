package seismo

import (
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/registry"
)

// Register makes the PEs of this package available to job files.
func Register(r *registry.Registry) {
	registry.Add(r, "seismo.Noise", "continuous ambient noise of known velocity, generated", NewNoise)
	registry.Add(r, "seismo.ReadMseed", "recordings from miniSEED files, with places from StationXML", NewReadMseed)
	registry.Add(r, "seismo.Bandpass", "causal Butterworth band-pass across trace borders", NewBandpass)
	registry.Add(r, "seismo.Decimate", "keep every n-th sample behind an anti-alias filter", NewDecimate)
	registry.Add(r, "seismo.Spectra", "windows: detrend, normalise, taper, transform, whiten", NewSpectra)
	registry.Add(r, "seismo.Correlate", "all pairs, stacked before one inverse transform each", NewCorrelate)
	registry.Add(r, "seismo.Moveout", "store the correlations, measure the velocity, draw the record section", NewMoveout)
	pes.RegisterType[Trace](r, "seismo.Trace")
	pes.RegisterType[Spectrum](r, "seismo.Spectrum")
	pes.RegisterType[Correlation](r, "seismo.Correlation")
}
