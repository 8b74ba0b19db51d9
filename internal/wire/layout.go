package wire

import "hash/crc32"

// A frame of version 1; all fixed numbers are little-endian.
//
//	     0       1       2       3       4       5       6       7
//	   +-------+-------+-------+-------+-------+-------+-------+-------+
//	 0 | 'd'   | '4'   | 'f'   | 'r'   |version| flags |compr. | 0     |
//	   +-------+-------+-------+-------+-------+-------+-------+-------+
//	 8 | epoch: what the frame belongs to, such as the plan's digest   |
//	   +-------+-------+-------+-------+-------+-------+-------+-------+
//	16 | sender: its rank              | parts in all entries          |
//	   +-------+-------+-------+-------+-------+-------+-------+-------+
//	24 | length of the entries in bytes                                |
//	   +-------+-------+-------+-------+-------+-------+-------+-------+
//	32 | CRC-32C, see below            | 0                             |
//	   +-------+-------+-------+-------+-------+-------+-------+-------+
//	40 | entries, one after the other up to the end of the frame       |
//
// Parts in all entries are those that are not packed. The CRC is over the first
// 32 bytes of the header, with flagSums after all entries: in this order it can
// be computed while they are still in the cache. Compression of the frame is 0
// (none) in version 1, that of a batch 0 or 1.
//
// An entry is its kind in one byte and then, where u is an unsigned varint, s
// a signed one (zigzag), and text a u and so many bytes:
//
//	batch    compression(1) edge(u) from(u) to(u) codec(u) items(u) parts(u)
//	         for each part: length(u), with flagSums also CRC-32C(4)
//	         zeros up to a multiple of 8 bytes from the frame's start
//	         length of the body(8) body
//	         with flagInline: the parts, one after the other
//	batch    of compression 1: as above up to the number of parts, then
//	         for each part: length(u) length of what is packed(8), 0 if it is
//	         not; with flagSums also CRC-32C(4), 0 if it is packed
//	         length of the body unpacked(8), 0 if it is not packed
//	         zeros up to a multiple of 8 bytes from the frame's start
//	         length of the body(8) body; the packed parts, one after the other
//	         with flagInline: the other parts, one after the other
//	end      edge(u) from(u) number(u)
//	mark     edge(u) from(u) time(s)
//	idle     edge(u) from(u)
//	barrier  edge(u) from(u) number(u)
//	credit   edge(u) from(u) to(u) bytes(u)
//	stop     number(u)
//	fail     rank(u) instance(s) PE(text) host(text) item(text) cause(text)
//	account  content(text)
//	progress content(text)
//	hello    digest(text) strings(u) each(text)
//	done
const (
	// Version is the version of the format that this package writes and reads.
	Version = 1

	headerSize = 40
	checkedTo  = 32 // what of the header is in the CRC
	magic      = 'd' | '4'<<8 | 'f'<<16 | 'r'<<24

	flagInline = 1 << 0 // parts are in the frame
	flagSums   = 1 << 1 // the CRC is over the entries too, and each part has one
	knownFlags = flagInline | flagSums

	uncompressed = 0
	compressed   = 1 // of a batch: body and parts may be packed, see Pack

	// BatchOverhead is the most that a batch without parts takes beside its
	// body. A part takes at most PartOverhead more, beside itself.
	BatchOverhead = 2 + 6*5 + 7 + 8
	PartOverhead  = 9 + 4
	// PackedOverhead and PackedPartOverhead are the same for PackedBatch.
	PackedOverhead     = BatchOverhead + 8
	PackedPartOverhead = PartOverhead + 8
)

// Kind tells what an entry is.
type Kind uint8

// The kinds of entries. Instances are numbered by the plan within their PE.
const (
	// Batch: items from one instance to another along an edge.
	Batch Kind = 1 + iota
	// End: an instance has ended an edge, for every instance of the edge's
	// destination on the rank that receives this.
	End
	// Mark: an instance promises that nothing older than a time follows, to
	// the same instances as End.
	Mark
	// Idle: an instance promises nothing until its next item or mark, to the
	// same instances.
	Idle
	// Barrier: what came before it on an edge belongs before a checkpoint.
	Barrier
	// Credit: bytes that a receiver has used up, returned to the sender.
	Credit
	// Stop: sources shall stop.
	Stop
	// Fail: an instance or a rank has failed.
	Fail
	// Account: rows for the run directory, for rank 0.
	Account
	// Hello: what must be equal on all ranks before the first item.
	Hello
	// Done: the rank that sends this has finished.
	Done
	// Progress: what a rank has done so far, for rank 0.
	Progress
)

var kindNames = [...]string{
	Batch: "batch", End: "end", Mark: "mark", Idle: "idle", Barrier: "barrier", Credit: "credit",
	Stop: "stop", Fail: "fail", Account: "account", Hello: "hello", Done: "done", Progress: "progress",
}

// String is the kind's name in lower case.
func (k Kind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return "unknown"
}

// An Entry is one entry of a frame. Fields that its kind does not have are zero.
type Entry struct {
	Kind  Kind
	Edge  int    // Batch, End, Mark, Idle, Barrier, Credit
	From  int    // the same: the instance at the edge's source
	To    int    // Batch, Credit: the instance at the edge's destination
	Codec uint32 // Batch: how the items are encoded
	Items int    // Batch: how many
	// Body is the encoded items of a Batch, beginning at a multiple of 8 bytes
	// from the frame's start, or the content of an Account or a Progress. It is a view into
	// the frame.
	Body []byte
	// Unpacked is how long the body of a Batch is when Unpack has been called
	// for it, 0 where the Body is it.
	Unpacked int
	// Parts of a Batch have exactly their size and are the receiver's for good.
	// Where one is nil, it is among the Packed.
	Parts   [][]byte
	Packed  []PackedPart
	Time    int64     // Mark: in the unit of the stream's data time
	Number  uint64    // Barrier: which one; End, Stop: why, by the engine's numbering
	Bytes   int64     // Credit
	Failure *Failure  // Fail
	Hello   *Greeting // Hello
}

// A BatchHeader says what a batch is.
type BatchHeader struct {
	Edge, From, To int
	Codec          uint32
	Items          int
}

// A Failure says what has failed, where, and why.
type Failure struct {
	Rank     int
	Instance int    // of the PE, -1 if the rank itself has failed
	PE       string // its name, or ""
	Host     string
	Item     string // which item, in words, or ""
	Text     string // the cause
}

// A Greeting holds what ranks compare: the plan's digest, and strings such as
// versions that a message can quote where the digests differ.
type Greeting struct {
	Digest  []byte
	Strings []string
}

// castagnoli is the polynomial that processors have an instruction for.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)
