package seedlink

import (
	"bufio"
	"bytes"
	"testing"
)

// FuzzPacket: whatever a server sends, reading ends, and what is returned was sent.
func FuzzPacket(f *testing.F) {
	f.Add([]byte("SL00000A"+string(make([]byte, 512))), 3)
	f.Add([]byte("SE2D\x03\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x04XX_Aabc"), 4)
	f.Add([]byte("SE2D\xff\xff\xff\x00\x07\x00\x00\x00\x00\x00\x00\x00\xffXX_A"), 4)
	f.Fuzz(func(t *testing.T, data []byte, version int) {
		r := bufio.NewReader(bytes.NewReader(data))
		total := 0
		for {
			p, _, err := readPacket(r, 3+version&1)
			if err != nil {
				return
			}
			if total += len(p.Payload); total > len(data) {
				t.Fatalf("%d bytes of %d", total, len(data))
			}
		}
	})
}
