package mseed

import (
	"fmt"
	"strings"
)

// fdsn is the namespace of source identifiers that this package translates.
const fdsn = "FDSN:"

// FromSourceID translates an FDSN source identifier, as miniSEED 3 carries it,
// to the form NET.STA.LOC.CHA: FDSN:IU_COLA_00_L_H_1 becomes IU.COLA.00.LH1.
// A channel of codes longer than a letter keeps its underscores
// (FDSN:XX_TEST__LL_HH_1 becomes XX.TEST..LL_HH_1); an identifier of another
// namespace or form is returned unchanged.
func FromSourceID(sid string) string {
	body, ok := strings.CutPrefix(sid, fdsn)
	if !ok {
		return sid
	}
	part := strings.Split(body, "_")
	if len(part) != 6 {
		return sid
	}
	band, source, sub := part[3], part[4], part[5]
	channel := band + source + sub
	seed := len(band) <= 1 && len(source) <= len(band) && len(sub) <= len(source)
	if !seed {
		channel = band + "_" + source + "_" + sub
	}
	return part[0] + "." + part[1] + "." + part[2] + "." + channel
}

// ToSourceID is the inverse of FromSourceID. An identifier that has a
// namespace ("XFDSN:...") is returned unchanged; anything else that is not of
// the form NET.STA.LOC.CHA is an error.
func ToSourceID(id string) (string, error) {
	if strings.Contains(id, ":") {
		return id, nil
	}
	part := strings.Split(id, ".")
	if len(part) != 4 {
		return "", fmt.Errorf("mseed: %q is not of the form NET.STA.LOC.CHA", id)
	}
	channel := part[3]
	if strings.Count(channel, "_") != 2 {
		if len(channel) > 3 || strings.Contains(channel, "_") {
			return "", fmt.Errorf("mseed: channel %q of %q is neither three letters nor of the form B_S_S", channel, id)
		}
		var code [3]string
		for i := range channel {
			code[i] = channel[i : i+1]
		}
		channel = code[0] + "_" + code[1] + "_" + code[2]
	}
	return fdsn + part[0] + "_" + part[1] + "_" + part[2] + "_" + channel, nil
}

// seedCodes splits an identifier into the fixed fields of a miniSEED 2 header:
// station 5, location 2, channel 3, network 2 bytes.
func seedCodes(id string) (sta, loc, cha, net string, err error) {
	part := strings.Split(id, ".")
	if len(part) != 4 || len(part[0]) > 2 || len(part[1]) > 5 || len(part[2]) > 2 || len(part[3]) > 3 {
		return "", "", "", "", fmt.Errorf("mseed: %q does not fit a miniSEED 2 header (NET.STA.LOC.CHA of at most 2, 5, 2 and 3 letters); write version 3", id)
	}
	return part[1], part[2], part[3], part[0], nil
}

// names turns the bytes of a header into identifiers, allocating each only
// once. It forgets everything when it has grown to maxNames, so that hostile
// input cannot make it grow for ever.
type names map[string]string

const maxNames = 4096

// of returns the identifier made from raw, calling build for one not seen yet.
func (m names) of(raw []byte, build func(raw []byte) string) string {
	if id, ok := m[string(raw)]; ok {
		return id
	}
	if len(m) >= maxNames {
		clear(m)
	}
	id := build(raw)
	m[string(raw)] = id
	return id
}

// seedID builds NET.STA.LOC.CHA from bytes 8 to 19 of a miniSEED 2 header.
func seedID(raw []byte) string {
	field := func(from, to int) string { return strings.TrimRight(string(raw[from:to]), " \x00") }
	return field(10, 12) + "." + field(0, 5) + "." + field(5, 7) + "." + field(7, 10)
}
