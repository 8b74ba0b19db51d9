package seismo

import (
	"fmt"
	"sync/atomic"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/response"
)

// RemoveResponse takes the response of the instrument off each trace, which
// becomes ground motion in SI units (ObsPy's remove_response): the mean is taken
// off, the ends are tapered, and the spectrum is divided by the response, held up
// to a water level and limited to a band. A trace is taken by itself, so this
// belongs behind Window, or behind a source of long traces.
//
// The responses come from StationXML and RESP files. What is computed from one is
// kept for each length of traces, so windows of a thousand days cost one
// evaluation. The least recently used go first when max_mib is reached.
type RemoveResponse struct {
	Traces
	stateless
	StationsPath string    `help:"StationXML or RESP: a folder, a file, or a pattern; of a folder the files *.xml, *.resp and RESP.*"`
	Output       string    `help:"what the traces become, in m, m/s or m/s^2; native is what the instrument measures" oneof:"displacement|velocity|acceleration|native"`
	WaterLevelDb float64   `help:"how far below its maximum the response is held up; 0 for none" unit:"dB" min:"0" max:"1000"`
	PreFilterHz  []float64 `help:"the four corners of the band that the spectrum is limited to first; none if empty" unit:"Hz"`
	Fraction     float64   `help:"share of the trace that is tapered, both ends together" min:"0" max:"1"`
	Missing      string    `help:"what happens to traces without a response: an error, or they are dropped and counted" oneof:"fail|drop"`
	Limit

	options   response.Options
	responses responses
	cache     *cache
	dropped   *atomic.Int64
	evaluated *atomic.Int64
}

// weightsKey is what weights are made for.
type weightsKey struct {
	response *response.Response
	samples  int
	rateHz   float64
}

// planKey is the number of samples that a plan is made for.
type planKey int

// NewRemoveResponse returns ObsPy's defaults: velocity, a water level of 60 dB.
func NewRemoveResponse() *RemoveResponse {
	o := response.Defaults()
	r := &RemoveResponse{Limit: Limit{MaxMiB: 1024}, StationsPath: ".", Output: o.Output.String(), WaterLevelDb: o.WaterLevelDB, Fraction: o.TaperFraction, Missing: "fail"}
	r.each(r.trace)
	return r
}

// Setup checks the parameters.
func (r *RemoveResponse) Setup() (err error) {
	r.options, err = removalOptions(r.Output, r.WaterLevelDb, r.PreFilterHz, r.Fraction)
	if err == nil && r.Missing != "fail" && r.Missing != "drop" {
		err = fmt.Errorf("missing = %q is neither fail nor drop", r.Missing)
	}
	return err
}

func removalOptions(output string, waterLevelDB float64, preFilterHz []float64, fraction float64) (response.Options, error) {
	o := response.Options{WaterLevelDB: waterLevelDB, TaperFraction: fraction}
	var err error
	if o.Output, err = response.ParseQuantity(output); err != nil {
		return o, fmt.Errorf("output = %q is none of displacement, velocity, acceleration, native", output)
	}
	switch f := preFilterHz; {
	case len(f) == 4 && 0 <= f[0] && f[0] < f[1] && f[1] <= f[2] && f[2] < f[3]:
		o.PreFilterHz = (*[4]float64)(f)
	case len(f) > 0:
		return o, fmt.Errorf("pre_filter_hz = %v are not four corners in Hz that ascend, as [0.01, 0.02, 8, 10]", f)
	}
	return o, nil
}

// Open reads the responses of the channels that come to this instance.
func (r *RemoveResponse) Open(i *d4.Instance) (err error) {
	r.responses, err = readResponses(r.StationsPath, func(id string) bool { return place(id, i.Count) == i.Index })
	r.cache = newCache(&r.Limit)
	r.dropped, r.evaluated = i.Counter("dropped"), i.Counter("evaluated")
	return err
}

func (r *RemoveResponse) trace(t *Trace) error {
	n := len(t.Samples)
	of := r.responses.of(t.Station.ID, t.Start)
	if of == nil && r.Missing == "drop" {
		r.dropped.Add(1)
		t.Samples = nil
		return nil
	}
	if of == nil {
		return fmt.Errorf("no response at that time in %s: set stations_path, or missing to drop", r.StationsPath)
	}
	if n == 0 {
		return nil
	}
	w, err := recall(r.cache, weightsKey{of, n, t.RateHz}, func() (*response.Weights, error) {
		r.evaluated.Add(1)
		return response.Remove(of, n, t.RateHz, r.options)
	})
	if err != nil {
		return err
	}
	return apply(t, w, r.cache)
}

// apply applies weights to a trace.
func apply(t *Trace, w *response.Weights, c *cache) error {
	p, err := recall(c, planKey(w.Len()), func() (*response.Plan, error) { return response.NewPlan(w.Len()), nil })
	if err == nil {
		response.Apply(p, t.Samples, t.Samples, w)
	}
	return err
}
