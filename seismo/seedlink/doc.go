// Package seedlink receives seismological data as they are recorded, from SeedLink
// servers of version 3 (SeisComP, ringserver) and 4 (FDSN).
//
// The cast: a [Stream] says what is wanted of a station. A [Client] delivers one
// [Packet] after the other, for ever: when a connection is lost it makes another, and
// goes on behind the last packet of each station by its sequence number, so that
// nothing is lost or comes twice as long as the server still has it. [Client.State]
// tells the sequence numbers, to go on in another run.
//
// Version 4 is asked for where the server offers it (Options.Version asks for one).
// There a station names its packets; in version 3 the miniSEED header does.
//
// # Waiting
//
// A server that is silent is asked for its name after Options.KeepAlive, and taken for
// lost if it does not answer in that time again. Between two attempts lie
// Options.RetryMin, doubled after each failure, up to RetryMax. What the server refuses
// (a station that it does not have) is an error, not tried again.
//
// # Caveats
//
// A packet has at most 16 MiB. Payloads are not looked into, but for the names in
// version 3. No encryption and no authorisation.
//
// Sources: SeedLink 3.1, https://www.seiscomp.de/doc/apps/seedlink.html; FDSN
// SeedLink 4.0, https://docs.fdsn.org/projects/seedlink.
package seedlink
