// Package storm speaks with an Apache Storm cluster: it uploads, submits,
// looks at and kills topologies over Nimbus's Thrift port.
//
// The cast: a Client is a connection to Nimbus (nimbus.go). A Topology is what
// is submitted: components of shell commands joined by streams (topology.go);
// Jar packs the files that they need. Thrift itself, as much of it as Nimbus
// needs, is in thrift.go.
//
// # Duties of the caller
//
// A Client makes one call at a time, from one goroutine. After an error that
// is no *Exception its connection is of no more use: close it and dial again.
//
// # Caveats
//
// Nimbus is spoken to in the clear: clusters that ask for SASL or TLS are not
// supported. Facts about the protocol are from storm.thrift of Storm 2.8.
package storm
