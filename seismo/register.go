package seismo

import (
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/registry"
	"github.com/dispel4go/dispel4go/seismo/quakeml"
)

// Register makes the PEs of this package available to job files.
func Register(r *registry.Registry) {
	registry.Add(r, "seismo.Noise", "continuous ambient noise of known velocity, generated", NewNoise)
	registry.Add(r, "seismo.ReadMseed", "recordings from miniSEED files, with places from StationXML", NewReadMseed)
	registry.Add(r, "seismo.ReadSDS", "recordings from an SDS archive of any size, with an index", NewReadSDS)
	registry.Add(r, "seismo.WriteSDS", "recordings into an SDS archive of miniSEED files", NewWriteSDS)
	registry.Add(r, "seismo.ReadSAC", "recordings from SAC files", NewReadSAC)
	registry.Add(r, "seismo.ReadQuakeML", "events from QuakeML catalogues", NewReadQuakeML)
	registry.Add(r, "seismo.WriteCatalogue", "events into a catalogue, as QuakeML and GeoJSON", NewWriteCatalogue)
	registry.Add(r, "seismo.WriteSAC", "recordings into SAC files, one for each trace", NewWriteSAC)
	registry.Add(r, "seismo.Demean", "take the mean off each trace", NewDemean)
	registry.Add(r, "seismo.Detrend", "take a trend off each trace: line, polynomial or spline", NewDetrend)
	registry.Add(r, "seismo.Taper", "let each trace begin and end at zero", NewTaper)
	registry.Add(r, "seismo.Integrate", "the running integral of each trace", NewIntegrate)
	registry.Add(r, "seismo.Differentiate", "the derivative of each trace", NewDifferentiate)
	registry.Add(r, "seismo.Envelope", "the amplitude of the analytic signal of each trace", NewEnvelope)
	registry.Add(r, "seismo.Merge", "put the traces of each channel together: overlaps and gaps by rule", NewMerge)
	registry.Add(r, "seismo.Trim", "keep what lies between two times", NewTrim)
	registry.Add(r, "seismo.Align", "move samples onto whole intervals since 1970", NewAlign)
	registry.Add(r, "seismo.Resample", "bring each trace to another sampling rate", NewResample)
	registry.Add(r, "seismo.RemoveResponse", "take the response of the instrument off each trace: counts become ground motion", NewRemoveResponse)
	registry.Add(r, "seismo.Simulate", "let ground velocity look as a seismometer would record it", NewSimulate)
	registry.Add(r, "seismo.Bandpass", "keep a band: Butterworth, Chebyshev or Bessel, causal across the borders of traces or zero-phase", NewBandpass)
	registry.Add(r, "seismo.Lowpass", "keep what lies below a frequency, causal or zero-phase", NewLowpass)
	registry.Add(r, "seismo.Highpass", "keep what lies above a frequency, causal or zero-phase", NewHighpass)
	registry.Add(r, "seismo.Bandstop", "take a band out, causal or zero-phase", NewBandstop)
	registry.Add(r, "seismo.Decimate", "keep every n-th sample behind an anti-alias filter", NewDecimate)
	registry.Add(r, "seismo.Window", "cut traces into windows that are alike for all channels", NewWindow)
	registry.Add(r, "seismo.OneBit", "keep the sign of samples (temporal normalisation)", NewOneBit)
	registry.Add(r, "seismo.Clip", "limit samples, by root mean squares or a value (temporal normalisation)", NewClip)
	registry.Add(r, "seismo.RunningMean", "divide by the running absolute mean (temporal normalisation)", NewRunningMean)
	registry.Add(r, "seismo.Spectra", "the spectrum of each window", NewSpectra)
	registry.Add(r, "seismo.Whiten", "make spectra flat within a band", NewWhiten)
	registry.Add(r, "seismo.Correlate", "all pairs, stacked before one inverse transform each", NewCorrelate)
	registry.Add(r, "seismo.Stack", "stack the correlations of each pair, linear or phase-weighted", NewStack)
	registry.Add(r, "seismo.WriteStore", "store any number of correlations, as they come", NewWriteStore)
	registry.Add(r, "seismo.Moveout", "store the correlations, measure the velocity, draw the record section", NewMoveout)
	pes.RegisterType[Trace](r, "seismo.Trace")
	pes.RegisterType[quakeml.Event](r, "seismo.Event")
	pes.RegisterType[Spectrum](r, "seismo.Spectrum")
	pes.RegisterType[Correlation](r, "seismo.Correlation")
}
