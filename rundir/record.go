package rundir

import "encoding/json"

// A Row is the account of one instance: a line of trace.csv. Times are in
// seconds. The quantiles are those of the time that an item took, rounded up to
// the next power of two nanoseconds; a PE that takes many items in a call
// counts an equal share of it for each.
type Row struct {
	PE       string  `json:"pe"`
	Index    int     `json:"index"` // of the instance, from 0
	Stage    string  `json:"stage"`
	Rank     int     `json:"rank"`
	Host     string  `json:"host"`
	ItemsIn  uint64  `json:"items_in"`
	ItemsOut uint64  `json:"items_out"`
	BytesOut uint64  `json:"bytes_out"`
	Calls    uint64  `json:"calls"`
	Busy     float64 `json:"busy_s"`     // in calls of the PE, waits for room apart
	WaitIn   float64 `json:"wait_in_s"`  // for items
	WaitOut  float64 `json:"wait_out_s"` // for room at outputs: back pressure
	P50      float64 `json:"p50_s"`
	P95      float64 `json:"p95_s"`
	Max      float64 `json:"max_s"`
	Skipped  uint64  `json:"skipped"`
	Retried  uint64  `json:"retried"`
	// Packed is what remained of batches that were compressed on their way to
	// other ranks, and Ratio by how much that was less; Pack and Unpack are the
	// seconds that it took, and that of what came.
	Packed uint64  `json:"packed_bytes,omitempty"`
	Ratio  float64 `json:"pack_ratio,omitempty"`
	Pack   float64 `json:"pack_s,omitempty"`
	Unpack float64 `json:"unpack_s,omitempty"`
	// Ended reports that the instance's streams ended by themselves: it was
	// neither stopped nor did the run fail before.
	Ended bool `json:"ended"`
	// Digest is that of the items that arrived, "" where that was not counted.
	Digest   string           `json:"digest,omitempty"`
	Counters map[string]int64 `json:"counters,omitempty"` // that the PE made
}

// A Sink is what reached a PE without connected outputs: in all its instances,
// at all its inputs.
type Sink struct {
	Items uint64 `json:"items"`
	// Digest is the sum modulo 2^128 of a hash of each item, in hexadecimal: the
	// order of the items does not matter, their number does. It is "" where it
	// was not counted.
	Digest string `json:"digest,omitempty"`
}

// An ItemError is an item that was skipped: a line of errors.jsonl.
type ItemError struct {
	PE    string `json:"pe"`
	Index int    `json:"index"` // of the instance
	Rank  int    `json:"rank"`
	Port  string `json:"port"`  // the input that it came by
	Error string `json:"error"` // what the PE returned or panicked with
	Item  string `json:"item"`  // short description
	// JSON is the whole item, as encoding/json writes it; "" where there is none.
	JSON json.RawMessage `json:"value,omitempty"`
}

// A Rest is what a run that was cut short by its time limit leaves to be done,
// beside the positions of its sources.
type Rest struct {
	// Finished lists the PEs whose streams had all ended: they have finished.
	Finished []string `json:"finished,omitempty"`
	// Until is, for PEs that keep items back, the data time until which they
	// have dealt with them, in nanoseconds since 1970.
	Until map[string]int64 `json:"until,omitempty"`
	// Lost says, by PE, why the run cannot be continued. If it is empty, it can.
	Lost []string `json:"lost,omitempty"`
}

// A Position is how far a stopped source is with one of its splits.
type Position struct {
	PE    string `json:"pe"`
	Split string `json:"split"`
	At    []byte `json:"at"` // as the source itself writes it
	// Last is where it was when it stopped, for a source that has to go back from there
	// and to know both.
	Last []byte `json:"last,omitempty"`
}
