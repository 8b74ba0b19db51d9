// Package storm runs a plan on an Apache Storm cluster: every stage is an
// instance of a component, in a program of its own that Storm starts, and what
// flows between stages flows as Storm's tuples.
//
// It is for people who have a Storm cluster and want to run on it what runs on
// their laptop, with the same results. It is no fast path: each frame goes as
// text through two pipes and a JVM; docs/performance.md has the figures.
//
// The cast: a Client is a connection to Nimbus (nimbus.go), over Thrift, as much
// of it as Nimbus needs (thrift.go). Render makes of a plan the Topology that is
// submitted (render.go, topology.go). A Child is this program as Storm has
// started it: it speaks Storm's multilang protocol over its standard input and
// output (child.go, multilang.go). Its End is the transport that the engine runs
// on (end.go); frames travel in pieces (piece.go). What ranks have to say to
// whoever watches the run they write down as Notes in the run directory
// (notes.go). Findings are lines of doctor. Package run puts all this together.
//
// # How it is bounded
//
// Storm holds a spout back by not asking it for more, and hands a bolt no more
// than its queues take. What a bolt emits it takes without bound; so a bolt
// sends only so much between two ticks of Storm's clock, which it hears only
// while its output finds room. A rank delivers to its stage only so much as the
// stage has freed. None of this can lock up: a rank that waits for a tick reads
// on until it has come.
//
// # How it fails
//
// Nothing is replayed, for the state of a PE cannot be set back. A failure is
// noted once, by the rank that has it, and whoever watches kills the topology.
// Storm starts a program again that has ended; it finds that it has begun before,
// and so do those whom it sends to, by the epoch in its pieces: the run fails.
//
// # Duties of the caller
//
// A Client makes one call at a time, from one goroutine. After an error that
// is no *Exception its connection is of no more use: close it and dial again.
// A Child owns its pipes: nobody else may read or write them.
//
// # Caveats
//
// Nimbus is spoken to in the clear: clusters that ask for SASL or TLS are not
// supported. All nodes must share the run directory. Facts about the protocols
// are from storm.thrift and the sources of Storm 2.8, on which this is tested.
package storm
