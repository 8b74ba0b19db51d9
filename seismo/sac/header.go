package sac

import (
	"math"
	"strings"
	"time"
)

// Undefined is the value of a number that is not set. Text says it in digits.
const Undefined = -12345

const undefinedText = "-12345"

// The numbers in Floats. Times are in s after the reference time, places in
// degrees, StEl, StDp and EvEl in m, EvDp and Dist in km, GcArc in degrees.
const (
	Delta  = 0 // sampling interval, s
	DepMin = 1
	DepMax = 2
	Scale  = 3
	B      = 5 // first sample
	E      = 6 // last sample
	O      = 7 // origin of the event
	A      = 8 // first arrival
	T0     = 10
	F      = 20
	StLa   = 31
	StLo   = 32
	StEl   = 33
	StDp   = 34
	EvLa   = 35
	EvLo   = 36
	EvEl   = 37
	EvDp   = 38
	Mag    = 39
	User0  = 40
	Dist   = 50
	Az     = 51
	Baz    = 52
	GcArc  = 53
	DepMen = 56
	CmpAz  = 57 // clockwise from north
	CmpInc = 58 // from upwards: 90 is horizontal
)

// The numbers in Ints.
const (
	NzYear = 0
	NzJDay = 1
	NzHour = 2
	NzMin  = 3
	NzSec  = 4
	NzMSec = 5
	NvHdr  = 6 // header version
	Npts   = 9
	IfType = 15
	IDep   = 16
	IZType = 17
	LEven  = 35
	LPSpol = 36
	LOvrOK = 37
	LCalDA = 38
)

// The numbers in Texts, of 8 bytes each but for KEvNm, which has 16.
const (
	KStNm  = 0
	KEvNm  = 1
	KHole  = 2 // the location code
	KO     = 3
	KA     = 4
	KT0    = 5
	KF     = 15
	KUser0 = 16
	KCmpNm = 19
	KNetwk = 20
	KDatRd = 21
	KInst  = 22
)

// A File is what a SAC file holds.
type File struct {
	Floats  [70]float32
	Ints    [40]int32
	Texts   [23]string
	Doubles []float64 // of version 7, in the order of its footer; nil else
	Samples []float32
}

// New returns a file of a record: the channel NET.STA.LOC.CHA, the time of its first
// sample, the sampling interval in s. The samples are kept, not copied.
func New(id string, start time.Time, intervalS float64, samples []float32) *File {
	f := &File{Samples: samples}
	for i := range f.Floats {
		f.Floats[i] = Undefined
	}
	for i := range f.Ints {
		f.Ints[i] = Undefined
	}
	for i := range f.Texts {
		f.Texts[i] = undefinedText
	}
	part := append(strings.SplitN(id, ".", 4), "", "", "")
	f.SetText(KNetwk, part[0])
	f.SetText(KStNm, part[1])
	f.SetText(KHole, part[2])
	f.SetText(KCmpNm, part[3])
	start = start.UTC()
	ref := start.Truncate(time.Millisecond)
	for field, v := range map[int]int{NzYear: ref.Year(), NzJDay: ref.YearDay(), NzHour: ref.Hour(), NzMin: ref.Minute(), NzSec: ref.Second(),
		NzMSec: ref.Nanosecond() / 1e6, NvHdr: 6, Npts: len(samples), IfType: typeTime, IZType: zeroBegin, LEven: 1, LPSpol: 1, LOvrOK: 1, LCalDA: 1} {
		f.Ints[field] = int32(v)
	}
	f.Ints[8], f.Ints[7] = 0, 0 // nevid, norid
	b := start.Sub(ref).Seconds()
	f.Floats[Delta], f.Floats[B] = float32(intervalS), float32(b)
	return f
}

const (
	typeTime  = 1  // ITIME
	zeroBegin = 9  // IB: the reference is the time of the first sample
	lastField = 22 // of the doubles of version 7
)

// SetText sets a text; "" is undefined.
func (f *File) SetText(field int, text string) {
	if text == "" {
		text = undefinedText
	}
	f.Texts[field] = text
}

// Text is that of a field, "" if it is undefined.
func (f *File) Text(field int) string {
	if t := f.Texts[field]; t != undefinedText {
		return t
	}
	return ""
}

// Float is the number of a field, NaN if it is undefined.
func (f *File) Float(field int) float64 {
	if v := f.Floats[field]; v != Undefined {
		return float64(v)
	}
	return math.NaN()
}

// ID is NET.STA.LOC.CHA.
func (f *File) ID() string {
	return f.Text(KNetwk) + "." + f.Text(KStNm) + "." + f.Text(KHole) + "." + f.Text(KCmpNm)
}

// double is a number of the footer, or of the header.
func (f *File) double(field, footer int) float64 {
	if footer < len(f.Doubles) && f.Doubles[footer] != Undefined {
		return f.Doubles[footer]
	}
	return f.Float(field)
}

// Reference is the time that times are counted from, the zero time if it is not set.
func (f *File) Reference() time.Time {
	n := f.Ints
	if n[NzYear] == Undefined || n[NzJDay] == Undefined {
		return time.Time{}
	}
	part := func(field int) int { return int(max(n[field], 0)) }
	return time.Date(int(n[NzYear]), 1, int(n[NzJDay]), part(NzHour), part(NzMin), part(NzSec), part(NzMSec)*1e6, time.UTC)
}

// Start is the time of the first sample.
func (f *File) Start() time.Time {
	b := f.double(B, 1)
	if !(math.Abs(b) < 1e9) {
		b = 0
	}
	return f.Reference().Add(time.Duration(math.Round(b * 1e9)))
}

// RateHz is the sampling rate. Of the rates that give the same interval in float32 it
// is a whole one, or one of a whole period, where there is such.
func (f *File) RateHz() float64 {
	if len(f.Doubles) > 0 {
		return 1 / f.double(Delta, 0)
	}
	d := f.Floats[Delta]
	rate, period := math.Round(1/float64(d)), math.Round(float64(d))
	switch {
	case rate >= 1 && float32(1/rate) == d:
		return rate
	case period >= 1 && float32(period) == d:
		return 1 / period
	}
	return 1 / float64(d)
}
