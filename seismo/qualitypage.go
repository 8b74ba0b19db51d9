package seismo

import (
	"bytes"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/plot"
	"github.com/dispel4go/dispel4go/seismo/psd"
)

// QualityPage is the sink of Quality: an HTML page with a table of all channels, their
// gaps, and a picture of each density with Peterson's noise models. It needs nothing
// beside itself.
type QualityPage struct {
	d4.Base
	In       d4.In[ChannelQuality]
	Name     string `help:"of the page, without extension"`
	Pictures bool   `help:"draw each density into files too, as PNG and SVG"`
	Limit

	info *d4.Instance
	all  []ChannelQuality
}

// NewQualityPage returns a sink that writes quality.html.
func NewQualityPage() *QualityPage {
	p := &QualityPage{Name: "quality", Limit: Limit{MaxMiB: 1024}}
	p.In = d4.Input(func(c ChannelQuality) error {
		p.all = append(p.all, c)
		return p.keep(8*len(c.Histogram) + 64*len(c.PeriodsS) + 16*len(c.Gaps))
	}, d4.AllToOne)
	return p
}

// RootPlaced says that the sink is one instance, where the result is read.
func (*QualityPage) RootPlaced() {}

// WritesOutput says that the sink needs a run directory.
func (*QualityPage) WritesOutput() {}

// Setup checks the name.
func (p *QualityPage) Setup() error { return goodName(p.Name, "page") }

// Open keeps where to write.
func (p *QualityPage) Open(i *d4.Instance) error { p.info, p.all = i, nil; return nil }

// Finish writes the page.
func (p *QualityPage) Finish() error {
	slices.SortFunc(p.all, func(a, b ChannelQuality) int { return strings.Compare(a.Channel, b.Channel) })
	type row struct {
		ChannelQuality
		Picture template.HTML
	}
	var rows []row
	for _, c := range p.all {
		r := row{ChannelQuality: c}
		if c.Segments > 0 && len(c.PeriodsS) > 0 {
			var svg bytes.Buffer
			if err := plot.Encode(&svg, "svg", densities(&c)); err != nil {
				return fmt.Errorf("%s: %w", c.Channel, err)
			}
			if p.Pictures {
				if err := drawBoth(p.info, "ppsd-"+c.Channel, densities(&c)); err != nil {
					return err
				}
			}
			// Ours, and without any text of the recordings but the channel's name, which
			// the encoder has escaped.
			text := svg.String()
			r.Picture = template.HTML(text[max(0, strings.Index(text, "<svg")):])
		}
		rows = append(rows, r)
	}
	f, err := p.info.Folder().Create(p.Name + ".html")
	if err != nil {
		return err
	}
	defer f.Discard()
	if err := qualityPage.Execute(f, rows); err != nil {
		return err
	}
	return f.Commit()
}

// densities is the picture of a channel's histogram.
func densities(c *ChannelQuality) plot.Heat {
	unit := "dB rel. 1 (m/s²)²/Hz"
	if !c.Physical {
		unit = "dB rel. 1 unit²/Hz"
	}
	h := plot.Heat{Title: fmt.Sprintf("%s, %d segments", c.Channel, c.Segments), XLabel: "Period (s)", YLabel: "Power (" + unit + ")",
		ValueLabel: "Share of segments (%)", X: c.PeriodsS, LogX: true}
	bins := len(c.Histogram) / len(c.PeriodsS)
	for d := range bins {
		h.Y = append(h.Y, c.MinDB+float64(d)+0.5)
		row := make([]float64, len(c.PeriodsS))
		for i := range row {
			if row[i] = 100 * c.Histogram[i*bins+d]; row[i] == 0 {
				row[i] = math.NaN()
			}
		}
		h.Values = append(h.Values, row)
	}
	h.Series = append(h.Series, plot.Series{Name: "median", X: c.PeriodsS, Y: c.MedianDB})
	if c.Physical {
		for _, m := range []struct {
			name string
			of   func(float64) float64
		}{{"low noise", psd.LowNoise}, {"high noise", psd.HighNoise}} {
			s := plot.Series{Name: m.name}
			for _, period := range c.PeriodsS {
				if db := m.of(period); !math.IsNaN(db) {
					s.X, s.Y = append(s.X, period), append(s.Y, db)
				}
			}
			if len(s.X) > 0 {
				h.Series = append(h.Series, s)
			}
		}
	}
	return h
}

var qualityPage = template.Must(template.New("quality").Funcs(template.FuncMap{
	"time":    clock,
	"percent": func(x float64) string { return fmt.Sprintf("%.2f", 100*x) },
	"seconds": func(g Gap) string { return fmt.Sprintf("%.3f", float64(g.To-g.From)/1e9) },
	"number":  func(x float64) string { return fmt.Sprintf("%.4g", x) },
}).Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Quality of recordings</title>
<style>
body { font: 15px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em; color: #262626; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { padding: 0.2em 0.8em; text-align: right; border-bottom: 1px solid #ddd; }
th:first-child, td:first-child { text-align: left; }
svg { max-width: 100%; height: auto; }
.bad { color: #d55e00; }
</style>
</head>
<body>
<h1>Quality of recordings</h1>
<table>
<tr><th>Channel</th><th>Rate (Hz)</th><th>From</th><th>To</th><th>Available (%)</th><th>Gaps</th><th>Overlaps</th><th>At limits</th><th>RMS</th></tr>
{{range .}}<tr><td><a href="#{{.Channel}}">{{.Channel}}</a></td><td>{{number .RateHz}}</td><td>{{time .Start}}</td><td>{{time .End}}</td><td{{if lt .Availability 0.99}} class="bad"{{end}}>{{percent .Availability}}</td><td{{if .AllGaps}} class="bad"{{end}}>{{.AllGaps}}</td><td{{if .Overlaps}} class="bad"{{end}}>{{.Overlaps}}</td><td{{if .Clipped}} class="bad"{{end}}>{{.Clipped}}</td><td>{{number .RMS}}</td></tr>
{{else}}<tr><td colspan="9">No channels.</td></tr>
{{end}}</table>
{{range .}}<h2 id="{{.Channel}}">{{.Channel}}</h2>
{{if .Picture}}<figure>{{.Picture}}</figure>{{else}}<p>Too short for a segment: no densities.</p>{{end}}
{{if .Gaps}}<table>
<tr><th>Gap from</th><th>to</th><th>seconds</th></tr>
{{range .Gaps}}<tr><td>{{time .From}}</td><td>{{time .To}}</td><td>{{seconds .}}</td></tr>
{{end}}</table>{{end}}
{{end}}</body>
</html>
`))
