// Package seismo is the seismology of the packages below it (dsp, trigger, response and
// so on), which work on plain slices, as processing elements.
//
// Three items travel on the way to correlations: a [Trace] is a stretch of one channel's
// samples, a [Spectrum] that of one window, a [Correlation] the stack of one pair.
// Others, such as a [Detection] or an event, are the results of some PEs. The cast, in
// the order of a recipe:
//
//   - sources: [Noise], [ScatteredNoise] and [Earthquakes] generate, [ReadMseed],
//     [ReadSDS], [ReadSAC], [ReadFDSN] and [SeedLink] read recordings, [ReadQuakeML] and
//     [ReadFDSNEvents] read events;
//   - the stream of each channel: [Merge], [Trim], [SelectChannels], [Bandpass],
//     [Bandstop], [Lowpass], [Highpass], [Decimate], [Characteristic], [Trigger];
//   - [Window] cuts the stream into windows that all channels have in common;
//   - each window by itself: [Demean], [Detrend], [RemoveResponse], [Simulate], [Align],
//     [Resample], [Integrate], [Differentiate], [Envelope], [OneBit], [Clip],
//     [RunningMean], [Taper];
//   - components together: [Rotate], [Polarize], [Pick], [GroundMotion];
//   - in frequency: [Spectra] transforms, [Whiten] flattens, [Correlate] makes
//     the pairs; [CorrelatePairs] makes them by other definitions;
//   - correlations: [RotatePairs], [Stack], [DVV];
//   - networks: [Coincide], [Beamform]; simulated against observed: [Misfit];
//   - results: [Moveout] stores, measures and draws, [WriteStore] and
//     [WriteCorrelations] store, [VelocityCurve], [MotionMap], [WriteCatalogue],
//     [WriteMisfits], [WriteSDS], [WriteSAC], [Quality] with [QualityPage],
//     [Spectrogram] and [Waveforms] draw.
//
// What takes traces, but for Spectra, takes them of any length, so a recipe may
// have another order. The numbers are those of package dsp.
//
// # Time
//
// Sources mark data time. Sums are taken in its order, once a mark says that
// nothing older will come, and are the same bits for any instances, ranks and
// cores. Traces of a channel stay in their order, as they go to one instance.
//
// Counted in the trace of a run are gaps, overlaps (cut off), and stretches that
// are too short for a window.
//
// # Caveats
//
// A filter that is causal has a delay, and begins at rest after each gap;
// zero-phase filters and tapers see single traces, so they belong behind Window
// or behind a source of long traces. A taper or Demean before a causal filter
// makes steps at the borders of traces.
package seismo
