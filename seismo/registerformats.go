package seismo

import (
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/registry"
	"github.com/dispel4go/dispel4go/seismo/quakeml"
)

// registerFormats makes the PEs known that read and write files and talk with servers,
// and those that need metadata.
func registerFormats(r *registry.Registry) {
	registry.Add(r, "seismo.ReadSDS", "recordings from an SDS archive of any size, with an index", NewReadSDS)
	registry.Add(r, "seismo.ReadFDSN", "recordings from the FDSN web services of a data centre", NewReadFDSN)
	registry.Add(r, "seismo.WriteSDS", "recordings into an SDS archive of miniSEED files", NewWriteSDS)
	registry.Add(r, "seismo.ReadSAC", "recordings from SAC files", NewReadSAC)
	registry.Add(r, "seismo.ReadQuakeML", "events from QuakeML catalogues", NewReadQuakeML)
	registry.Add(r, "seismo.ReadFDSNEvents", "events from the FDSN event service of a data centre", NewReadFDSNEvents)
	registry.Add(r, "seismo.WriteCatalogue", "events into a catalogue, as QuakeML and GeoJSON", NewWriteCatalogue)
	registry.Add(r, "seismo.WriteSAC", "recordings into SAC files, one for each trace", NewWriteSAC)
	registry.Add(r, "seismo.RemoveResponse", "take the response of the instrument off each trace: counts become ground motion", NewRemoveResponse)
	registry.Add(r, "seismo.Simulate", "let ground velocity look as a seismometer would record it", NewSimulate)
	registry.Add(r, "seismo.WriteCorrelations", "correlations of any number of pairs and periods into Zarr stores, as periods complete", NewWriteCorrelations)
	registry.Add(r, "seismo.SeedLink", "recordings as they are made, from a SeedLink server, for ever", NewSeedLink)
	pes.RegisterType[quakeml.Event](r, "seismo.Event")
	registerExporters(r)
}
