package psd

import "math"

// A stretch of a noise model is a + b log10(period) from a period on, in seconds.
type stretch struct{ from, a, b float64 }

// The stretches of Peterson (1993, USGS Open-File Report 93-322, tables 3 and 4),
// in dB relative to 1 (m/s2)^2/Hz.
var (
	lowNoise = []stretch{
		{0.10, -162.36, 5.64}, {0.17, -166.7, 0}, {0.40, -170, -8.3}, {0.80, -166.4, 28.9}, {1.24, -168.6, 52.48},
		{2.40, -159.98, 29.81}, {4.30, -141.1, 0}, {5.00, -71.36, -99.77}, {6.00, -97.26, -66.49}, {10, -132.18, -31.57},
		{12, -205.27, 36.16}, {15.6, -37.65, -104.33}, {21.9, -114.37, -47.10}, {31.6, -160.58, -16.28}, {45, -187.5, 0},
		{70, -216.47, 15.70}, {101, -185, 0}, {154, -168.34, -7.61}, {328, -217.43, 11.9}, {600, -258.28, 26.6}, {10_000, -346.88, 48.75},
	}
	highNoise = []stretch{
		{0.10, -108.73, -17.23}, {0.22, -150.34, -80.5}, {0.32, -122.31, -23.87}, {0.80, -116.85, 32.51}, {3.80, -108.48, 18.08},
		{4.60, -74.66, -32.95}, {6.30, 0.66, -127.18}, {7.90, -93.37, -22.42}, {15.40, 73.54, -162.98}, {20, -151.52, 10.01},
		{354.8, -206.66, 31.63},
	}
)

// LowNoise returns the new low-noise model at a period in seconds, in dB relative
// to 1 (m/s2)^2/Hz; NaN below 0.1 s and above 100,000 s.
func LowNoise(period float64) float64 { return model(lowNoise, period) }

// HighNoise returns the new high-noise model; see LowNoise.
func HighNoise(period float64) float64 { return model(highNoise, period) }

func model(all []stretch, period float64) float64 {
	db := math.NaN()
	for _, s := range all {
		if period < s.from || period > 1e5 {
			break
		}
		db = s.a + s.b*math.Log10(period)
	}
	return db
}
