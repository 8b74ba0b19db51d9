// Package resp reads RESP files, the text form in which SEED volumes give the
// responses of channels, as rdseed and evalresp know it.
//
// The cast: a [Reader] takes one [Channel] after the other out of a file; [Read] collects
// them. Package response evaluates what they hold.
//
// Each line is a blockette and its fields, "B053F09", a colon or not, and values; what
// begins with # is a comment. Read are blockettes 50 and 52 (names, times), 53
// (poles and zeros), 54 (coefficients), 55 (list), 57 (decimation), 58 (gain), 61
// (FIR), 62 (polynomial), and the same from dictionaries, 41 to 48 behind 60. A
// filter that goes on in a second blockette of its stage is put together.
//
// # Caveats
//
// Generic responses (56) hold no filter and are passed over. Of a gain, stage 0
// is the sensitivity. A file of more than 10 million values for one channel is
// refused.
//
// Source: SEED manual 2.4, chapters 4 and 5, and appendix on RESP of rdseed.
package resp
