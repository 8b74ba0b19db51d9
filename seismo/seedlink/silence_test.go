package seedlink

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// TestSilence, to the second of a clock of its own: a server that is silent is asked for a
// sign of life, each time that it has been silent for a minute, and is not taken for lost
// while it answers; it is a minute after a question without an answer.
func TestSilence(t *testing.T) {
	packets := map[int][2]string{ // the answer, and packet 7
		3: {"SLINFO  " + string(make([]byte, size3)), "SL000007" + string(make([]byte, size3))},
		4: {"SEJI\x02\x00\x00\x00" + string(make([]byte, 8)) + "\x00{}", "SE2D\x03\x00\x00\x00\x07" + string(make([]byte, 7)) + "\x04XX_Aabc"},
	}
	for version, p := range packets {
		synctest.Test(t, func(t *testing.T) {
			ours, theirs := net.Pipe()
			defer ours.Close()
			defer theirs.Close()
			begin := time.Now()
			said := make(chan error, 1)
			go func() { // a server with a packet behind the third answer
				commands := bufio.NewReader(theirs)
				for k := range 4 {
					line, err := commands.ReadString('\n')
					if want := "INFO ID\r\n"; err == nil && line != want {
						err = fmt.Errorf("asked %q, expected %q", line, want)
					}
					if k < 3 && err == nil {
						time.Sleep(59 * time.Second)
						_, err = theirs.Write([]byte(p[0]))
					}
					if k == 2 && err == nil {
						_, err = theirs.Write([]byte(p[1]))
					}
					if err != nil {
						said <- err
						return
					}
				}
				said <- nil
			}()
			c := &conn{net: ours, r: bufio.NewReader(ours), version: version}
			got, err := c.next(time.Minute)
			if took := time.Since(begin); err != nil || got.Sequence != 7 || took != 3*119*time.Second {
				t.Fatalf("version %d: packet %d after %v, %v", version, got.Sequence, took, err)
			}
			begin = time.Now()
			if _, err := c.next(time.Minute); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) != 2*time.Minute {
				t.Errorf("version %d: without an answer %v after %v", version, err, time.Since(begin))
			}
			if err := <-said; err != nil {
				t.Errorf("version %d: %v", version, err)
			}
		})
	}
}
