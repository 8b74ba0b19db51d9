package registry

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// An Exporter turns a result into a file of another format, or into a folder of
// them.
type Exporter struct {
	Name      string // what the command line calls it, as netcdf
	Help      string // one line
	Extension string // of the file, as .nc; "" where it makes a folder

	// Export reads the store at from and writes to, which is not there yet and appears
	// whole or not at all; a folder of files may be left incomplete by an error.
	Export func(ctx context.Context, from, to string) error
}

// AddExporter registers an exporter by its name.
func (r *Registry) AddExporter(e Exporter) {
	if _, ok := r.exporters[e.Name]; ok || e.Name == "" || e.Export == nil {
		panic(fmt.Sprintf("registry: two exporters named %q, or one that does nothing", e.Name))
	}
	r.exporters[e.Name] = e
}

// Exporters returns all exporters, by name.
func (r *Registry) Exporters() []Exporter {
	var all []Exporter
	for _, name := range slices.Sorted(maps.Keys(r.exporters)) {
		all = append(all, r.exporters[name])
	}
	return all
}
