package seedlink

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// ErrProtocol is returned where a server says what it should not.
var ErrProtocol = errors.New("not SeedLink")

// A Packet is one record of a station.
type Packet struct {
	Station  string // NET.STA; "" for what is of the server itself
	Sequence uint64
	Format   byte   // '2' or '3' for miniSEED of that version, 'J' for JSON
	Payload  []byte // of the caller
}

const (
	size3     = 512      // of a payload in version 3
	maxLength = 16 << 20 // of a payload in version 4
	wrap3     = 1 << 24  // sequence numbers of version 3 are below it
)

// UpTo reports whether packet n of a station is the packet last, or came before it. In
// version 3, whose numbers begin anew after 2^24, that is one of the 2^23 before.
func UpTo(version int, n, last uint64) bool {
	if version == 3 {
		return (last-n)%wrap3 < wrap3/2
	}
	return n <= last
}

// readPacket reads a packet of a version; info is set for answers to INFO.
func readPacket(r *bufio.Reader, version int) (p Packet, info bool, err error) {
	if version == 3 {
		return readPacket3(r)
	}
	return readPacket4(r)
}

// readPacket3 reads 8 bytes, "SL" and the sequence number in hexadecimal digits, and
// a record of 512 bytes.
func readPacket3(r *bufio.Reader) (p Packet, info bool, err error) {
	var b [8 + size3]byte
	if _, err := io.ReadFull(r, b[:8]); err != nil {
		return p, false, err
	}
	switch head := string(b[:8]); {
	case strings.HasPrefix(head, "SLINFO"):
		info = true
	case strings.HasPrefix(head, "SL"):
		if p.Sequence, err = strconv.ParseUint(head[2:], 16, 64); err != nil {
			return p, false, fmt.Errorf("%w: a packet begins with %q", ErrProtocol, head)
		}
	default:
		return p, false, fmt.Errorf("%w: a packet begins with %q", ErrProtocol, head)
	}
	if _, err := io.ReadFull(r, b[8:]); err != nil {
		return p, false, unexpected(err)
	}
	p.Format, p.Payload = '2', b[8:]
	if !info {
		field := func(from, to int) string { return strings.TrimRight(string(b[8+from:8+to]), " \x00") }
		p.Station = field(18, 20) + "." + field(8, 13) // of the fixed header of miniSEED 2
	}
	return p, info, nil
}

// readPacket4 reads "SE", format and subformat, the length of the payload, the
// sequence number, the name of the station behind its length, and the payload.
func readPacket4(r *bufio.Reader) (p Packet, info bool, err error) {
	var b [17]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return p, false, err
	}
	length := binary.LittleEndian.Uint32(b[4:])
	if b[0] != 'S' || b[1] != 'E' {
		return p, false, fmt.Errorf("%w: a packet begins with %q", ErrProtocol, b[:4])
	}
	if length > maxLength {
		return p, false, fmt.Errorf("%w: a packet of %d bytes", ErrProtocol, length)
	}
	p.Format, p.Sequence = b[2], binary.LittleEndian.Uint64(b[8:])
	station := make([]byte, b[16])
	if _, err := io.ReadFull(r, station); err != nil {
		return p, false, unexpected(err)
	}
	p.Station = strings.Replace(string(station), "_", ".", 1)
	if p.Payload, err = readAtMost(r, int(length)); err != nil {
		return p, false, unexpected(err)
	}
	return p, p.Format == 'J', nil
}

// readAtMost reads n bytes, and allocates as they come.
func readAtMost(r io.Reader, n int) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, int64(n)))
	if err == nil && len(b) < n {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
