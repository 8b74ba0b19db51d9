// Package seedlinktest is a SeedLink server for tests: it has the packets that it
// is given, speaks version 3 or 4, and loses connections when it is told to.
package seedlinktest

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A Server serves the packets of stations.
type Server struct {
	Address string
	Asked   chan struct{} // told of questions for a sign of life; those before one is received are one

	version  int
	listener net.Listener

	mu       sync.Mutex
	more     *sync.Cond
	packets  []packet
	next     map[string]uint64 // sequence number of each station
	conns    []net.Conn
	commands []string
	closed   bool
	dropping int // packets until all connections are dropped; 0 for never
}

type packet struct {
	station  string // NET.STA
	sequence uint64
	payload  []byte
}

// New starts a server of version 3 or 4, which stops with the test. Sequence
// numbers begin at first.
func New(t testing.TB, version int) *Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Address: l.Addr().String(), version: version, Asked: make(chan struct{}, 1), listener: l, next: map[string]uint64{}}
	s.more = sync.NewCond(&s.mu)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns = append(s.conns, c)
			s.mu.Unlock()
			all.Go(func() { s.serve(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		s.mu.Lock()
		s.closed = true
		s.mu.Unlock()
		s.Drop()
		all.Wait()
	})
	return s
}

// First sets the next sequence number of a station.
func (s *Server) First(station string, sequence uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next[station] = sequence
}

// Add gives the server a record of a station NET.STA.
func (s *Server) Add(station string, payload []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.next[station]
	s.next[station] = n + 1
	if s.version == 3 {
		n %= 1 << 24
	}
	s.packets = append(s.packets, packet{station, n, payload})
	s.more.Broadcast()
}

// ByStation puts what the server has in the order of stations: who connects gets all of one
// station before the next, and then what is added.
func (s *Server) ByStation() {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortStableFunc(s.packets, func(a, b packet) int { return strings.Compare(a.station, b.station) })
}

// DropAfter has all connections lost after so many packets more.
func (s *Server) DropAfter(packets int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropping = packets
}

// Drop loses all connections.
func (s *Server) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop()
}

func (s *Server) drop() {
	for _, c := range s.conns {
		c.Close()
	}
	s.conns = nil
	s.more.Broadcast()
}

// Commands are all that clients have asked.
func (s *Server) Commands() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands)
}

// serve talks with one client.
func (s *Server) serve(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	from := map[string]uint64{} // of each station that is asked for
	station := ""
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.mu.Lock()
		s.commands = append(s.commands, line)
		s.mu.Unlock()
		words := strings.Fields(line)
		answer := "OK"
		switch {
		case words[0] == "HELLO":
			answer = map[int]string{3: "SeedLink v3.1 (test)", 4: "SeedLink v4.0 (test) :: SLPROTO:4.0 SLPROTO:3.1"}[s.version] + "\r\nA test"
		case words[0] == "STATION" && strings.Contains(line, "NONE"):
			answer = "ERROR"
		case words[0] == "STATION" && s.version == 4:
			station = strings.Replace(words[1], "_", ".", 1)
			from[station] = s.end(station)
		case words[0] == "STATION":
			station = words[2] + "." + words[1]
			from[station] = s.end(station)
		case words[0] == "DATA" && len(words) > 1:
			base := map[int]int{3: 16, 4: 10}[s.version]
			n, err := strconv.ParseUint(strings.Replace(words[1], "ALL", "0", 1), base, 64)
			if err != nil {
				answer = "ERROR"
			}
			from[station] = n
		case words[0] == "END":
			go s.answer(c, in)
			s.send(c, from)
			return
		}
		if _, err := fmt.Fprintf(c, "%s\r\n", answer); err != nil {
			return
		}
	}
}

// end is the sequence number of the packet of a station that comes next.
func (s *Server) end(station string) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next[station]
}

// answer answers to signs of life.
func (s *Server) answer(c net.Conn, in *bufio.Reader) {
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if strings.HasPrefix(line, "INFO") {
			s.mu.Lock()
			s.commands = append(s.commands, strings.TrimSpace(line))
			s.write(c, packet{}, true)
			s.mu.Unlock()
			select {
			case s.Asked <- struct{}{}:
			default:
			}
		}
	}
}

// send sends all packets from the numbers given on, for ever.
func (s *Server) send(c net.Conn, from map[string]uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := 0; ; i++ {
		for i == len(s.packets) && !s.closed && slices.Contains(s.conns, c) {
			s.more.Wait()
		}
		if s.closed || !slices.Contains(s.conns, c) {
			return
		}
		p := s.packets[i]
		n, ok := from[p.station]
		if !ok || s.before(p.sequence, n) {
			continue
		}
		if s.write(c, p, false) != nil {
			return
		}
		if s.dropping > 0 {
			if s.dropping--; s.dropping == 0 {
				s.drop()
			}
		}
	}
}

// before reports whether a packet is older than number n. In version 3 numbers begin anew,
// and 0 asks for all.
func (s *Server) before(sequence, n uint64) bool {
	if s.version == 4 || n == 0 {
		return sequence < n
	}
	behind := (n - sequence) % (1 << 24)
	return behind > 0 && behind < 1<<23
}

// write writes a packet, or the answer to INFO. The lock is held.
func (s *Server) write(c net.Conn, p packet, info bool) error {
	var b []byte
	switch {
	case s.version == 3 && info:
		b = append([]byte("SLINFO  "), make([]byte, 512)...)
	case s.version == 3:
		b = append(fmt.Appendf(nil, "SL%06X", p.sequence), p.payload...)
	default:
		format := "2D"
		if len(p.payload) > 2 && string(p.payload[:2]) == "MS" {
			format = "3D"
		}
		if info {
			format, p.payload = "JI", []byte(`{"software":"test"}`)
		}
		station := strings.Replace(p.station, ".", "_", 1)
		b = append([]byte("SE"), format...)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(p.payload)))
		b = binary.LittleEndian.AppendUint64(b, p.sequence)
		b = append(append(append(b, byte(len(station))), station...), p.payload...)
	}
	_, err := c.Write(b)
	return err
}
