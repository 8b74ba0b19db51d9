package slurm

import (
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/rundir"
)

// A Work is what a script runs.
type Work struct {
	Name    string   // of the job
	Program string   // path
	Verb    []string // what the program is given, as run and the job file
	RunDir  string   // folder for run directories
	Digest  string   // of the job file, for the line that says where all came from
	// Elements are the rows of a parameter table, for a job array: their numbers
	// in Slurm's form, as 1-3,7. Table is the file; "" for a job that is no array.
	Table    string
	Elements string
	// CanContinue says that a run that was cut short goes on where it was.
	CanContinue bool
	// Continue is the run directory that the job goes on from, as an absolute path; ""
	// for a job that begins.
	Continue string
	// Command is what submits the same once more when it is typed in Folder, for those who
	// read why the job has ended; nil if there is none.
	Command []string
	Folder  string
	// TimeLimit is the run's own, 0 for none. Where it comes before the job's nobody has
	// to tell ranks that time is up.
	TimeLimit time.Duration
}

// Script renders the script of a request for some work.
func (r *Request) Script(w Work) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	shell := "#!/bin/bash"
	if len(r.Given["modules"].Values) > 0 || r.Yes("purge_modules") {
		shell += " -l" // which knows of modules
	}
	line("%s", shell)
	line("#")
	line("# %s: %s on %s, by dispel4go sbatch.", oneLine(w.Name), partition.FormatCount(r.Ranks(), "rank"), partition.FormatCount(r.Count("nodes"), "node"))
	line("#")
	for _, d := range r.directives(w) {
		line("#SBATCH %s", d)
	}
	line("")
	line("set -euo pipefail")
	if r.tellsScript() {
		line("trap : USR2 # of which this script would die")
	}
	r.software(line)
	line("")
	line("export GOMAXPROCS=\"${SLURM_CPUS_PER_TASK:-1}\" OMP_NUM_THREADS=1")
	line("export SRUN_CPUS_PER_TASK=\"$GOMAXPROCS\" # which srun does not inherit since 22.05")
	for _, v := range r.Given["environment"].Values {
		name, value, _ := strings.Cut(v, "=")
		line("export %s=%s", name, quote(value))
	}
	for _, s := range r.Given["setup"].Values {
		line("%s", s)
	}
	line("export SLURM_JOB_START_TIME=\"${SLURM_JOB_START_TIME:-$(date +%%s)}\" # Slurm says so itself from 23.02 on")
	line("export SLURM_JOB_END_TIME=\"${SLURM_JOB_END_TIME:-$((SLURM_JOB_START_TIME + %d))}\"", int(r.Time("time").Seconds()))
	line("")
	line("program=%s", quote(w.Program))
	switch {
	case w.Continue != "":
		line("run_dir=%s", quote(w.Continue))
	case w.Table == "":
		line("run_dir=%s\"$SLURM_JOB_ID\"", quote(path.Join(w.RunDir, rundir.FileName(w.Name))+"-"))
	default:
		line("run_dir=%s\"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\"", quote(path.Join(w.RunDir, rundir.FileName(w.Name))+"-"))
	}
	line("echo \"$(date '+%%Y-%%m-%%dT%%H:%%M:%%S%%z') job $SLURM_JOB_ID on $SLURM_JOB_NODELIST, started ${SLURM_RESTART_COUNT:-0} times before:" +
		" $(\"$program\" version), job file " + short(w.Digest) + ", modules ${LOADEDMODULES:-none}\"")
	line("")
	line("work=(%s)", quoteAll(w.Verb))
	if w.Table != "" {
		line("work+=(--table %s --row \"$SLURM_ARRAY_TASK_ID\")", quote(w.Table))
	}
	switch {
	case w.Continue != "":
		line("work+=(--continue \"$run_dir\")")
	case r.Yes("requeue") && w.CanContinue:
		line("if [ \"${SLURM_RESTART_COUNT:-0}\" -gt 0 ] && [ -e \"$run_dir\" ]; then # else it is that of another cluster's job")
		line("\twork+=(--continue \"$run_dir\")")
		line("else")
		line("\twork+=(--dir \"$run_dir\")")
		line("fi")
	default:
		line("work+=(--dir \"$run_dir\")")
	}
	line("")
	if r.Yes("requeue") {
		line("reason= # why the job is to be queued again")
	}
	r.launch(line, w)
	line("parts=(\"$run_dir\"/run.json) # of this run, and no other whose name begins so")
	line("while [ -e \"$run_dir-$((${#parts[@]} + 1))\" ]; do")
	line("\tparts+=(\"$run_dir-$((${#parts[@]} + 1))/run.json\")")
	line("done")
	line("if [ \"$status\" -eq 0 ] && ! grep -qs '\"state\": \"complete\"' \"${parts[@]}\"; then")
	line("\techo 'the ranks were not started, though the launcher does not say so' >&2")
	if r.Yes("requeue") {
		line("\treason='the ranks were not started'")
	}
	line("\tstatus=1")
	line("fi")
	if r.Yes("requeue") {
		r.requeue(line, w)
	}
	r.resubmit(line, w)
	line("exit \"$status\"")
	return b.String()
}

// directives are what sbatch reads, in the order of Options.
func (r *Request) directives(w Work) (all []string) {
	for k := range Options {
		o := &Options[k]
		value := r.Text(o.Name)
		switch {
		case o.Name == "name":
			all = append(all, "--job-name="+directiveValue(w.Name))
		case o.Name == "array_limit":
			if w.Table != "" {
				array := "--array=" + w.Elements
				if value != "" {
					array += "%" + value
				}
				all = append(all, array)
			}
		case o.Name == "drain":
			if drain := r.Count("drain"); drain > 0 {
				to := ""
				if r.tellsScript() {
					to = "B:" // the launcher's daemons would get it, not the ranks
				}
				all = append(all, fmt.Sprintf("--signal=%sUSR2@%d", to, drain))
			}
		case o.Name == "requeue" && value != "true":
			all = append(all, "--no-requeue")
		case o.Name == "output" && value == "":
			if w.Table != "" {
				all = append(all, "--output=%x-%A_%a.log")
			} else {
				all = append(all, "--output=%x-%j.log")
			}
		case o.Name == "dependency" && value != "":
			all = append(all, "--dependency="+value, "--kill-on-invalid-dep=yes")
		case o.Name == "extra":
			all = append(all, r.Given["extra"].Values...)
		case o.Directive == "" || value == "" || value == "none" || value == "false":
		case o.Flag:
			all = append(all, "--"+o.Directive)
		default:
			all = append(all, "--"+o.Directive+"="+directiveValue(value))
		}
	}
	return all
}

// software loads modules.
func (r *Request) software(line func(string, ...any)) {
	modules := r.Given["modules"].Values
	if len(modules) == 0 && !r.Yes("purge_modules") {
		return
	}
	line("")
	line("set +u # module scripts are not written for it")
	if r.Yes("purge_modules") {
		line("module purge")
	}
	if len(modules) > 0 {
		line("module load %s", quoteAll(modules))
	}
	line("set -u")
}

// launch runs the work and leaves the exit code in status.
func (r *Request) launch(line func(string, ...any), w Work) {
	line("status=0")
	launcher := r.Text("launcher")
	if launcher == "srun" {
		command := "srun"
		if mpi := r.Text("mpi"); mpi != "none" && mpi != "" {
			command += " --mpi=" + shellWord(mpi)
		}
		if bind := r.Text("cpu_bind"); bind != "" {
			command += " --cpu-bind=" + shellWord(bind)
		}
		line("%s --kill-on-bad-exit=1 \"$program\" \"${work[@]}\" || status=$?", command)
		return
	}
	command := map[string]string{
		"mpirun":  "mpirun -n \"$SLURM_NTASKS\"",
		"mpiexec": "mpiexec -n \"$SLURM_NTASKS\"",
		"ibrun":   "ibrun",
	}[launcher]
	if r.tellsScript() {
		r.beforeTheEnd(line, launcher, r.Count("drain"), w)
	}
	line("%s \"$program\" \"${work[@]}\" &", command)
	line("launcher=$!")
	line("trap 'kill -TERM \"$launcher\" 2>/dev/null || true' TERM")
	line("while kill -0 \"$launcher\" 2>/dev/null; do # a trap ends wait before the launcher does")
	line("\twait \"$launcher\" || true")
	line("done")
	line("wait \"$launcher\" || status=$? # which bash has kept")
}

// tellsScript reports whether Slurm tells the script, and not the ranks, that time is
// almost up.
func (r *Request) tellsScript() bool { return r.Text("launcher") != "srun" && r.Count("drain") > 0 }

// beforeTheEnd has ranks learn that time is almost up, which Slurm tells this
// script only. Open MPI's launcher hands the signal on. Hydra, that of MPICH and
// Intel MPI, dies of it: there the ranks look at the clock.
func (r *Request) beforeTheEnd(line func(string, ...any), launcher string, drain int, w Work) {
	if launcher != "ibrun" { // which does not tell its version
		line("case $(%s --version 2>&1) in", launcher)
		line("*'Open MPI'*) trap 'kill -USR2 \"${launcher:-}\" 2>/dev/null || true' USR2 ;; # it tells the ranks")
		line("esac")
	}
	if w.TimeLimit > 0 && w.TimeLimit <= r.Time("time")-r.drain() {
		return
	}
	line("left=$((SLURM_JOB_END_TIME - $(date +%%s) - %d)) # seconds until time is almost up, for ranks that are not told", drain)
	line("export D4_TIME_LIMIT=\"${D4_TIME_LIMIT:-$((left > 0 ? left : 1))s}\"")
}

// quote makes a word of the shell that means text, whatever is in it.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// shellWord quotes text only where a shell might take it for more than a word.
func shellWord(text string) string {
	if plainWords.MatchString(text) {
		return text
	}
	return quote(text)
}

func quoteAll(texts []string) string {
	all := make([]string, len(texts))
	for k, t := range texts {
		all[k] = quote(t)
	}
	return strings.Join(all, " ")
}

// directiveValue writes a value as sbatch reads it: it takes quotes and
// backslashes as a shell does, and nothing else.
func directiveValue(text string) string {
	if words.MatchString(text) {
		return text
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// oneLine makes text fit for a comment.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func short(digest string) string { return digest[:min(len(digest), 12)] }
