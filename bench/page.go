package bench

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/dispel4go/dispel4go/plot"
)

// WritePage writes curves as an HTML page that needs nothing beside itself:
// speed-up, efficiency and cost of an item by cores, each with the line of what
// would be ideal, what was measured where, and all numbers.
func WritePage(w io.Writer, curves []Curve) error {
	if len(curves) == 0 {
		return ErrNoSweep
	}
	page := struct {
		Title   string
		Figures []template.HTML
		Curves  []Curve
		Facts   []fact
	}{Title: "Scaling of " + strings.Join(jobsOf(curves), ", "), Curves: curves, Facts: facts(curves)}
	for _, p := range []plot.Lines{
		picture(curves, "Speed-up", "Speed-up", func(s Scaled) float64 { return s.SpeedUp }, func(_, s Scaled) float64 { return s.Ideal }),
		picture(curves, "Efficiency", "Efficiency (%)", func(s Scaled) float64 { return 100 * s.Efficiency }, func(_, s Scaled) float64 { return 100 }),
		picture(curves, "Cost of an item", "Core time of an item (ms)", func(s Scaled) float64 { return 1e3 * s.Cost }, func(first, _ Scaled) float64 { return 1e3 * first.Cost }),
	} {
		if len(p.Series) == 0 {
			continue // nobody counted items
		}
		var svg bytes.Buffer
		if err := plot.Encode(&svg, "svg", p); err != nil {
			return fmt.Errorf("%s: %w", p.Title, err)
		}
		text := svg.String()
		// Ours, and the encoder has escaped the names in it.
		page.Figures = append(page.Figures, template.HTML(text[max(0, strings.Index(text, "<svg")):]))
	}
	return scalingPage.Execute(w, page)
}

// picture draws one value of all curves by cores, and what it would be ideally:
// once, where that is the same for all, else for each curve.
func picture(curves []Curve, title, label string, of func(Scaled) float64, ideal func(first, s Scaled) float64) plot.Lines {
	l := plot.Lines{Title: title, XLabel: "Cores", YLabel: label}
	var ideals []plot.Series
	widest, narrowest := 0, curves[0].Points[0].Width
	for _, c := range curves {
		x, y, z := []float64{}, []float64{}, []float64{}
		for _, p := range c.Points {
			widest, narrowest = max(widest, p.Width), min(narrowest, p.Width)
			if v := of(p); v > 0 {
				x, y, z = append(x, float64(p.Width)), append(y, v), append(z, ideal(c.Points[0], p))
			}
		}
		if len(x) == 0 {
			continue
		}
		l.Series = append(l.Series, plot.Series{Name: c.Name, X: x, Y: y})
		same := func(s plot.Series) bool { return slices.Equal(s.X, x) && slices.Equal(s.Y, z) }
		if !slices.ContainsFunc(ideals, same) {
			ideals = append(ideals, plot.Series{Name: "ideal, " + c.Name, X: x, Y: z, Dashed: true})
		}
	}
	if len(ideals) == 1 {
		ideals[0].Name = "ideal"
	}
	l.Series = append(l.Series, ideals...)
	l.LogX = widest > 32*narrowest
	return l
}

func jobsOf(curves []Curve) (all []string) {
	for _, c := range curves {
		if !slices.Contains(all, c.Job) {
			all = append(all, c.Job)
		}
	}
	return all
}

// A fact is what headers say of one thing.
type fact struct{ Key, Value string }

// facts are what the headers of all curves say, the most important first.
func facts(curves []Curve) []fact {
	values := map[string][]string{}
	for _, c := range curves {
		for key, all := range c.Config {
			for _, v := range all {
				if !slices.Contains(values[key], v) {
					values[key] = append(values[key], v)
				}
			}
		}
	}
	var all []fact
	add := func(key, name string) {
		if v := values[key]; len(v) > 0 {
			slices.Sort(v)
			all = append(all, fact{name, strings.Join(v, "; ")})
		}
		delete(values, key)
	}
	delete(values, "ranks") // it is in the table
	for _, x := range [][2]string{{"host", "Host of rank 0"}, {"hosts", "Hosts"}, {"mpi", "MPI"}, {"commit", "Commit"}, {"mapping", "Mapping"}, {"goos", "System"}, {"goarch", "Architecture"}, {"job", "Digest of the job"}} {
		add(x[0], x[1])
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		add(key, key)
	}
	return all
}

var scalingPage = template.Must(template.New("scaling").Funcs(template.FuncMap{
	"number":  func(x float64) string { return fmt.Sprintf("%.4g", x) },
	"percent": func(x float64) string { return fmt.Sprintf("%.1f", 100*x) },
}).Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{{.Title}}</title>
<style>
body { font: 15px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em; color: #262626; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { padding: 0.2em 0.8em; text-align: right; border-bottom: 1px solid #ddd; }
.facts th, .facts td { text-align: left; }
svg { max-width: 100%; height: auto; }
</style>
</head>
<body>
<h1>{{.Title}}</h1>
<table class="facts">
{{range .Facts}}<tr><th>{{.Key}}</th><td>{{.Value}}</td></tr>
{{end}}</table>
{{range .Figures}}<figure>{{.}}</figure>
{{end}}{{range .Curves}}<h2>{{.Job}}, {{.Name}}</h2>
<table>
<tr><th>Cores</th><th>Ranks</th><th>Rounds</th><th>Time (s)</th><th>Least</th><th>Most</th><th>Speed-up</th><th>Ideal</th><th>Efficiency (%)</th><th>Core time of an item (s)</th></tr>
{{range .Points}}<tr><td>{{.Width}}</td><td>{{.Ranks}}</td><td>{{.Rounds}}</td><td>{{number .Time}}</td><td>{{number .Least}}</td><td>{{number .Most}}</td><td>{{number .SpeedUp}}</td><td>{{number .Ideal}}</td><td>{{percent .Efficiency}}</td><td>{{if .Cost}}{{number .Cost}}{{else}}-{{end}}</td></tr>
{{end}}</table>
{{end}}<p>Times are medians of all rounds, from the start of the run to its end. The speed-up of the narrowest point is its number of cores, and the ideal is
that of every other. In a strong series the work is the same at every point; in a weak one it grows with the cores.</p>
</body>
</html>
`))
