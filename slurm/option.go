package slurm

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dispel4go/dispel4go/jobs"
)

// An Option is something that can be said of a job. In the job file's [slurm]
// and in profiles it goes by Name; the flag has - for _, the variable is
// D4_SLURM_NAME.
type Option struct {
	Name string
	Help string
	// Directive is what sbatch calls it; "" if it is for the script's body.
	Directive string
	List      bool // more than one value
	Flag      bool // true or false
	// check returns the value as the script has it.
	check func(text string) (string, error)
}

// Options are all that can be said, in the order of the script.
var Options = []Option{
	{Name: "site", Help: "the profile to use: sites lists them", check: word},
	{Name: "name", Help: "of the job", Directive: "job-name", check: line},
	{Name: "account", Help: "who pays", Directive: "account", check: word},
	{Name: "partition", Help: "where to run", Directive: "partition", check: word},
	{Name: "qos", Help: "quality of service", Directive: "qos", check: word},
	{Name: "reservation", Help: "nodes that are kept for you", Directive: "reservation", check: word},
	{Name: "time", Help: "limit, as 90m, 1h30m, 2d or 1-12:00:00", Directive: "time", check: limit},
	{Name: "time_min", Help: "least time that is of use, so that gaps can be filled", Directive: "time-min", check: limit},
	{Name: "nodes", Help: "how many", Directive: "nodes", check: count},
	{Name: "ntasks_per_node", Help: "ranks on each node", Directive: "ntasks-per-node", check: count},
	{Name: "cpus_per_task", Help: "cores of each rank", Directive: "cpus-per-task", check: count},
	{Name: "mem", Help: `memory of each node, as "64GiB"; "none" to say nothing of it`, Directive: "mem", check: memory},
	{Name: "mem_per_cpu", Help: "memory for each core instead", Directive: "mem-per-cpu", check: memory},
	{Name: "exclusive", Help: "share no node with others", Directive: "exclusive", Flag: true, check: yes},
	{Name: "hint", Help: "such as nomultithread", Directive: "hint", check: word},
	{Name: "distribution", Help: "of ranks over nodes, such as block:block", Directive: "distribution", check: word},
	{Name: "constraint", Help: "features of nodes", Directive: "constraint", check: line},
	{Name: "gres", Help: "generic resources", Directive: "gres", check: word},
	{Name: "licenses", Help: "licences that the job takes", Directive: "licenses", check: word},
	{Name: "table", Help: "a CSV file with a row of parameters for each element of a job array", check: line},
	{Name: "array_limit", Help: "elements of the array that run at a time", check: count},
	{Name: "drain", Help: "time before the limit at which the run is stopped, as 120s; 0 for never", check: seconds},
	{Name: "requeue", Help: "queue the job again where time was up or a node was lost", Directive: "requeue", Flag: true, check: yes},
	{Name: "max_requeues", Help: "how often", check: count},
	{Name: "open_mode", Help: "append to the output file, or truncate it", Directive: "open-mode", check: among("append", "truncate")},
	{Name: "output", Help: "file for what is printed; %x is the name, %j the number of the job", Directive: "output", check: line},
	{Name: "mail_type", Help: "when to write mail, such as END,FAIL", Directive: "mail-type", check: word},
	{Name: "mail_user", Help: "whom", Directive: "mail-user", check: word},
	{Name: "dependency", Help: "such as afterok:1234", Directive: "dependency", check: word},
	{Name: "chdir", Help: "where to run; the folder it is submitted from unless given", Directive: "chdir", check: line},
	{Name: "extra", Help: "further directives, such as --comment=test; they come last", List: true, check: directive},
	{Name: "modules", Help: "to load", List: true, check: word},
	{Name: "purge_modules", Help: "unload all modules before", Flag: true, check: yes},
	{Name: "environment", Help: "variables to set, as NAME=VALUE", List: true, check: variable},
	{Name: "setup", Help: "lines of shell before the run", List: true, check: shell},
	{Name: "launcher", Help: "srun, mpirun, mpiexec or ibrun", check: among("srun", "mpirun", "mpiexec", "ibrun")},
	{Name: "mpi", Help: "what srun offers ranks: pmix, pmi2, cray_shasta; none to leave it to the site", check: word},
	{Name: "cpu_bind", Help: "what a rank is bound to: cores, sockets, none", check: word},
	{Name: "program", Help: "the program to run; this one unless given", check: line},
}

// Find returns the option of that name, nil if there is none.
func Find(name string) *Option {
	at := slices.IndexFunc(Options, func(o Option) bool { return o.Name == name })
	if at < 0 {
		return nil
	}
	return &Options[at]
}

var (
	// words are what sbatch takes without quotes, plainWords what a shell does.
	words      = regexp.MustCompile(`^[A-Za-z0-9_.,:=@%+/\[\]*()&|~-]+$`)
	plainWords = regexp.MustCompile(`^[A-Za-z0-9_.,:=@%+/-]+$`)
	names      = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)
	days       = regexp.MustCompile(`^(\d+)d`)
	clock      = regexp.MustCompile(`^(?:(\d{1,4})-)?(\d{1,6})(?::(\d{1,6}))?(?::(\d{1,6}))?$`)
	directive  = checkDirective
)

// word is a value without blanks or anything else that sbatch could take for more.
func word(s string) (string, error) {
	if !words.MatchString(s) {
		return "", fmt.Errorf("%q has characters that do not belong there", s)
	}
	return s, nil
}

// line is any text in one line.
func line(s string) (string, error) {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return "", fmt.Errorf("%q is not text in one line", s)
	}
	return s, nil
}

func shell(s string) (string, error) {
	if strings.ContainsAny(s, "\x00\r\n") {
		return "", fmt.Errorf("%q is more than one line: give several", s)
	}
	return s, nil
}

func checkDirective(s string) (string, error) {
	if !strings.HasPrefix(s, "--") {
		return "", fmt.Errorf("%q does not begin with --", s)
	}
	return line(s)
}

func variable(s string) (string, error) {
	if !names.MatchString(s) {
		return "", fmt.Errorf("%q is not NAME=VALUE", s)
	}
	if _, value, _ := strings.Cut(s, "="); value == "" {
		return s, nil
	}
	return line(s)
}

func count(s string) (string, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 1<<24 {
		return "", fmt.Errorf("%q is not a whole number from 1", s)
	}
	return strconv.Itoa(n), nil
}

func yes(s string) (string, error) {
	b, err := strconv.ParseBool(s)
	if err != nil {
		return "", fmt.Errorf("%q is neither true nor false", s)
	}
	return strconv.FormatBool(b), nil
}

func among(all ...string) func(string) (string, error) {
	return func(s string) (string, error) {
		if !slices.Contains(all, s) {
			return "", fmt.Errorf("%q is not one of %s", s, strings.Join(all, ", "))
		}
		return s, nil
	}
}

// limit is a time in Slurm's form: D-HH:MM:SS.
func limit(s string) (string, error) {
	d, err := ParseTime(s)
	if err != nil {
		return "", err
	}
	return FormatTime(d), nil
}

// ParseTime reads a time such as 90m, 1h30m or 2d12h, or in one of Slurm's own
// forms: minutes, MM:SS, HH:MM:SS, D-HH, D-HH:MM, D-HH:MM:SS.
func ParseTime(s string) (time.Duration, error) {
	bad := fmt.Errorf("%q is not a time such as 90m, 1h30m, 2d or 1-12:00:00", s)
	if m := clock.FindStringSubmatch(s); m != nil {
		n := func(k int) time.Duration { v, _ := strconv.Atoi(m[k]); return time.Duration(v) }
		var d time.Duration
		switch {
		case m[1] != "":
			d = n(1)*24*time.Hour + n(2)*time.Hour + n(3)*time.Minute + n(4)*time.Second
		case m[4] != "":
			d = n(2)*time.Hour + n(3)*time.Minute + n(4)*time.Second
		default:
			d = n(2)*time.Minute + n(3)*time.Second
		}
		if d <= 0 {
			return 0, bad
		}
		return d, nil
	}
	var whole time.Duration
	rest := s
	if m := days.FindStringSubmatch(s); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil || n > 1000 {
			return 0, bad
		}
		whole, rest = time.Duration(n)*24*time.Hour, s[len(m[0]):]
	}
	if rest != "" {
		d, err := time.ParseDuration(rest)
		if err != nil || d < 0 {
			return 0, bad
		}
		whole += d
	}
	if whole <= 0 {
		return 0, bad
	}
	return whole, nil
}

// FormatTime writes a time as Slurm does, in whole seconds, rounded up.
func FormatTime(d time.Duration) string {
	s := int64((d + time.Second - 1) / time.Second)
	text := fmt.Sprintf("%02d:%02d:%02d", s/3600%24, s/60%60, s%60)
	if s >= 24*3600 {
		text = fmt.Sprintf("%d-%s", s/(24*3600), text)
	}
	return text
}

func seconds(s string) (string, error) {
	if s == "0" {
		return s, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < time.Second || d > 65535*time.Second {
		return "", fmt.Errorf("%q is not a time such as 120s or 5m", s)
	}
	return strconv.Itoa(int(d / time.Second)), nil
}

// memory is a size in MiB, Slurm's M.
func memory(s string) (string, error) {
	if s == "none" {
		return s, nil
	}
	n, err := jobs.ParseBytes(s)
	if err != nil {
		return "", err
	}
	return strconv.FormatInt((n+1<<20-1)>>20, 10) + "M", nil
}
