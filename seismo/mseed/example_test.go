package mseed_test

import (
	"bytes"
	"fmt"
	"io"
	"log"

	"github.com/dispel4go/dispel4go/seismo/mseed"
)

// A recording with an interruption is written, and read back with its gap.
func Example() {
	start, err := mseed.ParseTime("2026-01-02T03:04:05.5Z")
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	w, err := mseed.NewWriter(&file, mseed.WriterOptions{})
	if err != nil {
		log.Fatal(err)
	}
	first := mseed.Segment{ID: "CI.CCA..BHN", Start: start, SampleRate: 40, Int32: make([]int32, 1000)}
	second := first
	second.Start = first.Next().Add(80, 40) // two seconds are missing
	for _, s := range []mseed.Segment{first, second} {
		if err := w.Write(&s); err != nil {
			log.Fatal(err)
		}
	}

	traces, err := mseed.ReadTraces(&file, mseed.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range traces {
		for _, s := range t.Segments {
			fmt.Println(s.ID, s.Start, s.SampleRate, "Hz", s.Len(), "samples")
		}
		for _, g := range t.Gaps() {
			fmt.Println(g)
		}
	}
	// Output:
	// CI.CCA..BHN 2026-01-02T03:04:05.5Z 40 Hz 1000 samples
	// CI.CCA..BHN 2026-01-02T03:04:32.5Z 40 Hz 1000 samples
	// CI.CCA..BHN: gap of 80 samples from 2026-01-02T03:04:30.5Z to 2026-01-02T03:04:32.5Z
}

// Records are taken from a stream one at a time.
func ExampleReader() {
	var stream bytes.Buffer
	w, err := mseed.NewWriter(&stream, mseed.WriterOptions{Version: 3, Encoding: mseed.Int32, RecordLength: 512})
	if err != nil {
		log.Fatal(err)
	}
	if err := w.Write(&mseed.Segment{ID: "CI.CCA..BHN", SampleRate: 1, Int32: make([]int32, 200)}); err != nil {
		log.Fatal(err)
	}

	r := mseed.NewReader(&stream)
	var rec mseed.Record
	var x []int32
	for {
		err := r.Next(&rec)
		if err == io.EOF {
			break
		}
		if err == nil {
			x, err = rec.AppendInt32(x[:0])
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(rec.Number, rec.ID, rec.Start, rec.Encoding, len(x))
	}
	// Output:
	// 1 CI.CCA..BHN 1970-01-01T00:00:00Z int32 113
	// 2 CI.CCA..BHN 1970-01-01T00:01:53Z int32 87
}
