package slurm

// requeue queues the job again where that helps: time was up and something is
// left to do, or a node does not answer any more.
func (r *Request) requeue(line func(string, ...any), w Work) {
	line("")
	if w.CanContinue {
		line("if { [ \"$status\" -eq 75 ] || [ \"$status\" -eq 140 ]; } && ! %s; then # 140 is the signal itself, where it came before the ranks could take it", lost)
		line("\treason='time was up'")
		line("fi")
	}
	line("case $status in")
	line("0 | 2 | 75 | 130 | 140 | 143) ;; # done, wrong usage, time, or someone wanted it to end")
	line("*)")
	line("\tif ! timeout 60 srun --overlap --nodes=\"$SLURM_JOB_NUM_NODES\" --ntasks=\"$SLURM_JOB_NUM_NODES\" --ntasks-per-node=1 true; then")
	line("\t\treason='a node does not answer'")
	line("\tfi")
	line("\t;;")
	line("esac")
	job := `"$SLURM_JOB_ID"`
	if w.Table != "" {
		job = `"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"`
	}
	most := r.Count("max_requeues")
	line("if [ -n \"$reason\" ] && [ \"${SLURM_RESTART_COUNT:-0}\" -lt %d ]; then", most)
	line("\techo \"exit code $status, $reason: the job is queued again\"")
	line("\ttrap '' TERM # which is sent to all that is left of a job that has been queued again, and so to scontrol")
	line("\tscontrol requeue %s && exit \"$status\"", job)
	line("\techo 'Slurm has not queued it again'")
	line("elif [ -n \"$reason\" ]; then")
	line("\techo \"exit code $status, $reason: the job is not queued again, as max_requeues is %d\"", most)
	line("fi")
}

// lost is a condition of the shell: that the run tells what would be lost if it went on.
const lost = `grep -qs '"lost": \[' "${parts[@]}"`

// resubmit says how to have the rest done, where the job ends with something left to do,
// or that only more time would help.
func (r *Request) resubmit(line func(string, ...any), w Work) {
	if w.Command == nil {
		return
	}
	const (
		timeUp   = `[ "$status" -eq 75 ]`
		moreTime = "\techo 'it cannot go on where it was, and would begin anew: ask for more --time'"
	)
	ended := timeUp
	if r.Yes("requeue") {
		ended += ` || [ -n "$reason" ]`
	}
	what := "for the rest"
	switch {
	case w.Table != "":
		what = "rows that are not complete begin anew, each with this much time; when all are over"
		line("if %s; then", ended)
	case w.CanContinue:
		line("if %s && %s; then", timeUp, lost)
		line(moreTime)
		line("elif %s; then", ended)
	default:
		what = "to begin anew"
		line("if %s; then", timeUp)
		line(moreTime)
		if !r.Yes("requeue") {
			line("fi")
			return
		}
		line("elif [ -n \"$reason\" ]; then")
	}
	line("\tcommand=(%s)", quoteAll(w.Command))
	switch {
	case w.Table != "":
		line("\tcommand+=(--only-failed)")
	case w.CanContinue:
		line("\tif [ -e \"$run_dir\"/run.json ]; then")
		line("\t\tcommand+=(--continue \"$(realpath \"$run_dir\")\")")
		line("\tfi")
	}
	line("\techo \"%s: cd $(printf '%%q' %s) &&$(printf ' %%q' \"${command[@]}\" --submit)\"", what, quote(w.Folder))
	line("fi")
}
