package slurm

// requeue queues the job again where that helps: time was up and something is
// left to do, or a node does not answer any more.
func (r *Request) requeue(line func(string, ...any), w Work) {
	line("")
	if w.CanContinue {
		line("if [ \"$status\" -eq 75 ] || [ \"$status\" -eq 140 ]; then # 140 is the signal itself, where it came before the ranks could take it")
		line("\tagain='time was up'")
		line("fi")
	}
	line("case $status in")
	line("0 | 2 | 75 | 130 | 140 | 143) ;; # done, wrong usage, time, or someone wanted it to end")
	line("*)")
	line("\tif ! timeout 60 srun --overlap --nodes=\"$SLURM_JOB_NUM_NODES\" --ntasks=\"$SLURM_JOB_NUM_NODES\" --ntasks-per-node=1 true; then")
	line("\t\tagain='a node does not answer'")
	line("\tfi")
	line("\t;;")
	line("esac")
	job := `"$SLURM_JOB_ID"`
	if w.Table != "" {
		job = `"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"`
	}
	most := r.Count("max_requeues")
	line("if [ -n \"$again\" ] && [ \"${SLURM_RESTART_COUNT:-0}\" -lt %d ]; then", most)
	line("\techo \"exit code $status, $again: the job is queued again\"")
	line("\tscontrol requeue %s && exit \"$status\"", job)
	line("\techo 'Slurm has not queued it again'")
	line("elif [ -n \"$again\" ]; then")
	line("\techo \"exit code $status, $again: the job is not queued again, as max_requeues is %d\"", most)
	line("fi")
}

// next says how to go on, where the job ends with something left to do that
// another one can.
func (r *Request) next(line func(string, ...any), w Work) {
	if w.Again == nil {
		return
	}
	when := "[ \"$status\" -eq 75 ]"
	if r.Yes("requeue") {
		when += " || [ -n \"$again\" ]"
	}
	line("if %s; then", when)
	line("\tnext=(%s)", quoteAll(w.Again))
	switch {
	case w.Table != "":
		line("\tnext+=(--only-failed)")
	case w.CanContinue:
		line("\tif [ -e \"$run_dir\" ]; then")
		line("\t\tnext+=(--continue \"$(realpath \"$run_dir\")\")")
		line("\tfi")
	}
	line("\techo \"for the rest:$(printf ' %%q' \"${next[@]}\" --submit)\"")
	line("fi")
}
