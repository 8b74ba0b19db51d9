package mseed

import "strconv"

// Encoding is the SEED code of how the samples of a record are laid out.
type Encoding uint8

// The encodings that this package reads and writes.
const (
	Text        Encoding = 0  // bytes, UTF-8 in miniSEED 3
	Int16       Encoding = 1  // two's complement
	Int24       Encoding = 2  // two's complement
	Int32       Encoding = 3  // two's complement
	Float32     Encoding = 4  // IEEE 754
	Float64     Encoding = 5  // IEEE 754
	Steim1      Encoding = 10 // differences of 8, 16 or 32 bits
	Steim2      Encoding = 11 // differences of 4 to 30 bits
	Geoscope24  Encoding = 12 // 24-bit integer
	Geoscope163 Encoding = 13 // 12-bit mantissa, 3-bit exponent
	Geoscope164 Encoding = 14 // 12-bit mantissa, 4-bit exponent
	CDSN        Encoding = 16 // 14-bit mantissa, 2-bit gain
	SRO         Encoding = 30 // 12-bit mantissa, 4-bit gain
	DWWSSN      Encoding = 32 // 16-bit two's complement
)

// SampleType is the Go type that holds the samples of an encoding exactly.
type SampleType uint8

// The sample types. Of an encoding that this package cannot read it is
// UnknownType.
const (
	UnknownType SampleType = iota
	TextType               // []byte
	Int32Type              // []int32
	Float32Type            // []float32
	Float64Type            // []float64
)

// encodings holds the name, the sample type and the bytes per sample of each
// encoding; size 0 is that of Steim, which has no fixed one.
var encodings = map[Encoding]struct {
	name string
	typ  SampleType
	size int
}{
	Text:        {"text", TextType, 1},
	Int16:       {"int16", Int32Type, 2},
	Int24:       {"int24", Int32Type, 3},
	Int32:       {"int32", Int32Type, 4},
	Float32:     {"float32", Float32Type, 4},
	Float64:     {"float64", Float64Type, 8},
	Steim1:      {"Steim1", Int32Type, 0},
	Steim2:      {"Steim2", Int32Type, 0},
	Geoscope24:  {"GEOSCOPE 24", Float32Type, 3},
	Geoscope163: {"GEOSCOPE 16/3", Float32Type, 2},
	Geoscope164: {"GEOSCOPE 16/4", Float32Type, 2},
	CDSN:        {"CDSN", Int32Type, 2},
	SRO:         {"SRO", Int32Type, 2},
	DWWSSN:      {"DWWSSN", Int32Type, 2},
}

// String returns the name of e, or its number if this package cannot read it.
func (e Encoding) String() string {
	if c, ok := encodings[e]; ok {
		return c.name
	}
	return "encoding " + strconv.Itoa(int(e))
}

// SampleType returns the type that holds the samples of e exactly.
func (e Encoding) SampleType() SampleType { return encodings[e].typ }

// capacity returns the most samples that size bytes of e can hold.
func (e Encoding) capacity(size int) (n int, ok bool) {
	switch e {
	case Steim1:
		return steimCapacity(size, 4), true
	case Steim2:
		return steimCapacity(size, 7), true
	}
	c, ok := encodings[e]
	if !ok {
		return 0, false
	}
	return size / c.size, true
}

// String returns the name of the Go type.
func (t SampleType) String() string {
	return [...]string{"unknown", "text", "int32", "float32", "float64"}[min(t, 4)]
}
