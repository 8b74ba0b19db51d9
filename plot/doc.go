// Package plot draws the pictures of a run, as PNG or SVG, fit to be printed in
// a paper: quiet axes with units, fonts of 8 points at 140 mm width, colours that
// are told apart with any colour vision.
//
// A Picture is a plain struct of slices: RecordSection (correlations by
// distance), Waveforms (recordings by time), Map (stations, pairs and values), Heat
// (spectrograms, densities) and Lines. Save writes one to a new file, Encode to a writer.
//
//	err := plot.Save("section.png", plot.RecordSection{Start: -60, Step: 0.5, Distances: km, Traces: cc,
//		Velocities: []plot.Velocity{{Name: "fitted", KmPerS: 3.02}, {Name: "known", KmPerS: 3, Dashed: true}}})
//
// Any number of traces stays readable and quick: a RecordSection stacks in bins
// of distance what would overlap, and no trace is drawn with more points than
// the paper can show. Bins does the stacking for those who do not have all
// traces in memory.
//
// The same picture gives the same bytes, every time and everywhere.
//
// # Caveats
//
// Data that cannot be drawn (nothing at all, NaN, infinities, slices of unequal
// length) are ErrData, never a strange picture. An SVG names its fonts and does
// not contain them: Liberation Sans, else Arial or Helvetica, of equal widths.
package plot
