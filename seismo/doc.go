// Package seismo is the seismology of packages dsp, mseed, synth and moveout as
// processing elements.
//
// Three items travel: a Trace is a stretch of one channel's samples, a Spectrum
// that of one window, a Correlation the stack of one pair. Sources mark data
// time, so that whatever waits for a window knows when it is complete.
package seismo
